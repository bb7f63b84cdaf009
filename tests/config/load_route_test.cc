#include "config/config.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

constexpr std::string_view kReceivers =
    "receivers: [{name: r}]\ntime_intervals: [{name: off, time_intervals: []}]\n";

std::string Problems(const std::string& text, const LoadOptions& options = {}) {
  return LoadText(text, "f", options).diagnostics.ToString();
}

struct Case {
  std::string_view route;
  std::string_view want;
};

// `route` stands after `route: {receiver: r, `.
TEST(LoadRoute, ChecksTheRoot) {
  const Case cases[] = {
      {"receiver: ''", "f:1:19: root route must specify a default receiver"},
      {"receiver: q", "f:1:19: undefined receiver \"q\" used in route"},
      {"receiver: r, continue: yes", "f:1:32: cannot have continue in root route"},
      {"receiver: r, match: {a: b}", "f:1:29: root route must not have any matchers"},
      {"receiver: r, match_re: {a: b}", "f:1:32: root route must not have any matchers"},
      {"receiver: r, matchers: [a=b]", "f:1:32: root route must not have any matchers"},
      {"receiver: r, mute_time_intervals: [off]",
       "f:1:43: root route must not have any mute time intervals"},
      {"receiver: r, active_time_intervals: [off]",
       "f:1:45: root route must not have any active time intervals"},
      {"receiver: r, labels: {'': b}", "f:1:31: invalid label name \"\" in route labels"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Problems("route: {" + std::string(c.route) + "}\n" + std::string(kReceivers)),
              std::string(c.want) + "\n");
  }
  EXPECT_EQ(Problems("route: {group_wait: 1s}\n" + std::string(kReceivers)),
            "f:1:8: root route must specify a default receiver\n");
  EXPECT_EQ(Problems("route: {receiver: r, matchers: [], match: {}}\n" + std::string(kReceivers)),
            "");
}

TEST(LoadRoute, ChecksEveryRoute) {
  const Case cases[] = {
      {"receiver: zz", "f:3:15: undefined receiver \"zz\" used in route"},
      {"group_by: [a, b, a]", "f:3:22: duplicated label \"a\" in group_by"},
      {"group_by: [a, '']", "f:3:19: invalid label name \"\" in group_by list"},
      {"group_by: [a, '...']",
       "f:3:15: cannot have wildcard group_by (`...`) and other labels at the same time"},
      {"group_by: a", "f:3:15: \"group_by\" must be a list, not a single value"},
      {"group_interval: 0s", "f:3:21: group_interval cannot be zero"},
      {"repeat_interval: 0", "f:3:22: repeat_interval cannot be zero"},
      {"group_wait: abc", "f:3:17: group_wait: not a valid duration string: \"abc\""},
      {"group_wait: 5", "f:3:17: group_wait: not a valid duration string: \"5\""},
      {"group_wait: 300y", "f:3:17: group_wait: duration out of range"},
      {"match: {a-b: c}", "f:3:13: invalid label name \"a-b\""},
      {"match: {'': c}", "f:3:13: invalid label name \"\""},
      {"match: [a]", "f:3:12: \"match\" must be a mapping, not a list"},
      {"match: {a: [b]}", "f:3:16: match: the value of \"a\" must be a string, not a list"},
      {"match_re: {a: }", "f:3:16: invalid regexp value for \"a\""},
      {"matchers: [{a=b}]",
       "f:3:16: matchers: an item must be a string, not a mapping; does it need quotes?"},
      {"matchers: a=b", "f:3:15: \"matchers\" must be a list, not a single value"},
      {"matchers: ['a=\"b']", "f:3:16: matcher value contains unescaped double quote: \"b"},
      {"matchers: [5]", "f:3:16: bad matcher format: 5"},
      {"mute_time_intervals: [off, x]", "f:3:32: undefined time interval \"x\" used in route"},
      {"active_time_intervals: [x]", "f:3:29: undefined time interval \"x\" used in route"},
      {"active_time_intervals: [~]", "f:3:29: undefined time interval \"\" used in route"},
      {"mute_time_intervals: off",
       "f:3:26: \"mute_time_intervals\" must be a list, not a single "
       "value"},
      {"labels: {a: [b]}", "f:3:17: labels: the value of \"a\" must be a string, not a list"},
      {"repeat_interval: 4m",
       "f:3:22: warning: repeat_interval is less than group_interval: notifications are repeated "
       "at every group_interval"},
      {"contine: true", "f:3:5: unknown key \"contine\"; did you mean \"continue\"?"},
      {"routes: [~]", "f:3:14: a route must not be empty"},
      {"routes: [[]]", "f:3:14: route must be a mapping, not a list"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Problems("route: {receiver: r, routes: [\n  {match: {x: y}},\n  { " +
                       std::string(c.route) + "}]}\n" + std::string(kReceivers)),
              std::string(c.want) + "\n")
        << c.route;
  }
  EXPECT_NE(
      Problems("route: {receiver: r, routes: [{match_re: {a: '('}}]}\n" + std::string(kReceivers))
          .find("f:1:46: "),
      std::string::npos);
}

