#pragma once

// on_no_data of an alerting rule: tells series that are gone from those for which the condition
// ends. A rule's own answer lacks both; the answer to its expression without filters has the
// latter. For a series that is gone its last sample stands in (keep), or one with the value NaN
// where it was no alert (alert). Pure; belongs to its rule.

#include "base/time.h"
#include "config/config.h"
#include "rules/alerting_rule.h"
#include "rules/query.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <vector>

namespace tocsin::rules {

// What is gone for longer is forgotten: machines and pods are taken away.
inline constexpr Duration kGoneMax = std::chrono::hours(24);
// Series of one rule that are remembered while they are no alerts.
inline constexpr std::size_t kKnownSeriesMax = 100'000;

class NoData {
 public:
  // Whether the expression without filters has to be asked, after `vector` came.
  bool Asks(config::OnNoData mode, const AlertingRule& rule, const Vector& vector);
  // Appends to `vector` what stands in for series that are neither there nor in `all`, the answer
  // without filters. Returns how many.
  std::size_t StandIn(config::OnNoData mode, Time ts, const Vector& all, const AlertingRule& rule,
                      Vector* vector, std::vector<Decision>* decisions);
  void ClockWentBack(Duration by);

 private:
  // By their labels without a name, with which functions may have done away.
  template <class T>
  using BySeries = boost::unordered_flat_map<model::LabelSet, T, model::LabelSetHash>;

  BySeries<model::LabelSet> known_;  // To the labels with the name.
  BySeries<Time> gone_since_;
};

}  // namespace tocsin::rules
