#include "rules/alerting_rule.h"

#include "base/text.h"

#include <algorithm>

namespace tocsin::rules {
namespace {

// How long a resolved alert is re-sent, so that a lost message does not leave it firing elsewhere.
constexpr Duration kResolvedRetention = std::chrono::minutes(15);
// An alert that is not refreshed ends by itself after this many rounds.
constexpr int kValidRounds = 4;
// How long a firing alert is kept alive without an answer to its query.
constexpr Duration kOutageTolerance = std::chrono::hours(1);

std::vector<std::pair<std::string, templates::RuleTemplate>> CompileAll(
    const std::map<std::string, std::string>& texts, const std::string& alert, const char* what,
    std::vector<std::string>* errors) {
  std::vector<std::pair<std::string, templates::RuleTemplate>> compiled;
  for (const auto& [name, text] : texts) {
    Result<templates::RuleTemplate> result = templates::RuleTemplate::Compile(alert, text);
    if (result) {
      compiled.emplace_back(name, *std::move(result));
    } else {
      errors->push_back(std::string(what) + " \"" + name + "\": " + result.error().message);
    }
  }
  return compiled;
}

}  // namespace

std::string_view ToString(AlertState state) {
  switch (state) {
    case AlertState::kInactive:
      return "inactive";
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      return "firing";
  }
  return "";
}

model::LabelSet WithExternalLabels(const model::LabelSet& labels, const model::LabelSet& external) {
  if (external.empty()) return labels;
  std::vector<model::Label> all;
  all.reserve(labels.size() + external.size());
  for (const model::Label label : labels) all.push_back(label);
  for (const model::Label label : external) {
    if (!labels.Has(label.name)) all.push_back(label);
  }
  return model::LabelSet::FromUnsorted(std::move(all));
}

std::unique_ptr<AlertingRule> AlertingRule::Create(RulePtr definition,
                                                   std::vector<std::string>* errors) {
  const std::size_t before = errors->size();
  Templates labels = CompileAll(definition->labels, definition->alert, "label", errors);
  Templates annotations =
      CompileAll(definition->annotations, definition->alert, "annotation", errors);
  if (errors->size() > before) return nullptr;
  return std::unique_ptr<AlertingRule>(
      new AlertingRule(std::move(definition), std::move(labels), std::move(annotations)));
}

AlertingRule::AlertingRule(RulePtr definition, Templates labels, Templates annotations)
    : definition_(std::move(definition)),
      labels_(std::move(labels)),
      annotations_(std::move(annotations)),
      generator_path_("/graph?g0.expr=" + QueryEscape(definition_->expr) + "&g0.tab=1") {}

Status AlertingRule::Evaluate(Time ts, const Vector& vector, const EvaluationContext& context,
                              RuleOutput* out) {
  const std::size_t decisions_before = out->decisions.size();
  const Result<Candidates> candidates = MakeCandidates(ts, vector, context, out);
  if (!candidates) return tl::unexpected(candidates.error());
  TakeIn(ts, *candidates, out);

  std::size_t active = 0;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    const bool keep = Step(ts, candidates->contains(it->first), &it->second, out);
    if (keep && it->second.state != AlertState::kInactive) ++active;
    if (keep) {
      ++it;
    } else {
      alerts_.erase(it++);
    }
  }
  if (context.limit > 0 && active > static_cast<std::size_t>(context.limit)) {
    alerts_.clear();
    const auto begin = out->decisions.begin() + static_cast<std::ptrdiff_t>(decisions_before);
    out->decisions.erase(begin, out->decisions.end());
    return Fail("exceeded limit of " + std::to_string(context.limit) + " with " +
                std::to_string(active) + " alerts");
  }
  for (auto& [labels, alert] : alerts_) Send(ts, &alert, context, out);
  return {};
}

void AlertingRule::Refresh(Time ts, const EvaluationContext& context, RuleOutput* out) {
  for (auto& [labels, alert] : alerts_) {
    const bool ended = alert.state == AlertState::kInactive;
    const bool current = ended ? ts - alert.resolved_at <= kResolvedRetention
                               : ts - alert.seen_at <= kOutageTolerance;
    if (current) Send(ts, &alert, context, out);
  }
}

void AlertingRule::ClockWentBack(Duration by) {
  for (auto& [labels, alert] : alerts_) {
    for (Time* time : {&alert.seen_at, &alert.active_at, &alert.fired_at, &alert.resolved_at,
                       &alert.last_sent_at, &alert.valid_until, &alert.keep_firing_since}) {
      if (!IsZero(*time)) *time -= by;
    }
  }
}

Result<AlertingRule::Candidates> AlertingRule::MakeCandidates(Time ts, const Vector& vector,
                                                              const EvaluationContext& context,
                                                              RuleOutput* out) const {
  Candidates candidates;
  candidates.reserve(vector.size());
  for (const Sample& sample : vector) {
    const auto [it, inserted] =
        candidates.try_emplace(AlertLabels(ts, sample, context, out), &sample);
    if (!inserted) {
      return Fail("vector contains metrics with the same labelset after applying alert labels");
    }
  }
  return candidates;
}

