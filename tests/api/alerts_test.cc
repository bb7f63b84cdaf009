#include "api/alerts.h"

#include "tests/api/api_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tocsin::api {
namespace {

constexpr const char* kConfig = R"(
route:
  receiver: default
  routes:
  - {receiver: team-a, matchers: ['team="a"'], continue: true}
  - {receiver: team-b, matchers: ['team=~"a|b"']}
receivers:
- {name: default}
- {name: team-a, labels: {kind: chat}}
- {name: team-b, labels: {kind: mail}}
)";

class AlertsTest : public ApiFixture {
 protected:
  AlertsTest() { Start(kConfig); }

  // The values of label `n` in the answer, in order.
  std::string Names(const std::string& query) {
    const HttpResponse response = Get("/api/v2/alerts" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    std::string names;
    for (std::size_t at = 0; (at = response.body.find("\"n\":\"", at)) != std::string::npos;) {
      at += 5;
      names += response.body[at];
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

TEST_F(AlertsTest, ComeBackAsAlertmanagerShowsThem) {
  HttpResponse response = PostAlerts(
      R"([{"annotations":{"summary":"S"},"endsAt":"2026-11-21T01:20:23.882Z",)"
      R"("startsAt":"2026-11-21T01:15:23.8829Z","generatorURL":"http://p/g",)"
      R"("labels":{"alertname":"A","env":"prod1","severity":"critical","svc":"x","team":"a"}}])");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  response = Get("/api/v2/alerts");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/json");
  EXPECT_EQ(
      response.body,
      R"([{"annotations":{"summary":"S"},"endsAt":"2026-11-21T01:20:23.882Z",)"
      R"("fingerprint":"977a817a68c7f06c","receivers":[{"name":"team-a"},{"name":"team-b"}],)"
      R"("startsAt":"2026-11-21T01:15:23.882Z",)"
      R"("status":{"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"},)"
      R"("updatedAt":"2026-11-21T01:15:23.902Z","generatorURL":"http://p/g",)"
      R"("labels":{"alertname":"A","env":"prod1","severity":"critical","svc":"x","team":"a"}}])"
      "\n");
}

TEST_F(AlertsTest, NoGeneratorUrlIsNoMember) {
  EXPECT_EQ(PostAlerts(R"([{"labels":{"n":"1"}}])").status, 200);
  EXPECT_EQ(Get("/api/v2/alerts").body.find("generatorURL"), std::string::npos);
}

TEST_F(AlertsTest, AreOrderedByFingerprint) {
  // 25c2... before 977a...
  EXPECT_EQ(
      PostAlerts(R"([{"labels":{"alertname":"A","env":"prod1","severity":"critical",)"
                 R"("svc":"x","team":"a"}},{"labels":{"alertname":"A","severity":"warning"}}])")
          .status,
      200);
  const std::string body = Get("/api/v2/alerts").body;
  const std::size_t first = body.find("25c2cdb12d31dc50");
  const std::size_t second = body.find("977a817a68c7f06c");
  ASSERT_NE(first, std::string::npos) << body;
  ASSERT_NE(second, std::string::npos) << body;
  EXPECT_LT(first, second);
}

TEST_F(AlertsTest, AreFiltered) {
  EXPECT_EQ(PostAlerts(R"([{"labels":{"n":"1","team":"a"}},{"labels":{"n":"2","team":"b"}},)"
                       R"({"labels":{"n":"3"}},)"
                       R"({"labels":{"n":"4"},"endsAt":"2026-11-21T01:00:00Z"}])")
                .status,
            200);
  const struct {
    const char* query;
    const char* names;
  } cases[] = {
      {"", "123"},  // What has ended is not shown.
      {"?filter=n%3D%221%22", "1"},
      {"?filter=n=~%221|2%22&filter=team!=a", "2"},
      {"?filter=team=%22%22", "3"},
      {"?filter=team!=%22%22", "12"},
      {"?receiver=team-a", "1"},
      {"?receiver=team-.*", "12"},
      {"?receiver=team", ""},  // Anchored.
      {"?receiver=", "123"},
      {"?receiver_matchers=kind=mail", "12"},
      {"?receiver_matchers=kind=mail&receiver_matchers=name=team-a", ""},
      {"?receiver=team-b&receiver_matchers=kind=mail", "12"},
      // Another of its receivers may have the labels.
      {"?receiver=team-a&receiver_matchers=kind=mail", "1"},
      {"?receiver=team-b&receiver_matchers=kind=chat", "1"},
      {"?receiver=default&receiver_matchers=kind=mail", ""},
      {"?active=false", ""},
      {"?active=true&active=false", ""},
      {"?active=false&active=true", "123"},
      {"?active=true&silenced=false&inhibited=false&unprocessed=false", "123"},
      {"?active=&unknown=1", "123"},
  };
  for (const auto& c : cases) EXPECT_EQ(Names(c.query), c.names) << c.query;
}

TEST_F(AlertsTest, BadParametersAreNamed) {
  const struct {
    const char* query;
    const char* beginning;
  } cases[] = {
      {"?filter=foo", "\"bad matcher format: foo\"\n"},
      {"?receiver=(", "\"failed to parse receiver param: "},
      {"?receiver_matchers=foo", "\"failed to parse receiver_matchers param: "},
  };
  for (const auto& c : cases) {
    const HttpResponse response = Get("/api/v2/alerts" + std::string(c.query));
    EXPECT_EQ(response.status, 400) << c.query;
    EXPECT_EQ(response.body.find(c.beginning), 0u) << response.body;
    EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/json");
  }
}

TEST_F(AlertsTest, TheGoodHalfOfABatchIsTaken) {
  const HttpResponse response = PostAlerts(
      R"([{"labels":{"n":"1"}},{"labels":{}},{"labels":{"n":"2"},"endsAt":"2020-01-01"},)"
      R"({"labels":{"":"x"}},{"labels":{"n":"3"}}])");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            R"("at least one label pair required\ninvalid label set: invalid name \"\"")"
            "\n");
  EXPECT_EQ(Names(""), "13");
  EXPECT_EQ(received_.firing, 4u);
  EXPECT_EQ(received_.resolved, 1u);
  EXPECT_EQ(received_.invalid, 2u);
}

TEST_F(AlertsTest, ABatchOfBadAlertsIsCounted) {
  EXPECT_EQ(PostAlerts(R"([{"labels":{}}])").status, 400);
  EXPECT_EQ(received_.invalid, 1u);
}

TEST_F(AlertsTest, ARefusedBodyLeavesNothing) {
  for (const char* body : {R"([{"labels":{"n":"1"},{"labels":)", R"({"labels":{"n":"1"}})", "[1"}) {
    EXPECT_EQ(PostAlerts(body).status, 400) << body;
  }
  EXPECT_EQ(Names(""), "");
}

TEST_F(AlertsTest, WhatIsNoAlertCostsNotTheGoodOnesBesideIt) {
  HttpResponse response = PostAlerts(R"([{"labels":{"n":"1"}},{}])");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.body, R"({"code":602,"message":"1.labels in body is required"})");
  response = PostAlerts(
      R"([7,{"labels":{"n":"2"}},{"labels":{"n":2}},{"labels":{}},{"startsAt":"never"},)"
      R"({"labels":{"n":"3"},"more":[123456789012345678901,"\ud800"]},{"labels":{"n":"4\udc00"}}])");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(
      response.body,
      R"({"code":400,"message":"parsing alerts body from \"\" failed, because 0: an object is )"
      R"(expected\nparsing alerts body from \"\" failed, because 2.labels: a string is expected )"
      R"(as value of \"n\"\nat least one label pair required\nparsing alerts body from \"\" )"
      R"(failed, because 4.startsAt: \"never\" is not a timestamp"})");
  EXPECT_EQ(Names(""), "1234");
  EXPECT_EQ(received_.invalid, 4u);
}

