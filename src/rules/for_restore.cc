#include "rules/for_restore.h"

#include "base/duration.h"
#include "base/text.h"
#include "model/label_set.h"
#include "rules/alerting_rule.h"
#include "rules/written_series.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace tocsin::rules {
namespace {

// A marker stands where the next sample would have been; two evaluations may have been missed.
constexpr int kProbeIntervals = 3;
// An instant selector does not look back further than five minutes.
constexpr Duration kProbeMax = std::chrono::minutes(5) - std::chrono::seconds(1);
// Alerts that were there to the end were all written at the same time. What ended before is asked
// for at other times; the newest of these.
constexpr std::size_t kProbesMax = 8;

std::string SelectorOf(const RuleDefinition& rule) {
  std::string text = "ALERTS_FOR_STATE{alertname=" + GoQuote(rule.alert);
  for (const auto& [name, value] : rule.labels) {
    if (name == "alertname" || value.find("{{") != std::string::npos) continue;
    text += "," + (model::IsClassicLabelName(name) ? name : GoQuote(name)) + "=" + GoQuote(value);
  }
  return text + "}";
}

Time WholeSeconds(Time t) {
  return std::chrono::floor<std::chrono::seconds>(t);
}

}  // namespace

std::optional<Time> RestoredActiveAt(const WrittenClock& clock, Duration hold, Duration grace,
                                     Time now) {
  const Duration pending = clock.down_at - clock.active_at;
  if (pending < Duration::zero() || clock.down_at > now) return std::nullopt;
  const Duration left = hold - pending;
  if (left <= Duration::zero()) return clock.active_at;
  if (left < grace) return now + grace - hold;
  return clock.active_at + (now - clock.down_at);
}

ForRestore::ForRestore(const RuleDefinition& rule, const std::vector<model::LabelSet>& alerts,
                       const model::LabelSet& external, const ForRestoreOptions& options,
                       Duration interval, Time now)
    : selector_(SelectorOf(rule)), options_(options), interval_(interval), asked_at_(now) {
  for (const model::LabelSet& alert : alerts) {
    wanted_.emplace(alert, alert);
    wanted_.emplace(WithExternalLabels(alert, external), alert);
  }
}

ForRestore::Question ForRestore::First() const {
  return {selector_ + "[" + FormatPrometheusDuration(options_.outage_tolerance) + "]", asked_at_,
          true};
}

Time ForRestore::ProbeOf(Time last) const {
  return std::min(asked_at_, last + std::min(kProbeIntervals * interval_, kProbeMax));
}

std::vector<ForRestore::Question> ForRestore::TakeLast(const std::vector<LastSample>& samples) {
  std::set<Time, std::greater<>> probes;
  for (const LastSample& sample : samples) {
    const auto wanted = wanted_.find(WithoutName(sample.labels));
    if (wanted == wanted_.end() || !std::isfinite(sample.value)) continue;
    const WrittenClock clock{FromUnixSeconds(std::trunc(sample.value)), WholeSeconds(sample.time)};
    const Time probe = ProbeOf(sample.time);
    series_.emplace(sample.labels, Series{wanted->second, clock, sample.time, probe, false});
    probes.insert(probe);
  }
  std::vector<Question> questions;
  for (const Time probe : probes) {
    if (questions.size() == kProbesMax) break;
    questions.push_back({selector_, probe, false});
  }
  return questions;
}

void ForRestore::TakePresent(Time time, const Vector& vector) {
  for (const Sample& sample : vector) {
    const auto series = series_.find(sample.labels);
    if (series != series_.end() && series->second.probe == time) series->second.went_on = true;
  }
}

std::map<model::LabelSet, WrittenClock> ForRestore::Clocks() const {
  // The same alert may be there with external labels and without.
  std::map<model::LabelSet, const Series*> newest;
  for (const auto& [labels, series] : series_) {
    const Series*& known = newest[series.alert];
    if (known == nullptr || series.last > known->last) known = &series;
  }
  std::map<model::LabelSet, WrittenClock> clocks;
  for (const auto& [alert, series] : newest) {
    if (series->went_on) clocks.emplace(alert, series->clock);
  }
  return clocks;
}

}  // namespace tocsin::rules
