#include "config/config.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

constexpr std::string_view kRest = "route: {receiver: r}\nreceivers: [{name: r}]\n";

std::string Problems(std::string_view text) {
  return LoadText(std::string(text) + "\n" + std::string(kRest), "f").diagnostics.ToString();
}

struct Case {
  std::string_view text;
  std::string_view want;
};

// `text` stands after `time_intervals: [{name: t, time_intervals: [{`.
TEST(LoadTimeIntervals, ChecksEveryField) {
  const Case cases[] = {
      {"times: [{start_time: '17:00', end_time: '09:00'}]",
       "f:1:67: start time cannot be equal or greater than end time"},
      {"times: [{start_time: '09:00'}]", "f:1:54: both start and end times must be provided"},
      {"times: [{start_time: 9:00, end_time: '24:01'}]",
       "f:1:67: couldn't parse timestamp 9:00, invalid format\n"
       "f:1:83: couldn't parse timestamp 24:01, invalid format"},
      {"weekdays: [mon]", "f:1:57: mon is not a valid weekday"},
      {"weekdays: ['friday:monday']", "f:1:57: start day cannot be before end day"},
      {"weekdays: ['a:b:c']", "f:1:57: couldn't parse range a:b:c, invalid format"},
      {"weekdays: monday", "f:1:56: \"weekdays\" must be a list, not a single value"},
      {"weekdays: [[monday]]", "f:1:57: weekdays: an item must be a string, not a list"},
      {"days_of_month: [0]", "f:1:62: 0 is not a valid day of the month: out of range"},
      {"days_of_month: ['1:32']", "f:1:62: 32 is not a valid day of the month: out of range"},
      {"days_of_month: ['-1:5']", "f:1:62: end day must be negative if start day is negative"},
      {"days_of_month: ['5:1']", "f:1:62: end day 1 is always before start day 5"},
      {"days_of_month: [x]", "f:1:62: not a whole number: \"x\""},
      {"months: [mai]", "f:1:55: mai is not a valid month"},
      {"months: ['december:January']", "f:1:55: end month january is before start month december"},
      {"years: ['2024:2020']", "f:1:54: end year 2020 is before start year 2024"},
      {"location: Mars/X", "f:1:56: unknown time zone Mars/X"},
      {"weekday: []", "f:1:46: unknown key \"weekday\"; did you mean \"weekdays\"?"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(
        Problems("time_intervals: [{name: t, time_intervals: [{" + std::string(c.text) + "}]}]"),
        std::string(c.want) + "\n")
        << c.text;
  }
}

TEST(LoadTimeIntervals, ChecksNames) {
  EXPECT_EQ(Problems("time_intervals: [{time_intervals: []}]"),
            "f:1:18: missing name in time interval\n");
  EXPECT_EQ(Problems("mute_time_intervals: [{}]"), "f:1:23: missing name in mute time interval\n");
  EXPECT_EQ(Problems("mute_time_intervals: [{name: a}, {name: a}]\ntime_intervals: [{name: a}]"),
            "f:1:34: mute time interval \"a\" is not unique\n"
            "f:2:18: time interval \"a\" is not unique\n");
}

TEST(LoadTimeIntervals, ReadsBothListsAndLetsRoutesName) {
  const LoadResult result = LoadText(
      "mute_time_intervals: [{name: night, time_intervals: [{times: [{start_time: 22:00, end_time: "
      "'24:00'}]}, null]}]\n"
      "time_intervals: [{name: off, time_intervals: [{weekdays: [Saturday, 'monday:friday'], "
      "months: ['march:5', 12], years: [2020], days_of_month: ['1:-1'], times: [], location: UTC}]}"
      "]\n"
      "receivers: [{name: r}]\n"
      "route: {receiver: r, routes: [{mute_time_intervals: [off, night], "
      "active_time_intervals: [off], labels: {team: '{{ .X', '€': y}}]}\n",
      "f");
  ASSERT_NE(result.config, nullptr) << result.diagnostics.ToString();
  const Config& config = *result.config;
  ASSERT_EQ(config.mute_time_intervals.size(), 1u);
  ASSERT_EQ(config.mute_time_intervals[0].intervals.size(), 2u);
  EXPECT_EQ(config.mute_time_intervals[0].intervals[0].times,
            (model::TimeInterval::Ranges{{{1320, 1440}}}));
  EXPECT_EQ(config.mute_time_intervals[0].intervals[1], model::TimeInterval());
  ASSERT_EQ(config.time_intervals.size(), 1u);
  model::TimeInterval want;
  want.weekdays = {{6, 6}, {1, 5}};
  want.months = {{3, 5}, {12, 12}};
  want.years = {{2020, 2020}};
  want.days_of_month = {{1, -1}};
  want.times.emplace();
  want.zone = *TimeZone::Find("UTC");
  EXPECT_EQ(config.time_intervals[0].intervals, std::vector{want});
  const RouteConfig& route = config.route.routes[0];
  EXPECT_EQ(route.mute_time_intervals, (std::vector<std::string>{"off", "night"}));
  EXPECT_EQ(route.active_time_intervals, std::vector<std::string>{"off"});
  EXPECT_EQ(route.labels, (std::map<std::string, std::string>{{"team", "{{ .X"}, {"€", "y"}}));
}

TEST(LoadInhibitRules, TakesAllFormsOfMatchers) {
  const LoadResult result = LoadText(
      "inhibit_rules:\n"
      "- name: x\n"
      "  source_match: {b: c}\n"
      "  source_match_re: {a: 'x.*'}\n"
      "  source_matchers: [z!=y, a=b]\n"
      "  target_matchers: ['{a=\"b\",c=~\"d\"}']\n"
      "  equal: [alertname, '€']\n"
      "-\n" +
          std::string(kRest),
      "f");
  ASSERT_NE(result.config, nullptr) << result.diagnostics.ToString();
  ASSERT_EQ(result.config->inhibit_rules.size(), 2u);
  const InhibitRule& rule = result.config->inhibit_rules[0];
  EXPECT_EQ(rule.name, "x");
  EXPECT_EQ(ToString(rule.source.matchers), R"({a=~"^(?:x.*)$",a="b",b="c",z!="y"})");
  EXPECT_EQ(ToString(rule.target.matchers), R"({a="b",c=~"d"})");
  EXPECT_EQ(rule.equal, (std::vector<std::string>{"alertname", "€"}));
  EXPECT_EQ(rule.position, (Position{"f", 2, 3}));
  EXPECT_TRUE(result.config->inhibit_rules[1].source.matchers.empty());
}

TEST(LoadInhibitRules, Checks) {
  const Case cases[] = {
      {"{source_match: {a-b: c}}", "f:1:33: invalid label name \"a-b\""},
      {"{target_match_re: {a: }}", "f:1:36: invalid regexp value for \"a\""},
      {"{target_match_re: {a: '['}}", "f:1:39: error parsing regexp: missing closing ]: `[)$`"},
      {"{target_matchers: [a]}", "f:1:36: bad matcher format: a"},
      {"{equal: ['', a]}", "f:1:26: invalid label name \"\" in equal list"},
      {"{equal: alertname}", "f:1:25: \"equal\" must be a list, not a single value"},
      {"{source_matcher: x}",
       "f:1:18: unknown key \"source_matcher\"; did you mean \"source_matchers\"?"},
      {"x", "f:1:17: inhibit_rules must be a mapping, not a single value"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Problems("inhibit_rules: [" + std::string(c.text) + "]"), std::string(c.want) + "\n")
        << c.text;
  }
}

TEST(LoadTracing, ChecksAndWarns) {
  EXPECT_EQ(Problems("tracing: {}"),
            "f:1:10: tracing endpoint must be set\nf:1:10: warning: tracing has no effect yet\n");
  EXPECT_EQ(Problems("tracing: {endpoint: x, client_type: udp, compression: zip}"),
            "f:1:37: unknown tracing client type \"udp\", must be grpc or http\n"
            "f:1:55: unknown tracing compression \"zip\", must be gzip\n"
            "f:1:10: warning: tracing has no effect yet\n");
}

TEST(LoadEventRecorder, ChecksAndWarns) {
  const std::string warning = ": warning: event_recorder has no effect yet\n";
  EXPECT_EQ(Problems("event_recorder: {file_outputs: [{path: /x}], stdout_outputs: [{}],\n"
                     "  webhook_outputs: [{url: 'http://x/', batch: true, batch_max_events: 5,\n"
                     "    http_config: {basic_auth: {username: u}}}],\n"
                     "  kafka_outputs: [{brokers: ['a:1'], topic: t, acks: all}]}"),
            "f:1:17" + warning);
  EXPECT_EQ(Problems("event_recorder:\n"
                     "  file_outputs: [{}]\n"
                     "  webhook_outputs: [{url: 'ftp://x/', workers: -1, batch_max_bytes: 1}]\n"
                     "  kafka_outputs: [{brokers: [''], topic: t, acks: some}]\n"
                     "  stdout_outputs: [{path: x}]\n"),
            "f:2:18: missing path in file_outputs\n"
            "f:3:27: url: unsupported scheme \"ftp\" for URL\n"
            "f:3:48: workers must not be negative\n"
            "f:3:69: batch_max_bytes needs batch: true\n"
            "f:4:29: missing or empty brokers in kafka_outputs\n"
            "f:4:51: unknown acks \"some\", must be one of none leader all\n"
            "f:5:21: unknown key \"path\" in a stdout output\n"
            "f:2:3" +
                warning);
}

}  // namespace
}  // namespace tocsin::config
