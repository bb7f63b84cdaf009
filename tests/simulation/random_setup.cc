#include "tests/simulation/random_setup.h"

#include "base/time_zone.h"

#include <algorithm>
#include <array>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

template <class T, std::size_t N>
const T& OneOf(Random* random, const std::array<T, N>& choices) {
  return choices[random->Below(N)];
}

constexpr int kDepth = 3;
constexpr std::array<const char*, 3> kReceivers = {"r0", "r1", "r2"};
constexpr std::array<const char*, 3> kIntervals = {"i0", "i1", "i2"};

model::Matchers Parse(const char* text) {
  model::Matchers matchers = model::ParseMatchers(text, model::MatcherSyntax::kFallback)->matchers;
  std::sort(matchers.begin(), matchers.end());
  return matchers;
}

int Below(Random* random, int bound) {
  return static_cast<int>(random->Below(static_cast<std::uint64_t>(bound)));
}

void RandomTimes(Random* random, config::RouteConfig* route) {
  if (random->Chance(0.5)) route->group_wait = seconds(random->Below(3) * random->Below(31));
  if (random->Chance(0.7)) {
    route->group_interval = seconds(5 + random->Below(random->Chance(0.5) ? 296 : 26));
  }
  if (random->Chance(0.2)) route->group_interval = minutes(1 + random->Below(4));
  if (random->Chance(0.7)) route->repeat_interval = minutes(1 + random->Below(60));
}

void RandomGrouping(Random* random, config::RouteConfig* route) {
  route->group_by_all = false;
  route->group_by.reset();
  switch (random->Below(6)) {
    case 0:
      route->group_by = std::vector<std::string>{};
      break;
    case 1:
      route->group_by_all = true;
      break;
    case 2:
      route->group_by = std::vector<std::string>{"alertname", "team"};
      break;
    case 3:
      route->group_by = std::vector<std::string>{"severity"};
      break;
    case 4:
      route->group_by = std::vector<std::string>{"alertname"};
      break;
    default:
      break;  // Inherited.
  }
}

void RandomIntervals(Random* random, config::RouteConfig* route) {
  route->mute_time_intervals.clear();
  route->active_time_intervals.clear();
  while (random->Chance(0.25)) route->mute_time_intervals.emplace_back(OneOf(random, kIntervals));
  while (random->Chance(0.25)) route->active_time_intervals.emplace_back(OneOf(random, kIntervals));
}

config::RouteConfig RandomRoute(Random* random, int depth) {
  config::RouteConfig route;
  if (depth == 0 || random->Chance(0.7)) route.receiver = OneOf(random, kReceivers);
  RandomTimes(random, &route);
  RandomGrouping(random, &route);
  if (depth > 0) {
    route.matchers = RandomMatchers(random);
    route.continue_matching = random->Chance(0.4);
    RandomIntervals(random, &route);
  }
  if (depth == kDepth) return route;
  for (std::uint64_t n = random->Below(4 - static_cast<std::uint64_t>(depth)); n > 0; --n) {
    route.routes.push_back(RandomRoute(random, depth + 1));
  }
  return route;
}

