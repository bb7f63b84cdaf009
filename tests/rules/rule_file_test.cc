#include "rules/rule_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace tocsin::rules {
namespace {

struct Case {
  std::string text;
  std::string_view want;  // The diagnostics.
};

TEST(RuleFile, AcceptsEmptyFiles) {
  for (const char* text : {"", "# x\n", "{}", "groups:\n", "groups: []\n", "~\n",
                           "\xEF\xBB\xBF"
                           "groups: []\n"}) {
    config::Diagnostics diagnostics;
    EXPECT_TRUE(ParseRuleFile(text, "f", &diagnostics).empty());
    EXPECT_EQ(diagnostics.ToString(), "") << text;
  }
}

TEST(RuleFile, ReadsEverything) {
  config::Diagnostics diagnostics;
  const auto groups = ParseRuleFile(
      "groups:\n"
      "- name: g\n"
      "  interval: 1m30s\n"
      "  query_offset: 0s\n"
      "  limit: -1\n"
      "  datasource: mimir\n"
      "  labels: {team: a, severity: none}\n"
      "  rules:\n"
      "  - alert: High load %\n"
      "    expr: up == 0\n"
      "    for: 5m\n"
      "    keep_firing_for: 1h\n"
      "    labels: {severity: page, n: 1, b: true, e: }\n"
      "    annotations:\n"
      "      summary: 'it is {{ $value }}'\n"
      "  - record: 'a:b'\n"
      "    expr: 1\n"
      "    for: 0s\n"
      "- name: h\n",
      "f", &diagnostics);
  ASSERT_EQ(diagnostics.ToString(), "");
  ASSERT_EQ(groups.size(), 2U);
  const GroupDefinition& group = groups[0];
  EXPECT_EQ(group.name, "g");
  EXPECT_EQ(group.file, "f");
  EXPECT_EQ(group.interval, std::chrono::seconds(90));
  EXPECT_EQ(group.query_offset, Duration::zero());
  EXPECT_EQ(group.limit, -1);
  EXPECT_EQ(group.datasource, "mimir");
  EXPECT_EQ(group.position, (config::Position{"f", 2, 3}));
  ASSERT_EQ(group.rules.size(), 2U);
  const RuleDefinition& alert = group.rules[0];
  EXPECT_TRUE(alert.is_alerting());
  EXPECT_EQ(alert.name(), "High load %");
  EXPECT_EQ(alert.hold, std::chrono::minutes(5));
  EXPECT_EQ(alert.keep_firing_for, std::chrono::hours(1));
  EXPECT_EQ(alert.labels,
            (std::map<std::string, std::string>{
                {"team", "a"}, {"severity", "page"}, {"n", "1"}, {"b", "true"}, {"e", ""}}));
  EXPECT_EQ(alert.annotations.at("summary"), "it is {{ $value }}");
  EXPECT_EQ(alert.position, (config::Position{"f", 9, 5}));
  const RuleDefinition& record = group.rules[1];
  EXPECT_FALSE(record.is_alerting());
  EXPECT_EQ(record.name(), "a:b");
  EXPECT_EQ(record.expr, "1");
  EXPECT_EQ(record.labels.at("severity"), "none");
  EXPECT_EQ(groups[1].query_offset, std::nullopt);
}

TEST(RuleFile, RefusesBadGroups) {
  const Case cases[] = {
      {"x", "f:1:1: rule file must be a mapping, not a single value\n"},
      {"group: []", "f:1:1: unknown key \"group\"; did you mean \"groups\"?\n"},
      {"groups: x", "f:1:9: \"groups\" must be a list, not a single value\n"},
      {"namespace: n",
       "f:1:12: \"namespace\" is an extension of Mimir that is not supported yet\n"},
      {"groups: [x]",
       "f:1:10: rule group must be a mapping, not a single value\n"
       "f:1:10: Groupname must not be empty\n"},
      {"groups: [{}]", "f:1:10: Groupname must not be empty\n"},
      {"groups:\n- rules: []\n  name: ''\n", "f:3:9: Groupname must not be empty\n"},
      {"groups: [~]", "f:1:10: warning: an empty rule group is ignored\n"},
      {"groups:\n- name: a\n- name: a\n", "f:3:9: groupname: \"a\" is repeated in the same file\n"},
      {"groups:\n- name: a\n  name: b\n",
       "f:3:3: mapping key \"name\" already defined at line 2\n"},
      {"groups: [{name: a, interval: 60}]",
       "f:1:30: interval: not a valid duration string: \"60\"\n"},
      {"groups: [{name: a, interval: 5x}]",
       "f:1:30: interval: unknown unit \"x\" in duration \"5x\"\n"},
      {"groups: [{name: a, query_offset: -1m}]",
       "f:1:34: query_offset: not a valid duration string: \"-1m\"\n"},
      {"groups: [{name: a, limit: x}]", "f:1:27: limit: not a whole number: \"x\"\n"},
      {"groups: [{name: a, labels: {__name__: x, '': y}}]",
       "f:1:29: invalid label name: __name__\nf:1:42: invalid label name: \n"},
      {"groups: [{name: a, rules: {}}]", "f:1:27: \"rules\" must be a list, not a mapping\n"},
      {"groups: [{name: a, concurrency: -1}]", "f:1:33: concurrency must be from 1 to 1024\n"},
      {"groups: [{name: a, partial_response_strategy: warn}]",
       "f:1:47: \"partial_response_strategy\" is an extension of Thanos that is not supported "
       "yet\n"},
      {"groups: [{name: a, headers: [x]}]",
       "f:1:29: a header must be \"Name: value\", not \"x\"\n"},
      {"groups: [{name: a, query_offset: 1m, eval_delay: 2m}]",
       "f:1:50: eval_delay is another name of query_offset, which differs\n"},
      {"groups: [{name: a, interval: 1m, eval_offset: 2m}]",
       "f:1:47: eval_offset must not be longer than the group's interval\n"},
      {"groups: [{name: a, type: graphite}]",
       "f:1:26: type must be prometheus, not \"graphite\"\n"},
      {"groups: [{name: a, on_no_data: ignore}]",
       "f:1:32: on_no_data must be resolve, keep or alert, not \"ignore\"\n"},
      {"groups: [{name: a, rules: [{alert: A, expr: absent(up), on_no_data: keep}]}]",
       "f:1:69: group \"a\", rule 1, \"A\": on_no_data needs an alert whose expression compares "
       "series that are there all the time, such as up == 0\n"},
      {"groups: [{name: a, on_error: ignore}]",
       "f:1:30: on_error must be keep or resolve, not \"ignore\"\n"},
      {"groups: [{name: a, intervall: 1m}]",
       "f:1:20: unknown key \"intervall\"; did you mean \"interval\"?\n"},
  };
  for (const Case& c : cases) {
    config::Diagnostics diagnostics;
    EXPECT_TRUE(ParseRuleFile(c.text, "f", &diagnostics).empty()) << c.text;
    EXPECT_EQ(diagnostics.ToString(), c.want) << c.text;
  }
}

TEST(RuleFile, RefusesBadRules) {
  const Case cases[] = {
      {"{alert: A, record: r, expr: up}",
       "f:4:13: group \"g\", rule 1, \"A\": only one of 'record' and 'alert' must be set\n"},
      {"{expr: up}", "f:4:5: group \"g\", rule 1, \"\": one of 'record' or 'alert' must be set\n"},
      {"{alert: A}", "f:4:5: group \"g\", rule 1, \"A\": field 'expr' must be set in rule\n"},
      {"{alert: A, expr: ''}",
       "f:4:22: group \"g\", rule 1, \"A\": field 'expr' must be set in rule\n"},
      {"{alert: A, expr: [up]}", "f:4:22: \"expr\" must be a string, not a list\n"},
      {"~",
       "f:4:5: group \"g\", rule 1, \"\": one of 'record' or 'alert' must be set\n"
       "f:4:5: group \"g\", rule 1, \"\": field 'expr' must be set in rule\n"},
      {"{record: r, expr: up, for: 5m}",
       "f:4:32: group \"g\", rule 1, \"r\": invalid field 'for' in recording rule\n"},
      {"{record: r, expr: up, keep_firing_for: 5m}",
       "f:4:44: group \"g\", rule 1, \"r\": invalid field 'keep_firing_for' in recording rule\n"},
      {"{record: r, expr: up, annotations: {a: b}}",
       "f:4:40: group \"g\", rule 1, \"r\": invalid field 'annotations' in recording rule\n"},
      {"{record: 'x{a=\"b\"}', expr: up}",
       "f:4:14: group \"g\", rule 1, \"x{a=\\\"b\\\"}\": braces present in the recording rule "
       "name; "
       "should it be in expr?: x{a=\"b\"}\n"},
      {"{alert: A, expr: up, for: 5}", "f:4:31: for: not a valid duration string: \"5\"\n"},
      {"{alert: A, expr: up, for: 1.5h}", "f:4:31: for: unknown unit \".\" in duration \"1.5h\"\n"},
      {"{alert: A, expr: up, labels: {__name__: x}}",
       "f:4:35: group \"g\", rule 1, \"A\": invalid label name: __name__\n"},
      {"{alert: A, expr: up, labels: {a: [x]}}",
       "f:4:38: labels: the value of \"a\" must be a string, not a list\n"},
      {"{alert: A, expr: up, labels: {a: x, a: y}}",
       "f:4:41: mapping key \"a\" already defined at line 4\n"},
      {"{alert: A, expr: up, annotations: {'': x}}",
       "f:4:40: group \"g\", rule 1, \"A\": invalid annotation name: \n"},
      {"{alert: A, expr: up, foo: 1}", "f:4:26: unknown key \"foo\"; did you mean \"for\"?\n"},
      {"{alert: A, expr: up, annotation: {}}",
       "f:4:26: unknown key \"annotation\"; did you mean \"annotations\"?\n"},
  };
  for (const Case& c : cases) {
    config::Diagnostics diagnostics;
    EXPECT_TRUE(
        ParseRuleFile("groups:\n- name: g\n  rules:\n  - " + c.text + "\n", "f", &diagnostics)
            .empty())
        << c.text;
    EXPECT_EQ(diagnostics.ToString(), c.want) << c.text;
  }
}

TEST(RuleFile, AnOffsetOfEvaluationsMayBeNegative) {
  config::Diagnostics diagnostics;
  const auto groups =
      ParseRuleFile("groups: [{name: a, interval: 1m, eval_offset: -5s}]", "f", &diagnostics);
  ASSERT_EQ(groups.size(), 1U) << diagnostics.ToString();
  EXPECT_EQ(groups[0].phase, std::chrono::seconds(55));
  EXPECT_TRUE(
      ParseRuleFile("groups: [{name: a, interval: 1m, eval_offset: -2m}]", "f", &diagnostics)
          .empty());
  EXPECT_EQ(diagnostics.ToString(),
            "f:1:47: eval_offset must not be longer than the group's interval\n");
}

TEST(RuleFile, TakesTheExtensionsOfOthers) {
  config::Diagnostics diagnostics;
  const auto groups = ParseRuleFile(
      "groups:\n"
      "- name: a\n"
      "  interval: 1m\n"
      "  concurrency: 4\n"
      "  params: {dedup: [a, b]}\n"
      "  headers: ['X-A: b']\n"
      "  source_tenants: [t, u]\n"
      "  evaluation_delay: 30s\n"
      "  eval_offset: 5s\n"
      "  on_error: resolve\n"
      "  on_no_data: keep\n"
      "  rules:\n"
      "  - {alert: A, expr: up, debug: true}\n"
      "  - {alert: B, expr: up == 0, on_error: keep, on_no_data: alert}\n",
      "f", &diagnostics);
  EXPECT_EQ(diagnostics.error_count(), 0u) << diagnostics.ToString();
  ASSERT_EQ(groups.size(), 1u);
  const GroupDefinition& group = groups[0];
  EXPECT_EQ(group.concurrency, 4);
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(group.extras->params, (Pairs{{"dedup", "a"}, {"dedup", "b"}}));
  EXPECT_EQ(group.extras->headers, (Pairs{{"X-A", "b"}, {"X-Scope-OrgID", "t|u"}}));
  EXPECT_EQ(group.query_offset, std::chrono::seconds(30));
  EXPECT_EQ(group.phase, std::chrono::seconds(5));
  EXPECT_EQ(group.rules[0].resolve_on_error, true);
  EXPECT_EQ(group.rules[1].resolve_on_error, false);
  EXPECT_EQ(group.rules[0].on_no_data, config::OnNoData::kKeep);
  EXPECT_EQ(group.rules[0].unfiltered, "");
  EXPECT_EQ(group.rules[1].on_no_data, config::OnNoData::kAlert);
  EXPECT_EQ(group.rules[1].unfiltered, "up");
}

TEST(RuleFile, AcceptsWhatPrometheusAccepts) {
  for (const char* rule :
       {"{record: 'with space-dash', expr: up}", "{record: 가, expr: up}",
        "{record: r, expr: up, labels: {a: '{{ bad'}}", "{record: r, expr: up, annotations: {}}",
        "{alert: 'any %', expr: up}", "{alert: A, expr: up, labels: {a-b: x}}",
        "{alert: A, expr: up, annotations: {a-b: 5}}", "{alert: A, expr: up, labels: }",
        "{alert: A, record: '', expr: up}"}) {
    config::Diagnostics diagnostics;
    EXPECT_EQ(
        ParseRuleFile(std::string("groups: [{name: g, rules: [") + rule + "]}]", "f", &diagnostics)
            .size(),
        1U);
    EXPECT_EQ(diagnostics.ToString(), "") << rule;
  }
}

// As Prometheus does, which looks into them only when it expands them.
TEST(RuleFile, WarnsOfLabelsOfAGroupThatAreNoTemplates) {
  config::Diagnostics diagnostics;
  const auto groups = ParseRuleFile(
      "groups:\n"
      "- name: g\n"
      "  labels: {team: '{{ bad', own: '{{ $x', n: '{{ $value }}', none: '{{'}\n"
      "  rules:\n"
      "  - {record: r, expr: up}\n"
      "  - {alert: A, expr: up, labels: {own: a, none: b}}\n"
      "- name: h\n"
      "  labels: {team: '{{ bad'}\n"
      "  rules: [{record: r, expr: up}]\n",
      "f", &diagnostics);
  EXPECT_EQ(diagnostics.ToString(),
            "f:3:18: warning: group \"g\": label \"team\": template: __alert_A:1: function \"bad\" "
            "not defined; alerts will have this error as its value\n");
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].rules[1].inherited_labels, (std::set<std::string>{"n", "team"}));
}

