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

}  // namespace
}  // namespace tocsin::api
