#pragma once

// The input of promtool's unit tests, as far as rules without functions need it: series with values
// at fixed steps, and expressions of the form `metric`, `metric > 1`, `sum by (a) (metric) == 1`.
// Whatever else there is, is no value: a case with it is left out.

#include "base/time.h"
#include "rules/query.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::vectors {

struct InputSeries {
  model::LabelSet labels;
  // By step; nothing is a gap, a stale marker is an end.
  struct Point {
    double value = 0;
    bool stale = false;
  };
  std::vector<std::optional<Point>> points;
};

// `up{job="x"}` and `0 1+2x3 _x2 stale`.
std::optional<InputSeries> ParseInputSeries(std::string_view series, std::string_view values);

struct SimpleExpression {
  std::string metric;
  std::optional<std::string> sum_by;
  char comparison = 0;  // `>` or `=`; 0: none.
  double number = 0;
};

std::optional<SimpleExpression> ParseSimpleExpression(std::string_view text);

// The value `since_start` after the first point, with Prometheus's five minutes of lookback.
rules::Vector Evaluate(const SimpleExpression& expression, const std::vector<InputSeries>& series,
                       Duration step, Duration since_start);

}  // namespace tocsin::vectors
