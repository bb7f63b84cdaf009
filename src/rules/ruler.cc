#include "rules/ruler.h"

#include "rules/rule_group.h"
#include "rules/series_writers.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

namespace tocsin::rules {
namespace {

// Instants are nanoseconds in 64 bits: four times a longer interval could not be added to one.
constexpr Duration kLongestInterval = std::chrono::hours(24 * 365 * 10);

// How long the series of a group that is gone wait for another one that takes them over.
constexpr int kEndedIntervals = 2;

// The name that a rule is stored under; the n-th one of its name and labels has a number.
std::string IdentityText(const RuleDefinition& rule, std::size_t n) {
  std::vector<model::Label> labels;
  for (const auto& [name, value] : rule.labels) labels.push_back({name, value});
  std::string text = rule.name() + model::LabelSet::FromSorted(labels).ToString();
  if (n > 1) text += "#" + std::to_string(n);
  return text;
}

// What is known of a rule that an earlier process had.
RulePtr RuleOnceStored(const AlertStored& stored) {
  auto rule = std::make_shared<RuleDefinition>();
  rule->alert = stored.alert.labels.Get(model::kAlertNameLabel);
  const std::string& group = stored.rule->group;
  const std::size_t end = std::min(group.find(';'), group.size());
  rule->position.file = group.substr(0, end);
  rule->group = group.substr(std::min(end + 1, group.size()));
  return rule;
}

// No rule is left for it.
void ForgetStored(const AlertStored& stored, Output* out) {
  out->changes.emplace_back(AlertRemoved{stored.rule, stored.alert.labels});
  if (stored.alert.state == AlertState::kInactive) return;
  out->decisions.emplace_back(
      AlertForgotten{RuleOnceStored(stored), stored.alert.labels, stored.alert.state});
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
    std::map<std::string, std::size_t> alike;
    std::vector<RulePtr> rules;
    for (RuleDefinition& rule : definition.rules) {
      GroupRule compiled;
      rule.group = definition.name;
      compiled.definition = std::make_shared<const RuleDefinition>(std::move(rule));
      rules.push_back(compiled.definition);
      if (!compiled.definition->is_alerting()) compiled.recording.emplace(compiled.definition);
      if (compiled.definition->is_alerting()) {
        std::vector<std::string> errors;
        if (auto alert = CompiledRule::Compile(compiled.definition, &errors)) {
          const std::size_t n = ++alike[IdentityText(*compiled.definition, 1)];
          compiled.alerting = std::make_unique<AlertingRule>(
              std::move(alert), std::make_shared<const RuleIdentity>(RuleIdentity{
                                    group->key, IdentityText(*compiled.definition, n)}));
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
    std::vector<RuleDependencies> dependencies = FindDependencies(rules);
    for (std::size_t i = 0; i < rules.size(); ++i) {
      group->rules[i].dependencies = std::move(dependencies[i]);
    }
    group->definition = std::move(definition);
    groups.push_back(std::move(group));
  }
  if (failed) groups.clear();
  return groups;
}

void Ruler::Install(RuleGroups groups, RulerOptions options, Time now, Output* out) {
  const bool same_interval = options.evaluation_interval == options_.evaluation_interval;
  options_ = std::move(options);
  boost::unordered_flat_map<std::string, RuleGroupPtr> older;
  for (auto& [id, group] : groups_) {
    std::string key = group->key;
    older.emplace(std::move(key), std::move(group));
  }
  groups_.clear();
  // Keys of their own: the names in the alerts go with these.
  std::map<std::string, std::vector<AlertStored>> restored;
  for (AlertStored& stored : restored_.alerts) {
    restored[stored.rule->group].push_back(std::move(stored));
  }
  restored_.alerts.clear();
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
    if (before != older.end() && before->second) {
      Schedule(group.get(), NextAfterReload(*group, *before->second, now));
      group->TakeStateFrom(before->second.get(), out);
      before->second.reset();
    } else {
      Schedule(group.get(), FirstEvaluation(*group, now));
    }
    if (const auto stored = restored.find(group->key); stored != restored.end()) {
      RestoreInto(group.get(), &stored->second, now, out);
    }
    const std::uint64_t id = group->id;
    groups_.emplace(id, std::move(group));
  }
  for (auto& [key, group] : older) {
    if (group) EndGroup(group.get(), now, out);
  }
  for (auto& [id, group] : groups_) Prolong(group.get(), now, out);
  for (const auto& [group, alerts] : restored) {
    for (const AlertStored& left : alerts) ForgetStored(left, out);
  }
  const auto is_gone = [this](const auto& item) { return !groups_.contains(item.second.group); };
  boost::unordered::erase_if(in_flight_, is_gone);
  boost::unordered::erase_if(writes_in_flight_, is_gone);
  boost::unordered::erase_if(restores_in_flight_, is_gone);
  if (!std::exchange(installed_, true)) AwaitForRestore(now);
}

void Ruler::Prolong(RuleGroup* group, Time now, Output* out) {
  const EvaluationContext context = ContextOf(*group, now);
  RuleOutput rule_out;
  for (GroupRule& rule : group->rules) {
    if (rule.alerting) rule.alerting->Prolong(now, group->next_ts, context, &rule_out);
  }
  std::move(rule_out.alerts.begin(), rule_out.alerts.end(), std::back_inserter(out->alerts));
}

void Ruler::RestoreInto(RuleGroup* group, std::vector<AlertStored>* alerts, Time now, Output* out) {
  std::map<std::string_view, AlertingRule*> rules;
  for (GroupRule& rule : group->rules) {
    if (rule.alerting) rules.emplace(rule.alerting->identity()->rule, rule.alerting.get());
  }
  const EvaluationContext context = ContextOf(*group, now);
  std::erase_if(*alerts, [&](const AlertStored& stored) {
    const auto rule = rules.find(stored.rule->rule);
    if (rule == rules.end()) return false;
    rule->second->Restore(stored.alert, context);
    return true;
  });
  // The clock was set back while no process was there to notice.
  const Duration ahead = restored_.stopped_at.value_or(now) - now;
  RuleOutput rule_out;
  for (const auto& [name, rule] : rules) {
    if (ahead > Duration::zero()) rule->ClockWentBack(ahead);
    rule->Refresh(now, context, &rule_out);
  }
  std::move(rule_out.alerts.begin(), rule_out.alerts.end(), std::back_inserter(out->alerts));
}

RulesState Ruler::State() const {
  RulesState state;
  for (const auto& [id, group] : groups_) {
    for (const GroupRule& rule : group->rules) {
      if (rule.alerting) rule.alerting->AppendState(&state.alerts);
    }
  }
  return state;
}

void Ruler::EndGroup(RuleGroup* group, Time now, Output* out) {
  EndedGroup ended;
  ended.ended_at = now - OffsetOf(*group);
  ended.due = now + kEndedIntervals * IntervalOf(*group);
  ended.datasource = group->definition.datasource;
  ended.series = group->TakeRest(out);
  if (options_.write_series && !ended.series.empty()) ended_.push_back(std::move(ended));
}

SeriesWriters Ruler::Writers() const {
  SeriesWriters writers;
  for (const auto& [id, group] : groups_) writers.Add(*group);
  return writers;
}

void Ruler::WriteEndedSeries(Time now, Output* out) {
  const auto due = std::stable_partition(
      ended_.begin(), ended_.end(), [now](const EndedGroup& group) { return group.due > now; });
  if (due == ended_.end()) return;
  const SeriesWriters writers = Writers();
  for (auto group = due; group != ended_.end(); ++group) {
    std::vector<SeriesSample> markers;
    for (const EndedSeries& ended : group->series) {
      writers.MarkEnded(ended, group->ended_at, &markers);
    }
    EmitWrite(group->datasource, std::move(markers), static_cast<WriteId>(next_id_++), out);
  }
  ended_.erase(due, ended_.end());
}

void Ruler::Schedule(RuleGroup* group, Time ts) {
  group->next_ts = ts;
  timers_.Set(ts, Timer{group->id, ++group->timer_generation});
}

void Ruler::Advance(Time now, Output* out) {
  while (auto due = timers_.PopDue(now)) {
    const auto it = groups_.find(due->second.group);
    if (it == groups_.end() || it->second->timer_generation != due->second.generation) continue;
    RuleGroup* const group = it->second.get();
    if (group->evaluation) {
      RefreshAlerts(group, now, out);
    } else {
      Begin(group, now, out);
    }
  }
  WriteEndedSeries(now, out);
}

std::optional<Time> Ruler::NextDeadline() const {
  std::optional<Time> next = timers_.NextDeadline();
  for (const EndedGroup& group : ended_) next = std::min(next.value_or(group.due), group.due);
  return next;
}

void Ruler::ClockWentBack(Time now, Duration by) {
  for (EndedGroup& group : ended_) {
    group.due -= by;
    group.ended_at -= by;
  }
  for (auto& [id, group] : groups_) {
    for (GroupRule& rule : group->rules) {
      if (rule.alerting) rule.alerting->ClockWentBack(by);
      rule.no_data.ClockWentBack(by);
      // Asked again: the answer would be about other times.
      if (rule.restore) rule.restore->status = Fail("the clock was set back meanwhile");
    }
    if (group->restore_began) *group->restore_began -= by;
    group->last_ts.reset();
    Schedule(group.get(), NextSlot(*group, now));
    if (!group->evaluation) continue;
    group->evaluation->ts -= by;
    group->evaluation->started -= by;
    for (const auto& running : group->evaluation->running) {
      running->started -= by;
      running->template_queries.ClockWentBack(by);
    }
  }
}

Duration Ruler::PhaseOf(const RuleGroup& group) const {
  const GroupDefinition& definition = group.definition;
  return definition.phase.value_or(
      GroupOffset(definition.file, definition.name, IntervalOf(group)));
}

Time Ruler::NextSlot(const RuleGroup& group, Time now) const {
  const Duration interval = IntervalOf(group);
  return Slot(now, PhaseOf(group), interval) + interval;
}

Time Ruler::NextAfterReload(const RuleGroup& group, const RuleGroup& before, Time now) const {
  // Nobody is paged later for a reload. One that is under way may have written samples: for its
  // time no store would take others.
  if (before.evaluation) return now;
  const Time next = NextSlot(group, now);
  // For the same time, unless a slot has passed meanwhile.
  return before.next_ts > now ? next : std::max(before.next_ts, next - IntervalOf(group));
}

Time Ruler::FirstEvaluation(const RuleGroup& group, Time now) const {
  const Time slot = NextSlot(group, now);
  if (!options_.max_start_delay) return slot;
  const Duration within = *options_.max_start_delay;
  // Soon enough: one before it would only be followed by another too early.
  if (slot - now <= within) return slot;
  if (within == Duration::zero()) return now;
  // Not all groups at once.
  return SaturatingAdd(now, GroupOffset(group.definition.file, group.definition.name, within));
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

Duration Ruler::OffsetOf(const RuleGroup& group) const {
  return group.definition.query_offset.value_or(options_.query_offset);
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

}  // namespace tocsin::rules
