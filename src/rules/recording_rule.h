#pragma once

// One recording rule: its result under its own name and labels. Pure; any thread.

#include "base/result.h"
#include "base/time.h"
#include "rules/decision.h"
#include "rules/query.h"
#include "rules/series.h"

#include <cstddef>
#include <vector>

namespace tocsin::rules {

class RecordingRule {
 public:
  explicit RecordingRule(RulePtr definition);

  struct Recorded {
    std::vector<SeriesSample> samples;
    // Native histograms, which are left out: the query API does not say how they were stored (a
    // schema, all bounds, a zero threshold), and a guess would spoil what is made of the series.
    std::size_t histograms = 0;
  };
  // What the vector comes to, each sample at `time`. An error if two samples have one label set
  // then, or if there are more than `limit` (0 or less: none).
  Result<Recorded> Evaluate(Time time, const Vector& vector, int limit) const;

 private:
  const RulePtr definition_;
  // Put over the labels of each sample: the name, and the rule's labels. Sorted; views into the
  // definition.
  const std::vector<model::Label> labels_;
};

}  // namespace tocsin::rules