TEST(RuleFile, ChecksExpressions) {
  config::Diagnostics diagnostics;
  ParseRuleFile(
      "groups:\n"
      "- name: a\n"
      "  rules:\n"
      "  - alert: X\n"
      "    expr: |\n"
      "      sum by (job) (\n"
      "        rate(up)\n"
      "      ) > foo(1)\n"
      "  - alert: Y\n"
      "    expr: rate(x)\n"
      "      + abs(\"a\")\n"
      "  - alert: Z\n"
      "    expr: x[5m]\n"
      "  - {record: r, expr: 'up{job=\"a\"'}\n",
      "f", &diagnostics);
  EXPECT_EQ(diagnostics.ToString(),
            "f:8:11: group \"a\", rule 1, \"X\": could not parse expression: 3:5: parse error: "
            "unknown function with name \"foo\"\n"
            "f:10:16: group \"a\", rule 2, \"Y\": could not parse expression: 1:6: parse error: "
            "expected type range vector in call to function \"rate\", got instant vector\n"
            "f:11:13: group \"a\", rule 2, \"Y\": could not parse expression: 1:15: parse error: "
            "expected type instant vector in call to function \"abs\", got string\n"
            "f:14:34: group \"a\", rule 4, \"r\": could not parse expression: 1:11: parse error: "
            "unexpected end of input inside braces\n");
}

