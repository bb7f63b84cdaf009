#pragma once

// `history.db`: the blocks of the ledger in a SQLite file of its own, beside tocsin.db. It is not
// synced at each commit: kill -9 loses nothing that was committed, a power failure may lose the
// last seconds. Belongs to one thread at a time.

#include "base/time.h"
#include "history/event.h"
#include "storage/database.h"

#include <cstdint>
#include <span>
#include <string>

namespace tocsin::history {

class HistoryFile {
 public:
  // Creates it if it is missing. `vfs`: empty for SQLite's own.
  static storage::Outcome<HistoryFile> Open(const std::string& path, const std::string& vfs);

  // The number after the last event that is there; 1 in an empty file.
  std::uint64_t next_number() const { return next_number_; }

  // The entries as one block. With `seals`, it takes the place of all blocks from its first number
  // on.
  storage::Outcome<void> Append(std::span<const Entry> entries, bool seals);
  // Removes what ended before `oldest`, then the oldest until the file has at most `bytes_max` of
  // content. Returns the first number that is not removed.
  storage::Outcome<std::uint64_t> Prune(Time oldest, std::uint64_t bytes_max);

  // All that was decided up to then is here. kZeroTime: the process has ended in order.
  storage::Outcome<void> MarkAlive(Time at);
  // As it was marked when the file was opened.
  Time alive() const { return alive_; }

  // Of content: pages that are free for what comes do not count.
  storage::Outcome<std::uint64_t> Bytes();
  // The file was renamed or removed under us.
  bool Moved() const { return db_.Moved(); }

 private:
  storage::Outcome<void> WriteBlock(std::span<const Entry> entries, bool seals);
  // The last of the oldest blocks that have so many bytes together, or of those that go at a time.
  // The newest is none of them, however large. 0: there is none.
  storage::Outcome<std::int64_t> OldestOf(std::uint64_t bytes);
  // Up to that block.
  storage::Outcome<void> RemoveUpTo(std::int64_t block);

  storage::Database db_;
  storage::Statement add_block_, add_body_;  // Go before the database.
  std::uint64_t next_number_ = 1;
  Time alive_ = kZeroTime;
};

}  // namespace tocsin::history
