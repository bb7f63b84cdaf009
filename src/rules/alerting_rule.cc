#include "rules/alerting_rule.h"

#include "rules/written_series.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <cmath>

namespace tocsin::rules {
namespace {

// How long a resolved alert is re-sent, so that a lost message does not leave it firing elsewhere.
constexpr Duration kResolvedRetention = std::chrono::minutes(15);
// An alert that is not refreshed ends by itself after this many rounds.
constexpr int kValidRounds = 4;

// So many alerts ahead the memory of one is asked for: they lie all over it.
constexpr std::size_t kAhead = 4;

// Leaves out those from the sample `stand_ins` on that make an alert that another one makes; false
// if others do.
template <class Candidates>
bool MakeDifferent(const Sample* stand_ins, Candidates* candidates) {
  boost::unordered_flat_set<model::LabelSet, model::LabelSetHash> identities;
  identities.reserve(candidates->size());
  bool different = true;
  std::erase_if(*candidates, [&](const auto& candidate) {
    if (identities.insert(candidate.identity()).second) return false;
    different = different && candidate.sample >= stand_ins;
    return true;
  });
  return different;
}

}  // namespace

model::LabelSet WithExternalLabels(const model::LabelSet& labels, const model::LabelSet& external) {
  if (external.empty()) return labels;
  std::vector<model::Label> all;
  all.reserve(labels.size() + external.size());
  for (const model::Label label : labels) all.push_back(label);
  for (const model::Label label : external) {
    if (!labels.Has(label.name)) all.push_back(label);
  }
  return model::LabelSet::FromUnsorted(all);
}

Status AlertingRule::Evaluate(Time ts, const Vector& vector, const templates::QueryAnswers& answers,
                              const EvaluationContext& context, RuleOutput* out) {
  const std::size_t decisions_before = out->decisions.size();
  const auto seen_by = std::make_shared<const TemplateContext>(
      TemplateContext{rule_, context.external_labels, context.external_url, ts});
  Result<Candidates> candidates =
      MakeCandidates(vector, answers, *seen_by, context.gone, &out->templates);
  if (!candidates) return tl::unexpected(candidates.error());
  if (!out->templates.needs.empty()) return {};
  TakeIn(ts, *std::move(candidates), seen_by, out);

  std::size_t active = 0;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    const bool present = it->second.seen_by == seen_by;
    const bool keep = Step(ts, present, &it->second, out);
    if (keep && it->second.state != AlertState::kInactive) ++active;
    if (keep) {
      ++it;
    } else {
      out->changes.emplace_back(AlertRemoved{identity_, it->first});
      alerts_.erase(it++);
    }
  }
  if (context.limit > 0 && active > static_cast<std::size_t>(context.limit)) {
    for (const auto& [labels, alert] : alerts_) {
      out->changes.emplace_back(AlertRemoved{identity_, labels});
    }
    alerts_.clear();
    const auto begin = out->decisions.begin() + static_cast<std::ptrdiff_t>(decisions_before);
    out->decisions.erase(begin, out->decisions.end());
    return Fail("exceeded limit of " + std::to_string(context.limit) + " with " +
                std::to_string(active) + " alerts");
  }
  const InternedText generator_url = GeneratorUrl(context);
  out->alerts.reserve(out->alerts.size() + active);
  auto ahead = alerts_.begin();
  for (std::size_t i = 0; i < kAhead && ahead != alerts_.end(); ++i) ++ahead;
  for (auto& [labels, alert] : alerts_) {
    if (ahead != alerts_.end()) {
      ahead->second.labels.PrefetchFingerprint();
      ahead->second.sample_labels.Prefetch();
      ++ahead;
    }
    Send(ts, &alert, context, generator_url, out);
    if (IsUnrestored(alert) || std::exchange(alert.stored, true)) continue;
    out->changes.emplace_back(Stored(alert));
  }
  return {};
}

void AlertingRule::Refresh(Time ts, const EvaluationContext& context, RuleOutput* out) {
  const InternedText generator_url = GeneratorUrl(context);
  for (auto& [labels, alert] : alerts_) {
    // An end that this process has not told is told once, however long ago it was: the one before
    // may have ended between writing it down and telling it.
    const bool told = alert.state == AlertState::kInactive && !IsZero(alert.last_sent_at);
    if (told && ts - alert.resolved_at > kResolvedRetention) continue;
    Send(ts, &alert, context, generator_url, out);
  }
}

