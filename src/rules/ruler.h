#pragma once

// The rules core: groups of rules, each evaluated on its own schedule, one rule after the other;
// groups beside each other. It asks for queries and takes their answers; what comes out are alerts
// and decisions.
//
// Pure: time is an argument. One thread. A result that belongs to a configuration from before is
// known by its id and ignored.

#include "base/time.h"
#include "base/timer_queue.h"
#include "rules/alerting_rule.h"
#include "rules/decision.h"
#include "rules/query.h"
#include "rules/rule_file.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::rules {

struct RulerOptions {
  struct Datasource {
    std::string name;
    std::string external_url;
    Duration timeout = std::chrono::seconds(30);
  };
  Duration evaluation_interval = std::chrono::minutes(1);  // Of groups that name none.
  Duration query_offset{};
  Duration resend_delay = std::chrono::minutes(1);
  model::LabelSet external_labels;
  std::vector<Datasource> datasources;  // The first serves groups that name none.
};

struct Output {
  std::vector<Query> queries;
  std::vector<model::AlertPtr> alerts;
  std::vector<Decision> decisions;
};

enum class Health { kUnknown, kOk, kErr };
std::string_view ToString(Health health);

// A rule and its group as the API shows them. Copies: safe to hand to another thread, which is also
// where alerts are sorted and their annotations expanded.
struct RuleView {
  RulePtr rule;
  Health health = Health::kUnknown;
  std::string last_error;
  Time last_evaluation = kZeroTime;  // Wall clock.
  Duration evaluation_time{};
  AlertState state = AlertState::kInactive;
  std::vector<RuleAlert> alerts;  // Pending and firing, in no order.
};

struct GroupView {
  std::string name, file;
  Duration interval{};
  int limit = 0;
  Time last_evaluation = kZeroTime;
  Duration evaluation_time{};
  std::vector<RuleView> rules;
};

// A group with its templates compiled; made aside, where a load may fail.
struct RuleGroup;
struct RuleGroupDeleter {  // So that holders need not know the type.
  void operator()(RuleGroup* group) const;
};
using RuleGroupPtr = std::unique_ptr<RuleGroup, RuleGroupDeleter>;
using RuleGroups = std::vector<RuleGroupPtr>;

class Ruler {
 public:
  // Compiles the groups' templates. Errors (those of a group's own labels are found here) carry the
  // rule's place; empty if there are any.
  static RuleGroups Compile(std::vector<GroupDefinition> definitions,
                            config::Diagnostics* diagnostics);

  // Replaces what is evaluated. A group that has not changed goes on undisturbed, query in flight
  // included; in a changed one, rules with the same name and labels keep their alerts, and
  // evaluation resumes at its next slot.
  void Install(RuleGroups groups, RulerOptions options, Time now);

  // Starts the evaluations that are due.
  void Advance(Time now, Output* out);
  // The answer to a query that Advance or Complete asked for.
  void Complete(Time now, QueryId id, Result<QueryResult> result, Output* out);
  std::optional<Time> NextDeadline() const;
  // The wall clock was set back by that much, to `now`: takes up the schedule from there instead of
  // waiting for it; what lasts goes on lasting.
  void ClockWentBack(Time now, Duration by);

  // By file, then name.
  std::vector<GroupView> Snapshot() const { return Views(/*with_alerts=*/true); }
  // The same without the alerts.
  std::vector<GroupView> Overview() const { return Views(/*with_alerts=*/false); }
  std::size_t group_count() const { return groups_.size(); }

 private:
  struct Timer {
    std::uint64_t group = 0;
    std::uint64_t generation = 0;
  };

  void Schedule(RuleGroup* group, Time ts);
  void Begin(RuleGroup* group, Time now, Output* out);
  // Asks for the next rule's query, or ends the evaluation.
  void Continue(RuleGroup* group, Time now, Output* out);
  QueryId Ask(const RuleGroup& group, std::string expr, Time time, Duration timeout, Output* out);
  // With what has been answered: either that is all, or the templates' next queries are asked.
  void EvaluateRule(RuleGroup* group, Time now, Output* out);
  void AskTemplateQueries(RuleGroup* group, Time now, Output* out);
  void EndRule(RuleGroup* group, Time now, const Status& status, RuleOutput rule_out, Output* out);
  const RulerOptions::Datasource& DatasourceOf(const RuleGroup& group) const;
  Duration IntervalOf(const RuleGroup& group) const;
  EvaluationContext ContextOf(const RuleGroup& group, Time now) const;
  Time NextSlot(const RuleGroup& group, Time now) const;
  std::vector<GroupView> Views(bool with_alerts) const;
  GroupView ViewOf(const RuleGroup& group, bool with_alerts) const;

  RulerOptions options_;
  boost::unordered_flat_map<std::uint64_t, RuleGroupPtr> groups_;
  boost::unordered_flat_map<QueryId, std::uint64_t> in_flight_;  // To the group that waits.
  TimerQueue<Timer> timers_;
  std::uint64_t next_id_ = 1;
};

}  // namespace tocsin::rules
