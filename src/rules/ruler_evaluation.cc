#include "rules/rule_group.h"
#include "rules/ruler.h"
#include "rules/series_writers.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace tocsin::rules {
namespace {

using Progress = EvaluationInProgress::Progress;

// The clock may have been corrected meanwhile.
Duration Elapsed(Time since, Time now) {
  return std::max(now - since, Duration::zero());
}

}  // namespace

void Ruler::Begin(RuleGroup* group, Time now, Output* out) {
  EvaluationInProgress evaluation;
  evaluation.id = next_id_++;
  evaluation.ts = group->next_ts;
  if (group->last_ts) {
    const NextEvaluation next = EvaluationAfter(*group->last_ts, now, IntervalOf(*group));
    evaluation.ts = next.ts;
    evaluation.missed = next.missed;
  }
  evaluation.started = now;
  evaluation.progress.assign(group->rules.size(), Progress::kWaits);
  if (!options_.write_series) {
    for (std::size_t i = 0; i < group->rules.size(); ++i) {
      if (group->rules[i].recording) evaluation.progress[i] = Progress::kDone;
    }
  }
  // Its slot, where the first evaluation came before one: the next ones are on schedule.
  group->last_ts = Slot(evaluation.ts, PhaseOf(*group), IntervalOf(*group));
  group->evaluation = std::move(evaluation);
  Schedule(group, *group->last_ts + IntervalOf(*group));
  Continue(group, now, out);
}

void Ruler::RefreshAlerts(RuleGroup* group, Time now, Output* out) {
  const Time slot = Slot(now, PhaseOf(*group), IntervalOf(*group));
  const EvaluationContext context = ContextOf(*group, now);
  RuleOutput rule_out;
  for (GroupRule& rule : group->rules) {
    if (rule.alerting) rule.alerting->Refresh(slot, context, &rule_out);
  }
  std::move(rule_out.alerts.begin(), rule_out.alerts.end(), std::back_inserter(out->alerts));
  Schedule(group, slot + IntervalOf(*group));
}

void Ruler::Continue(RuleGroup* group, Time now, Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  std::size_t& first = evaluation.first_waiting;
  while (first < group->rules.size() && evaluation.progress[first] != Progress::kWaits) ++first;
  const auto at_once = static_cast<std::size_t>(group->definition.concurrency);
  for (std::size_t i = first; i < group->rules.size(); ++i) {
    if (evaluation.running.size() >= at_once) return;
    const GroupRule& rule = group->rules[i];
    if (evaluation.progress[i] != Progress::kWaits) continue;
    if (!evaluation.MayBegin(i, rule.dependencies)) continue;
    evaluation.progress[i] = Progress::kRuns;
    auto running = std::make_unique<RuleInProgress>();
    running->rule = i;
    running->started = now;
    running->query = Ask(*group, i, rule.definition->expr, evaluation.ts - OffsetOf(*group),
                         DatasourceOf(*group).timeout, out);
    evaluation.running.push_back(std::move(running));
  }
  const bool waits =
      std::find(evaluation.progress.begin() + static_cast<std::ptrdiff_t>(first),
                evaluation.progress.end(), Progress::kWaits) != evaluation.progress.end();
  if (!waits && evaluation.running.empty()) End(group, now, out);
}

void Ruler::End(RuleGroup* group, Time now, Output* out) {
  const EvaluationInProgress& evaluation = *group->evaluation;
  const Time ts = evaluation.ts;
  std::vector<SeriesSample> markers;
  if (!group->ended.empty()) {
    const SeriesWriters writers = Writers();
    for (const EndedSeries& ended : group->ended) {
      writers.MarkEnded(ended, ts - OffsetOf(*group), &markers);
    }
    group->ended.clear();
  }
  if (options_.write_series) {
    EmitWrite(DatasourceOf(*group).name, std::move(markers), static_cast<WriteId>(next_id_++), out);
  }
  group->last_evaluation = evaluation.started;
  group->evaluation_time = Elapsed(evaluation.started, now);
  out->decisions.emplace_back(GroupEvaluated{group->key, ts, evaluation.started,
                                             group->evaluation_time, evaluation.missed,
                                             evaluation.samples, evaluation.rules_took});
  group->evaluation.reset();
  if (group->awaits_for_restore) BeginForRestore(group, now, out);
  // If that is past already, the next Advance begins at once and counts what was missed.
  const Time next = group->last_ts ? *group->last_ts + IntervalOf(*group) : NextSlot(*group, now);
  if (next != group->next_ts) Schedule(group, next);
}