void AlertingRule::Prolong(Time now, Time next, const EvaluationContext& context, RuleOutput* out) {
  const InternedText generator_url = GeneratorUrl(context);
  for (auto& [labels, alert] : alerts_) {
    if (alert.state != AlertState::kFiring || IsZero(alert.last_sent_at)) continue;
    // It will be pending again, and not sent.
    if (now - alert.active_at < definition()->hold) continue;
    const Time sent_again =
        std::max(next, alert.last_sent_at + context.resend_delay) + context.interval;
    if (alert.valid_until > sent_again + context.query_timeout) continue;
    alert.last_sent_at = kZeroTime;
    Send(now, &alert, context, generator_url, out);
  }
}

void AlertingRule::TakeFrom(AlertingRule* other) {
  alerts_ = other->TakeAlerts();
  unrestored_since_ = other->unrestored_since_;
}

bool AlertingRule::IsUnrestored(const RuleAlert& alert) const {
  return unrestored_since_ && alert.state == AlertState::kPending &&
         alert.active_at >= *unrestored_since_;
}

std::vector<model::LabelSet> AlertingRule::Unrestored() const {
  std::vector<model::LabelSet> unrestored;
  for (const auto& [labels, alert] : alerts_) {
    if (IsUnrestored(alert)) unrestored.push_back(labels);
  }
  return unrestored;
}

void AlertingRule::EndForRestore(const std::map<model::LabelSet, Time>& active_at, Time asked_at,
                                 RuleOutput* out) {
  for (auto& [labels, alert] : alerts_) {
    if (!IsUnrestored(alert)) continue;
    const auto found = active_at.find(labels);
    if (found != active_at.end() && alert.active_at <= asked_at) {
      alert.active_at = found->second;
      out->decisions.emplace_back(ForRestored{definition(), labels, alert.active_at});
    }
    alert.stored = true;
    out->changes.emplace_back(Stored(alert));
  }
  unrestored_since_.reset();
}

void AlertingRule::ClockWentBack(Duration by) {
  if (unrestored_since_) *unrestored_since_ -= by;
  for (auto& [labels, alert] : alerts_) {
    for (Time* time : {&alert.active_at, &alert.fired_at, &alert.resolved_at, &alert.last_sent_at,
                       &alert.valid_until, &alert.keep_firing_since}) {
      if (!IsZero(*time)) *time -= by;
    }
    alert.stored = false;
  }
}

AlertingRule::Alerts::value_type* AlertingRule::FindAt(std::size_t i, const Sample& sample) {
  if (i >= order_.size()) return nullptr;
  const auto it = alerts_.find(order_[i]);
  return it != alerts_.end() && it->second.sample_labels == sample.labels ? &*it : nullptr;
}

Result<AlertingRule::Candidates> AlertingRule::MakeCandidates(
    const Vector& vector, const templates::QueryAnswers& answers, const TemplateContext& context,
    std::size_t gone, Expansions* out) {
  Candidates candidates;
  candidates.reserve(vector.size());
  bool all_known = true;
  for (const Sample& sample : vector) {
    const templates::RuleTemplateData data{
        sample.labels,        sample.value, context.external_labels,
        context.external_url, context.time, sample.histogram.get()};
    Candidate candidate{&sample, FindAt(candidates.size(), sample), {}, std::nullopt};
    bool complete = true;
    if (candidate.known == nullptr) {
      all_known = false;
      Expansions of_labels;
      candidate.labels = rule_->ExpandLabels(data, answers, &of_labels);
      complete = of_labels.needs.empty();
      out->Add(std::move(of_labels));
    }
    // Or what they show is not kept.
    if (rule_->annotations_may_query() || sample.histogram) {
      candidate.annotations = rule_->ExpandAnnotations(data, answers, out);
    }
    if (complete) candidates.push_back(std::move(candidate));
  }
  // Those that were different the last time are so now.
  if (!all_known && !MakeDifferent(vector.data() + (vector.size() - gone), &candidates)) {
    return Fail("vector contains metrics with the same labelset after applying alert labels");
  }
  return candidates;
}

