#pragma once

// The walk through a tree of routes, with all that was tried: for people. router::RouteTree takes
// the same way, faster.

#include "history/event.h"
#include "model/label_set.h"

#include <cstddef>
#include <string>
#include <vector>

namespace tocsin::explain {

// A route that was tried: depth first, children only of those that matched.
struct RouteTried {
  std::size_t index = 0;  // In the list.
  int depth = 0;
  bool matched = false;
  bool taken = false;   // The alert goes to its receiver: no child of it matched.
  std::string why_not;  // `team="a" (it is "b")`
};

std::vector<RouteTried> TryRoutes(const std::vector<history::Route>& routes,
                                  const model::LabelSet& alert);

}  // namespace tocsin::explain