TEST(RuleFile, ShowsExpressionsAsPrometheusDoes) {
  config::Diagnostics diagnostics;
  const auto groups = ParseRuleFile(
      "groups: [{name: g, rules: [{alert: A, expr: 'sum(up) by (job)>0 # c'}, "
      "{alert: B, expr: up == 0}]}]",
      "f", &diagnostics);
  ASSERT_EQ(groups.size(), 1U) << diagnostics.ToString();
  EXPECT_EQ(groups[0].rules[0].expr, "sum(up) by (job)>0 # c");
  EXPECT_EQ(groups[0].rules[0].shown_expr(), "sum by (job) (up) > 0");
  EXPECT_EQ(groups[0].rules[1].shown_expr(), "up == 0");
}

TEST(RuleFile, KnowsTheLanguageOfTheDatasource) {
  const QueryLanguages languages = {{"", config::QueryLanguage::kPromqlExperimental},
                                    {"vm", config::QueryLanguage::kMetricsql}};
  const auto read = [&](std::string_view group, std::string_view expr) {
    config::Diagnostics diagnostics;
    ParseRuleFile("groups: [{name: g, " + std::string(group) + "rules: [{record: r, expr: '" +
                      std::string(expr) + "'}]}]",
                  "f", &diagnostics, languages);
    return diagnostics.ToString();
  };
  EXPECT_EQ(read("", "mad_over_time(x[5m])"), "");
  EXPECT_EQ(read("datasource: other, ", "mad_over_time(x[5m])"),
            "f:1:66: group \"g\", rule 1, \"r\": could not parse expression: 1:1: parse error: "
            "function \"mad_over_time\" is not enabled\n");
  EXPECT_EQ(read("datasource: vm, ", "rate(x) default 0"),
            "f:1:71: warning: group \"g\", rule 1, \"r\": no PromQL, taken as MetricsQL without a "
            "check: 1:9: parse error: unexpected identifier \"default\"\n");
}