void AlertingRule::TakeIn(Time ts, Candidates candidates,
                          const std::shared_ptr<const TemplateContext>& context, RuleOutput* out) {
  KeepOrder(candidates);
  // First, because new ones may move them.
  for (Candidate& candidate : candidates) {
    if (candidate.known) Renew(ts, &candidate, candidate.known, false, context, out);
  }
  for (Candidate& candidate : candidates) {
    if (candidate.known) continue;
    const auto [it, created] = alerts_.try_emplace(candidate.labels, RuleAlert{});
    Renew(ts, &candidate, &*it, created, context, out);
  }
}

void AlertingRule::Renew(Time ts, Candidate* candidate, Alerts::value_type* entry, bool created,
                         const std::shared_ptr<const TemplateContext>& context,
                         RuleOutput* out) const {
  auto& [labels, alert] = *entry;
  const Sample& sample = *candidate->sample;
  const bool begins = created || alert.state == AlertState::kInactive;
  if (begins) {
    alert = RuleAlert{};
    alert.labels = labels;
    alert.active_at = ts;
    out->decisions.emplace_back(AlertStateChanged{definition(), labels, AlertState::kInactive,
                                                  AlertState::kPending, ts, sample.value});
  }
  // Of one that was found by its sample they are the same, and nearer than those that just came.
  if (begins || candidate->known == nullptr) alert.sample_labels = sample.labels;
  alert.value = sample.value;
  alert.seen_by = context;
  alert.annotations = std::move(candidate->annotations);
}

void AlertingRule::KeepOrder(const Candidates& candidates) {
  if (!rule_->labels_are_constant()) return;
  order_.resize(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const model::LabelSet& identity = candidates[i].identity();
    if (order_[i] != identity) order_[i] = identity;
  }
}

bool AlertingRule::Step(Time ts, bool present, RuleAlert* alert, RuleOutput* out) {
  if (alert->state == AlertState::kInactive) return ts - alert->resolved_at <= kResolvedRetention;
  if (present) {
    if (!IsZero(alert->keep_firing_since)) alert->stored = false;
    alert->keep_firing_since = kZeroTime;
  } else if (alert->state == AlertState::kPending) {
    Change(ts, AlertState::kInactive, alert, out);
    return false;
  } else {
    const Duration keep = definition()->keep_firing_for;
    if (keep > Duration::zero() && IsZero(alert->keep_firing_since)) {
      alert->keep_firing_since = ts;
      alert->stored = false;
      out->decisions.emplace_back(AlertKeptFiring{definition(), alert->labels, ts});
    }
    if (keep == Duration::zero() || ts - alert->keep_firing_since >= keep) {
      Change(ts, AlertState::kInactive, alert, out);
      alert->resolved_at = ts;
      // It may have been sent since the time that this evaluation is for: the end is news.
      alert->last_sent_at = std::min(alert->last_sent_at, ts - Duration(1));
      return true;
    }
  }
  if (alert->state == AlertState::kPending && ts - alert->active_at >= definition()->hold) {
    Change(ts, AlertState::kFiring, alert, out);
    alert->fired_at = ts;
  }
  if (alert->state == AlertState::kFiring && ts - alert->active_at < definition()->hold) {
    // A reload raised `for`: the condition has not held long enough any more.
    Change(ts, AlertState::kPending, alert, out);
    alert->fired_at = alert->last_sent_at = alert->keep_firing_since = kZeroTime;
  }
  return true;
}

void AlertingRule::Change(Time ts, AlertState to, RuleAlert* alert, RuleOutput* out) const {
  out->decisions.emplace_back(
      AlertStateChanged{definition(), alert->labels, alert->state, to, ts, alert->value});
  alert->state = to;
  alert->stored = false;
  alert->alerts_series = {};
}

