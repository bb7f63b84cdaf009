#pragma once

// Samples that rules write: what a recording rule records, and the ALERTS series of an alerting
// rule. Plain values.

#include "base/time.h"
#include "model/label_set.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::rules {

struct SeriesSample {
  model::LabelSet labels;  // With __name__.
  Time time{};             // Milliseconds are what a store keeps.
  double value = 0;        // kStaleNan: the series has ended.
};

enum class WriteId : std::uint64_t {};

// The samples of one evaluation of one rule. It is answered by exactly one Ruler::Written with its
// id, when a later rule of the group may read them: the store that `datasource` queries has
// acknowledged them, or given up. Where no such store is configured it is answered at once.
struct SeriesWrite {
  WriteId id{};
  std::string datasource;  // As of Query.
  std::vector<SeriesSample> samples;
};

}  // namespace tocsin::rules