TEST_F(AlertsTest, ALargeBatchIsTakenInSlices) {
  std::string body;
  for (int i = 0; i < 2'345; ++i) {
    body += (i == 0 ? "[" : ",") + (R"({"labels":{"n":")" + std::to_string(i)) + "\"}}";
  }
  EXPECT_EQ(PostAlerts(body + "]").status, 200);
  EXPECT_EQ(received_.firing, 2'345u);
  EXPECT_EQ(control_.counts().alerts, 2'345u);
}

TEST_F(AlertsTest, NoAlertsAreFine) {
  for (const char* body : {"[]", "null"}) EXPECT_EQ(PostAlerts(body).status, 200) << body;
}

TEST_F(AlertsTest, TheContentTypeMayHaveParameters) {
  EXPECT_EQ(
      Ask("POST", "/api/v2/alerts/", "[]", {{"content-type", "application/json; charset=utf-8"}})
          .status,
      200);
}

TEST_F(AlertsTest, TheAnswerComesAfterTheCoreTookTheBatch) {
  const auto open = BlockCore();
  std::future<HttpResponse> answer =
      Send(Request("POST", "/api/v2/alerts", R"([{"labels":{"n":"1"}}])",
                   {{"Content-Type", "application/json"}}));
  EXPECT_EQ(answer.wait_for(Duration::zero()), std::future_status::timeout);
  open();
  EXPECT_EQ(answer.get().status, 200);
  EXPECT_EQ(Names(""), "1");
}

TEST_F(AlertsTest, ABodyBeyondTheConfiguredLimitIsRefused) {
  const HttpResponse response = PostAlerts("[]" + std::string(64 * 1024 * 1024, ' '));
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body,
            R"({"code":413,"message":"alerts in body have more than 67108864 bytes"})");
}

TEST_F(AlertsTest, AFullInboxMeansLater) {
  const auto open = BlockCore();
  EXPECT_TRUE(inbox_.TryPost(kInboxBytes, [] {}));
  const HttpResponse response = PostAlerts(R"([{"labels":{"n":"1"}}])");
  open();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(FindHeader(response.headers, "Retry-After"), "1");
  EXPECT_EQ(response.body, "\"too many alerts wait to be taken in, try again later\"\n");
  EXPECT_EQ(received_.firing, 0u) << "they will come again";
  EXPECT_EQ(Names(""), "");
}

}  // namespace
}  // namespace tocsin::api
