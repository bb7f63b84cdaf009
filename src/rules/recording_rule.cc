#include "rules/recording_rule.h"

#include "rules/written_series.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <utility>

namespace tocsin::rules {
namespace {

std::vector<model::Label> LabelsOf(const RuleDefinition& rule) {
  std::vector<model::Label> labels = {{"__name__", rule.record}};
  for (const auto& [name, value] : rule.labels) labels.push_back({name, value});
  std::sort(labels.begin(), labels.end(),
            [](const model::Label& a, const model::Label& b) { return a.name < b.name; });
  return labels;
}

}  // namespace

RecordingRule::RecordingRule(RulePtr definition)
    : definition_(std::move(definition)), labels_(LabelsOf(*definition_)) {}

Result<RecordingRule::Recorded> RecordingRule::Evaluate(Time time, const Vector& vector,
                                                        int limit) const {
  Recorded recorded;
  recorded.samples.reserve(vector.size());
  boost::unordered_flat_set<model::LabelSet, model::LabelSetHash> seen;
  seen.reserve(vector.size());
  for (const Sample& sample : vector) {
    model::LabelSet labels = Overlay(sample.labels, labels_);
    if (!seen.insert(labels).second) {
      return Fail("vector contains metrics with the same labelset after applying rule labels");
    }
    if (sample.histogram) {
      ++recorded.histograms;
    } else {
      recorded.samples.push_back({std::move(labels), time, sample.value});
    }
  }
  if (limit > 0 && vector.size() > static_cast<std::size_t>(limit)) {
    return Fail("exceeded limit of " + std::to_string(limit) + " with " +
                std::to_string(vector.size()) + " series");
  }
  return recorded;
}

}  // namespace tocsin::rules
