#include "net/oauth2_tokens.h"

#include "tests/net/certificates.h"
#include "tests/net/curl_client_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace tocsin::net {
namespace {

using ::testing::EndsWith;
using Kind = HttpFailure::Kind;
using OAuth2TokensTest = CurlClientTest;

// The token endpoint of an authorization server, and a resource that knows its tokens.
class Authority {
 public:
  HttpResponse Answer(const ServerRequest& request) {
    if (request.path != "/token") {
      const std::string expected = "Bearer t" + std::to_string(issued_);
      return Reply(FindHeader(request.headers, "Authorization") == expected ? 200 : 401);
    }
    const bool basic = FindHeader(request.headers, "Authorization") == "Basic aWQ6c2VjcmV0";
    const bool form = request.body.find("client_secret=secret") != std::string::npos;
    if (form_only ? !form : !basic) return Reply(401, "{\"error\":\"invalid_client\"}");
    return Reply(200, "{\"access_token\":\"t" + std::to_string(++issued_) +
                          "\",\"token_type\":\"bearer\",\"expires_in\":" + expires_in + "}");
  }
  int issued() const { return issued_; }

  std::string expires_in = "3600";
  bool form_only = false;

 private:
  std::atomic<int> issued_ = 0;
};

config::HttpClientConfig OAuth2Client(const std::string& token_url) {
  config::HttpClientConfig client;
  client.oauth2.emplace();
  client.oauth2->client_id = "id";
  client.oauth2->client_secret = Secret("secret");
  client.oauth2->token_url = token_url;
  client.oauth2->scopes = {"a", "b c"};
  client.oauth2->endpoint_params = {{"audience", "x&y"}};
  return client;
}

TEST_F(OAuth2TokensTest, FetchesATokenOnceForAll) {
  Authority authority;
  Imposter server([&](const ServerRequest& request) { return authority.Answer(request); });
  CurlClient::Options options;
  options.concurrency_per_destination = 1;  // The token must not need a turn of its own.
  Restart(options);
  const config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  std::vector<Pending> calls(5);
  for (Pending& call : calls) client_->Send(Get(server.url("/r"), client), call.callback());
  for (Pending& call : calls) EXPECT_EQ(call.Get()->status, 200);
  EXPECT_EQ(authority.issued(), 1);
  const ServerRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, "grant_type=client_credentials&scope=a+b+c&audience=x%26y");
  EXPECT_EQ(FindHeader(request.headers, "User-Agent"), "tocsin");
}

TEST_F(OAuth2TokensTest, RenewsTokens) {
  Authority authority;
  Imposter server([&](const ServerRequest& request) { return authority.Answer(request); });
  config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  authority.expires_in = "\"9\"";  // Within the margin: good for one call.
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  authority.expires_in = "3600";
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  EXPECT_EQ(authority.issued(), 2);
  // Another client takes a new token, so that ours is refused: a new one is got at once.
  client.oauth2->scopes = {"other"};
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  client.oauth2->scopes = {"a", "b c"};
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  EXPECT_EQ(authority.issued(), 4);
}

TEST_F(OAuth2TokensTest, AServerThatTakesNoTokenIsAskedOnceMore) {
  int tokens = 0, asked = 0;
  Imposter server([&](const ServerRequest& request) {
    if (request.path != "/token") return ++asked, Reply(401);
    return Reply(200,
                 "{\"access_token\":\"t" + std::to_string(++tokens) + "\",\"expires_in\":3600}");
  });
  const config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 401);
  EXPECT_EQ(asked, 1) << "the token was new";
  EXPECT_EQ(tokens, 1);
}

TEST_F(OAuth2TokensTest, FindsOutHowToAuthenticate) {
  Authority authority;
  authority.form_only = true;
  authority.expires_in = "1";
  Imposter server([&](const ServerRequest& request) { return authority.Answer(request); });
  const config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  std::size_t token_requests = 0;
  for (const ServerRequest& request : server.requests()) token_requests += request.path == "/token";
  EXPECT_EQ(token_requests, 3U);  // The first was in vain, and that is remembered.
}

TEST_F(OAuth2TokensTest, AnAssertionTakesThePlaceOfTheSecret) {
  Imposter server([&](const ServerRequest& request) {
    return Reply(200, request.path == "/token" ? "{\"access_token\":\"t1\"}" : "");
  });
  config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  client.oauth2->jwt_bearer = true;
  client.oauth2->client_certificate_key = Secret(MakeRsaKey());
  EXPECT_EQ(Send(Get(server.url("/r"), client))->status, 200);
  const ServerRequest request = server.requests().at(0);
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), "");
  const std::string start =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  EXPECT_EQ(request.body.substr(0, start.size()), start);
  EXPECT_THAT(request.body, EndsWith("&audience=x%26y"));
  EXPECT_EQ(request.body.find("secret"), std::string::npos);
  EXPECT_EQ(FindHeader(server.requests().at(1).headers, "Authorization"), "Bearer t1");

  client.oauth2->client_certificate_key = Secret("nonsense");
  const HttpResult refused = Send(Get(server.url("/r"), client));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::kCredentials);
  EXPECT_EQ(refused.error().message,
            "Get \"<redacted>\": oauth2: client_certificate_key: no RSA key in PEM form without a "
            "passphrase");
}