model::TimeInterval RandomSpec(Random* random, Time start) {
  static constexpr std::array<const char*, 5> kZones = {"UTC", "Europe/Berlin", "America/New_York",
                                                        "Australia/Sydney", "Asia/Kolkata"};
  model::TimeInterval spec;
  if (random->Chance(0.6)) {
    if (const auto zone = TimeZone::Find(OneOf(random, kZones))) spec.zone = *zone;
  }
  // What the clocks there show some time after the start.
  auto shown = std::chrono::floor<minutes>(start) + minutes(Below(random, 150));
  if (spec.zone != nullptr) {
    const std::int64_t instant = std::chrono::floor<seconds>(start).time_since_epoch().count();
    shown += std::chrono::floor<minutes>(seconds(spec.zone->At(instant).seconds_east));
  }
  const auto midnight = std::chrono::floor<std::chrono::days>(shown);
  const std::chrono::year_month_day date(midnight);
  const auto day = static_cast<int>(unsigned(date.day()));
  if (random->Chance(0.8)) {
    const auto begin = static_cast<int>((shown - midnight).count());
    spec.times = {{begin, std::min(1440, begin + 1 + Below(random, 60))}};
    if (begin > 60) spec.times->push_back({begin - 60, begin - 40});
  }
  if (random->Chance(0.3)) {
    const auto weekday = static_cast<int>(std::chrono::weekday(midnight).c_encoding());
    spec.weekdays = {{std::max(0, weekday - Below(random, 2)), weekday}};
  }
  if (random->Chance(0.3)) spec.days_of_month = {{std::max(1, day - Below(random, 3)), day}};
  if (random->Chance(0.3)) spec.days_of_month = {{-1 - Below(random, 31), -1}};
  if (random->Chance(0.2)) {
    const auto month = static_cast<int>(unsigned(date.month()));
    spec.months = {{month, std::min(12, month + 1)}};
  }
  if (random->Chance(0.2)) spec.years = {{int(date.year()), int(date.year()) + 1}};
  if (random->Chance(0.03)) spec.years.emplace();  // An empty list takes nothing.
  return spec;
}

void RandomIntervalDefinitions(Random* random, Time start, ReferenceSetup* setup) {
  setup->intervals.clear();
  for (const char* name : kIntervals) {
    model::NamedTimeInterval& interval = setup->intervals.emplace_back();
    interval.name = name;
    for (std::uint64_t n = 1 + random->Below(2); n > 0; --n) {
      interval.intervals.push_back(RandomSpec(random, start));
    }
  }
}

void RandomInhibitRules(Random* random, ReferenceSetup* setup) {
  static constexpr std::array<const char*, 5> kEqual = {"alertname", "team", "instance", "severity",
                                                        "none"};
  setup->inhibit_rules.clear();
  while (random->Chance(0.5)) {
    ReferenceInhibitRule& rule = setup->inhibit_rules.emplace_back();
    rule.source = RandomMatchers(random);
    rule.target = RandomMatchers(random);
    for (std::uint64_t n = random->Below(3); n > 0; --n) {
      rule.equal.emplace_back(OneOf(random, kEqual));
    }
  }
}

void RandomIntegrations(Random* random, ReferenceSetup* setup) {
  setup->integrations.clear();
  for (const char* receiver : kReceivers) {
    // None at all: a black hole.
    for (std::uint32_t i = 0, n = static_cast<std::uint32_t>(random->Below(4)); i < n; ++i) {
      setup->integrations.push_back({{receiver, "webhook", i}, random->Chance(0.7)});
    }
  }
}

// Any node, the root included.
config::RouteConfig& AnyRoute(Random* random, config::RouteConfig* from) {
  if (from->routes.empty() || random->Chance(0.3)) return *from;
  return AnyRoute(random, &from->routes[random->Below(from->routes.size())]);
}

void ChangeRoute(Random* random, config::RouteConfig* root) {
  config::RouteConfig& route = AnyRoute(random, root);
  auto& children = route.routes;
  switch (random->Below(7)) {
    case 0:
      route.receiver = OneOf(random, kReceivers);
      break;
    case 1:
      RandomTimes(random, &route);
      break;
    case 2:
      RandomGrouping(random, &route);
      break;
    case 3:
      if (!children.empty()) children.erase(children.begin() + Below(random, 1));
      break;
    case 4:
      children.insert(children.begin(), RandomRoute(random, kDepth));
      break;
    case 5:
      std::reverse(children.begin(), children.end());
      break;
    default:
      if (&route == root) break;
      route.continue_matching = !route.continue_matching;
      RandomIntervals(random, &route);
  }
}

