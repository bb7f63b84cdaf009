#include "datasource/query_proxy.h"

#include "tests/datasource/fake_http_client.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::datasource {
namespace {

net::ServerRequest Request(const std::string& method, const std::string& target,
                           const std::string& body = "") {
  const auto parsed = net::ParseRequestTarget(target);
  net::ServerRequest request;
  request.method = method;
  request.target = target;
  request.path = parsed->path;
  request.query = parsed->query;
  request.headers = {
      {"Authorization", "Basic c2VjcmV0"}, {"Cookie", "a=b"}, {"X-Scope-OrgID", "of the client"}};
  if (!body.empty()) {
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"});
  }
  request.body = body;
  return request;
}

config::DatasourceConfig Config() {
  config::DatasourceConfig config;
  config.name = "main";
  config.url = "http://p:9090/prefix?token=t";
  config.headers = {{"X-Scope-OrgID", "ours"}};
  return config;
}

TEST(ProxyRequest, CarriesTheParametersAndNothingElseOfTheClient) {
  const HttpRequest request = BuildProxyRequest(
      Config(), Request("GET", "/api/v1/query?query=up%7Ba%3D%22b+c%22%7D&datasource=main&time=1"));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.Reveal(),
            "http://p:9090/prefix/api/v1/query?token=t&query=up%7Ba%3D%22b+c%22%7D&time=1");
  ASSERT_EQ(request.headers.size(), 2U);
  EXPECT_EQ(FindHeader(request.headers, "Accept"), "application/json");
  EXPECT_EQ(FindHeader(request.headers, "X-Scope-OrgID"), "ours");
}

TEST(ProxyRequest, PostsFormsOn) {
  const HttpRequest request = BuildProxyRequest(
      Config(),
      Request("POST", "/api/v1/series?limit=5", "match%5B%5D=up&match%5B%5D=down&limit=4"));
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.Reveal(), "http://p:9090/prefix/api/v1/series?token=t");
  // Prometheus takes the first of two, and would have taken the body's.
  EXPECT_EQ(request.body, "match%5B%5D=up&match%5B%5D=down&limit=4&limit=5");
  EXPECT_EQ(FindHeader(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(ProxyRequest, WhatIsConfiguredCannotBeReplaced) {
  config::DatasourceConfig config = Config();
  config.url = "http://p";
  config.params = {{"extra_label", "team=a"}};
  config.use_get = true;
  const HttpRequest request = BuildProxyRequest(
      config, Request("POST", "/api/v1/query?extra_label=team%3Db", "extra_label=x&query=up"));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.Reveal(), "http://p/api/v1/query?extra_label=team%3Da&query=up");
}

TEST(ProxyRequest, NorWhatTheUrlHas) {
  config::DatasourceConfig config = Config();
  config.url = "http://p?extra_filters%5B%5D=%7Ba%3D%22b%22%7D";
  config.params.clear();
  const HttpRequest request = BuildProxyRequest(
      config,
      Request("GET", "/api/v1/query?extra_filters%5B%5D=%7B%7D&extra_filters[]={}&query=up"));
  EXPECT_EQ(request.url.Reveal(),
            "http://p/api/v1/query?extra_filters%5B%5D=%7Ba%3D%22b%22%7D&query=up");
}

TEST(ProxyRequest, EscapesThePath) {
  config::DatasourceConfig config = Config();
  config.url = "http://p";
  EXPECT_EQ(
      BuildProxyRequest(config, Request("GET", "/api/v1/label/a%3Fb%20%C3%BC/values")).url.Reveal(),
      "http://p/api/v1/label/a%3Fb%20%C3%BC/values");
}

class QueryProxyTest : public testing::Test {
 protected:
  QueryProxyTest() {
    auto config = std::make_shared<config::Config>();
    config->datasources = {Config(), Config()};
    config->datasources[1].name = "other";
    config->datasources[1].url = "http://other";
    config_.Set(std::move(config));
  }

  // `200 body` once it is answered.
  std::string Ask(const std::string& target) {
    said_.clear();
    proxy_.Handle(Request("GET", target), [this](tl::expected<HttpResponse, ProxyError> answer) {
      said_ += answer ? std::to_string(answer->status) + " " + answer->body
                      : std::to_string(answer.error().status) + " " + answer.error().message;
      if (answer) headers_ = answer->headers;
    });
    return said_;
  }

  FakeHttpClient http_;
  Published<config::Config> config_;
  QueryProxy proxy_{&http_, &config_, "tocsin/1.2.3"};
  std::string said_;
  std::vector<HttpHeader> headers_;
};

TEST_F(QueryProxyTest, HandsAnswersOnWhateverTheirStatus) {
  Ask("/api/v1/query?query=x(");
  ASSERT_EQ(http_.size(), 1U);
  EXPECT_EQ(http_[0].call.turns.queue, "query proxy main");
  EXPECT_EQ(http_[0].call.deadline, std::chrono::seconds(30));
  http_.Answer(0, HttpResponse{422,
                               {{"content-type", "application/json"}, {"Set-Cookie", "x"}},
                               R"({"status":"error"})"});
  EXPECT_EQ(said_, R"(422 {"status":"error"})");
  EXPECT_EQ(headers_, (std::vector<HttpHeader>{{"Content-Type", "application/json"}}));
}

TEST_F(QueryProxyTest, AsksTheDatasourceThatIsNamed) {
  Ask("/api/v1/labels?datasource=other");
  EXPECT_EQ(http_[0].call.request.url.Reveal(), "http://other/api/v1/labels");
  EXPECT_EQ(Ask("/api/v1/labels?datasource=none"), "404 undefined datasource \"none\"");
  config_.Set(std::make_shared<config::Config>());
  EXPECT_EQ(Ask("/api/v1/labels"), "404 no datasource is configured");
}

TEST_F(QueryProxyTest, SaysWhyThereIsNoAnswer) {
  using Kind = net::HttpFailure::Kind;
  const struct {
    Kind kind;
    const char* want;
  } cases[] = {
      {Kind::kTimeout, "504 datasource \"main\": no answer in time"},
      {Kind::kTooLarge, "502 datasource \"main\": the answer has more than 32 MiB"},
      {Kind::kQueueFull, "503 datasource \"main\": too many queries wait"},
      {Kind::kConnect, "502 datasource \"main\": refused"},
  };
  for (const auto& c : cases) {
    Ask("/api/v1/query?query=up");
    http_.AnswerFailure(http_.size() - 1, c.kind, "refused");
    EXPECT_EQ(said_, c.want);
  }
}

}  // namespace
}  // namespace tocsin::datasource
