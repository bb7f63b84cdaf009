#pragma once

// Changes of silences that are on their way to the store. They overlap: a silence may be changed
// again before the store has answered, and the answers need not come in the order of the changes.
// Whatever comes, a silence is what was asked for last and has not failed; once nothing is under
// way, what is durable. Core thread.

#include "router/router.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::core {

class SilenceWrites {
 public:
  enum class Id : std::uint64_t {};
  // What a silence has to be; null: there is none.
  using PutBack = std::vector<std::pair<std::string, model::SilencePtr>>;

  // Given to the store now.
  Id Begin(const router::SilenceChange& change);
  // Once for each; it is durable.
  void Stored(Id write);
  // Or this: it is not. What has to change back because of that.
  PutBack Failed(Id write);

  // The wall clock was set back by that much, to `now`.
  void ClockWentBack(Time now, Duration by);

  bool empty() const { return chains_.empty(); }

 private:
  // The writes of one silence that have no answer.
  struct Chain {
    model::SilencePtr durable;
    Id durable_write{};
    std::map<Id, model::SilencePtr> under_way;
  };

  // Takes the write out of the chain of `silence`.
  void End(const std::string& silence, Id write);

  std::uint64_t last_id_ = 0;
  std::map<Id, std::vector<std::string>> silences_of_;
  std::map<std::string, Chain> chains_;  // By silence; none without writes.
};

}  // namespace tocsin::core
