#include "tests/simulation/reference_routes.h"

#include <algorithm>
#include <chrono>

namespace tocsin::simulation {
namespace {

void ReadRoute(const config::RouteConfig& config, ReferenceRoute route,
               std::vector<ReferenceRoute>* out) {
  // `route` comes with what the parent has.
  if (!config.receiver.empty()) route.receiver = config.receiver;
  if (config.group_by_all) {
    route.group_by_all = true;
  } else if (config.group_by) {
    route.group_by_all = false;
    route.group_by = std::set<std::string>(config.group_by->begin(), config.group_by->end());
  }
  if (config.group_wait) route.group_wait = *config.group_wait;
  if (config.group_interval) route.group_interval = *config.group_interval;
  if (config.repeat_interval) route.repeat_interval = *config.repeat_interval;
  route.mute_intervals = config.mute_time_intervals;
  route.active_intervals = config.active_time_intervals;
  route.matchers = config.matchers;
  route.continues = config.continue_matching;
  route.children.clear();
  const std::size_t self = out->size();
  out->push_back(route);
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const config::RouteConfig& child = config.routes[i];
    ReferenceRoute heir = route;
    model::Matchers sorted = child.matchers;
    std::sort(sorted.begin(), sorted.end());
    heir.key = route.key + "/" + model::ToString(sorted);
    heir.id = route.id + "/" + model::ToString(sorted) + "/" + std::to_string(i);
    (*out)[self].children.push_back(out->size());
    ReadRoute(child, std::move(heir), out);
  }
}

bool MatchesRoute(const ReferenceRoute& route, const model::LabelSet& labels) {
  for (const model::Matcher& matcher : route.matchers) {
    if (!matcher.MatchesValue(labels.Get(matcher.name()))) return false;
  }
  return true;
}

// What the children of `node` take, or `node` itself.
std::vector<const ReferenceRoute*> WalkFrom(const std::vector<ReferenceRoute>& routes,
                                            const ReferenceRoute& node,
                                            const model::LabelSet& labels) {
  std::vector<const ReferenceRoute*> taken;
  for (const std::size_t index : node.children) {
    const ReferenceRoute& child = routes[index];
    if (!MatchesRoute(child, labels)) continue;
    for (const ReferenceRoute* route : WalkFrom(routes, child, labels)) taken.push_back(route);
    if (!child.continues) break;
  }
  if (taken.empty()) taken.push_back(&node);
  return taken;
}

bool AnyRangeHolds(const model::TimeInterval::Ranges& ranges, int value) {
  if (!ranges) return true;
  return std::any_of(ranges->begin(), ranges->end(), [&](const model::IntRange& range) {
    return range.begin <= value && value <= range.end;
  });
}

bool DayOfMonthHolds(const model::TimeInterval::Ranges& ranges, int day, int days_in_month) {
  if (!ranges) return true;
  for (const model::IntRange& range : *ranges) {
    const auto counted_from_the_end = [&](int n) { return n < 0 ? days_in_month + n + 1 : n; };
    const int first = counted_from_the_end(range.begin);
    const int last = counted_from_the_end(range.end);
    if (first > days_in_month) continue;
    if (std::max(first, 1) <= day && day <= std::min(last, days_in_month)) return true;
  }
  return false;
}

bool SpecHolds(const model::TimeInterval& spec, Time instant) {
  using std::chrono::days;
  using std::chrono::floor;
  using std::chrono::seconds;
  auto local = floor<seconds>(instant);
  if (spec.zone != nullptr) {
    local += seconds(spec.zone->At(local.time_since_epoch().count()).seconds_east);
  }
  const auto midnight = floor<days>(local);
  const std::chrono::year_month_day date(midnight);
  const auto last_day = (date.year() / date.month() / std::chrono::last).day();
  const auto minute = static_cast<int>(floor<std::chrono::minutes>(local - midnight).count());
  const bool in_times =
      !spec.times || std::any_of(spec.times->begin(), spec.times->end(), [&](const auto& range) {
        return range.begin <= minute && minute < range.end;
      });
  return in_times &&
         AnyRangeHolds(spec.weekdays,
                       static_cast<int>(std::chrono::weekday(midnight).c_encoding())) &&
         DayOfMonthHolds(spec.days_of_month, static_cast<int>(unsigned(date.day())),
                         static_cast<int>(unsigned(last_day))) &&
         AnyRangeHolds(spec.months, static_cast<int>(unsigned(date.month()))) &&
         AnyRangeHolds(spec.years, int(date.year()));
}

bool Ended(const model::Alert& alert, Time clock) {
  return alert.ends_at <= clock;
}

bool IsSubset(const AlertSet& small, const AlertSet& large) {
  return std::all_of(small.begin(), small.end(),
                     [&](const model::LabelSet& labels) { return large.contains(labels); });
}

}  // namespace

