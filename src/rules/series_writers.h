#pragma once

// Which rules write a series now, after those that wrote it have gone: what another one has taken
// over does not end.

#include "model/label_set.h"
#include "rules/ruler.h"
#include "rules/series.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::rules {

struct GroupRule;

// Looks at each rule once, however many series are asked about. Valid while no group comes or goes.
class SeriesWriters {
 public:
  void Add(const RuleGroup& group);
  // Appends a marker for each series that no rule of that kind and name wrote last.
  void MarkEnded(const EndedSeries& ended, Time time, std::vector<SeriesSample>* markers) const;

 private:
  using KindAndName = std::pair<bool, std::string_view>;  // Alerting?

  boost::unordered_flat_map<KindAndName, std::vector<const GroupRule*>> rules_;
};

}  // namespace tocsin::rules
