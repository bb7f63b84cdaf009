#pragma once

// Which rules of a group must not overtake which. Pure.

#include "rules/decision.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tocsin::rules {

// What has to be done, and its samples readable, before a rule may begin: the earlier rules whose
// series it may read, and those that read its own as they were before.
struct RuleDependencies {
  bool all_earlier = false;          // Then the list is empty.
  std::vector<std::size_t> earlier;  // Ascending.
};

// One for each rule. On the safe side: what cannot be told apart depends, and a rule whose
// templates ask queries is taken to read what all do.
std::vector<RuleDependencies> FindDependencies(std::span<const RulePtr> rules);

}  // namespace tocsin::rules
