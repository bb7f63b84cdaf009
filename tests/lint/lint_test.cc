// Each check: what it finds, where, and a twin that is right and gives nothing.

#include "lint/lint.h"

#include "lint/catalogue.h"
#include "rules/rule_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace tocsin::lint {
namespace {

// One line a finding: `line:column id`.
std::string Places(Findings findings) {
  findings.Sort();
  std::string text;
  for (const Finding& finding : findings.all()) {
    text += std::to_string(finding.position.line) + ":" + std::to_string(finding.position.column) +
            " " + std::string(finding.id) + "\n";
  }
  return text;
}

RuleFile ReadRules(const std::string& text) {
  config::Diagnostics diagnostics;
  auto groups = rules::ParseRuleFile(text, "rules.yml", &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "") << text;
  return MakeRuleFile("rules.yml", text, std::move(groups));
}

Findings CheckRuleText(const std::string& text) {
  Subject subject;
  subject.rule_files.push_back(ReadRules(text));
  return Check(subject);
}

Findings CheckConfigText(const std::string& text, const std::string& rules = "") {
  const config::LoadResult loaded = config::LoadText(text, "tocsin.yml");
  EXPECT_NE(loaded.config, nullptr) << loaded.diagnostics.ToString();
  Subject subject;
  if (loaded.config != nullptr) subject.configuration = MakeConfiguration(loaded.config, text);
  if (!rules.empty()) subject.rule_files.push_back(ReadRules(rules));
  return Check(subject);
}

// An alert whose expression begins at 5:11, and which is right otherwise.
std::string AlertWith(const std::string& expr, const std::string& more = "") {
  return "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: " + expr +
         "\n    for: 5m\n    annotations: {summary: s}\n" + more;
}

struct ExprCase {
  const char* expr;
  const char* places;
};

class ExprTest : public testing::TestWithParam<ExprCase> {};

TEST_P(ExprTest, Finds) {
  EXPECT_EQ(Places(CheckRuleText(AlertWith(GetParam().expr))), GetParam().places)
      << GetParam().expr;
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, ExprTest,
    testing::Values(ExprCase{"up", "5:11 alert/no-condition\n"},  //
                    ExprCase{"x == 0", ""}, ExprCase{"ok == bool 0", "5:11 alert/no-condition\n"},
                    ExprCase{"sum(rate(x_total[5m]))", "5:11 alert/no-condition\n"},
                    ExprCase{"sum(rate(x_total[5m])) > 1", ""},  //
                    ExprCase{"count(ok == 0)", ""},              //
                    ExprCase{"vector(1)", ""},                   // A dead man's switch.
                    ExprCase{"y == 0 or vector(0)", "5:21 alert/no-condition\n"},
                    ExprCase{"(sum(x) or vector(0)) > 5", ""},  //
                    ExprCase{"x > 5 or y", "5:20 alert/no-condition\n"},
                    ExprCase{"a / b", "5:11 alert/no-condition\n"},  //
                    ExprCase{"(a > 1) * b", ""},                     //
                    ExprCase{"a and b", ""},                         //
                    ExprCase{"a unless on (job) b", ""},             //
                    ExprCase{"ALERTS{alertstate=\"firing\"}", ""},   //
                    ExprCase{"job:errors:high", ""},                 //
                    ExprCase{"disk_info{state=\"bad\"}", ""},        //
                    ExprCase{"scalar(ok == 0)", "5:11 alert/no-condition\n"},
                    ExprCase{"label_replace(ok == 0, \"a\", \"b\", \"c\", \"d\")", ""},
                    ExprCase{"errors_total > 0", "5:11 alert/raw-counter\n"},
                    ExprCase{"0 < sum by (job) (errors_total)", "5:11 alert/raw-counter\n"},
                    ExprCase{"increase(errors_total[5m]) > 0", ""},  //
                    ExprCase{"errors_total == 0", ""},               //
                    ExprCase{"irate(x_total[5m]) > 1", "5:11 alert/irate\n"},
                    ExprCase{"topk(3, rate(x_total[5m])) > 1", "5:11 alert/changing-set\n"},
                    ExprCase{"sum(topk(3, rate(x_total[5m]))) > 1", ""},
                    ExprCase{"absent(up{job=~\"a|b\"})", "5:21 alert/absent-of-several\n"},
                    ExprCase{"absent(up{job=~\"a.*\"})", ""},  //
                    ExprCase{"absent(up{job=\"a\"}) or absent(up{job=\"b\"})", ""}));

INSTANTIATE_TEST_SUITE_P(
    Outages, ExprTest,
    testing::Values(ExprCase{"up{job=\"a\"} == 0", "5:11 alert/vanished-target\n"},
                    ExprCase{"up == 0 or absent(up{job=\"a\"})", ""},  //
                    ExprCase{"up == 1", ""},
                    ExprCase{"rate(good[5m]) / sum(rate(all[5m])) < 0.9",
                             "5:11 alert/nothing-by-nothing\n5:26 expr/never-joins\n"},
                    ExprCase{"rate(bad[5m]) / rate(all[5m]) > 0.1", ""},
                    ExprCase{"free / size < 0.1", ""},
                    ExprCase{"x > 1 and on () hour() < 8", "5:27 alert/utc\n"},
                    ExprCase{"x > 1 and on () hour(y) < 8", ""}));

INSTANTIATE_TEST_SUITE_P(
    Expressions, ExprTest,
    testing::Values(
        ExprCase{"'\"text\"'", "5:12 expr/type\n"}, ExprCase{"x[5m]", "5:11 expr/type\n"},
        ExprCase{"ok{job=\"a\", job=\"b\"} == 0", "5:11 expr/empty-selector\n"},
        ExprCase{"ok{job=\"a\", job!~\"a|b\"} == 0", "5:11 expr/empty-selector\n"},
        ExprCase{"ok{job=\"a\", job=~\"a|b\"} == 0", ""},
        ExprCase{"ok{instance=~\"web*\"} == 0", "5:14 expr/glob\n"},
        ExprCase{"ok{instance=~\"web.*\"} == 0", ""},
        ExprCase{"ok{instance=~\"web(1|2)*\"} == 0", ""},
        ExprCase{"count(up == 1) == 0", "5:11 expr/never-true\n"},
        ExprCase{"1 > count(up)", "5:11 expr/never-true\n"}, ExprCase{"count(up) < 2", ""},  //
        ExprCase{"(count(up == 1) or vector(0)) == 0", ""},
        ExprCase{"count_over_time(up[5m]) == 0", "5:11 expr/never-true\n"},
        ExprCase{"absent(up) == 0", "5:11 expr/never-true\n"}, ExprCase{"absent(up) == 1", ""},  //
        ExprCase{"rate(x_total[5m]) == 0.5", "5:11 expr/float-equality\n"},
        ExprCase{"rate(x_total[5m]) == 0", ""},  //
        ExprCase{"x == 0.5", ""},                //
        ExprCase{"histogram_quantile(99, rate(x_bucket[5m])) > 1", "5:30 expr/quantile-range\n"},
        ExprCase{"quantile(-1, x) > 1", "5:20 expr/quantile-range\n"},
        ExprCase{"quantile_over_time(0.9, x[5m]) > 1", ""},
        ExprCase{"histogram_quantile(0.9, sum by (job) (rate(x_bucket[5m]))) > 1",
                 "5:35 expr/buckets-without-le\n"},
        ExprCase{"histogram_quantile(0.9, sum by (job, le) (rate(x_bucket[5m]))) > 1", ""},
        ExprCase{"histogram_quantile(0.9, sum(rate(x_seconds[5m]))) > 1", ""},
        ExprCase{"rate(sum(x_total)[5m:]) > 1", "5:11 expr/rate-of-aggregate\n"},
        ExprCase{"sum(rate(x_total[5m])) > 1", ""},
        ExprCase{"rate(up[5m]) > 1", "5:11 expr/rate-of-gauge\n"},
        ExprCase{"delta(x_total[5m]) > 1", "5:11 expr/delta-of-counter\n"},
        ExprCase{"delta(x_celsius[5m]) > 1", ""}));

INSTANTIATE_TEST_SUITE_P(
    Joins, ExprTest,
    testing::Values(
        ExprCase{"sum by (job, x) (a) / sum by (job) (b) > 1", "5:31 expr/never-joins\n"},
        ExprCase{"sum by (job) (a) / sum by (job) (b) > 1", ""},
        ExprCase{"sum by (job, x) (a) / ignoring (x) group_left sum by (job) (b) > 1", ""},
        ExprCase{"sum by (job, x) (a) / on (job) group_left sum by (job) (b) > 1", ""},
        ExprCase{"errors / sum(requests) > 1", "5:18 expr/never-joins\n"},
        ExprCase{"errors / on () group_left sum(requests) > 1", ""},
        ExprCase{"errors / requests > 1", ""}, ExprCase{"job:errors:rate / sum(requests) > 1", ""},
        ExprCase{"ok == 0 and month() > 8", "5:19 expr/never-joins\n"},
        ExprCase{"ok == 0 and on () month() > 8", ""},
        ExprCase{"up > vector(0)", "5:14 expr/never-joins\n"},
        ExprCase{"ok == 0 unless sum by (cluster) (maintenance)", "5:19 expr/never-joins\n"},
        ExprCase{"ok == 0 unless on (cluster) sum by (cluster) (maintenance)", ""},
        ExprCase{"up * on (instance) group_left (node) sum by (instance) (b) > 1",
                 "5:14 expr/included-label\n"},
        ExprCase{"up * on (instance) group_left (node) sum by (instance, node) (b) > 1", ""},
        ExprCase{"x * on (pod) group_left (node) y_info > 1", "5:13 expr/info-join\n"},
        ExprCase{"y_info * on (pod) group_right (node) x > 1", "5:18 expr/info-join\n"},
        ExprCase{"x * on (pod) group_left (node) topk by (pod) (1, y_info) > 1", ""},
        ExprCase{"count_values(\"v\", up) / on (v) sum by (v) (b) > 1", ""},
        ExprCase{"label_replace(sum(a), \"x\", \"y\", \"\", \"\") / on (x) sum by (x) (b) > 1",
                 ""}));

TEST(Lint, FindsAlertsThatAreAbsentForNoTime) {
  const std::string absent =
      "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: absent(up)\n"
      "    annotations: {summary: s}\n";
  EXPECT_EQ(Places(CheckRuleText(absent)), "5:11 alert/absent-without-for\n");
  EXPECT_EQ(Places(CheckRuleText(absent + "    for: 5m\n")), "");
}

TEST(Lint, PlacesFindingsInExpressionsOfSeveralLines) {
  EXPECT_EQ(Places(CheckRuleText(AlertWith("|\n      sum(rate(x_total[5m]))\n        > 5\n"
                                           "      or\n      count(up) == 0"))),
            "9:7 expr/never-true\n");
}

struct RuleCase {
  const char* name;
  const char* text;
  const char* places;
};

class RuleTest : public testing::TestWithParam<RuleCase> {};

TEST_P(RuleTest, Finds) {
  EXPECT_EQ(Places(CheckRuleText(GetParam().text)), GetParam().places) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, RuleTest,
    testing::Values(
        RuleCase{"Duplicate", R"(groups:
- name: g
  labels: {team: x}
  rules:
  - {record: 'a:b', expr: up}
  - {record: 'a:b', expr: up, labels: {team: x}}
- name: h
  rules:
  - {record: 'a:b', expr: up}
)",
                 "6:5 rule/duplicate\n"},
        RuleCase{"LongInterval", R"(groups:
- name: g
  interval: 5m
  rules: [{record: 'a:b', expr: up}]
- name: h
  interval: 5m
  rules: [{alert: A, expr: ok == 0, annotations: {summary: s}}]
- name: i
  interval: 4m
  rules: [{record: 'c:d', expr: up}]
)",
                 "3:13 group/interval-beyond-lookback\n"},
        RuleCase{"For", R"(groups:
- name: g
  interval: 1m
  rules:
  - {alert: A, expr: ok == 0, for: 90s, annotations: {summary: s}}
  - {alert: B, expr: ok == 0, for: 2m, annotations: {summary: s}}
- name: unknown
  rules:
  - {alert: C, expr: ok == 0, for: 90s, annotations: {summary: s}}
)",
                 "5:36 alert/for-rounded\n"},
        RuleCase{"Labels", R"(groups:
- name: g
  rules:
  - alert: A
    expr: ok == 0
    labels: {alertname: B, service.name: x, severity: page}
    annotations: {summary: s}
  - {alert: C, expr: ok == 0}
)",
                 "6:25 alert/alertname-label\n6:42 alert/label-name\n8:5 alert/no-annotations\n"},
        RuleCase{"OlderInput", R"(groups:
- name: g
  interval: 4m
  rules: [{record: 'a:b', expr: up}, {alert: A, expr: 'a:b > 1', annotations: {summary: s}}]
- name: h
  interval: 15s
  rules: [{alert: A, expr: 'max(a:b) > 1', labels: {a: b}, annotations: {summary: s}}]
- name: i
  interval: 5m
  rules: [{alert: A, expr: 'a:b > 1', labels: {a: c}, annotations: {summary: s}}]
)",
                 "7:33 rule/older-input\n"},
        RuleCase{"Severity", R"(groups:
- name: g
  labels: {severity: page}
  rules:
  - {alert: A, expr: a > 1, annotations: {summary: s}}
  - {alert: B, expr: a > 1, annotations: {summary: s}}
  - {alert: C, expr: a > 1, annotations: {summary: s}}
- name: h
  rules:
  - {alert: D, expr: a > 1, annotations: {summary: s}}
)",
                 "10:5 alert/no-severity\n"},
        RuleCase{"Texts", R"(groups:
- name: g
  rules:
  - alert: A
    expr: a > 1
    labels: {proxy: 'http://me:secret@proxy:80/', peer: 'http://me@peer:80/?a=b:c@d'}
    annotations: {runbook_url: see wiki, hook: 'https://hooks.slack.com/services/T0/B0/x'}
  - alert: B
    expr: a > 1
    annotations: {runbook_url: 'https://wiki/{{ $labels.job }}', summary: 'https://a/b@c:d'}
  - alert: C
    expr: a > 1
    annotations: {runbook_url: '{{ $externalLabels.wiki }}/c'}
)",
                 "6:21 alert/secret\n7:32 alert/runbook-link\n7:48 alert/secret\n"},
        RuleCase{"OverriddenLabel", R"(groups:
- name: g
  rules:
  - {alert: A, expr: 'sum by (job) (x) > 1', labels: {job: all}, annotations: {summary: s}}
  - {alert: B, expr: 'sum by (job) (x) > 1', labels: {team: all}, annotations: {summary: s}}
)",
                 "4:23 alert/label-overridden\n"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Templates, RuleTest,
    testing::Values(RuleCase{"Labels", R"(groups:
- name: g
  rules:
  - alert: A
    expr: sum by (job) (x) > 1
    labels: {severity: page}
    annotations:
      good: '{{ $labels.job }} {{ .Labels.job }} {{ if $labels.pod }}{{ $labels.pod }}{{ end }}'
      bad: 'on {{ $labels.instance }}'
      index: '{{ index $labels "instance" }}'
      own: '{{ $labels.severity }}'
      inner: '{{ with query "up" }}{{ range . }}{{ .Labels.instance }}{{ end }}{{ end }}'
  - alert: B
    expr: x > 1
    annotations: {good: '{{ $labels.instance }}'}
  - alert: C
    expr: absent(up{job="a"}) == 1
    annotations: {summary: '{{ $labels.job }} {{ $labels.instance }}'}
)",
                             "9:26 template/label-missing\n10:32 template/label-missing\n"
                             "11:23 template/label-missing\n18:57 template/label-missing\n"},
                    RuleCase{"Value", R"(groups:
- name: g
  rules:
  - alert: A
    expr: x > 1
    labels:
      good: '{{ if gt $value 90.0 }}critical{{ else }}warning{{ end }}'
      bad: 'is {{ $value | humanize }}'
      dot: '{{ printf "%f" .Value }}'
    annotations: {good: '{{ $value }}'}
)",
                             "8:19 template/value-in-label\n9:28 template/value-in-label\n"},
                    RuleCase{"Queries", R"(groups:
- name: g
  rules:
  - alert: A
    expr: x > 1
    annotations:
      good: '{{ query "up" | first | value }}{{ range query "up == 1" }}{{ . }}{{ end }}'
      bad: '{{ with query "up{" }}{{ . | first | value }}{{ end }}'
      made: '{{ query (printf "up{job=%q}" $labels.job) | first | value }}'
      piped: '{{ "up{" | query | first | value }}'
      range: '{{ range query "up[5m]" }}{{ .Value }}{{ end }}'
      defined: '{{ define "x" }}{{ query "up{" }}{{ end }}{{ template "x" }}'
      scalar: '{{ "1" | printf "%s" | query | first | value }}{{ query "1" | first | value }}'
)",
                             "8:27 template/query\n"
                             "10:18 template/query\n"
                             "11:30 template/query\n"
                             "12:42 template/query\n"},
                    RuleCase{"Expansion", R"(groups:
- name: g
  rules:
  - alert: A
    expr: x > 1
    annotations:
      field: 'a {{ .Foo }}'
      types: '{{ if gt $value 0 }}x{{ end }}'
      good: '{{ if gt $value 0.0 }}{{ $labels.size | humanize1024 }}{{ end }}'
      query: '{{ query "up" | first | value }}'
      host: '{{ stripPort $labels.instance }}'
)",
                             "7:20 template/fails\n8:21 template/fails\n"}),
    [](const auto& test) { return test.param.name; });

