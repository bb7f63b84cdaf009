#pragma once

// Which series an expression may read, as far as the names of metrics and alerts tell: what
// Prometheus orders the rules of a group by (spec/rules.md §2.2). Immutable; safe from any thread.

#include "model/matcher.h"
#include "promql/ast.h"

#include <string_view>
#include <vector>

namespace tocsin::promql {

class SelectedSeries {
 public:
  // Keeps nothing of `expr`.
  explicit SelectedSeries(const Expr& expr);

  // A selector says nothing about the metric's name. One such rule makes its whole group
  // sequential.
  bool any_name() const { return any_name_; }
  // May it read series of this name? All operators of the name's matchers count, negative ones too.
  // True for every name if any_name().
  bool Reads(std::string_view metric) const;
  // May it read ALERTS or ALERTS_FOR_STATE of the alerting rule of this name?
  bool ReadsAlertsOf(std::string_view alert) const;

 private:
  // Of one selector: what its series' __name__ and alertname must match.
  struct Names {
    model::Matchers metric;
    model::Matchers alert;
  };

  std::vector<Names> selectors_;
  bool any_name_ = false;
};

}  // namespace tocsin::promql
