#pragma once

// What a start finds in the store. Plain data.

#include "model/silence.h"
#include "router/notification_log.h"
#include "router/router.h"
#include "rules/rules_state.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::storage {

struct LoadedState {
  std::vector<model::SilencePtr> silences;
  std::vector<std::pair<std::string, router::LogEntryPtr>> log_entries;  // By key.
  rules::RulesState rules;
  std::vector<router::AlertState> alerts;  // By ascending id.
  std::vector<router::GroupState> groups;  // By ascending id.
  // The last sign of life of the process that wrote it.
  std::optional<Time> alive_at;
  bool in_good_order = false;  // It ended then, and had written all of it.
  // What it wrote missed something: there were rows that cannot be there together. The later ones
  // count.
  bool contradictory = false;
  // One line for each row that could not be read (a matcher no longer compiles); it is left out.
  std::vector<std::string> skipped;
};

}  // namespace tocsin::storage