struct ConfigCase {
  const char* name;
  const char* text;
  const char* places;
};

class ConfigTest : public testing::TestWithParam<ConfigCase> {};

TEST_P(ConfigTest, Finds) {
  EXPECT_EQ(Places(CheckConfigText(GetParam().text)), GetParam().places) << GetParam().text;
}

#define RECEIVERS "receivers: [{name: a, webhook_configs: [{url: 'http://x'}]}, {name: none}]\n"

INSTANTIATE_TEST_SUITE_P(
    Routes, ConfigTest,
    testing::Values(
        ConfigCase{"Clean", RECEIVERS R"(route:
  receiver: a
  group_by: [alertname]
  routes:
  - {matchers: [severity="page"], continue: true}
  - {matchers: [severity="page"], receiver: none, mute_time_intervals: [night]}
  - {matchers: ['severity=~"page|warn"'], active_time_intervals: [day]}
time_intervals: [{name: day}, {name: night}]
)",
                   ""},
        ConfigCase{"Root", RECEIVERS R"(route:
  receiver: none
  routes: [{receiver: a, matchers: [x="y"]}]
)",
                   "3:3 route/one-group\n3:13 route/default-is-silent\n"},
        ConfigCase{"Unreachable", RECEIVERS R"(route:
  receiver: a
  group_by: []
  routes:
  - {matchers: ['severity=~"page|warn"'], receiver: none}
  - {matchers: [severity="page", team="x"]}
  - {matchers: [team="x"]}
  - {matchers: []}
  - {match: {team: y}}
)",
                   "7:5 route/unreachable\n10:5 route/unreachable\n"},
        ConfigCase{"NeverMatches", RECEIVERS R"(route:
  receiver: a
  group_by: []
  routes:
  - matchers: [severity="page"]
    receiver: none
    routes:
    - matchers: [severity="warn"]
    - matchers: [severity="page"]
  - match_re: {team: x|y}
    match: {team: z}
)",
                   "9:17 route/never-matches\n11:15 route/never-matches\n"},
        ConfigCase{"Glob", RECEIVERS R"(route:
  receiver: a
  group_by: []
  routes:
  - matchers: ['host=~"web*"']
    receiver: none
  - match_re: {host: db*}
  - match_re: {host: db.*}
)",
                   "6:15 route/glob\n8:15 route/glob\n"},
        ConfigCase{"Unused", RECEIVERS R"(route: {receiver: a, group_by: []}
time_intervals: [{name: day}]
mute_time_intervals: [{name: night}]
)",
                   "1:69 receiver/unused\n3:25 time-interval/unused\n4:30 time-interval/unused\n"}),
    [](const auto& test) { return test.param.name; });