void AlertingRule::AppendSeries(Time time, std::vector<SeriesSample>* out) {
  for (auto& [labels, alert] : alerts_) {
    if (alert.state == AlertState::kInactive || IsUnrestored(alert)) continue;
    if (alert.for_state_series.empty()) {
      const model::Label over[] = {{"__name__", "ALERTS_FOR_STATE"}};
      alert.for_state_series = Overlay(labels, over);
    }
    if (alert.alerts_series.empty()) {
      const model::Label over[] = {{"__name__", "ALERTS"}, {"alertstate", ToString(alert.state)}};
      alert.alerts_series = Overlay(labels, over);
    }
    out->push_back({alert.alerts_series, time, 1});
    out->push_back({alert.for_state_series, time, std::floor(UnixSeconds(alert.active_at))});
  }
}

AlertStored AlertingRule::Stored(const RuleAlert& alert) const {
  StoredAlert stored;
  stored.state = alert.state;
  stored.labels = alert.labels;
  stored.sample_labels = alert.sample_labels;
  stored.value = alert.value;
  stored.annotations = alert.annotations;
  if (alert.seen_by) stored.seen_at = alert.seen_by->time;
  stored.active_at = alert.active_at;
  stored.fired_at = alert.fired_at;
  stored.resolved_at = alert.resolved_at;
  stored.valid_until = alert.valid_until;
  stored.keep_firing_since = alert.keep_firing_since;
  return {identity_, std::move(stored)};
}

void AlertingRule::AppendState(std::vector<AlertStored>* out) const {
  for (const auto& [labels, alert] : alerts_) {
    if (!IsUnrestored(alert)) out->push_back(Stored(alert));
  }
}

void AlertingRule::Restore(const StoredAlert& stored, const EvaluationContext& context) {
  RuleAlert alert;
  alert.state = stored.state;
  alert.labels = stored.labels;
  alert.sample_labels = stored.sample_labels;
  alert.value = stored.value;
  alert.annotations = stored.annotations;
  alert.seen_by = std::make_shared<const TemplateContext>(
      TemplateContext{rule_, context.external_labels, context.external_url, stored.seen_at});
  alert.active_at = stored.active_at;
  alert.fired_at = stored.fired_at;
  alert.resolved_at = stored.resolved_at;
  // It is sent once more at once, whenever it last was: it may still have waited for an
  // Alertmanager when the process ended, and to whoever knows it this is no news.
  alert.valid_until = stored.valid_until;
  alert.keep_firing_since = stored.keep_firing_since;
  alert.stored = true;
  alerts_.insert_or_assign(stored.labels, std::move(alert));
}

InternedText AlertingRule::GeneratorUrl(const EvaluationContext& context) const {
  return InternedText(context.external_url + rule_->generator_path());
}

void AlertingRule::Send(Time ts, RuleAlert* alert, const EvaluationContext& context,
                        const InternedText& generator_url, RuleOutput* out) const {
  if (alert->state == AlertState::kPending) return;
  const bool end_not_sent =
      !IsZero(alert->resolved_at) &&
      (IsZero(alert->last_sent_at) || alert->resolved_at > alert->last_sent_at);
  // Strict, as Prometheus has it: with equal interval and delay every second evaluation sends.
  const bool refresh_due =
      IsZero(alert->last_sent_at) || alert->last_sent_at + context.resend_delay < ts;
  if (!end_not_sent && !refresh_due) return;

  alert->last_sent_at = ts;
  // A query that hangs, or many of them in one group, must not make it look as if it had ended.
  const Duration round = std::max({context.interval, context.resend_delay, context.query_timeout});
  const bool late = context.now - ts > round;
  alert->valid_until = (late ? context.now : ts) + kValidRounds * round;
  auto sent = std::make_shared<model::Alert>();
  sent->labels = WithExternalLabels(alert->labels, context.external_labels);
  sent->annotations = ExpandAnnotations(*alert, &out->templates);
  sent->starts_at = alert->fired_at;
  sent->ends_at = IsZero(alert->resolved_at) ? alert->valid_until : alert->resolved_at;
  sent->updated_at = context.now;
  sent->generator_url = generator_url;
  out->alerts.push_back(std::move(sent));
}

AlertState AlertingRule::state() const {
  AlertState highest = AlertState::kInactive;
  for (const auto& [labels, alert] : alerts_) highest = std::max(highest, alert.state);
  return highest;
}

}  // namespace tocsin::rules
