#include "tests/api/api_fixture.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::api {
namespace {

using AlertGroupsTest = ApiFixture;

constexpr const char* kConfig = R"(
route:
  receiver: default
  group_by: [alertname]
  labels: {owner: 'nobody', where: '{{ routeLabels "owner" }}: {{ .CommonLabels.region }}'}
  routes:
  - receiver: team-a
    matchers: ['team="a"']
    labels: {owner: '{{ .Receiver }} ({{ len .Alerts }})', broken: '{{ .None.None.None }}'}
receivers: [{name: default}, {name: team-a}]
)";

std::string RouteLabels(const std::string& body, const std::string& receiver) {
  const std::string before = "\"receiver\":{\"name\":\"" + receiver + "\"},\"routeLabels\":";
  const std::size_t at = body.find(before);
  if (at == std::string::npos) return "no group: " + body;
  const std::size_t begin = at + before.size();
  return body.substr(begin, body.find('}', begin) + 1 - begin);
}

TEST_F(AlertGroupsTest, ShowTheirRoutesLabels) {
  Start(kConfig);
  const HttpResponse posted =
      PostAlerts(R"([{"labels":{"alertname":"A","team":"a","region":"eu"}},)"
                 R"({"labels":{"alertname":"A","team":"a","region":"eu","n":"1"}},)"
                 R"({"labels":{"alertname":"B","region":"us"}}])");
  ASSERT_EQ(posted.status, 200);
  // Over all alerts of the group, whichever were asked for.
  const std::string some = Get("/api/v2/alerts/groups?filter=n%3D1").body;
  const std::string all = Get("/api/v2/alerts/groups").body;
  EXPECT_EQ(RouteLabels(some, "team-a"), "{\"owner\":\"team-a (2)\",\"where\":\"team-a (2): eu\"}");
  EXPECT_EQ(RouteLabels(all, "default"), "{\"owner\":\"nobody\",\"where\":\"nobody: us\"}");
}

TEST_F(AlertGroupsTest, WithoutLabelsTheyAreEmpty) {
  Start("{route: {receiver: default}, receivers: [{name: default}]}");
  ASSERT_EQ(PostAlerts("[{\"labels\":{\"alertname\":\"A\"}}]").status, 200);
  EXPECT_EQ(RouteLabels(Get("/api/v2/alerts/groups").body, "default"), "{}");
}

// The `receivers` of the first alert of an answer.
std::string Receivers(const std::string& body) {
  const std::size_t begin = body.find("\"receivers\":");
  if (begin == std::string::npos) return "no alert: " + body;
  return body.substr(begin, body.find(']', begin) + 1 - begin);
}

TEST_F(AlertGroupsTest, AnAlertHasAReceiverForEachOfItsRoutes) {
  Start(R"(
route:
  receiver: default
  routes:
  - {receiver: b, matchers: [n="1"], continue: true}
  - {receiver: a, matchers: [n=~".+"], group_by: [n], continue: true}
  - {receiver: m, matchers: [n="1"], continue: true, mute_time_intervals: [always]}
  - {receiver: b, matchers: [n="1"], group_by: [n]}
time_intervals: [{name: always, time_intervals: [{years: ['2000:2099']}]}]
receivers: [{name: default}, {name: a}, {name: b}, {name: m}]
)");
  ASSERT_EQ(PostAlerts(R"([{"labels":{"n":"1"}}])").status, 200);
  const std::string all = R"("receivers":[{"name":"a"},{"name":"b"},{"name":"b"},{"name":"m"}])";
  const struct {
    const char* query;
    std::string receivers;
  } cases[] = {
      {"", all},
      // Which groups are shown is another question.
      {"?muted=false", all},
      {"?receiver=b", R"("receivers":[{"name":"b"},{"name":"b"}])"},
      {"?receiver=a|m", R"("receivers":[{"name":"a"},{"name":"m"}])"},
      {"?receiver=a|m&muted=false", R"("receivers":[{"name":"a"},{"name":"m"}])"},
      {"?receiver=m&muted=false", "no alert: []\n"},
      {"?active=false", "no alert: []\n"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Receivers(Get(std::string("/api/v2/alerts/groups") + c.query).body), c.receivers)
        << c.query;
  }
}

}  // namespace
}  // namespace tocsin::api