#define ROUTE                                                                          \
  "route: {receiver: a, group_by: []}\nreceivers: [{name: a, webhook_configs: [{url: " \
  "'http://x'}]}]\n"

INSTANTIATE_TEST_SUITE_P(
    Inhibition, ConfigTest,
    testing::Values(ConfigCase{"Clean", ROUTE R"(inhibit_rules:
- {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [cluster]}
- {source_matchers: [alertname="Down"], target_matchers: [severity="warning"]}
)",
                               ""},
                    ConfigCase{"Everything", ROUTE R"(inhibit_rules:
- {source_matchers: [severity="critical"], equal: [cluster]}
- {target_matchers: [severity="critical"], equal: [cluster]}
)",
                               "4:3 inhibit/everything\n5:3 inhibit/everything\n"},
                    ConfigCase{"NoEqual", ROUTE R"(inhibit_rules:
- {source_matchers: [severity="critical"], target_matchers: [severity="warning"]}
- {source_match: {x: y}, target_match_re: {x: y|z}}
)",
                               "4:3 inhibit/no-equal\n5:3 inhibit/no-equal\n"},
                    ConfigCase{"NoEffect", ROUTE R"(inhibit_rules:
- {source_matchers: [x="y"], target_matchers: [x="y"], equal: [cluster]}
- {source_matchers: [x="y", x="z"], target_matchers: [x="y"], equal: [cluster]}
)",
                               "4:3 inhibit/no-effect\n5:3 inhibit/never-matches\n"}),
    [](const auto& test) { return test.param.name; });

