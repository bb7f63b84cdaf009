#include "promql/selected_series.h"

#include "promql/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tocsin::promql {
namespace {

TEST(SelectedSeries, TellsByNames) {
  struct Row {
    std::string_view expr;
    std::string_view reads;      // Of a, ab and b, those it reads.
    std::string_view alerts_of;  // Of the alerts A and B.
    bool any_name = false;
  };
  constexpr Row kTable[] = {
      {"a", "a", ""},
      {"rate(a[5m]) / sum(ab offset 1h)", "a ab", ""},
      {"max_over_time(a[1h:])", "a", ""},
      {"time() - 5", "", ""},
      {R"({"a"})", "a", ""},
      {R"({__name__=~"a.*"})", "a ab", ""},
      {R"({__name__=~"a.*",__name__!="a"})", "ab", ""},
      {R"({__name__!="a",job="x"})", "ab b", "A B"},
      {R"({__name__!~"a.*",job="x"})", "b", "A B"},
      {R"({job="x"})", "a ab b", "A B", true},
      {R"(b or {job="x",alertname="A"})", "a ab b", "A", true},
      {"ALERTS", "", "A B"},
      {R"(ALERTS{alertname="A",alertstate="firing"})", "", "A"},
      {R"({__name__=~"ALERTS.*",alertname!="A"})", "", "B"},
      {R"(a{alertname="A"})", "a", ""},
      {R"(ALERTS_FOR_STATE{alertname=~"B|C"})", "", "B"},
  };
  for (const Row& row : kTable) {
    const auto parsed = Parse(row.expr);
    ASSERT_TRUE(parsed) << row.expr;
    const SelectedSeries selected(**parsed);
    std::string reads;
    for (const char* name : {"a", "ab", "b"}) {
      if (selected.Reads(name)) reads.append(reads.empty() ? "" : " ").append(name);
    }
    std::string alerts;
    for (const char* name : {"A", "B"}) {
      if (selected.ReadsAlertsOf(name)) alerts.append(alerts.empty() ? "" : " ").append(name);
    }
    EXPECT_EQ(reads, row.reads) << row.expr;
    EXPECT_EQ(alerts, row.alerts_of) << row.expr;
    EXPECT_EQ(selected.any_name(), row.any_name) << row.expr;
  }
}

}  // namespace
}  // namespace tocsin::promql
