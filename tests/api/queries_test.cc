#include "tests/api/api_fixture.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <string>
#include <vector>

namespace tocsin::api {
namespace {

class QueriesTest : public ApiFixture {
 protected:
  QueriesTest() {
    options_.query = [this](const net::ServerRequest& request,
                            const std::function<void(QueryAnswer)>& done) {
      asked_.push_back(request.method + " " + request.path);
      done(answer_);
    };
    Start("route: {receiver: r}\nreceivers: [{name: r}]\n");
  }

  std::vector<std::string> asked_;
  QueryAnswer answer_ = HttpResponse{200, {{"Content-Type", "application/json"}}, "{}"};
};

TEST_F(QueriesTest, ThesePathsAreAnsweredByADatasource) {
  const struct {
    const char* path;
    bool post;
  } cases[] = {{"/api/v1/query", true},           {"/api/v1/query_range", true},
               {"/api/v1/query_exemplars", true}, {"/api/v1/format_query", true},
               {"/api/v1/labels", true},          {"/api/v1/series", true},
               {"/api/v1/metadata", false},       {"/api/v1/label/job/values", false}};
  for (const auto& c : cases) {
    const HttpResponse response = Get(c.path + std::string("?query=up"));
    EXPECT_EQ(response.status, 200) << c.path;
    EXPECT_EQ(response.body, "{}");
    EXPECT_EQ(asked_.back(), std::string("GET ") + c.path);
    EXPECT_EQ(Ask("POST", c.path).status, c.post ? 200 : 405) << c.path;
  }
  for (const char* path : {"/api/v1/label//values", "/api/v1/label/a/b/values", "/api/v1/label/a",
                           "/api/v1/labels/a"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
}

TEST_F(QueriesTest, FailuresAreInPrometheussWords) {
  answer_ = tl::unexpected(QueryFailure{504, "no answer in time"});
  const HttpResponse response = Get("/api/v1/query");
  EXPECT_EQ(response.status, 504);
  EXPECT_EQ(response.body,
            R"({"status":"error","errorType":"timeout","error":"no answer in time"})");
}

TEST_F(QueriesTest, AServerOfRulesAloneSaysSo) {
  auto config = std::make_shared<config::Config>(*config_.Get());
  config->only_rules = true;
  config_.Set(std::move(config));
  const HttpResponse response = PostAlerts("[]");
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body.find("evaluates rules"), std::string::npos);
  EXPECT_EQ(Get("/api/v2/alerts").status, 404);
  EXPECT_EQ(Get("/api/v2/status").status, 200);
  EXPECT_EQ(Get("/api/v1/rules").status, 200);
}

TEST_F(ApiFixture, ADatasourceThatDoesNotAnswerTakesNoPlaceOfOtherReads) {
  options_.get_concurrency = 1;
  std::function<void(QueryAnswer)> answer;
  options_.query = [&](const net::ServerRequest&, const std::function<void(QueryAnswer)>& done) {
    answer = done;
  };
  Start("route: {receiver: r}\nreceivers: [{name: r}]\n");
  std::future<HttpResponse> waits = Send(Request("GET", "/api/v1/query?query=up"));
  EXPECT_EQ(Get("/api/v2/status").status, 200);
  ASSERT_TRUE(answer);
  answer(HttpResponse{200, {}, "{}"});
  EXPECT_EQ(waits.get().status, 200);
}

}  // namespace
}  // namespace tocsin::api