QueryId Ruler::Ask(const RuleGroup& group, std::size_t rule, std::string expr, Time time,
                   Duration timeout, Output* out) {
  const auto id = static_cast<QueryId>(next_id_++);
  in_flight_.emplace(id, Waiting{group.id, group.evaluation->id, rule});
  out->queries.push_back(
      Query{id, DatasourceOf(group).name, std::move(expr), time, timeout, group.definition.extras});
  return id;
}

void Ruler::Complete(Time now, QueryId id, Result<QueryResult> result, Output* out) {
  if (const auto restoring = restores_in_flight_.find(id); restoring != restores_in_flight_.end()) {
    const Restoring question = restoring->second;
    restores_in_flight_.erase(restoring);
    return CompleteForRestore(question, now, std::move(result), out);
  }
  const auto it = in_flight_.find(id);
  if (it == in_flight_.end()) return;
  const Waiting waiting = it->second;
  in_flight_.erase(it);
  const auto found = groups_.find(waiting.group);
  assert(found != groups_.end() && found->second->evaluation);
  RuleGroup* const group = found->second.get();
  RuleInProgress* const running = group->evaluation->FindRunning(waiting.rule);
  assert(running != nullptr);
  const bool is_own = id == running->query || id == running->unfiltered;
  if (is_own && !result) {
    RuleOutput rule_out;
    ResolveAlerts(group, waiting.rule, now, &rule_out, out);
    EndRule(group, waiting.rule, now, tl::unexpected(std::move(result.error())),
            std::move(rule_out), out);
    return;
  }
  if (!is_own) {
    running->template_queries.Answer(id, std::move(result));
    return EvaluateRule(group, running, now, out);
  }
  GroupRule& rule = group->rules[waiting.rule];
  if (id == running->unfiltered) {
    running->gone =
        rule.no_data.StandIn(OnNoDataOf(*rule.definition), group->evaluation->ts, result->vector,
                             *rule.alerting, &running->vector, &out->decisions);
  } else {
    running->vector = std::move(result->vector);
    if (rule.recording) return Record(group, running, now, out);
    if (AskUnfiltered(group, running, out)) return;
  }
  const Duration budget = DatasourceOf(*group).timeout;
  running->template_queries = TemplateQueries(SaturatingAdd(now, budget), budget);
  EvaluateRule(group, running, now, out);
}

config::OnNoData Ruler::OnNoDataOf(const RuleDefinition& rule) const {
  // Nothing tells what is gone.
  if (rule.unfiltered.empty()) return config::OnNoData::kResolve;
  return rule.on_no_data.value_or(options_.on_no_data);
}

bool Ruler::AskUnfiltered(RuleGroup* group, RuleInProgress* running, Output* out) {
  GroupRule& rule = group->rules[running->rule];
  const config::OnNoData mode = OnNoDataOf(*rule.definition);
  if (mode == config::OnNoData::kResolve) return false;
  if (!rule.no_data.Asks(mode, *rule.alerting, running->vector)) return false;
  running->unfiltered =
      Ask(*group, running->rule, rule.definition->unfiltered,
          group->evaluation->ts - OffsetOf(*group), DatasourceOf(*group).timeout, out);
  return true;
}

void Ruler::Record(RuleGroup* group, RuleInProgress* running, Time now, Output* out) {
  const std::size_t rule = running->rule;
  auto recorded = group->rules[rule].recording->Evaluate(group->evaluation->ts - OffsetOf(*group),
                                                         running->vector, group->definition.limit);
  if (!recorded) return EndRule(group, rule, now, tl::unexpected(recorded.error()), {}, out);
  WriteSeries(group, rule, std::move(recorded->samples), out);
  Status status;
  if (recorded->histograms > 0) {
    status = Fail("native histograms cannot be recorded, " + std::to_string(recorded->histograms) +
                  " of " + std::to_string(running->vector.size()) + " series are");
  }
  EndRule(group, rule, now, status, {}, out);
}

void Ruler::EvaluateRule(RuleGroup* group, RuleInProgress* running, Time now, Output* out) {
  const std::size_t index = running->rule;
  AlertingRule& rule = *group->rules[index].alerting;
  const Time ts = group->evaluation->ts;
  while (true) {
    AskTemplateQueries(group, running, now, out);
    if (running->template_queries.is_waiting()) return;
    RuleOutput rule_out;
    EvaluationContext context = ContextOf(*group, now);
    context.gone = running->gone;
    const Status status =
        rule.Evaluate(ts, running->vector, running->template_queries.answers(), context, &rule_out);
    if (status && !rule_out.templates.needs.empty()) {
      running->template_queries.Need(rule_out.templates.needs);
      continue;
    }
    if (status && options_.write_series) {
      std::vector<SeriesSample> samples;
      rule.AppendSeries(ts - OffsetOf(*group), &samples);
      WriteSeries(group, index, std::move(samples), out);
    }
    return EndRule(group, index, now, status, std::move(rule_out), out);
  }
}

