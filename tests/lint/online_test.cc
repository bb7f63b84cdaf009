#include "lint/online.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

namespace tocsin::lint {
namespace {

constexpr const char* kConfig =
    "datasources: [{name: a, url: 'http://a'}, {name: b, url: 'http://b'}]\n"
    "route: {receiver: r}\nreceivers: [{name: r}]\n";

// Of an alert at 5:11, and a recording rule of its own.
std::string Rules(const std::string& expr, const std::string& group = "") {
  return "groups:\n- name: g\n" + group + "  rules:\n  - alert: A\n    expr: " + expr +
         "\n  - {record: own, expr: vector(1)}\n";
}

Subject MakeSubject(const std::string& rules) {
  Subject subject;
  const config::LoadResult loaded = config::LoadText(kConfig, "tocsin.yml");
  EXPECT_NE(loaded.config, nullptr) << loaded.diagnostics.ToString();
  if (loaded.config != nullptr) subject.configuration = MakeConfiguration(loaded.config, kConfig);
  config::Diagnostics diagnostics;
  auto groups = rules::ParseRuleFile(rules, "rules.yml", &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "") << rules;
  subject.rule_files.push_back(MakeRuleFile("rules.yml", rules, std::move(groups)));
  return subject;
}

// A datasource that knows these queries: the value of each. What it does not know is empty.
using Values = std::map<std::string, double>;

Findings CheckWith(const Subject& subject,
                   const std::function<Result<Answer>(const Question&)>& answer) {
  Answers answers;
  for (int round = 0; round < kOnlineRounds; ++round) {
    OnlineRound result = CheckOnline(subject, answers);
    if (result.needs.empty()) return std::move(result.findings);
    for (const Question& question : result.needs) answers.emplace(question, answer(question));
  }
  ADD_FAILURE() << "more rounds than promised";
  return {};
}

std::string Found(const std::string& rules, const Values& values) {
  const Findings findings =
      CheckWith(MakeSubject(rules), [&](const Question& question) -> Result<Answer> {
        EXPECT_EQ(question.datasource, "a");
        if (question.query == "vector(1)") return Answer{1, 1, {}};
        const auto value = values.find(question.query);
        if (value == values.end()) return Answer{};
        return Answer{1, value->second, {}};
      });
  std::string text;
  for (const Finding& finding : findings.all()) {
    text += std::to_string(finding.position.line) + ":" + std::to_string(finding.position.column) +
            " " + std::string(finding.id) + " " + finding.message + "\n";
  }
  return text;
}

TEST(Online, SaysWhatIsNotThere) {
  EXPECT_EQ(Found(Rules("x{job=\"a\"} > 1"), {{"count(x{job=\"a\"})", 3}}), "");
  EXPECT_EQ(Found(Rules("x{job=\"a\"} > 1"), {}),
            "5:11 online/no-series there is no series \"x\", nor was there in a day: as it is, "
            "this rule can give nothing\n");
  EXPECT_EQ(Found(Rules("x{job=\"a\"} > 1"), {{"count(x)", 3}}),
            "5:11 online/no-series no series of x has a label \"job\": as it is, this rule can "
            "give nothing\n");
  EXPECT_EQ(Found(Rules("x{job=\"a\"} > 1"), {{"count(x)", 3}, {"count(x{job!=\"\"})", 3}}),
            "5:11 online/no-series no series of x has job=\"a\", though they have that label: as "
            "it is, this rule can give nothing\n");
  EXPECT_EQ(Found(Rules("x{i=\"b\",job=\"a\"} > 1"),
                  {{"count(x)", 3}, {"count(x{job=\"a\"})", 3}, {"count(x{i=\"b\"})", 3}}),
            "5:11 online/no-series no series matches x{i=\"b\",job=\"a\"}, though each of the "
            "matchers alone matches some: as it is, this rule can give nothing\n");
  EXPECT_EQ(Found(Rules("x > 1"), {{"count(present_over_time(x[1d]))", 2}}),
            "5:11 online/series-gone no series matches x now, and 2 did within the last day: is "
            "the target gone?\n");
}

TEST(Online, KnowsNativeHistograms) {
  EXPECT_EQ(Found(Rules("histogram_quantile(0.9, rate(x_bucket[5m])) > 1"), {{"count(x)", 3}}),
            "5:40 online/native-histogram there is no \"x_bucket\", and \"x\" is: a native "
            "histogram is read as rate(x[5m]), without buckets and `le`\n");
  EXPECT_EQ(Found(Rules("x_bucket{job=\"a\"} > 1"), {{"count(x)", 3}, {"count(x_bucket)", 3}}),
            "5:11 online/no-series no series of x_bucket has a label \"job\": as it is, this rule "
            "can give nothing\n");
}

TEST(Online, AsksWhetherThatOldIsKept) {
  const Values now = {{"count(x)", 3}};
  EXPECT_EQ(Found(Rules("x > 2 * (x offset 30d)"), now),
            "5:20 online/beyond-retention nothing of x is there from 30d ago, nor from the day "
            "before: the datasource does not keep it for so long, or it is younger\n");
  EXPECT_EQ(Found(Rules("x > 2 * (x offset 30d)"),
                  {{"count(x)", 3}, {"count(present_over_time(x[1d] offset 30d))", 1}}),
            "");
}

TEST(Online, CountsHowOftenItWouldHaveBegun) {
  const std::string changes = "changes(((count(x > 1) > bool 0) or vector(0))[1d:5m])";
  EXPECT_EQ(Found(Rules("x > 1"), {{"count(x)", 3}, {changes, 41}}),
            "5:11 online/flaps this would have begun and ended 20 times within the last day, each "
            "time with a page; give it a `for` or a `keep_firing_for`\n");
  EXPECT_EQ(Found(Rules("x > 1"), {{"count(x)", 3}, {changes, 39}}), "");
  EXPECT_EQ(Found(Rules("x > 1\n    keep_firing_for: 5m"), {{"count(x)", 3}, {changes, 99}}), "");
}

TEST(Online, CountsTheGapsThatResetFor) {
  const std::string changes = "changes(((count(x) > bool 0) or vector(0))[1w:5m])";
  const std::string hold = "\n    for: 1h";
  EXPECT_EQ(Found(Rules("x > 1" + hold), {{"count(x)", 3}, {changes, 11}}),
            "5:11 online/for-reset there was nothing to compare 5 times within the last week, and "
            "each time `for: 1h` begins anew; take a longer window, or on_no_data: keep\n");
  EXPECT_EQ(Found(Rules("x > 1" + hold), {{"count(x)", 3}, {changes, 9}}), "");
  EXPECT_EQ(
      Found(Rules("x > 1" + hold + "\n    on_no_data: keep"), {{"count(x)", 3}, {changes, 99}}),
      "");
  EXPECT_EQ(Found(Rules("x > 1"), {{"count(x)", 3}, {changes, 99}}), "");
}

TEST(Online, HoldsTheOffsetAgainstTheAgeOfSamples) {
  const auto found = [](double age, const char* offset) {
    return Found(Rules("own > 1", offset),
                 {{"min(time() - timestamp(up))", age}, {"max(count_over_time(up[10m]))", 40}});
  };
  EXPECT_EQ(found(15, ""), "");
  EXPECT_EQ(found(46, "  query_offset: 30s\n"),
            "3:17 online/offset-too-small samples are in the datasource 31s after they were taken, "
            "or later, and the query_offset is 30s: the group is evaluated without the newest "
            "ones\n");
  EXPECT_EQ(found(45, "  query_offset: 30s\n"), "");
  EXPECT_EQ(found(46, "").substr(0, 29), "2:3 online/offset-too-small s");
}

TEST(Online, AsksNothingOfWhatMayBeMissing) {
  for (const char* expr : {"absent(x)", "(x or vector(0)) > 1", "own > 1", "ALERTS"}) {
    EXPECT_EQ(Found(Rules(expr), {}), "") << expr;
  }
  EXPECT_EQ(Found(Rules("x > 1 unless y"), {{"count(x)", 1}}), "");
}

TEST(Online, HoldsGroupingAgainstTheLabels) {
  const Values known = {{"count(x)", 3}, {"count(x{job!=\"\"})", 3}};
  EXPECT_EQ(Found(Rules("sum by (job) (x) > 1"), known), "");
  EXPECT_EQ(Found(Rules("sum by (pod) (x) > 1"), known),
            "5:11 online/no-label no series of x has the label \"pod\" that is grouped by\n");
  EXPECT_EQ(Found(Rules("sum by (pod) (label_replace(x, \"pod\", \"a\", \"\", \"\")) > 1"), known),
            "");
}

TEST(Online, CountsTheSamplesOfAWindow) {
  const auto found = [](double samples) {
    return Found(Rules("rate(x[1m] offset 1h) > 1"),
                 {{"count(x)", 3},
                  {"count(present_over_time(x[1d] offset 1h))", 3},
                  {"max(count_over_time(x[1m]))", samples}});
  };
  EXPECT_EQ(found(4), "");
  EXPECT_EQ(found(2).substr(0, 25), "5:11 online/window-short ");
  EXPECT_EQ(found(1).substr(0, 29), "5:11 online/window-too-short ");
}

TEST(Online, SaysWhatWouldFireNow) {
  const Values known = {{"count(x)", 3}, {"x > 1", 5}};
  EXPECT_EQ(Found(Rules("x > 1"), known), "5:11 online/fires-now this gives 1 alert(s) now\n");
  const auto series = [](std::size_t count, Duration took) {
    return CheckWith(MakeSubject(Rules("x > 1", "  limit: 5\n")),
                     [=](const Question& question) -> Result<Answer> {
                       if (question.query != "x > 1") return Answer{1, 1, {}};
                       return Answer{count, 1, took};
                     });
  };
  EXPECT_EQ(series(5, {}).all().at(0).id, "online/fires-now");
  EXPECT_EQ(series(6, {}).all().at(0).id, "online/beyond-limit");
  EXPECT_EQ(series(0, std::chrono::seconds(31)).all().at(0).id, "online/slow");
  EXPECT_TRUE(series(0, std::chrono::seconds(30)).all().empty());
}

TEST(Online, NamesEachDatasourceThatDoesNotAnswerOnce) {
  const std::string rules =
      "groups:\n- name: g\n  rules: [{record: r, expr: x}, {record: s, expr: y}]\n"
      "- name: h\n  datasource: b\n  rules: [{record: t, expr: z}]\n";
  const Findings findings =
      CheckWith(MakeSubject(rules), [](const Question& question) -> Result<Answer> {
        EXPECT_EQ(question.query, "vector(1)");
        return Fail("connection refused");
      });
  ASSERT_EQ(findings.all().size(), 2u);
  EXPECT_EQ(ToString(findings.all()[0]),
            "tocsin.yml:1:30: warning: datasource \"a\" does not answer, so its rules are checked "
            "offline only: connection refused [online/unreachable]");
  EXPECT_EQ(findings.all()[1].position.column, 58);
}

TEST(Online, SaysWhatTheDatasourceRefuses) {
  const Findings findings =
      CheckWith(MakeSubject(Rules("x > 1")), [](const Question& question) -> Result<Answer> {
        if (question.query == "x > 1") return Fail("execution: many-to-many");
        return Answer{1, 1, {}};
      });
  ASSERT_EQ(findings.all().size(), 1u);
  EXPECT_EQ(ToString(findings.all()[0]),
            "rules.yml:5:11: warning: the datasource refuses it: execution: many-to-many "
            "[online/query-failed]");
}

}  // namespace
}  // namespace tocsin::lint
