#include "promql/unfiltered.h"

#include "promql/parser.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::promql {
namespace {

TEST(Unfiltered, IsWhatFiltersLetThrough) {
  struct Case {
    const char* expr;
    const char* rest;  // "": none.
  };
  const Case cases[] = {
      {"up == 0", "up"},
      {"0 == up", "up"},
      {"(up{job=\"a\"} < 1)", "up{job=\"a\"}"},
      {"rate(x[5m]) > 1 < 3", "rate(x[5m])"},
      {"up == 0 and on (job) x", "up"},
      {"up == 0 unless on (job) (x > 1)", "up"},
      {"a > b", "a"},
      {"a > on (job) b", ""},
      {"a > ignoring (job) b", ""},
      {"a > on (job) group_left () b", "a"},
      {"a > on (job) group_left (x) b", ""},
      {"a > on (job) group_right () b", ""},
      {"a > 1 or b > 2", "(a) or (b)"},
      {"a > 1 or b", ""},
      {"a > 1 or absent(b)", ""},
      {"sum by (job) (x) / sum by (job) (y) > 0.5", "sum by (job) (x) / sum by (job) (y)"},
      {"up", ""},
      {"up == bool 0", ""},
      {"absent(up) == 1", ""},
      {"count(x > 5) > 0", ""},
      {"topk(3, x) > 1", ""},
      {"ALERTS{alertstate=\"firing\"} == 1", ""},
      {"vector(1) and on () (hour() > 8)", "vector(1)"},
  };
  for (const Case& c : cases) {
    const auto parsed = Parse(c.expr);
    ASSERT_TRUE(parsed) << c.expr;
    EXPECT_EQ(Unfiltered(**parsed).value_or(""), c.rest) << c.expr;
  }
}

}  // namespace
}  // namespace tocsin::promql
