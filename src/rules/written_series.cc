#include "rules/written_series.h"

#include "rules/stale_nan.h"

namespace tocsin::rules {

void WrittenSeries::Update(Time time, std::vector<SeriesSample>* samples) {
  ++round_;
  std::size_t written = 0;
  for (const SeriesSample& sample : *samples) {
    std::uint32_t& round = rounds_[sample.labels];
    if (round != round_) ++written;
    round = round_;
  }
  if (written == rounds_.size()) return;
  boost::unordered::erase_if(rounds_, [&](const auto& item) {
    if (item.second == round_) return false;
    samples->push_back({item.first, time, StaleNan()});
    return true;
  });
}

std::vector<model::LabelSet> WrittenSeries::Take() {
  std::vector<model::LabelSet> all;
  all.reserve(rounds_.size());
  for (const auto& [series, round] : rounds_) all.push_back(series);
  rounds_.clear();
  return all;
}

void AppendStaleMarkers(std::span<const model::LabelSet> series, Time time,
                        std::vector<SeriesSample>* out) {
  for (const model::LabelSet& labels : series) out->push_back({labels, time, StaleNan()});
}

model::LabelSet Overlay(const model::LabelSet& base, std::span<const model::Label> over) {
  std::vector<model::Label> merged;
  merged.reserve(base.size() + over.size());
  std::size_t i = 0;
  for (const model::Label& label : over) {
    while (i < base.size() && base[i].name < label.name) merged.push_back(base[i++]);
    if (i < base.size() && base[i].name == label.name) ++i;
    if (!label.value.empty()) merged.push_back(label);
  }
  while (i < base.size()) merged.push_back(base[i++]);
  return model::LabelSet::FromSorted(merged);
}

model::LabelSet WithoutName(const model::LabelSet& labels) {
  if (!labels.Has("__name__")) return labels;
  const model::Label none[] = {{"__name__", ""}};
  return Overlay(labels, none);
}

}  // namespace tocsin::rules