model::LabelSet AlertingRule::AlertLabels(Time ts, const Sample& sample,
                                          const EvaluationContext& context, RuleOutput* out) const {
  model::LabelSetBuilder builder(sample.labels);
  builder.Remove("__name__");
  const templates::RuleTemplateData data{sample.labels, sample.value, context.external_labels,
                                         context.external_url, ts};
  for (const auto& [name, text] : labels_) {
    bool failed = false;
    builder.Set(name, text.Expand(data, &failed));
    if (!text.is_constant()) ++out->template_expansions;
    if (failed) ++out->template_failures;
  }
  builder.Set(model::kAlertNameLabel, definition_->alert);
  return builder.Build();
}

void AlertingRule::TakeIn(Time ts, const Candidates& candidates, RuleOutput* out) {
  for (const auto& [labels, sample] : candidates) {
    const auto [it, created] = alerts_.try_emplace(labels, RuleAlert{});
    RuleAlert& alert = it->second;
    if (created || alert.state == AlertState::kInactive) {
      alert = RuleAlert{};
      alert.labels = labels;
      alert.active_at = ts;
      alert.value = sample->value;
      out->decisions.emplace_back(AlertStateChanged{definition_, labels, AlertState::kInactive,
                                                    AlertState::kPending, ts, alert.value});
    }
    alert.sample_labels = sample->labels;
    alert.value = sample->value;
    alert.seen_at = ts;
  }
}

bool AlertingRule::Step(Time ts, bool present, RuleAlert* alert, RuleOutput* out) {
  if (alert->state == AlertState::kInactive) return ts - alert->resolved_at <= kResolvedRetention;
  if (present) {
    alert->keep_firing_since = kZeroTime;
  } else if (alert->state == AlertState::kPending) {
    Change(ts, AlertState::kInactive, alert, out);
    return false;
  } else {
    const Duration keep = definition_->keep_firing_for;
    if (keep > Duration::zero() && IsZero(alert->keep_firing_since)) {
      alert->keep_firing_since = ts;
      out->decisions.emplace_back(AlertKeptFiring{definition_, alert->labels, ts});
    }
    if (keep == Duration::zero() || ts - alert->keep_firing_since >= keep) {
      Change(ts, AlertState::kInactive, alert, out);
      alert->resolved_at = ts;
      return true;
    }
  }
  if (alert->state == AlertState::kPending && ts - alert->active_at >= definition_->hold) {
    Change(ts, AlertState::kFiring, alert, out);
    alert->fired_at = ts;
  }
  if (alert->state == AlertState::kFiring && ts - alert->active_at < definition_->hold) {
    // A reload raised `for`: the condition has not held long enough any more.
    Change(ts, AlertState::kPending, alert, out);
    alert->fired_at = alert->last_sent_at = alert->keep_firing_since = kZeroTime;
  }
  return true;
}

void AlertingRule::Change(Time ts, AlertState to, RuleAlert* alert, RuleOutput* out) const {
  out->decisions.emplace_back(
      AlertStateChanged{definition_, alert->labels, alert->state, to, ts, alert->value});
  alert->state = to;
}

void AlertingRule::Send(Time ts, RuleAlert* alert, const EvaluationContext& context,
                        RuleOutput* out) const {
  if (alert->state == AlertState::kPending) return;
  const bool end_not_sent =
      !IsZero(alert->resolved_at) &&
      (IsZero(alert->last_sent_at) || alert->resolved_at > alert->last_sent_at);
  // Strict, as Prometheus has it: with equal interval and delay every second evaluation sends.
  const bool refresh_due =
      IsZero(alert->last_sent_at) || alert->last_sent_at + context.resend_delay < ts;
  if (!end_not_sent && !refresh_due) return;

  alert->last_sent_at = ts;
  alert->valid_until = ts + kValidRounds * std::max(context.interval, context.resend_delay);
  auto sent = std::make_shared<model::Alert>();
  sent->labels = WithExternalLabels(alert->labels, context.external_labels);
  sent->annotations = ExpandAnnotations(*alert, context, out);
  sent->starts_at = alert->fired_at;
  sent->ends_at = IsZero(alert->resolved_at) ? alert->valid_until : alert->resolved_at;
  sent->updated_at = context.now;
  sent->generator_url = context.external_url + generator_path_;
  out->alerts.push_back(std::move(sent));
}

model::LabelSet AlertingRule::ExpandAnnotations(const RuleAlert& alert,
                                                const EvaluationContext& context,
                                                RuleOutput* out) const {
  const templates::RuleTemplateData data{alert.sample_labels, alert.value, context.external_labels,
                                         context.external_url, alert.seen_at};
  std::vector<std::string> values;
  values.reserve(annotations_.size());
  std::vector<model::Label> pairs;
  for (const auto& [name, text] : annotations_) {
    bool failed = false;
    values.push_back(text.Expand(data, &failed));
    if (!text.is_constant()) ++out->template_expansions;
    if (failed) ++out->template_failures;
    pairs.push_back({name, values.back()});
  }
  return model::LabelSet::FromSorted(pairs);
}

AlertState AlertingRule::state() const {
  AlertState highest = AlertState::kInactive;
  for (const auto& [labels, alert] : alerts_) highest = std::max(highest, alert.state);
  return highest;
}

}  // namespace tocsin::rules
