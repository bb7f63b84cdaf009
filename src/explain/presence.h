#pragma once

// In which groups the alerts that match were, and when: what an integration was told of a group
// then, it was told of them, whether its notification names them in the ledger or, as a repeat,
// does not.

#include "base/result.h"
#include "base/time.h"
#include "history/block.h"
#include "history/reader.h"
#include "model/matcher.h"
#include "router/decision.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::explain {

class Presence {
 public:
  // As far back as the ledger goes, or a number of blocks. Fails only if it cannot be read.
  static Result<Presence> Find(history::Reader* reader, const model::Matchers& matchers, Time to);

  bool empty() const { return stays_.empty(); }
  // What each block about those groups has; none if there are several.
  std::vector<history::Key> Keys() const;
  // Was any of them in the group, and not suppressed, at the event of that number?
  bool Covers(const router::GroupIdentity& group, std::uint64_t number) const;

 private:
  using Group = std::pair<std::string, std::string>;  // Key and receiver.
  struct Stay {
    std::uint64_t first = 0, last = 0;  // Numbers of events; `last` no longer.
  };

  std::map<Group, std::vector<Stay>> stays_;
};

}  // namespace tocsin::explain
