#include "rules/no_data.h"

#include "rules/written_series.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <limits>
#include <utility>

namespace tocsin::rules {
namespace {

using SeriesSet = boost::unordered_flat_set<model::LabelSet, model::LabelSetHash>;

// One that is only held by keep_firing_for ended while its series was there.
bool HasLastSample(const RuleAlert& alert) {
  return alert.state != AlertState::kInactive && IsZero(alert.keep_firing_since);
}

}  // namespace

bool NoData::Asks(config::OnNoData mode, const AlertingRule& rule, const Vector& vector) {
  if (mode == config::OnNoData::kAlert) return true;
  SeriesSet present;
  for (const Sample& sample : vector) present.insert(sample.labels);
  for (const auto& [labels, alert] : rule.alerts()) {
    if (HasLastSample(alert) && !present.contains(alert.sample_labels)) return true;
  }
  gone_since_.clear();
  return false;
}

std::size_t NoData::StandIn(config::OnNoData mode, Time ts, const Vector& all,
                            const AlertingRule& rule, Vector* vector,
                            std::vector<Decision>* decisions) {
  SeriesSet present;
  for (const Sample& sample : *vector) present.insert(WithoutName(sample.labels));
  for (const Sample& sample : all) {
    model::LabelSet series = WithoutName(sample.labels);
    if (mode == config::OnNoData::kAlert && known_.size() < kKnownSeriesMax) {
      known_.emplace(series, sample.labels);
    }
    present.insert(std::move(series));
  }
  BySeries<Sample> gone;
  for (const auto& [labels, alert] : rule.alerts()) {
    model::LabelSet series = WithoutName(alert.sample_labels);
    if (!HasLastSample(alert) || present.contains(series)) continue;
    gone.emplace(std::move(series), Sample{alert.sample_labels, alert.value});
  }
  for (const auto& [series, labels] : known_) {
    if (present.contains(series)) continue;
    gone.emplace(series, Sample{labels, std::numeric_limits<double>::quiet_NaN()});
  }
  const std::size_t before = vector->size();
  const BySeries<Time> gone_since = std::exchange(gone_since_, {});
  for (auto& [series, sample] : gone) {
    const auto since = gone_since.find(series);
    const Time first = since == gone_since.end() ? ts : since->second;
    if (ts - first > kGoneMax) {
      known_.erase(series);
      continue;
    }
    gone_since_.emplace(series, first);
    if (since == gone_since.end()) {
      decisions->emplace_back(SeriesGone{rule.definition(), sample.labels, ts});
    }
    vector->push_back(std::move(sample));
  }
  return vector->size() - before;
}

void NoData::ClockWentBack(Duration by) {
  for (auto& [series, since] : gone_since_) since -= by;
}

}  // namespace tocsin::rules
