#pragma once

// Which time intervals keep a route's groups back, and until when. Pure; safe from any thread.

#include "base/time.h"
#include "router/route_tree.h"

#include <optional>
#include <string>
#include <vector>

namespace tocsin::router {

struct RouteMute {
  // True: none of its active_time_intervals, which are `intervals`, contains the instant. False:
  // `intervals` are those of its mute_time_intervals that do.
  bool outside_active_times = false;
  std::vector<std::string> intervals;
};

// None: the route is not muted then.
std::optional<RouteMute> MuteOf(const Route& route, Time instant);

// The same as Alertmanager's API tells it: a mute time once for each of its parts that contains the
// instant. Empty: the route is not muted then.
std::vector<std::string> MutedBy(const Route& route, Time instant);

// When a route that is muted is so no longer; none: not within a year.
std::optional<Time> MuteEnd(const Route& route, Time instant);

}  // namespace tocsin::router