TEST(Lint, HoldsRoutesAgainstTheLabelsOfTheRules) {
  const std::string config = ROUTE R"(  
inhibit_rules:
- {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [x]}
datasources: [{url: 'http://x'}]
global: {external_labels: {region: eu}}
)";
  const std::string routes = R"(
route:
  receiver: a
  group_by: []
  routes:
  - {matchers: [severity="critical"]}
  - {matchers: [severity="page"]}
  - {matchers: [team="x"]}
  - {matchers: [region="us"]}
  - {matchers: [region="eu", job="b"]}
  - {matchers: [pod="a"]}
receivers: [{name: a, webhook_configs: [{url: 'http://x'}]}]
)";
  const std::string rules = R"(groups:
- name: g
  rules:
  - alert: A
    expr: sum by (job) (x) > 1
    labels: {severity: page, team: '{{ $labels.job }}'}
    annotations: {summary: s}
)";
  EXPECT_EQ(Places(CheckConfigText(config, rules)), "5:3 inhibit/no-rule\n5:3 inhibit/no-rule\n");
  EXPECT_EQ(Places(CheckConfigText(routes + "global: {external_labels: {region: eu}}\n", rules)),
            "6:5 route/no-rule\n9:5 route/no-rule\n11:5 route/no-rule\n");
}

