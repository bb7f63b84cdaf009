#include "router/route_tree.h"

#include <gtest/gtest.h>

namespace tocsin::router {
namespace {

model::Matchers Matching(std::initializer_list<const char*> texts) {
  model::Matchers matchers;
  for (const char* text : texts) {
    auto parsed = model::ParseMatchers(text, model::MatcherSyntax::kFallback);
    EXPECT_TRUE(parsed) << text;
    matchers.insert(matchers.end(), parsed->matchers.begin(), parsed->matchers.end());
  }
  return matchers;
}

config::RouteConfig Node(std::string receiver, model::Matchers matchers,
                         std::vector<config::RouteConfig> routes = {},
                         bool continue_matching = false) {
  config::RouteConfig node;
  node.receiver = std::move(receiver);
  node.matchers = std::move(matchers);
  node.routes = std::move(routes);
  node.continue_matching = continue_matching;
  return node;
}

RouteTree ExampleTree() {
  return RouteTree(Node("default", {},
                        {
                            Node("team-a", Matching({"owner=\"team-A\""}),
                                 {Node("testing", Matching({"env=\"testing\""})),
                                  Node("production", Matching({"env=\"production\""}), {}, true),
                                  Node("", Matching({"env=~\"produ.*\"", "job=~\".*\""}))}),
                            Node("team-bc", Matching({"owner=~\"team-(B|C)\""})),
                        }));
}

std::vector<std::string> Receivers(const RouteTree& tree, const model::LabelSet& labels) {
  std::vector<RouteIndex> taken;
  tree.Match(labels, &taken);
  std::vector<std::string> receivers;
  for (const RouteIndex index : taken) receivers.push_back(tree[index].receiver);
  return receivers;
}

TEST(RouteTree, WalksDepthFirstAndStopsWithoutContinue) {
  const RouteTree tree = ExampleTree();
  using Names = std::vector<std::string>;
  EXPECT_EQ(Receivers(tree, {{"owner", "nobody"}}), Names{"default"});
  EXPECT_EQ(Receivers(tree, {{"owner", "team-A"}}), Names{"team-a"});
  EXPECT_EQ(Receivers(tree, {{"owner", "team-A"}, {"env", "testing"}}), Names{"testing"});
  // Both: the first continues; the second has no receiver of its own. The regex matches an absent
  // job.
  EXPECT_EQ(Receivers(tree, {{"owner", "team-A"}, {"env", "production"}}),
            (Names{"production", "team-a"}));
  EXPECT_EQ(Receivers(tree, {{"owner", "team-C"}}), Names{"team-bc"});
}

TEST(RouteTree, KeysAndIdsAreAlertmanagers) {
  const RouteTree tree = ExampleTree();
  std::vector<RouteIndex> taken;
  tree.Match({{"owner", "team-A"}, {"env", "production"}}, &taken);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(tree[taken[0]].key, "{}/{owner=\"team-A\"}/{env=\"production\"}");
  EXPECT_EQ(tree[taken[0]].id, "{}/{owner=\"team-A\"}/0/{env=\"production\"}/1");
  EXPECT_EQ(GroupKey(tree[taken[0]], {{"alertname", "A"}, {"b", "x"}}),
            "{}/{owner=\"team-A\"}/{env=\"production\"}:{alertname=\"A\", b=\"x\"}");
}

TEST(RouteTree, InheritsTimersAndGroupingButNotContinue) {
  config::RouteConfig child = Node("", Matching({"a=\"b\""}));
  child.group_by = std::vector<std::string>{};
  config::RouteConfig root = Node("r", {}, {child});
  root.group_by_all = true;
  root.group_wait = std::chrono::seconds(1);
  root.repeat_interval = std::chrono::hours(1);
  const RouteTree tree(root);
  const Route& inherited = tree.routes()[1];
  EXPECT_EQ(inherited.receiver, "r");
  EXPECT_FALSE(inherited.group_by_all) << "an explicit empty list resets grouping";
  EXPECT_EQ(inherited.group_wait, std::chrono::seconds(1));
  EXPECT_EQ(inherited.group_interval, std::chrono::minutes(5));
  EXPECT_EQ(inherited.repeat_interval, std::chrono::hours(1));
}

TEST(GroupLabels, TakesThePresentOnes) {
  Route route;
  route.group_by = {"absent", "alertname"};
  const model::LabelSet labels = {{"alertname", "A"}, {"instance", "i"}};
  EXPECT_EQ(GroupLabels(route, labels), (model::LabelSet{{"alertname", "A"}}));
  route.group_by_all = true;
  EXPECT_EQ(GroupLabels(route, labels), labels);
}

}  // namespace
}  // namespace tocsin::router
