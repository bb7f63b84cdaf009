#include "datasource/query_request.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace tocsin::datasource {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kNoPartial = "&partial_response=false&denyPartialResponse=1";

config::DatasourceConfig Config() {
  config::DatasourceConfig config;
  config.url = "http://prometheus:9090";
  return config;
}

rules::Query Query(std::string expr, rules::QueryExtras extras = {}) {
  rules::Query query;
  query.expr = std::move(expr);
  query.time = Time(milliseconds(1435781451781));
  query.extras = std::make_shared<const rules::QueryExtras>(std::move(extras));
  return query;
}

TEST(QueryRequest, PostsAForm) {
  config::DatasourceConfig config = Config();
  config.params = {{"dedup", "true"}, {"extra_label", "a=b"}};
  config.headers = {{"X-Scope-OrgID", "team"}};
  const HttpRequest request = BuildQueryRequest(config, Query(R"(up{job="x"} > 1)"), seconds(30));
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.Reveal(),
            "http://prometheus:9090/api/v1/query?dedup=true&extra_label=a%3Db");
  EXPECT_EQ(request.body,
            std::string("query=up%7Bjob%3D%22x%22%7D+%3E+1&time=1435781451.781&timeout=30s") +
                kNoPartial);
  EXPECT_EQ(FindHeader(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(FindHeader(request.headers, "X-Scope-OrgID"), "team");
}

TEST(QueryRequest, GetsIfConfigured) {
  config::DatasourceConfig config = Config();
  config.use_get = true;
  config.url = "http://prometheus:9090/pfx?token=t";
  config.params = {{"nocache", "1"}};
  const HttpRequest request = BuildQueryRequest(config, Query("up"), seconds(30));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.Reveal(),
            std::string("http://prometheus:9090/pfx/api/v1/query?token=t&nocache=1&query=up"
                        "&time=1435781451.781&timeout=30s") +
                kNoPartial);
  EXPECT_EQ(request.body, "");
}

TEST(QueryRequest, TimesHaveThreeDecimals) {
  const struct {
    std::int64_t ns;
    const char* text;
  } cases[] = {{0, "0.000"},
               {1'005'000'000, "1.005"},
               {1'764'081'000'999'999'999, "1764081000.999"},
               {-1'500'000'000, "-1.500"}};
  for (const auto& c : cases) {
    rules::Query query = Query("up");
    query.time = Time(Duration(c.ns));
    EXPECT_EQ(BuildQueryRequest(Config(), query, Duration::zero()).body,
              "query=up&time=" + std::string(c.text) + "&timeout=1ms" + kNoPartial);
  }
}

TEST(QueryRequest, WhatAGroupAddsStandsForWhatTheDatasourceHas) {
  config::DatasourceConfig config = Config();
  config.url = "http://p?token=t&dedup=x&extra_filters%5B%5D=y";
  config.params = {{"dedup", "true"}, {"nocache", "1"}};
  config.headers = {{"X-Scope-OrgID", "team"}, {"X-A", "1"}};
  const HttpRequest request = BuildQueryRequest(
      config,
      Query("up", {{{"dedup", "false"}, {"extra_filters[]", "a"}, {"extra_filters[]", "b"}},
                   {{"x-scope-orgid", "group"}}}),
      seconds(1));
  EXPECT_EQ(request.url.Reveal(),
            "http://p/api/v1/query?token=t&nocache=1&dedup=false&extra_filters%5B%5D=a"
            "&extra_filters%5B%5D=b");
  EXPECT_EQ(FindHeader(request.headers, "X-Scope-OrgID"), "group");
  EXPECT_EQ(FindHeader(request.headers, "X-A"), "1");
}

TEST(QueryRequest, SaysWhatToDoWithPartialData) {
  const struct {
    bool partial_answers;
    std::vector<std::pair<std::string, std::string>> params;
    const char* want;
  } cases[] = {
      {false, {}, "&partial_response=false&denyPartialResponse=1"},
      {true, {}, "&partial_response=true"},
      {false, {{"partial_response", "true"}}, "&denyPartialResponse=1"},
      {false, {{"denyPartialResponse", "0"}}, "&partial_response=false"},
  };
  for (const auto& c : cases) {
    config::DatasourceConfig config = Config();
    config.partial_answers = c.partial_answers;
    config.params = c.params;
    EXPECT_EQ(BuildQueryRequest(config, Query("up"), seconds(1)).body,
              "query=up&time=1435781451.781&timeout=1s" + std::string(c.want));
  }
}

}  // namespace
}  // namespace tocsin::datasource