void DescribeRoute(const ReferenceRoute& route, std::string* text) {
  *text += route.id + " -> " + route.receiver + (route.continues ? ", continues" : "") + ", wait " +
           std::to_string(Seconds(route.group_wait)) + ", interval " +
           std::to_string(Seconds(route.group_interval)) + ", repeat " +
           std::to_string(Seconds(route.repeat_interval)) + ", by";
  for (const std::string& name : route.group_by) *text += " " + name;
  if (route.group_by_all) *text += " ...";
  for (const std::string& name : route.mute_intervals) *text += ", mute " + name;
  for (const std::string& name : route.active_intervals) *text += ", active " + name;
  *text += "\n";
}

}  // namespace

model::LabelSet RandomAlertLabels(Random* random) {
  static constexpr std::array<const char*, 2> kNames = {"A", "B"};
  static constexpr std::array<const char*, 3> kSeverities = {"critical", "warning", ""};
  static constexpr std::array<const char*, 3> kTeams = {"x", "y", ""};
  static constexpr std::array<const char*, 3> kInstances = {"1", "2", "3"};
  static constexpr std::array<const char*, 3> kJobs = {"", "", "j"};
  return model::LabelSetBuilder()
      .Set("alertname", OneOf(random, kNames))
      .Set("severity", OneOf(random, kSeverities))
      .Set("team", OneOf(random, kTeams))
      .Set("instance", OneOf(random, kInstances))
      .Set("job", OneOf(random, kJobs))
      .Build();
}

model::Matchers RandomMatchers(Random* random) {
  static constexpr std::array<const char*, 12> kMatchers = {"team=x",
                                                            "team=y",
                                                            "team=~\"x|y\"",
                                                            "team!=x",
                                                            "severity=warning",
                                                            "severity=critical",
                                                            "severity!=critical",
                                                            "alertname=A",
                                                            "alertname=~\".+\"",
                                                            "instance=~\"1|2\"",
                                                            "team=\"\"",
                                                            "team=x,severity=warning"};
  return Parse(OneOf(random, kMatchers));
}

ReferenceSetup RandomSetup(Random* random, Time start) {
  ReferenceSetup setup;
  setup.route = RandomRoute(random, 0);
  RandomIntegrations(random, &setup);
  RandomIntervalDefinitions(random, start, &setup);
  RandomInhibitRules(random, &setup);
  setup.retention = random->Chance(0.8) ? Duration(hours(120)) : Duration(minutes(10));
  setup.alerts_gc_interval = minutes(1 + random->Below(30));
  if (random->Chance(0.2)) setup.alerts_per_alertname = 2 + random->Below(3);
  setup.log_gc_interval = minutes(1 + random->Below(15));
  return setup;
}

void ChangeAtRandom(Random* random, Time start, ReferenceSetup* setup) {
  do {
    switch (random->Below(6)) {
      case 0:
        RandomIntegrations(random, setup);
        break;
      case 1:
        RandomIntervalDefinitions(random, start, setup);
        break;
      case 2:
        RandomInhibitRules(random, setup);
        break;
      case 3:
        setup->route = RandomRoute(random, 0);
        break;
      default:
        ChangeRoute(random, &setup->route);
    }
  } while (random->Chance(0.5));
}

std::vector<std::string> ReceiverNames(const ReferenceSetup&) {
  return {kReceivers.begin(), kReceivers.end()};
}

std::string Describe(const ReferenceSetup& setup) {
  std::string text;
  for (const ReferenceRoute& route : ReadRoutes(setup.route)) DescribeRoute(route, &text);
  for (const ReferenceIntegration& integration : setup.integrations) {
    text += integration.id.ToString() + (integration.send_resolved ? " " : " not ") + "resolved\n";
  }
  for (const ReferenceInhibitRule& rule : setup.inhibit_rules) {
    text += "inhibit " + model::ToString(rule.source) + " -> " + model::ToString(rule.target) +
            " equal";
    for (const std::string& name : rule.equal) text += " " + name;
    text += "\n";
  }
  return text;
}

}  // namespace tocsin::simulation