std::vector<ReferenceRoute> ReadRoutes(const config::RouteConfig& root) {
  std::vector<ReferenceRoute> routes;
  ReadRoute(root, ReferenceRoute(), &routes);
  return routes;
}

std::vector<const ReferenceRoute*> Walk(const std::vector<ReferenceRoute>& routes,
                                        const model::LabelSet& labels) {
  return WalkFrom(routes, routes.front(), labels);
}

model::LabelSet GroupLabelsOf(const ReferenceRoute& route, const model::LabelSet& labels) {
  std::vector<model::Label> kept;
  for (const model::Label label : labels) {
    if (route.group_by_all || route.group_by.contains(std::string(label.name))) {
      kept.push_back(label);
    }
  }
  return model::LabelSet::FromUnsorted(kept);
}

bool IntervalContains(const model::NamedTimeInterval& interval, Time instant) {
  return std::any_of(interval.intervals.begin(), interval.intervals.end(),
                     [&](const model::TimeInterval& spec) { return SpecHolds(spec, instant); });
}

Received Receive(const model::AlertPtr& stored, const model::AlertPtr& incoming, Time clock) {
  if (stored == nullptr) return {incoming, false};
  const bool ends_inside =
      incoming->ends_at > stored->starts_at && incoming->ends_at < stored->ends_at;
  const bool starts_inside =
      incoming->starts_at > stored->starts_at && incoming->starts_at < stored->ends_at;
  if (!ends_inside && !starts_inside) return {incoming, false};
  // Whatever the clocks said, what comes later is younger.
  auto merged = std::make_shared<model::Alert>(*incoming);
  merged->starts_at = std::min(incoming->starts_at, stored->starts_at);
  if (Ended(*incoming, clock)) {
    if (Ended(*stored, clock)) merged->ends_at = std::max(incoming->ends_at, stored->ends_at);
  } else if (stored->ends_at > incoming->ends_at && !stored->timeout) {
    merged->ends_at = stored->ends_at;
  }
  return {merged, true};
}

Verdict Decide(const std::optional<LastTold>& last, const AlertSet& firing,
               const AlertSet& resolved, Duration repeat_interval, bool send_resolved, Time now) {
  if (!last && !firing.empty()) return {"first notification", ""};
  if (!last) return {"", "never fired"};
  if (!IsSubset(firing, last->firing) && last->firing.empty()) return {"first notification", ""};
  if (!IsSubset(firing, last->firing)) return {"new alerts added", ""};
  if (firing.empty() && !last->firing.empty()) return {"all alerts resolved", ""};
  if (firing.empty()) return {"", "still resolved"};
  if (send_resolved && !IsSubset(resolved, last->resolved)) return {"some alerts resolved", ""};
  if (last->timestamp < now - repeat_interval) return {"repeat interval elapsed", ""};
  return {"", "unchanged"};
}

void SortAsInMessages(std::vector<model::NotifiedAlert>* alerts) {
  const auto before = [](const model::NotifiedAlert& one, const model::NotifiedAlert& other) {
    const model::LabelSet& a = one.alert->labels;
    const model::LabelSet& b = other.alert->labels;
    for (const char* name : {"job", "instance"}) {
      if (a.Has(name) != b.Has(name)) return a.Has(name);
      if (a.Get(name) != b.Get(name)) return a.Get(name) < b.Get(name);
    }
    return a < b;
  };
  std::stable_sort(alerts->begin(), alerts->end(), before);
}

}  // namespace tocsin::simulation
