#pragma once

// The literal readings that the reference model is made of and that need none of its state: routes
// with their inheritance and their walk, time intervals, the merging of alerts, the decision
// whether there is something new to tell.

#include "base/time.h"
#include "config/config.h"
#include "model/alert.h"
#include "model/label_set.h"
#include "model/matcher.h"
#include "model/notification.h"
#include "model/time_interval.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tocsin::simulation {

struct ReferenceIntegration {
  model::IntegrationId id;
  bool send_resolved = false;
};

struct ReferenceInhibitRule {
  model::Matchers source, target;
  std::vector<std::string> equal;
};

struct ReferenceSetup {
  config::RouteConfig route;
  std::vector<ReferenceIntegration> integrations;  // Of all receivers.
  std::vector<model::NamedTimeInterval> intervals;
  std::vector<ReferenceInhibitRule> inhibit_rules;
  std::uint64_t alerts_per_alertname = 0;  // 0: no limit.
  Duration retention{};
  Duration alerts_gc_interval{};
  Duration log_gc_interval{};
};

// A node of the tree, with what it inherits.
struct ReferenceRoute {
  std::string receiver;
  std::set<std::string> group_by;
  bool group_by_all = false;
  Duration group_wait = std::chrono::seconds(30);
  Duration group_interval = std::chrono::minutes(5);
  Duration repeat_interval = std::chrono::hours(4);
  std::vector<std::string> mute_intervals, active_intervals;
  model::Matchers matchers;
  bool continues = false;
  std::string key = "{}", id = "{}";
  std::vector<std::size_t> children;
};

// Depth first; the first is the root.
std::vector<ReferenceRoute> ReadRoutes(const config::RouteConfig& root);
// The routes that an alert takes, in the order of the walk.
std::vector<const ReferenceRoute*> Walk(const std::vector<ReferenceRoute>& routes,
                                        const model::LabelSet& labels);
model::LabelSet GroupLabelsOf(const ReferenceRoute& route, const model::LabelSet& labels);

bool IntervalContains(const model::NamedTimeInterval& interval, Time instant);

// What the store holds after `incoming` has come, and whether it was merged.
struct Received {
  model::AlertPtr alert;
  bool merged = false;
};
Received Receive(const model::AlertPtr& stored, const model::AlertPtr& incoming, Time clock);

using AlertSet = std::set<model::LabelSet>;

struct LastTold {
  AlertSet firing, resolved;
  Time timestamp{};
};

// The text of the reason to notify, or "" and why not.
struct Verdict {
  std::string reason;
  std::string why_not;
};
Verdict Decide(const std::optional<LastTold>& last, const AlertSet& firing,
               const AlertSet& resolved, Duration repeat_interval, bool send_resolved, Time now);

// By job, then instance (alerts that have the label first), then label set.
void SortAsInMessages(std::vector<model::NotifiedAlert>* alerts);

}  // namespace tocsin::simulation
