#include "rules/ruler.h"

#include "rules/rule_group.h"

#include <algorithm>
#include <cassert>

namespace tocsin::rules {
namespace {

// Instants are nanoseconds in 64 bits: four times a longer interval could not be added to one.
constexpr Duration kLongestInterval = std::chrono::hours(24 * 365 * 10);

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
        compiled.alerting = AlertingRule::Create(compiled.definition, &errors);
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
    if (before != older.end() && before->second) group->TakeAlertsFrom(before->second.get());
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
  group->last_evaluation = now;
  group->evaluation = evaluation;
  Continue(group, now, out);
}

void Ruler::Continue(RuleGroup* group, Time now, Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  // Recording rules have nowhere to write to.
  while (evaluation.rule < group->rules.size() && !group->rules[evaluation.rule].alerting) {
    ++evaluation.rule;
  }
  if (evaluation.rule < group->rules.size()) {
    const RulerOptions::Datasource& datasource = DatasourceOf(*group);
    const Duration offset = group->definition.query_offset.value_or(options_.query_offset);
    evaluation.query = static_cast<QueryId>(next_id_++);
    evaluation.rule_started = now;
    in_flight_.emplace(evaluation.query, group->id);
    out->queries.push_back(Query{evaluation.query, datasource.name,
                                 group->rules[evaluation.rule].definition->expr,
                                 evaluation.ts - offset, datasource.timeout});
    return;
  }
  group->evaluation_time = now - evaluation.started;
  out->decisions.emplace_back(GroupEvaluated{group->key, evaluation.ts, evaluation.started,
                                             group->evaluation_time, evaluation.missed});
  const Time ts = evaluation.ts;
  group->evaluation.reset();
  // If that is past already, the next Advance begins at once and counts what was missed.
  Schedule(group, group->last_ts ? ts + IntervalOf(*group) : NextSlot(*group, now));
}

void Ruler::Complete(Time now, QueryId id, const Result<QueryResult>& result, Output* out) {
  const auto it = in_flight_.find(id);
  if (it == in_flight_.end()) return;
  const auto group = groups_.find(it->second);
  in_flight_.erase(it);
  assert(group != groups_.end() && group->second->evaluation &&
         group->second->evaluation->query == id);
  EvaluateRule(group->second.get(), now, result, out);
  ++group->second->evaluation->rule;
  Continue(group->second.get(), now, out);
}

void Ruler::EvaluateRule(RuleGroup* group, Time now, const Result<QueryResult>& result,
                         Output* out) {
  const EvaluationInProgress& evaluation = *group->evaluation;
  GroupRule& rule = group->rules[evaluation.rule];
  rule.last_evaluation = evaluation.rule_started;
  rule.evaluation_time = now - evaluation.rule_started;

  RuleOutput rule_out;
  Status status;
  if (result) {
    status =
        rule.alerting->Evaluate(evaluation.ts, result->vector, ContextOf(*group, now), &rule_out);
  } else {
    status = tl::unexpected(result.error());
  }
  out->alerts.insert(out->alerts.end(), rule_out.alerts.begin(), rule_out.alerts.end());
  out->decisions.insert(out->decisions.end(), std::make_move_iterator(rule_out.decisions.begin()),
                        std::make_move_iterator(rule_out.decisions.end()));
  if (!status) {
    RuleOutput refreshed;
    rule.alerting->Refresh(evaluation.ts, ContextOf(*group, now), &refreshed);
    out->alerts.insert(out->alerts.end(), refreshed.alerts.begin(), refreshed.alerts.end());
    rule.health = Health::kErr;
    rule.last_error = status.error().message;
    out->decisions.emplace_back(
        RuleFailed{group->key, rule.definition, rule.evaluation_time, rule.last_error});
    return;
  }
  rule.health = Health::kOk;
  rule.last_error.clear();
  out->decisions.emplace_back(RuleEvaluated{group->key, rule.definition, rule.evaluation_time,
                                            static_cast<std::uint32_t>(result->vector.size()),
                                            rule_out.template_expansions,
                                            rule_out.template_failures});
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
          group.definition.limit};
}

std::vector<GroupView> Ruler::Snapshot(Time now) const {
  std::vector<GroupView> views = Overview();
  std::map<std::string_view, const RuleGroup*> by_key;
  for (const auto& [id, group] : groups_) by_key.emplace(group->key, group.get());
  for (GroupView& view : views) AddAlerts(*by_key.at(view.file + ";" + view.name), now, &view);
  return views;
}

std::vector<GroupView> Ruler::Overview() const {
  std::vector<GroupView> views;
  views.reserve(groups_.size());
  for (const auto& [id, group] : groups_) views.push_back(ViewOf(*group));
  std::sort(views.begin(), views.end(), [](const GroupView& a, const GroupView& b) {
    return a.file != b.file ? a.file < b.file : a.name < b.name;
  });
  return views;
}

GroupView Ruler::ViewOf(const RuleGroup& group) const {
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
    if (rule.alerting) shown.state = rule.alerting->state();
  }
  return view;
}

void Ruler::AddAlerts(const RuleGroup& group, Time now, GroupView* view) const {
  const EvaluationContext context = ContextOf(group, now);
  RuleOutput ignored;  // Reading is no evaluation: its expansions are not counted.
  for (std::size_t i = 0; i < group.rules.size(); ++i) {
    const GroupRule& rule = group.rules[i];
    if (!rule.alerting) continue;
    std::vector<RuleView::ActiveAlert>& shown = view->rules[i].alerts;
    for (const auto& [labels, alert] : rule.alerting->alerts()) {
      if (alert.state == AlertState::kInactive) continue;
      shown.push_back({alert, rule.alerting->ExpandAnnotations(alert, context, &ignored)});
    }
    std::sort(shown.begin(), shown.end(),
              [](const auto& a, const auto& b) { return a.alert.labels < b.alert.labels; });
  }
}

}  // namespace tocsin::rules
