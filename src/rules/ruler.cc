#include "rules/ruler.h"

#include "rules/rule_group.h"

#include <algorithm>
#include <cassert>

namespace tocsin::rules {
namespace {

// Instants are nanoseconds in 64 bits: four times a longer interval could not be added to one.
constexpr Duration kLongestInterval = std::chrono::hours(24 * 365 * 10);

// The clock may have been corrected meanwhile.
Duration Elapsed(Time since, Time now) {
  return std::max(now - since, Duration::zero());
}

}  // namespace

std::string_view ToString(Health health) {
  switch (health) {
    case Health::kUnknown:
      return "unknown";
    case Health::kOk:
      return "ok";
    case Health::kErr:
      return "err";
  }
  return "";
}

void RuleGroupDeleter::operator()(RuleGroup* group) const {
  delete group;
}

RuleGroups Ruler::Compile(std::vector<GroupDefinition> definitions,
                          config::Diagnostics* diagnostics) {
  RuleGroups groups;
  bool failed = false;
  for (GroupDefinition& definition : definitions) {
    RuleGroupPtr group(new RuleGroup);
    group->key = definition.file + ";" + definition.name;
    for (RuleDefinition& rule : definition.rules) {
      GroupRule compiled;
      compiled.definition = std::make_shared<const RuleDefinition>(std::move(rule));
      if (compiled.definition->is_alerting()) {
        std::vector<std::string> errors;
        if (auto alert = CompiledRule::Compile(compiled.definition, &errors)) {
          compiled.alerting = std::make_unique<AlertingRule>(std::move(alert));
        }
        for (const std::string& error : errors) {
          failed = true;
          diagnostics->AddError(compiled.definition->position,
                                "group \"" + definition.name + "\", rule \"" +
                                    compiled.definition->alert + "\": " + error);
        }
      }
      group->rules.push_back(std::move(compiled));
    }
    definition.rules.clear();
    group->definition = std::move(definition);
    groups.push_back(std::move(group));
  }
  if (failed) groups.clear();
  return groups;
}

void Ruler::Install(RuleGroups groups, RulerOptions options, Time now) {
  const bool same_interval = options.evaluation_interval == options_.evaluation_interval;
  options_ = std::move(options);
  boost::unordered_flat_map<std::string, RuleGroupPtr> older;
  for (auto& [id, group] : groups_) {
    std::string key = group->key;
    older.emplace(std::move(key), std::move(group));
  }
  groups_.clear();
  for (RuleGroupPtr& group : groups) {
    const auto before = older.find(group->key);
    if (before != older.end() && before->second &&
        (same_interval || group->definition.interval > Duration::zero()) &&
        group->SameAs(*before->second)) {
      const std::uint64_t id = before->second->id;
      groups_.emplace(id, std::move(before->second));
      continue;
    }
    group->id = next_id_++;
    if (before != older.end() && before->second) group->TakeStateFrom(before->second.get());
    Schedule(group.get(), NextSlot(*group, now));
    const std::uint64_t id = group->id;
    groups_.emplace(id, std::move(group));
  }
  boost::unordered::erase_if(in_flight_,
                             [this](const auto& item) { return !groups_.contains(item.second); });
}

void Ruler::Schedule(RuleGroup* group, Time ts) {
  group->next_ts = ts;
  timers_.Set(ts, Timer{group->id, ++group->timer_generation});
}

void Ruler::Advance(Time now, Output* out) {
  while (auto due = timers_.PopDue(now)) {
    const auto it = groups_.find(due->second.group);
    if (it == groups_.end() || it->second->timer_generation != due->second.generation) continue;
    Begin(it->second.get(), now, out);
  }
}

void Ruler::Begin(RuleGroup* group, Time now, Output* out) {
  EvaluationInProgress evaluation;
  evaluation.ts = group->next_ts;
  if (group->last_ts) {
    const NextEvaluation next = EvaluationAfter(*group->last_ts, now, IntervalOf(*group));
    evaluation.ts = next.ts;
    evaluation.missed = next.missed;
  }
  evaluation.started = now;
  group->last_ts = evaluation.ts;
  group->evaluation = std::move(evaluation);
  Continue(group, now, out);
}

void Ruler::Continue(RuleGroup* group, Time now, Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  // Recording rules have nowhere to write to.
  while (evaluation.rule < group->rules.size() && !group->rules[evaluation.rule].alerting) {
    ++evaluation.rule;
  }
  if (evaluation.rule < group->rules.size()) {
    const Duration offset = group->definition.query_offset.value_or(options_.query_offset);
    evaluation.rule_started = now;
    evaluation.query = Ask(*group, group->rules[evaluation.rule].definition->expr,
                           evaluation.ts - offset, DatasourceOf(*group).timeout, out);
    return;
  }
  group->last_evaluation = evaluation.started;
  group->evaluation_time = Elapsed(evaluation.started, now);
  out->decisions.emplace_back(GroupEvaluated{group->key, evaluation.ts, evaluation.started,
                                             group->evaluation_time, evaluation.missed});
  const Time ts = evaluation.ts;
  group->evaluation.reset();
  // If that is past already, the next Advance begins at once and counts what was missed.
  Schedule(group, group->last_ts ? ts + IntervalOf(*group) : NextSlot(*group, now));
}

QueryId Ruler::Ask(const RuleGroup& group, std::string expr, Time time, Duration timeout,
                   Output* out) {
  const auto id = static_cast<QueryId>(next_id_++);
  in_flight_.emplace(id, group.id);
  out->queries.push_back(Query{id, DatasourceOf(group).name, std::move(expr), time, timeout});
  return id;
}

void Ruler::Complete(Time now, QueryId id, Result<QueryResult> result, Output* out) {
  const auto it = in_flight_.find(id);
  if (it == in_flight_.end()) return;
  const auto found = groups_.find(it->second);
  in_flight_.erase(it);
  assert(found != groups_.end() && found->second->evaluation);
  RuleGroup* const group = found->second.get();
  EvaluationInProgress& evaluation = *group->evaluation;
  if (id != evaluation.query) {
    evaluation.template_queries.Answer(id, std::move(result));
  } else if (result) {
    evaluation.vector = std::move(result->vector);
    const Duration budget = DatasourceOf(*group).timeout;
    evaluation.template_queries = TemplateQueries(SaturatingAdd(now, budget), budget);
  } else {
    EndRule(group, now, tl::unexpected(std::move(result.error())), {}, out);
    return;
  }
  EvaluateRule(group, now, out);
}

void Ruler::EvaluateRule(RuleGroup* group, Time now, Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  AlertingRule& rule = *group->rules[evaluation.rule].alerting;
  while (true) {
    AskTemplateQueries(group, now, out);
    if (evaluation.template_queries.is_waiting()) return;
    RuleOutput rule_out;
    const Status status =
        rule.Evaluate(evaluation.ts, evaluation.vector, evaluation.template_queries.answers(),
                      ContextOf(*group, now), &rule_out);
    if (!status || rule_out.templates.needs.empty()) {
      EndRule(group, now, status, std::move(rule_out), out);
      return;
    }
    evaluation.template_queries.Need(rule_out.templates.needs);
  }
}

void Ruler::AskTemplateQueries(RuleGroup* group, Time now, Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  while (auto next = evaluation.template_queries.TakeNext(now)) {
    // Prometheus too asks them at the time of the evaluation, whatever the offset.
    const QueryId id = Ask(*group, next->query, evaluation.ts, next->timeout, out);
    evaluation.template_queries.Asked(id, std::move(next->query));
  }
}

void Ruler::EndRule(RuleGroup* group, Time now, const Status& status, RuleOutput rule_out,
                    Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  GroupRule& rule = group->rules[evaluation.rule];
  rule.last_evaluation = evaluation.rule_started;
  rule.evaluation_time = Elapsed(evaluation.rule_started, now);
  if (status) {
    rule.health = Health::kOk;
    rule.last_error.clear();
    rule_out.decisions.emplace_back(
        RuleEvaluated{group->key, rule.definition, rule.evaluation_time,
                      static_cast<std::uint32_t>(evaluation.vector.size()),
                      rule_out.templates.count, rule_out.templates.failures});
  } else {
    rule.health = Health::kErr;
    rule.last_error = status.error().message;
    // The others, too: their turn may be many timeouts away.
    for (GroupRule& other : group->rules) {
      if (other.alerting) other.alerting->Refresh(now, ContextOf(*group, now), &rule_out);
    }
    rule_out.decisions.emplace_back(
        RuleFailed{group->key, rule.definition, rule.evaluation_time, rule.last_error});
  }
  out->alerts.insert(out->alerts.end(), std::make_move_iterator(rule_out.alerts.begin()),
                     std::make_move_iterator(rule_out.alerts.end()));
  out->decisions.insert(out->decisions.end(), std::make_move_iterator(rule_out.decisions.begin()),
                        std::make_move_iterator(rule_out.decisions.end()));
  evaluation.vector.clear();
  evaluation.template_queries = {};
  ++evaluation.rule;
  Continue(group, now, out);
}

std::optional<Time> Ruler::NextDeadline() const {
  return timers_.NextDeadline();
}

void Ruler::ClockWentBack(Time now, Duration by) {
  for (auto& [id, group] : groups_) {
    for (GroupRule& rule : group->rules) {
      if (rule.alerting) rule.alerting->ClockWentBack(by);
    }
    group->last_ts.reset();
    if (!group->evaluation) {
      Schedule(group.get(), NextSlot(*group, now));
      continue;
    }
    // It takes up the schedule when it ends.
    group->evaluation->ts -= by;
    group->evaluation->started -= by;
    group->evaluation->rule_started -= by;
    group->evaluation->template_queries.ClockWentBack(by);
  }
}

Time Ruler::NextSlot(const RuleGroup& group, Time now) const {
  const Duration interval = IntervalOf(group);
  const Duration offset = GroupOffset(group.definition.file, group.definition.name, interval);
  return Slot(now, offset, interval) + interval;
}

const RulerOptions::Datasource& Ruler::DatasourceOf(const RuleGroup& group) const {
  assert(!options_.datasources.empty() && "validated when the configuration was loaded");
  const auto it = std::find_if(
      options_.datasources.begin(), options_.datasources.end(),
      [&](const auto& datasource) { return datasource.name == group.definition.datasource; });
  return it == options_.datasources.end() ? options_.datasources.front() : *it;
}

Duration Ruler::IntervalOf(const RuleGroup& group) const {
  const Duration interval = group.definition.interval > Duration::zero()
                                ? group.definition.interval
                                : options_.evaluation_interval;
  return std::min(interval, kLongestInterval);
}

EvaluationContext Ruler::ContextOf(const RuleGroup& group, Time now) const {
  return {now,
          options_.external_labels,
          DatasourceOf(group).external_url,
          IntervalOf(group),
          std::min(options_.resend_delay, kLongestInterval),
          DatasourceOf(group).timeout,
          group.definition.limit};
}

std::vector<GroupView> Ruler::Views(bool with_alerts) const {
  std::vector<GroupView> views;
  views.reserve(groups_.size());
  for (const auto& [id, group] : groups_) views.push_back(ViewOf(*group, with_alerts));
  std::sort(views.begin(), views.end(), [](const GroupView& a, const GroupView& b) {
    return a.file != b.file ? a.file < b.file : a.name < b.name;
  });
  return views;
}

GroupView Ruler::ViewOf(const RuleGroup& group, bool with_alerts) const {
  GroupView view;
  view.name = group.definition.name;
  view.file = group.definition.file;
  view.interval = IntervalOf(group);
  view.limit = group.definition.limit;
  view.last_evaluation = group.last_evaluation;
  view.evaluation_time = group.evaluation_time;
  for (const GroupRule& rule : group.rules) {
    RuleView& shown = view.rules.emplace_back();
    shown.rule = rule.definition;
    shown.health = rule.health;
    shown.last_error = rule.last_error;
    shown.last_evaluation = rule.last_evaluation;
    shown.evaluation_time = rule.evaluation_time;
    if (!rule.alerting) continue;
    shown.state = rule.alerting->state();
    if (!with_alerts) continue;
    for (const auto& [labels, alert] : rule.alerting->alerts()) {
      if (alert.state != AlertState::kInactive) shown.alerts.push_back(alert);
    }
  }
  return view;
}

}  // namespace tocsin::rules