TEST(Lint, HoldsTemplatesAgainstTheExternalLabels) {
  const std::string rules = AlertWith("ok == 0").append(
      "    labels: {a: '{{ $externalLabels.region }}', b: '{{ $externalLabels.zone }}'}\n");
  EXPECT_EQ(Places(CheckRuleText(rules)), "");
  EXPECT_EQ(Places(CheckConfigText(ROUTE "global: {external_labels: {region: eu}}\n", rules)),
            "8:71 template/external-label\n");
}

TEST(Lint, FindsRecordingRulesThatNobodyStores) {
  const std::string config = ROUTE R"(
datasources: [{name: a, url: 'http://a'}, {name: b, url: 'http://b'}]
remote_write: [{url: 'http://b', datasource: b}]
)";
  const std::string rules = R"(groups:
- {name: first, rules: [{record: 'x:y', expr: up}]}
- {name: other, datasource: b, rules: [{record: 'x:z', expr: up}]}
)";
  EXPECT_EQ(Places(CheckConfigText(config, rules)), "2:25 rule/not-written\n");
  EXPECT_EQ(Places(CheckRuleText(rules)), "");
}

TEST(Lint, TakesTheIntervalOfTheConfiguration) {
  const std::string rules = AlertWith("ok == 0");
  EXPECT_EQ(Places(CheckConfigText(ROUTE "global: {evaluation_interval: 2m}\n", rules)),
            "6:10 alert/for-rounded\n");
  EXPECT_EQ(Places(CheckConfigText(ROUTE, rules)), "");
}

