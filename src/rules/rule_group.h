#pragma once

// A group of rules with its schedule and the evaluation in progress. Owned by Ruler; its thread.

#include "rules/alerting_rule.h"
#include "rules/ruler.h"
#include "rules/schedule.h"
#include "rules/template_queries.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::rules {

struct GroupRule {
  RulePtr definition;
  std::unique_ptr<AlertingRule> alerting;  // Null for a recording rule.
  Health health = Health::kUnknown;
  std::string last_error;
  Time last_evaluation = kZeroTime;
  Duration evaluation_time{};
};

struct EvaluationInProgress {
  Time ts{};
  Time started{};
  std::size_t rule = 0;  // Being evaluated.
  Time rule_started{};
  std::int64_t missed = 0;
  QueryId query{};  // The rule's own.
  Vector vector;    // Its answer, while the templates wait for theirs.
  TemplateQueries template_queries;
};

struct RuleGroup {
  GroupDefinition definition;  // `rules` is moved into the rules below.
  std::string key;             // `file;name`
  std::vector<GroupRule> rules;

  std::uint64_t id = 0;
  std::uint64_t timer_generation = 0;
  Time next_ts{};               // Of the evaluation that the timer waits for.
  std::optional<Time> last_ts;  // Of the last evaluation that was begun.
  std::optional<EvaluationInProgress> evaluation;
  Time last_evaluation = kZeroTime;
  Duration evaluation_time{};

  // Same rules, interval, limit, offset and datasource: nothing that an evaluation could notice.
  bool SameAs(const RuleGroup& other) const;
  // Takes over what is known of rules with the same name and labels, in order, each once.
  void TakeStateFrom(RuleGroup* older);
};

}  // namespace tocsin::rules