TEST(RuleFile, ReportsAllErrorsOfAFile) {
  config::Diagnostics diagnostics;
  ParseRuleFile(
      "groups:\n"
      "- name: a\n"
      "  rules:\n"
      "  - alert: X\n"
      "  - record: y\n"
      "    expr: 1\n"
      "    for: 1m\n"
      "- name: a\n"
      "  interval: 1\n",
      "f", &diagnostics);
  EXPECT_EQ(diagnostics.ToString(),
            "f:4:5: group \"a\", rule 1, \"X\": field 'expr' must be set in rule\n"
            "f:7:10: group \"a\", rule 2, \"y\": invalid field 'for' in recording rule\n"
            "f:8:9: groupname: \"a\" is repeated in the same file\n"
            "f:9:13: interval: not a valid duration string: \"1\"\n");
}

TEST(RuleFile, WarnsOfASecondDocument) {
  config::Diagnostics diagnostics;
  EXPECT_EQ(
      ParseRuleFile("groups: [{name: a}]\n---\ngroups: [{name: b}]\n", "f", &diagnostics).size(),
      1U);
  EXPECT_EQ(diagnostics.ToString(),
            "f:3:1: warning: only the first YAML document of the file is read\n");
}

class RuleFiles : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("tocsin-rule-file-test-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  void Write(const std::string& name, std::string_view text) const {
    std::ofstream(Path(name)) << text;
  }

  std::filesystem::path directory_;
};

