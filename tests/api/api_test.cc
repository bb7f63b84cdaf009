#include "api/api.h"

#include "tests/api/api_fixture.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tocsin::api {
namespace {

constexpr const char* kConfig = R"(
route: {receiver: default}
receivers:
- {name: default}
)";

class ApiTest : public ApiFixture {};

std::string Header(const HttpResponse& response, std::string_view name) {
  return std::string(FindHeader(response.headers, name));
}

TEST_F(ApiTest, HealthyAndReady) {
  Start(kConfig);
  for (const char* path : {"/-/healthy", "/-/ready"}) {
    for (const char* method : {"GET", "HEAD"}) {
      const HttpResponse response = Ask(method, path);
      EXPECT_EQ(response.status, 200) << path;
      EXPECT_EQ(response.body, "OK") << path;
      EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
    }
  }
}

TEST_F(ApiTest, Metrics) {
  Start(kConfig);
  const HttpResponse response = Get("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "up 1\n");
  EXPECT_EQ(Header(response, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response_class_, net::ResponseClass::kOperational) << "comes when others do not";
  workers_.Stop();
  EXPECT_EQ(Get("/metrics").body, "up 1\n") << "without workers, too";
}

TEST_F(ApiTest, Reload) {
  std::function<void(Status)> done;
  options_.reload = [&done](std::function<void(Status)> callback) { done = std::move(callback); };
  Start(kConfig);
  std::future<HttpResponse> answer = Send(Request("POST", "/-/reload"));
  EXPECT_EQ(answer.wait_for(Duration::zero()), std::future_status::timeout);
  done({});
  HttpResponse response = answer.get();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");

  answer = Send(Request("POST", "/-/reload"));
  done(Fail("tocsin.yml:1:1: no route"));
  response = answer.get();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, "failed to reload config: tocsin.yml:1:1: no route\n");

  response = Get("/-/reload");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(Header(response, "Allow"), "OPTIONS, POST");
}

TEST_F(ApiTest, ErrorsOfTheFramework) {
  Start(kConfig);
  const struct {
    const char* method;
    const char* target;
    std::vector<HttpHeader> headers;
    std::string request_body;
    int status;
    const char* body;
  } cases[] = {
      {"GET", "/api/v2/x", {}, "", 404, R"({"code":404,"message":"path /api/v2/x was not found"})"},
      {"GET", "/api/v2", {}, "", 404, R"({"code":404,"message":"path /api/v2 was not found"})"},
      {"DELETE",
       "/api/v2/alerts",
       {},
       "",
       405,
       R"({"code":405,"message":"method DELETE is not allowed, but [GET,POST] are"})"},
      {"HEAD",
       "/api/v2/status",
       {},
       "",
       405,
       R"({"code":405,"message":"method HEAD is not allowed, but [GET] are"})"},
      {"GET",
       "/api/v2/status",
       {{"Accept", "text/html"}},
       "",
       406,
       R"({"code":406,"message":"unsupported media type requested, only [application/json] are available"})"},
      {"POST",
       "/api/v2/alerts",
       {{"Content-Type", "text/plain; charset=x"}},
       "[]",
       415,
       R"({"code":415,"message":"unsupported media type \"text/plain\", only [application/json] are allowed"})"},
      {"POST",
       "/api/v2/silences",
       {},
       "{}",
       415,
       R"({"code":415,"message":"unsupported media type \"application/octet-stream\", only [application/json] are allowed"})"},
      {"DELETE",
       "/api/v2/silence/x",
       {{"Content-Type", "application/"}},
       "{}",
       400,
       R"({"code":400,"message":"parsing Content-Type header from \"application/\" failed, because mime: expected token after slash"})"},
      {"POST",
       "/api/v2/alerts",
       {{"Content-Type", "JSON; a=b"}},
       "[]",
       400,
       R"({"code":400,"message":"parsing Content-Type header from \"json\" failed, because mediatype: malformed: \"json\" has no subtype"})"},
      {"GET",
       "/api/v2/status",
       {{"Accept", ""}},
       "",
       406,
       R"({"code":406,"message":"unsupported media type requested, only [application/json] are available"})"},
      // With a body its type says what is understood.
      {"POST",
       "/api/v2/alerts",
       {{"Accept", "text/html"}, {"Content-Type", "application/json"}},
       "[]",
       200,
       ""},
      {"POST",
       "/api/v2/alerts",
       {},
       "",
       422,
       R"({"code":602,"message":"alerts in body is required"})"},
      {"GET", "/nowhere", {}, "", 404, "404 page not found\n"},
      {"GET", "/api/v1/nowhere", {}, "", 404, "404 page not found\n"},
      {"POST", "/api/v1/rules", {}, "", 405, "Method Not Allowed\n"},
  };
  for (const auto& c : cases) {
    const HttpResponse response = Ask(c.method, c.target, c.request_body, c.headers);
    EXPECT_EQ(response.status, c.status) << c.target;
    EXPECT_EQ(response.body, c.body) << c.target;
    EXPECT_EQ(Header(response, "Content-Type"), c.body[0] == '{' ? "application/json"
                                                : c.body[0] == 0 ? ""
                                                                 : "text/plain; charset=utf-8");
  }
  EXPECT_EQ(Header(Ask("DELETE", "/api/v2/alerts"), "Allow"), "GET,POST");
  EXPECT_EQ(Header(Ask("DELETE", "/api/v1/query"), "Allow"), "GET, OPTIONS, POST");
  EXPECT_EQ(Header(Ask("POST", "/-/healthy"), "Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(ApiTest, TheOldApiIsGone) {
  Start(kConfig);
  EXPECT_EQ(Ask("POST", "/api/v1/alerts").status, 410);
  for (const char* path : {"/api/v1/status", "/api/v1/receivers", "/api/v1/silences"}) {
    const HttpResponse response = Get(path);
    EXPECT_EQ(response.status, 410) << path;
    EXPECT_EQ(response.body.find(R"({"status":"deprecated","error":")"), 0u);
  }
}

TEST_F(ApiTest, SilencesAreNone) {
  Start(kConfig);
  EXPECT_EQ(Get("/api/v2/silences?filter=a%3Db").body, "[]\n");
}

TEST_F(ApiTest, PagesOfOtherSitesMayReadAndNotWrite) {
  Start(kConfig);
  const std::vector<HttpHeader> foreign = {{"Host", "tocsin:9093"}, {"Origin", "http://evil"}};
  HttpResponse response = Ask("GET", "/api/v2/silences", "", foreign);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(Header(response, "Vary"), "Origin");
  EXPECT_EQ(Header(Get("/api/v2/silences"), "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(Header(Get("/api/v2/silences"), "Vary"), "Origin");

  for (const char* path : {"/api/v2/alerts", "/-/reload"}) {
    response = Ask("POST", path, "", foreign);
    EXPECT_EQ(response.status, 403) << path;
    EXPECT_EQ(Header(response, "Access-Control-Allow-Origin"), "") << path;
    EXPECT_NE(response.body.find("set --web.external-url"), std::string::npos) << response.body;
  }
}

// The external URL is https://alerts.example.org/x, the machine is `tocsin`.
TEST_F(ApiTest, WritesComeFromOurOwnPage) {
  options_.own_hosts = {"tocsin", "tocsin.example.net"};
  Start(kConfig);
  const struct {
    const char* host;
    const char* origin;
    int status;
  } cases[] = {
      {"tocsin:9093", "http://tocsin:9093", 200},
      {"tocsin:9093", "HTTP://Tocsin:9093", 200},
      {"Tocsin.example.net", "http://tocsin.example.net", 200},
      {"localhost:9093", "http://localhost:9093", 200},
      {"10.1.2.3:9093", "http://10.1.2.3:9093", 200},
      {"10.1.2.3", "https://10.1.2.3:443", 200},
      {"[::1]:9093", "http://[::1]:9093", 200},
      {"[2001:db8::1]", "http://[2001:db8::1]:80", 200},
      // A proxy passes on the name that people use, or its own.
      {"alerts.example.org", "https://alerts.example.org", 200},
      {"alerts.example.org", "http://alerts.example.org:80", 200},
      {"tocsin:9093", "https://alerts.example.org", 200},
      {"anything", "https://alerts.example.org:443", 200},

      {"tocsin:9093", "null", 403},
      {"tocsin:9093", "http://tocsin", 403},
      {"tocsin:9093", "http://tocsin:9094", 403},
      {"tocsin:9093", "http://xtocsin:9093", 403},
      {"tocsin:9093", "http://alerts.example.org", 403},
      {"tocsin:9093", "http://alerts.example.org.evil", 403},
      {"tocsin:9093", "evil", 403},
      {"10.1.2.3:9093", "http://10.1.2.4:9093", 403},
      // A name that somebody has pointed here: the page and the request agree, and are both theirs.
      {"evil.example:9093", "http://evil.example:9093", 403},
      {"tocsin.evil.example", "http://tocsin.evil.example", 403},
      {"10.1.2.3.evil.example", "http://10.1.2.3.evil.example", 403},
      {"[evil]", "http://[evil]", 403},
      {"", "http://", 403},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Ask("POST", "/-/reload", "", {{"Host", c.host}, {"Origin", c.origin}}).status,
              c.status)
        << c.host << " " << c.origin;
  }
}

TEST_F(ApiTest, BrowsersThatSendNoOriginSayWhereTheyComeFrom) {
  Start(kConfig);
  EXPECT_EQ(Ask("POST", "/-/reload", "", {{"Host", "any.name"}}).status, 200) << "tools send none";
  for (const auto& [site, status] : std::vector<std::pair<const char*, int>>{
           {"same-origin", 200}, {"none", 200}, {"cross-site", 403}, {"same-site", 403}}) {
    EXPECT_EQ(Ask("POST", "/-/reload", "", {{"Sec-Fetch-Site", site}}).status, status) << site;
  }
}

// karma's page writes to karma, which hands the request on as it came.
TEST_F(ApiTest, APageThatWroteToItsOwnServerIsNotForeign) {
  Start(kConfig);
  for (const auto& [site, status] : std::vector<std::pair<const char*, int>>{
           {"same-origin", 200}, {"none", 403}, {"cross-site", 403}, {"same-site", 403}}) {
    EXPECT_EQ(Ask("POST", "/-/reload", "",
                  {{"Host", "tocsin:9093"},
                   {"Origin", "https://karma.example"},
                   {"Sec-Fetch-Site", site}})
                  .status,
              status)
        << site;
  }
}

TEST_F(ApiTest, PagesOfTrustedOriginsMayDoAll) {
  options_.trusted_origins =
      model::Regex::Compile("https?://karma[.]example", model::Regex::Anchor::kFull).value();
  Start(kConfig);
  const struct {
    const char* origin;
    int status;
    const char* may_read_the_answer;
    const char* methods;
  } cases[] = {
      {"http://karma.example", 200, "*", "GET, HEAD, POST, DELETE"},
      {"http://karma.example.evil", 403, "", ""},
      {"null", 403, "", ""},
  };
  for (const auto& c : cases) {
    const HttpHeader origin{"Origin", c.origin};
    HttpResponse response = Ask("POST", "/-/reload", "", {origin, {"Host", "tocsin:9093"}});
    EXPECT_EQ(response.status, c.status) << c.origin;
    response = Ask("DELETE", "/api/v2/silence/x", "", {origin});
    EXPECT_EQ(Header(response, "Access-Control-Allow-Origin"), c.may_read_the_answer) << c.origin;
    response =
        Ask("OPTIONS", "/api/v2/silences", "", {origin, {"Access-Control-Request-Method", "POST"}});
    EXPECT_EQ(Header(response, "Access-Control-Allow-Methods"), c.methods) << c.origin;
  }
  EXPECT_EQ(Ask("POST", "/-/reload").status, 200);
}

TEST_F(ApiTest, Preflight) {
  Start(kConfig);
  const auto preflight = [&](const char* method) {
    return Ask("OPTIONS", "/api/v2/alerts", "",
               {{"Origin", "http://other"}, {"Access-Control-Request-Method", method}});
  };
  HttpResponse response = preflight("GET");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(Header(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(Header(response, "Access-Control-Allow-Methods"), "GET, HEAD");
  EXPECT_EQ(Header(response, "Access-Control-Allow-Headers"),
            "accept, content-type, x-requested-with");
  for (const char* method : {"POST", "DELETE"}) {
    response = preflight(method);
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(Header(response, "Access-Control-Allow-Origin"), "") << method;
    EXPECT_EQ(Header(response, "Access-Control-Allow-Methods"), "") << method;
  }
  EXPECT_EQ(Ask("OPTIONS", "/api/v2/alerts").status, 405);
}

// As Prometheus's API, which takes queries by POST and has logins.
TEST_F(ApiTest, PagesOfOtherSitesMayQuery) {
  options_.query = [](const net::ServerRequest&, const std::function<void(QueryAnswer)>& done) {
    done(HttpResponse{200, {}, "{}"});
  };
  Start(kConfig);
  const HttpHeader foreign{"Origin", "http://other"};
  const std::vector<HttpResponse> answers = {
      Ask("GET", "/api/v1/rules", "", {foreign}),
      Ask("POST", "/api/v1/query", "query=up", {foreign}),
      Ask("OPTIONS", "/api/v1/query", "", {foreign}),
      Ask("OPTIONS", "/api/v1/rules", "", {foreign, {"Access-Control-Request-Method", "GET"}}),
  };
  for (const HttpResponse& answer : answers) {
    EXPECT_EQ(Header(answer, "Vary"), "Origin");
    EXPECT_EQ(Header(answer, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(Header(answer, "Access-Control-Allow-Methods"), "GET, POST, OPTIONS");
    EXPECT_EQ(Header(answer, "Access-Control-Allow-Headers"),
              "Accept, Authorization, Content-Type, Origin");
    EXPECT_EQ(Header(answer, "Access-Control-Expose-Headers"), "Date");
  }
  EXPECT_EQ(answers[1].status, 200);
  EXPECT_EQ(answers[2].status, 204);
  EXPECT_EQ(answers[3].status, 204);
}

TEST_F(ApiTest, Options) {
  Start(kConfig);
  HttpResponse response = Ask("OPTIONS", "/api/v1/rules");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(Header(response, "Access-Control-Allow-Methods"), "");
  response = Ask("OPTIONS", "/-/reload");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Allow"), "OPTIONS, POST");
}

TEST_F(ApiTest, TheIconOfThePage) {
  Start(kConfig);
  const HttpResponse response = Get("/favicon.ico");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Content-Type"), "image/vnd.microsoft.icon");
  EXPECT_EQ(response.body.substr(0, 4), std::string("\0\0\1\0", 4));
}

TEST_F(ApiTest, TooManyReadsAtATimeAreRefused) {
  options_.get_concurrency = 2;
  Start(kConfig);
  const auto open = BlockCore();
  std::future<HttpResponse> first = Send(Request("GET", "/api/v2/alerts"));
  std::future<HttpResponse> second = Send(Request("GET", "/api/v1/rules"));
  const HttpResponse refused = Get("/api/v2/status");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body, "Limit of concurrent GET requests reached (2), try again later.\n");
  EXPECT_EQ(api_->stats().gets, 2);
  EXPECT_EQ(api_->stats().gets_refused, 1u);
  // Who watches the server still sees it.
  EXPECT_EQ(Get("/-/healthy").status, 200);
  EXPECT_EQ(Get("/-/ready").status, 200);
  EXPECT_EQ(Get("/metrics").status, 200);
  open();
  EXPECT_EQ(first.get().status, 200);
  EXPECT_EQ(second.get().status, 200);
  EXPECT_EQ(Get("/api/v2/status").status, 200);
  EXPECT_EQ(api_->stats().gets, 0);
}

TEST_F(ApiTest, BusyWorkersMeanLater) {
  Start(kConfig);
  readers_.Stop();
  workers_.Stop();
  for (const char* path : {"/api/v2/alerts", "/api/v1/rules"}) {
    const HttpResponse response = Get(path);
    EXPECT_EQ(response.status, 503) << path;
    EXPECT_EQ(Header(response, "Retry-After"), "1");
  }
  EXPECT_EQ(PostAlerts("[]" + std::string(1024 * 1024, ' ')).status, 503);
}

TEST_F(ApiTest, BeforeTheFirstConfigurationEverythingIsLater) {
  Start();
  EXPECT_EQ(Get("/api/v2/alerts").status, 503);
  EXPECT_EQ(PostAlerts("[]").status, 503);
}

TEST_F(ApiTest, AnswersLaterOnceTheCoreHasStopped) {
  Start(kConfig);
  core_.Stop();
  EXPECT_EQ(Get("/api/v2/alerts").status, 503);
  EXPECT_EQ(PostAlerts(R"([{"labels":{"n":"1"}}])").status, 503);
}

TEST_F(ApiTest, Status) {
  Start(kConfig);
  const HttpResponse response = Get("/api/v2/status/");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(
      response.body.find(R"({"cluster":{"peers":[],"status":"disabled"},"config":{"original":")"),
      0u)
      << response.body;
  EXPECT_NE(response.body.find("receiver: default"), std::string::npos) << response.body;
  EXPECT_NE(response.body.find(R"("uptime":"2026-11-21T00:15:23.902Z","versionInfo":{"branch":"",)"
                               R"("buildDate":"","buildUser":"","goVersion":"g++ 12",)"
                               R"("revision":"","version":"0.34.0"}})"),
            std::string::npos)
      << response.body;
}

TEST_F(ApiTest, StatusShowsAClusterOfOne) {
  options_.cluster = ClusterMember{"a", "10.0.0.1:9094"};
  Start(kConfig);
  const std::string body = Get("/api/v2/status").body;
  EXPECT_EQ(body.find(R"({"cluster":{"name":"a","peers":[{"address":"10.0.0.1:9094","name":"a"}],)"
                      R"("status":"ready"},"config":)"),
            0u)
      << body;
}

TEST_F(ApiTest, EverythingIsBelowThePrefix) {
  options_.route_prefix = "/a%20b/c";
  Start(kConfig);
  for (const char* path : {"/a%20b/c/-/ready", "/a%20b/c/metrics", "/a%20b/c/api/v2/status/",
                           "/a%20b/c/", "/a%20b/c/assets/page.js"}) {
    EXPECT_EQ(Get(path).status, 200) << path;
  }
  HttpResponse response = Get("/");
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(Header(response, "Location"), "/a%20b/c");
  response = Get("/a%20b/c");
  EXPECT_EQ(response.status, 301);
  EXPECT_EQ(Header(response, "Location"), "/a%20b/c/");
  for (const char* path : {"/-/ready", "/metrics", "/api/v2/status", "/a%20b/cc/", "/a%20b/"}) {
    response = Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.body, "404 page not found\n") << path;
  }
  EXPECT_EQ(Ask("POST", "/").status, 404);
  EXPECT_EQ(Get("/a%20b/c/api/v2/x").body,
            R"({"code":404,"message":"path /api/v2/x was not found"})");
}

TEST_F(ApiTest, BuildInfo) {
  Start(kConfig);
  EXPECT_EQ(Get("/api/v1/status/buildinfo").body,
            R"({"status":"success","data":{"application":"tocsin","branch":"",)"
            R"("buildDate":"","buildUser":"","goVersion":"g++ 12","revision":"",)"
            R"("version":"1.2.3"}})");
}

TEST_F(ApiTest, RequestsAreCountedUnderTheirRoutes) {
  Start("{route: {receiver: a}, receivers: [{name: a}]}");
  Get("/api/v2/silence/3fa85f64-5717-4562-b3fc-2c963f66afa6");
  Get("/api/v2/made-up/by-a-client");
  Get("/-/healthy");
  const std::lock_guard lock(answered_mutex_);
  EXPECT_EQ(answered_, (std::vector<std::string>{"GET /api/v2/silence/{silenceID} 404",
                                                 "GET other 404", "GET /-/healthy 200"}));
}

}  // namespace
}  // namespace tocsin::api
