#include "router/route_mute.h"

#include "model/interval_change.h"

#include <algorithm>

namespace tocsin::router {

std::optional<RouteMute> MuteOf(const Route& route, Time instant) {
  const auto contains = [instant](const model::NamedTimeInterval* interval) {
    return interval->Contains(instant);
  };
  RouteMute mute;
  mute.outside_active_times =
      !route.active_times.empty() &&
      std::none_of(route.active_times.begin(), route.active_times.end(), contains);
  const auto& intervals = mute.outside_active_times ? route.active_times : route.mute_times;
  for (const model::NamedTimeInterval* interval : intervals) {
    if (mute.outside_active_times || contains(interval)) mute.intervals.push_back(interval->name);
  }
  if (mute.intervals.empty()) return std::nullopt;
  return mute;
}

std::vector<std::string> MutedBy(const Route& route, Time instant) {
  std::optional<RouteMute> mute = MuteOf(route, instant);
  if (!mute) return {};
  if (mute->outside_active_times) return std::move(mute->intervals);
  std::vector<std::string> names;
  for (const model::NamedTimeInterval* interval : route.mute_times) {
    for (const model::TimeInterval& part : interval->intervals) {
      if (part.Contains(instant)) names.push_back(interval->name);
    }
  }
  return names;
}

std::optional<Time> MuteEnd(const Route& route, Time instant) {
  std::vector<const model::NamedTimeInterval*> intervals = route.active_times;
  intervals.insert(intervals.end(), route.mute_times.begin(), route.mute_times.end());
  return model::FirstTime(intervals, instant, [&route](Time at) { return !MuteOf(route, at); });
}

}  // namespace tocsin::router