TEST_F(RuleFiles, LoadsInOrderAndOnce) {
  Write("b.yml", "groups: [{name: b1}, {name: b2}]\n");
  Write("a.yml", "groups: [{name: a}]\n");
  Write("c.txt", "not yaml: [\n");
  config::Diagnostics diagnostics;
  const auto groups = LoadRuleFiles({Path("b.yml"), Path("*.yml"), Path("[ab].y?l")}, &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "");
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].name, "a");
  EXPECT_EQ(groups[0].file, Path("a.yml"));
  EXPECT_EQ(groups[1].name, "b1");
  EXPECT_EQ(groups[2].name, "b2");
}

TEST_F(RuleFiles, WarnsOfPatternsWithoutFiles) {
  config::Diagnostics diagnostics;
  EXPECT_TRUE(LoadRuleFiles({Path("*.yml")}, &diagnostics).empty());
  EXPECT_EQ(diagnostics.ToString(), Path("*.yml") + ": warning: no rule file matches\n");
}

TEST_F(RuleFiles, ReportsEveryBadFile) {
  Write("a.yml", "groups: [\n");
  Write("b.yml", "groups: [{name: b}]\n");
  Write("c.yml", "x: 1\n");
  std::filesystem::create_directories(directory_ / "d.yml");
  config::Diagnostics diagnostics;
  const auto groups = LoadRuleFiles({Path("*.yml")}, &diagnostics);
  EXPECT_EQ(groups.size(), 1U);
  EXPECT_EQ(diagnostics.ToString(), Path("a.yml") + ":2:1: end of sequence flow not found\n" +
                                        Path("c.yml") + ":1:1: unknown key \"x\" in rule file\n" +
                                        Path("d.yml") + ": cannot read: Is a directory\n");
}

}  // namespace
}  // namespace tocsin::rules