void Ruler::ResolveAlerts(RuleGroup* group, std::size_t index, Time now, RuleOutput* rule_out,
                          Output* out) {
  const GroupRule& rule = group->rules[index];
  const bool resolves = rule.definition->resolve_on_error.value_or(options_.resolve_on_error);
  if (!rule.alerting || !resolves) return;
  const Time ts = group->evaluation->ts;
  // Nothing can be wrong with no samples.
  if (!rule.alerting->Evaluate(ts, {}, {}, ContextOf(*group, now), rule_out)) return;
  if (!options_.write_series) return;
  std::vector<SeriesSample> samples;
  rule.alerting->AppendSeries(ts - OffsetOf(*group), &samples);
  WriteSeries(group, index, std::move(samples), out);
}

void Ruler::AskTemplateQueries(RuleGroup* group, RuleInProgress* running, Time now, Output* out) {
  while (auto next = running->template_queries.TakeNext(now)) {
    // Prometheus too asks them at the time of the evaluation, whatever the offset.
    const QueryId id =
        Ask(*group, running->rule, next->query, group->evaluation->ts, next->timeout, out);
    running->template_queries.Asked(id, std::move(next->query));
  }
}

void Ruler::WriteSeries(RuleGroup* group, std::size_t rule, std::vector<SeriesSample> samples,
                        Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  group->rules[rule].written.Update(evaluation.ts - OffsetOf(*group), &samples);
  if (samples.empty()) return;
  const auto id = static_cast<WriteId>(next_id_++);
  evaluation.progress[rule] = Progress::kWritten;
  writes_in_flight_.emplace(id, Waiting{group->id, evaluation.id, rule});
  EmitWrite(DatasourceOf(*group).name, std::move(samples), id, out);
}

void Ruler::EmitWrite(std::string datasource, std::vector<SeriesSample> samples, WriteId id,
                      Output* out) {
  if (samples.empty()) return;
  out->writes.push_back(SeriesWrite{id, std::move(datasource), std::move(samples)});
}

void Ruler::Written(Time now, WriteId id, const Status& status, Output* out) {
  const auto it = writes_in_flight_.find(id);
  if (it == writes_in_flight_.end()) return;
  const Waiting waiting = it->second;
  writes_in_flight_.erase(it);
  RuleGroup* const group = groups_.at(waiting.group).get();
  GroupRule& rule = group->rules[waiting.rule];
  if (!status) {
    rule.health = Health::kErr;
    rule.last_error = "its series were not written: " + status.error().message;
    out->decisions.emplace_back(SeriesNotWritten{group->key, rule.definition, rule.last_error});
  }
  // It may be over: only rules that read the samples have waited.
  if (!group->evaluation || group->evaluation->id != waiting.evaluation) return;
  group->evaluation->progress[waiting.rule] = Progress::kDone;
  Continue(group, now, out);
}

void Ruler::EndRule(RuleGroup* group, std::size_t index, Time now, const Status& status,
                    RuleOutput rule_out, Output* out) {
  EvaluationInProgress& evaluation = *group->evaluation;
  RuleInProgress* const running = evaluation.FindRunning(index);
  GroupRule& rule = group->rules[index];
  rule.last_evaluation = running->started;
  rule.evaluation_time = Elapsed(running->started, now);
  evaluation.rules_took += rule.evaluation_time;
  rule.evaluated = status.has_value();
  if (status) {
    rule.health = Health::kOk;
    rule.last_error.clear();
    const auto samples = static_cast<std::uint32_t>(running->vector.size());
    evaluation.samples += samples;
    rule_out.decisions.emplace_back(RuleEvaluated{group->key, rule.definition, rule.evaluation_time,
                                                  samples, rule_out.templates.count,
                                                  rule_out.templates.failures});
  } else {
    rule.health = Health::kErr;
    rule.last_error = status.error().message;
    if (rule.alerting) rule.alerting->Refresh(evaluation.ts, ContextOf(*group, now), &rule_out);
    rule_out.decisions.emplace_back(
        RuleFailed{group->key, rule.definition, rule.evaluation_time, rule.last_error});
  }
  std::move(rule_out.alerts.begin(), rule_out.alerts.end(), std::back_inserter(out->alerts));
  std::move(rule_out.decisions.begin(), rule_out.decisions.end(),
            std::back_inserter(out->decisions));
  std::move(rule_out.changes.begin(), rule_out.changes.end(), std::back_inserter(out->changes));
  if (evaluation.progress[index] == Progress::kRuns) evaluation.progress[index] = Progress::kDone;
  std::erase_if(evaluation.running,
                [&](const auto& candidate) { return candidate->rule == index; });
  Continue(group, now, out);
}

}  // namespace tocsin::rules