TEST(Lint, MessagesSayWhatToDo) {
  const auto message = [](const Findings& findings) {
    return findings.all().empty() ? "" : findings.all().front().message;
  };
  EXPECT_EQ(message(CheckRuleText(AlertWith("errors / sum(requests) > 1"))),
            "no two series ever match, and the result is always empty: the series on the left have "
            "the label \"instance\", and on the right `sum()` leaves no label \"instance\"; say "
            "with on() or ignoring() which labels must be equal");
  EXPECT_EQ(message(CheckRuleText(AlertWith("count(up) == 0"))),
            "never true: of no series there is no count, and not the count 0; use absent(), or "
            "compare `(count(...) or vector(0))`");
  EXPECT_EQ(message(CheckRuleText(
                AlertWith("sum by (job) (x) > 1", "    labels: {x: '{{ $labels.instance }}'}\n"))),
            "label \"x\": $labels.instance is always empty: `sum by (job)` leaves no label "
            "\"instance\"");
}

TEST(Catalogue, IsSortedAndDocumented) {
  std::ifstream file(TOCSIN_SOURCE_DIR "/docs/check.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::string_view last;
  for (const CatalogueEntry& entry : Catalogue()) {
    EXPECT_LT(last, entry.id);
    last = entry.id;
    EXPECT_EQ(FindInCatalogue(entry.id), &entry);
    const std::string row =
        "| `" + std::string(entry.id) + "` | " + std::string(ToString(entry.severity)) + " |";
    EXPECT_NE(page.find(row), std::string::npos) << "docs/check.md lacks " << row;
  }
  EXPECT_EQ(FindInCatalogue("no/such"), nullptr);
}

}  // namespace
}  // namespace tocsin::lint