TEST_F(OAuth2TokensTest, FailuresAreTold) {
  Imposter server([&](const ServerRequest&) { return Reply(403, "no, secret!"); });
  const HttpResult refused = Send(Get(server.url("/r"), OAuth2Client(server.url("/token"))));
  EXPECT_EQ(refused.error().kind, Kind::kCredentials);
  EXPECT_EQ(
      refused.error().message,
      "Get \"<redacted>\": oauth2: cannot fetch token: status 403, response: no, <redacted>!");
  const std::string nowhere = "http://127.0.0.1:" + std::to_string(UnusedPort()) + "/";
  EXPECT_EQ(Send(Get(server.url("/r"), OAuth2Client(nowhere))).error().kind, Kind::kConnect);
  config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  client.oauth2->client_secret_file = "/nonexistent";
  EXPECT_EQ(Send(Get(server.url("/r"), client)).error().kind, Kind::kCredentials);
}

TEST_F(OAuth2TokensTest, TheSecretIsNotSentOn) {
  Imposter elsewhere([&](const ServerRequest&) { return Reply(200, "{\"access_token\":\"t\"}"); });
  Imposter server([&](const ServerRequest& request) {
    return Reply(307, "", {{"Location", elsewhere.url(request.path, "localhost")}});
  });
  config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  const HttpResult result = Send(Get(elsewhere.url("/r"), client));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::kCredentials);
  EXPECT_EQ(result.error().message,
            "Get \"<redacted>\": oauth2: cannot fetch token: status 307, response: ");
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(OAuth2TokensTest, NothingBreaksOutOfTheHeader) {
  std::string answer;
  Imposter server([&](const ServerRequest&) { return Reply(200, answer); });
  for (const std::string bad :
       {R"({"access_token":"a\r\nX-Evil: 1"})", R"({"access_token":"a\u0000b"})",
        R"({"access_token":"a\u007fb"})", R"({"access_token":"a","token_type":"x\ny"})"}) {
    answer = bad;
    const HttpResult result = Send(Get(server.url("/r"), OAuth2Client(server.url("/token"))));
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().kind, Kind::kCredentials);
    EXPECT_EQ(result.error().message, "Get \"<redacted>\": oauth2: invalid access token");
  }
  for (const ServerRequest& request : server.requests()) EXPECT_EQ(request.path, "/token");
}

TEST_F(OAuth2TokensTest, WaitIsLimitedByTheCallAndEndsWithTheClient) {
  Imposter server([](const ServerRequest&) { return Hold(); });
  HttpCall call = Get(server.url("/r"), OAuth2Client(server.url("/token")));
  call.timeout = std::chrono::milliseconds(30);
  const HttpResult result = Send(call);
  EXPECT_EQ(result.error().kind, Kind::kTimeout);
  EXPECT_THAT(result.error().message, EndsWith("while waiting for an access token"));
  Pending pending;
  call.timeout = std::chrono::seconds(30);
  client_->Send(call, pending.callback());
  client_->Stop();
  EXPECT_EQ(pending.Get().error().kind, Kind::kCancelled);
}

TEST_F(OAuth2TokensTest, NeitherSecretNorTokenIsRepeated) {
  Imposter server([&](const ServerRequest& request) {
    if (request.path != "/token") {
      return Reply(403, "not with " + std::string(FindHeader(request.headers, "Authorization")));
    }
    if (request.body.find("client_secret") != std::string::npos) {
      return Reply(401, "not with " + request.body);
    }
    return Reply(200, R"({"access_token":"the-access-token"})");
  });
  config::HttpClientConfig client = OAuth2Client(server.url("/token"));
  client.oauth2->client_secret = Secret("sec/ret");
  EXPECT_EQ(Send(Get(server.url("/r"), client))->body, "not with Bearer <redacted>");

  Imposter form_only([&](const ServerRequest& request) {
    return Reply(401, "not with " + request.body +
                          std::string(FindHeader(request.headers, "Authorization")));
  });
  client.oauth2->token_url = form_only.url("/token");
  const HttpResult refused = Send(Get(server.url("/r"), client));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("client_secret=<redacted>&"));
}

}  // namespace
}  // namespace tocsin::net
