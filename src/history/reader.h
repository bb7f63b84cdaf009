#pragma once

// Reads `history.db` over a connection of its own, which cannot write: beside a server that writes
// it, or of one that has stopped. Sees what was there when it was opened, and gives up when its
// time is over. One thread at a time.

#include "base/result.h"
#include "base/time.h"
#include "history/block.h"
#include "history/event.h"
#include "storage/database.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tocsin::history {

class Reader {
 public:
  // `timeout`: of all walks together.
  static Result<Reader> Open(const std::string& path, Duration timeout);

  // Which blocks are of interest.
  struct Query {
    std::vector<Key> keys;  // It has all of these.
    Time from = Time::min(), to = Time::max();
    // Numbers of events, both included.
    std::uint64_t first = 1;
    std::uint64_t last = std::numeric_limits<std::int64_t>::max();
    std::size_t blocks_max = std::numeric_limits<std::size_t>::max();
  };
  enum class End {
    kAll,      // There are no more blocks.
    kStopped,  // By `visit`.
    kLimit,    // blocks_max.
    kTimeout,
  };
  // Gives each block's entries to `visit`, the newest block first, entries in their order: those
  // within the query's times and numbers, whatever they are about. `visit` returns whether to go
  // on. What cannot be read is left out.
  Result<End> WalkBack(const Query& query,
                       const std::function<bool(const std::vector<Entry>&)>& visit);

  // When the first event that is kept was decided; kZeroTime if there is none.
  Result<Time> Beginning();
  // Up to then the process that writes the file has recorded all. None: it has stopped in order, or
  // is too old to say.
  std::optional<Time> Alive();
  // Blocks that were no such thing.
  std::size_t malformed() const { return malformed_.size(); }

 private:
  Result<std::vector<Entry>> ReadBlock(std::int64_t id, const Query& query);

  storage::Database db_;
  storage::Statement blocks_, body_;  // Go before the database.
  Duration deadline_{};               // Of MonotonicNow.
  std::set<std::int64_t> malformed_;
};

}  // namespace tocsin::history
