#pragma once

// The rules core: groups of rules, each evaluated on its own schedule, one rule after the other (or
// as many at a time as the group says), those that read what others write after these; groups
// beside each other. It asks for queries and takes their answers; what comes out are alerts, series
// and decisions.
//
// Pure: time is an argument. One thread. A result that belongs to a configuration from before is
// known by its id and ignored.

#include "base/time.h"
#include "base/timer_queue.h"
#include "rules/alerting_rule.h"
#include "rules/decision.h"
#include "rules/for_restore.h"
#include "rules/query.h"
#include "rules/rule_file.h"
#include "rules/rules_state.h"
#include "rules/series.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
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
  bool resolve_on_error = false;  // Of rules that do not say it themselves.
  config::OnNoData on_no_data = config::OnNoData::kResolve;  // The same.
  // A new group is evaluated once within this, rather than at its next slot if that is later.
  std::optional<Duration> max_start_delay;
  model::LabelSet external_labels;
  std::vector<Datasource> datasources;  // The first serves groups that name none.
  // Somebody takes what rules write. If not, there are no writes and recording rules rest.
  bool write_series = false;
  // Absent: `for` clocks that are not in our own store begin anew.
  std::optional<ForRestoreOptions> for_restore;
};

struct Output {
  std::vector<Query> queries;
  std::vector<SeriesWrite> writes;
  std::vector<model::AlertPtr> alerts;
  std::vector<StateChange> changes;
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

// Who asks about alerts of rules: which rules, and which of their alerts.
struct RuleSearch {
  std::function<bool(const RuleDefinition&)> may_have;    // Such alerts.
  std::function<bool(const RuleDefinition&)> wants_rule;  // Of those: even if it has none.
  std::function<bool(const model::LabelSet&)> wants_alert;
  std::vector<model::LabelSet> known;  // Alerts that are found without a search.
  // Of all rules together. An alert that is looked at is found or not.
  std::size_t looks_max = 2'000;
  std::size_t alerts_max = 20;
};

// Where a search has come to. It holds until the next Install.
struct RuleWalk {
  bool begun = false;
  std::vector<std::uint64_t> groups;  // That are left; the last one is at hand.
  std::size_t rule = 0;               // Of that group.
  bool in_rule = false;
  std::vector<model::LabelSet> to_look_at;  // Alerts of the rule, some of them gone by now.
  std::vector<RuleAlert> alerts;            // Of the rule, that were found.
  std::size_t looks = 0, found = 0;         // So far, without those that were known.
};

struct RuleFound {
  std::string file, group;
  Duration interval{};
  RuleView view;  // Without the state; with those of its pending and firing alerts that were found.
};

// A group with its templates compiled; made aside, where a load may fail.
struct RuleGroup;
struct GroupRule;
struct RuleInProgress;
struct RuleGroupDeleter {  // So that holders need not know the type.
  void operator()(RuleGroup* group) const;
};
using RuleGroupPtr = std::unique_ptr<RuleGroup, RuleGroupDeleter>;
using RuleGroups = std::vector<RuleGroupPtr>;

class SeriesWriters;

// What a rule that is gone had written.
struct EndedSeries {
  bool alerting = false;
  std::string name;  // Of the rule.
  std::vector<model::LabelSet> series;
};

class Ruler {
 public:
  // Compiles the groups' templates. Errors carry the rule's place; empty if there are any.
  static RuleGroups Compile(std::vector<GroupDefinition> definitions,
                            config::Diagnostics* diagnostics);

  // Replaces what is evaluated. A group that has not changed goes on undisturbed, query in flight
  // included; in a changed one, rules with the same name and labels keep their alerts, and an
  // evaluation that was due or under way is done again, with the new rules.
  void Install(RuleGroups groups, RulerOptions options, Time now, Output* out);

  // What was stored when the process ended. Before the first Install, which looks for the rules;
  // what fires is sent then if that is due, and what no rule is left for is removed.
  void Restore(RulesState state) { restored_ = std::move(state); }
  RulesState State() const;

  // Starts the evaluations that are due.
  void Advance(Time now, Output* out);
  // The answer to a query that Advance or Complete asked for.
  void Complete(Time now, QueryId id, Result<QueryResult> result, Output* out);
  // What became of a write. After an error the group goes on without the samples.
  void Written(Time now, WriteId id, const Status& status, Output* out);
  std::optional<Time> NextDeadline() const;
  // The wall clock was set back by that much, to `now`: takes up the schedule from there instead of
  // waiting for it; what lasts goes on lasting.
  void ClockWentBack(Time now, Duration by);

  // By file, then name.
  std::vector<GroupView> Snapshot() const { return Views(/*with_alerts=*/true); }
  // The same without the alerts.
  std::vector<GroupView> Overview() const { return Views(/*with_alerts=*/false); }
  // A slice of a search: appends alerting rules, in no order. One call looks at kSliceLooks alerts
  // or rules at most. True when the search is through.
  bool Find(const RuleSearch& search, RuleWalk* walk, std::vector<RuleFound>* found) const;
  static constexpr std::size_t kSliceLooks = 50;
  std::size_t group_count() const { return groups_.size(); }

 private:
  struct Timer {
    std::uint64_t group = 0;
    std::uint64_t generation = 0;
  };