TEST(LoadRoute, ReadsTheTree) {
  const LoadResult result = LoadText(
      "route:\n"
      "  receiver: r\n"
      "  group_by: ['...']\n"
      "  routes:\n"
      "  - matchers: ['svc=~\"x|y\"', 'team=a, b!=c']\n"
      "    match_re: {env: prod.*}\n"
      "    match: {zone: yes}\n"
      "    continue: true\n"
      "    group_by: []\n"
      "    group_wait: 0s\n"
      "    routes:\n"
      "    - group_by: [a, 1]\n"
      "      repeat_interval: 8d\n"
      "  - group_by:\n" +
          std::string(kReceivers),
      "f");
  ASSERT_NE(result.config, nullptr) << result.diagnostics.ToString();
  const RouteConfig& root = result.config->route;
  EXPECT_TRUE(root.group_by_all);
  EXPECT_TRUE(root.group_by->empty());
  EXPECT_EQ(root.group_wait, std::nullopt);
  const RouteConfig& child = root.routes[0];
  EXPECT_EQ(model::ToString(child.matchers),
            "{b!=\"c\",env=~\"^(?:prod.*)$\",svc=~\"x|y\",team=\"a\",zone=\"yes\"}");
  EXPECT_EQ(model::ToString(child.listed_matchers), "{b!=\"c\",svc=~\"x|y\",team=\"a\"}");
  EXPECT_EQ(child.match_re.at("env"), "prod.*");
  EXPECT_TRUE(child.continue_matching);
  EXPECT_FALSE(child.group_by_all);
  EXPECT_TRUE(child.group_by.has_value() && child.group_by->empty());
  EXPECT_EQ(child.group_wait, Duration::zero());
  EXPECT_EQ(child.position, (Position{"f", 5, 5}));
  EXPECT_EQ(child.routes[0].group_by, (std::vector<std::string>{"a", "1"}));
  EXPECT_EQ(child.routes[0].repeat_interval, std::chrono::hours(8 * 24));
  EXPECT_EQ(root.routes[1].group_by, std::nullopt);
}

TEST(LoadRoute, FollowsTheMatcherSyntax) {
  const std::string text = "route: {receiver: r, routes: [{matchers: ['é=x'], group_by: [가]}]}\n" +
                           std::string(kReceivers);
  EXPECT_EQ(Problems(text), "");
  EXPECT_EQ(Problems(text, {.matcher_syntax = model::MatcherSyntax::kClassic}),
            "f:1:63: invalid label name \"가\" in group_by list\n"
            "f:1:43: bad matcher format: é=x\n");
  const LoadResult warned = LoadText(
      "route: {receiver: r, routes: [{matchers: ['a=']}]}\n" + std::string(kReceivers), "f");
  ASSERT_NE(warned.config, nullptr) << warned.diagnostics.ToString();
  EXPECT_EQ(warned.diagnostics.all().size(), 1U);
  EXPECT_EQ(warned.diagnostics.all()[0].severity, Severity::kWarning);
  EXPECT_EQ(warned.diagnostics.all()[0].position, (Position{"f", 1, 43}));
}

}  // namespace
}  // namespace tocsin::config
