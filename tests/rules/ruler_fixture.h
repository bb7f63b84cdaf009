#pragma once

// A Ruler whose queries the test answers by hand.

#include "rules/ruler.h"
#include "rules/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::rules {

inline const Time kStart = Time(std::chrono::hours(24 * 365 * 50));
inline constexpr Duration kInterval = std::chrono::seconds(15);

inline GroupDefinition Group(std::string name, std::vector<std::string> alerts,
                             Duration hold = Duration::zero()) {
  GroupDefinition group;
  group.name = std::move(name);
  group.file = "rules.yml";
  group.interval = kInterval;
  for (std::string& alert : alerts) {
    RuleDefinition rule;
    rule.alert = std::move(alert);
    rule.expr = rule.alert + "_expr";
    rule.hold = hold;
    group.rules.push_back(std::move(rule));
  }
  return group;
}

inline Time FirstTick(std::string_view group) {
  return Slot(kStart, GroupOffset("rules.yml", group, kInterval), kInterval) + kInterval;
}

class RulerTest : public testing::Test {
 protected:
  void Install(std::vector<GroupDefinition> groups, Time now) {
    config::Diagnostics diagnostics;
    options_.datasources = {{"main", "http://main", std::chrono::seconds(10)},
                            {"other", "http://other", std::chrono::seconds(5)}};
    installed_ = {};
    ruler_.Install(Ruler::Compile(std::move(groups), &diagnostics), options_, now, &installed_);
    ASSERT_FALSE(diagnostics.HasErrors());
  }
  Output Advance(Time now) {
    Output out;
    ruler_.Advance(now, &out);
    return out;
  }
  Output Answer(Time now, const Query& query, Result<QueryResult> result) {
    Output out;
    ruler_.Complete(now, query.id, std::move(result), &out);
    return out;
  }
  // Group g has the rule A alone, which fires at `tick`. Gives its alert; null: none was sent.
  model::AlertPtr FireA(Time tick) {
    Install({Group("g", {"A"})}, kStart);
    const Output begun = Advance(tick);
    const Output fired = Answer(tick, begun.queries.at(0), OneSample());
    return fired.alerts.size() == 1 ? fired.alerts[0] : nullptr;
  }
  static RuleSearch SearchForAll() {
    RuleSearch search;
    search.may_have = search.wants_rule = [](const RuleDefinition&) { return true; };
    search.wants_alert = [](const model::LabelSet&) { return true; };
    return search;
  }
  std::vector<RuleFound> Find(const RuleSearch& search) const {
    RuleWalk walk;
    std::vector<RuleFound> found;
    while (!ruler_.Find(search, &walk, &found)) continue;
    return found;
  }
  static QueryResult OneSample() { return {{{{{"instance", "i"}}, 1.0}}, {}}; }

  template <class Event>
  static std::size_t Count(const Output& out) {
    return static_cast<std::size_t>(std::count_if(
        out.decisions.begin(), out.decisions.end(),
        [](const Decision& decision) { return std::holds_alternative<Event>(decision); }));
  }

  Output installed_;  // Of the last Install.
  RulerOptions options_;
  Ruler ruler_;
};

}  // namespace tocsin::rules