  // The rule that an answer is for.
  struct Waiting {
    std::uint64_t group = 0;
    std::uint64_t evaluation = 0;
    std::size_t rule = 0;
  };
  // What a question of a restore was.
  struct Restoring {
    std::uint64_t group = 0;
    std::size_t rule = 0;
    Time time{};
    bool is_range = false;
  };
  // The series of a group that is gone end some time later: another may have taken them over.
  struct EndedGroup {
    Time due{};
    Time ended_at{};
    std::string datasource;
    std::vector<EndedSeries> series;
  };

  void Schedule(RuleGroup* group, Time ts);
  void Begin(RuleGroup* group, Time now, Output* out);
  // Asks for the queries of the rules that may begin; ends the evaluation after the last one.
  void Continue(RuleGroup* group, Time now, Output* out);
  void End(RuleGroup* group, Time now, Output* out);
  // The group has come to a slot while an evaluation is under way: what holds as far as is known is
  // re-sent at the slot's time, as if it had been evaluated.
  void RefreshAlerts(RuleGroup* group, Time now, Output* out);
  QueryId Ask(const RuleGroup& group, std::size_t rule, std::string expr, Time time,
              Duration timeout, Output* out);
  // With what has been answered: either that is all, or the templates' next queries are asked.
  void EvaluateRule(RuleGroup* group, RuleInProgress* running, Time now, Output* out);
  // on_no_data: what the rule does without its filters, if that has to be asked. True if it has.
  bool AskUnfiltered(RuleGroup* group, RuleInProgress* running, Output* out);
  config::OnNoData OnNoDataOf(const RuleDefinition& rule) const;
  void AskTemplateQueries(RuleGroup* group, RuleInProgress* running, Time now, Output* out);
  void Record(RuleGroup* group, RuleInProgress* running, Time now, Output* out);
  // on_error: resolve. As if the query had found nothing.
  void ResolveAlerts(RuleGroup* group, std::size_t rule, Time now, RuleOutput* rule_out,
                     Output* out);
  void EndRule(RuleGroup* group, std::size_t rule, Time now, const Status& status,
               RuleOutput rule_out, Output* out);
  // The samples of a rule's evaluation, and the markers of what has ended.
  void WriteSeries(RuleGroup* group, std::size_t rule, std::vector<SeriesSample> samples,
                   Output* out);
  // Its alerts last until an evaluation sends them again, which another interval or resend delay
  // may have put off.
  void Prolong(RuleGroup* group, Time now, Output* out);
  // Takes those of the group's alerts that one of its rules takes up.
  void RestoreInto(RuleGroup* group, std::vector<AlertStored>* alerts, Time now, Output* out);
  // `for` from ALERTS_FOR_STATE: once after the start, for groups that are there then.
  void AwaitForRestore(Time now);
  void BeginForRestore(RuleGroup* group, Time now, Output* out);
  void BeginForRestore(RuleGroup* group, std::size_t rule, Time now, Output* out);
  void AskForRestore(const RuleGroup& group, std::size_t rule, ForRestore::Question question,
                     Output* out);
  void CompleteForRestore(const Restoring& restoring, Time now, Result<QueryResult> result,
                          Output* out);
  void EndForRestore(RuleGroup* group, std::size_t rule, Output* out);
  // Ends that of the group after that of its last rule.
  void EndForRestoreOf(RuleGroup* group, Time now, Output* out);
  void EndGroup(RuleGroup* group, Time now, Output* out);
  void WriteEndedSeries(Time now, Output* out);
  void EmitWrite(std::string datasource, std::vector<SeriesSample> samples, WriteId id,
                 Output* out);
  SeriesWriters Writers() const;
  Duration OffsetOf(const RuleGroup& group) const;
  const RulerOptions::Datasource& DatasourceOf(const RuleGroup& group) const;
  Duration IntervalOf(const RuleGroup& group) const;
  EvaluationContext ContextOf(const RuleGroup& group, Time now) const;
  // Where in its interval it is evaluated.
  Duration PhaseOf(const RuleGroup& group) const;
  Time NextSlot(const RuleGroup& group, Time now) const;
  // Of a group that takes the place of `before`.
  Time NextAfterReload(const RuleGroup& group, const RuleGroup& before, Time now) const;
  // Of a new group.
  Time FirstEvaluation(const RuleGroup& group, Time now) const;
  std::vector<GroupView> Views(bool with_alerts) const;
  GroupView ViewOf(const RuleGroup& group, bool with_alerts) const;
  static RuleView ViewOf(const GroupRule& rule);  // Without the state and the alerts.
  // Of the rule at hand: what is looked at without a search, and what is to be looked at.
  static void BeginRule(const RuleSearch& search, const GroupRule& rule, RuleWalk* walk);
  static void LookAtOne(const RuleSearch& search, const GroupRule& rule, RuleWalk* walk);

  RulerOptions options_;
  boost::unordered_flat_map<std::uint64_t, RuleGroupPtr> groups_;
  boost::unordered_flat_map<QueryId, Waiting> in_flight_;
  boost::unordered_flat_map<WriteId, Waiting> writes_in_flight_;
  boost::unordered_flat_map<QueryId, Restoring> restores_in_flight_;
  bool installed_ = false;
  std::vector<EndedGroup> ended_;
  RulesState restored_;
  TimerQueue<Timer> timers_;
  std::uint64_t next_id_ = 1;
};

}  // namespace tocsin::rules
