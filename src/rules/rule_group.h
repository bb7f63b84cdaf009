#pragma once

// A group of rules with its schedule and the evaluation in progress. Owned by Ruler; its thread.

#include "rules/alerting_rule.h"
#include "rules/for_restore.h"
#include "rules/no_data.h"
#include "rules/recording_rule.h"
#include "rules/rule_dependencies.h"
#include "rules/ruler.h"
#include "rules/schedule.h"
#include "rules/template_queries.h"
#include "rules/written_series.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::rules {

// A rule whose `for` clocks are being looked up.
struct RestoreInProgress {
  ForRestore lookup;
  std::size_t unanswered = 0;  // Questions.
  Status status;               // Of the answers.
};

struct GroupRule {
  RulePtr definition;
  // One of the two.
  std::unique_ptr<AlertingRule> alerting;
  std::optional<RecordingRule> recording;
  RuleDependencies dependencies;
  WrittenSeries written;
  NoData no_data;
  std::unique_ptr<RestoreInProgress> restore;  // Null: none.
  int restores_failed = 0;
  bool evaluated = false;  // The last evaluation succeeded.
  Health health = Health::kUnknown;
  std::string last_error;
  Time last_evaluation = kZeroTime;
  Duration evaluation_time{};
};

// A rule that is being evaluated.
struct RuleInProgress {
  std::size_t rule = 0;
  Time started{};
  QueryId query{};  // The rule's own.
  // Its expression without filters, if that is asked (on_no_data).
  std::optional<QueryId> unfiltered = std::nullopt;
  Vector vector;         // Its answer, while others are waited for.
  std::size_t gone = 0;  // As of EvaluationContext.
  TemplateQueries template_queries;
};

struct EvaluationInProgress {
  enum class Progress : std::uint8_t { kWaits, kRuns, kWritten, kDone };

  std::uint64_t id = 0;
  Time ts{};
  Time started{};
  std::int64_t missed = 0;
  std::vector<Progress> progress;  // Of each rule. kWritten: its samples cannot be read yet.
  std::size_t first_waiting = 0;   // No earlier rule waits.
  std::vector<std::unique_ptr<RuleInProgress>> running;
  std::uint32_t samples = 0;
  Duration rules_took{};  // All together.

  // Whether what the rule has to come after is done.
  bool MayBegin(std::size_t rule, const RuleDependencies& dependencies) const;
  RuleInProgress* FindRunning(std::size_t rule) const;  // Null if it does not run.
};

struct RuleGroup {
  GroupDefinition definition;  // `rules` is moved into the rules below.
  std::string key;             // `file;name`
  std::vector<GroupRule> rules;

  std::uint64_t id = 0;
  std::uint64_t timer_generation = 0;
  Time next_ts{};  // What the timer waits for: an evaluation, or a slot that passes during one.
  std::optional<Time> last_ts;  // Of the last evaluation that was begun.
  std::optional<EvaluationInProgress> evaluation;
  // Of rules that a reload has removed: they end with the next evaluation.
  std::vector<EndedSeries> ended;
  // While `for` clocks of its rules are to be restored.
  bool awaits_for_restore = false;
  int evaluations = 0;  // That have ended meanwhile.
  std::optional<Time> restore_began;
  Time last_evaluation = kZeroTime;
  Duration evaluation_time{};

  // Same rules, interval, limit, offset and datasource: nothing that an evaluation could notice.
  bool SameAs(const RuleGroup& other) const;
  // Takes over what is known of rules with the same name and labels, in order, each once. Removes
  // the alerts of the others.
  void TakeStateFrom(RuleGroup* older, Output* out);
  // What is left in it: its alerts are gone, its series will end.
  std::vector<EndedSeries> TakeRest(Output* out);
};

}  // namespace tocsin::rules
