#pragma once

// The series that a rule has written at its last evaluation, to know which of them have ended
// since. Owned by its rule; one thread.

#include "rules/series.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace tocsin::rules {

class WrittenSeries {
 public:
  // `samples` are all that the rule writes now. Adds a stale marker at `time` for each series that
  // it wrote the last time and does not any more.
  void Update(Time time, std::vector<SeriesSample>* samples);
  // The last time.
  bool Contains(const model::LabelSet& series) const { return rounds_.contains(series); }
  bool empty() const { return rounds_.empty(); }
  // All of them, which are forgotten.
  std::vector<model::LabelSet> Take();

 private:
  // To the evaluation that wrote it.
  boost::unordered_flat_map<model::LabelSet, std::uint32_t, model::LabelSetHash> rounds_;
  std::uint32_t round_ = 0;
};

// A marker for each at `time`.
void AppendStaleMarkers(std::span<const model::LabelSet> series, Time time,
                        std::vector<SeriesSample>* out);

// `base` with these labels put over it, sorted by name; an empty value takes the label away.
model::LabelSet Overlay(const model::LabelSet& base, std::span<const model::Label> over);
model::LabelSet WithoutName(const model::LabelSet& labels);

}  // namespace tocsin::rules
