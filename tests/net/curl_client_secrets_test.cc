// What of a request must not come back in what is kept of the answer.

#include "net/curl_client.h"
#include "tests/net/curl_client_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tocsin::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Some servers answer what they do not like with all that they were sent.
TEST_F(CurlClientTest, WhatAnErrorRepeatsOfTheRequestIsRedacted) {
  int status = 0;
  Imposter server([&](const ServerRequest& request) {
    std::string all = request.target;
    for (const HttpHeader& header : request.headers) all += " " + header.name + ": " + header.value;
    return Reply(status, all);
  });
  const TemporaryFile password("hunter22\n"), in_file("in-a-file\n");
  config::HttpClientConfig client;
  client.basic_auth.emplace();
  client.basic_auth->username = "user";
  client.basic_auth->password_file = password.path();
  client.http_headers["X-Inline"].secrets = {Secret("in-the-configuration")};
  client.http_headers["X-File"].files = {in_file.path()};
  client.http_headers["X-Tenant"].values = {"tenant-1"};
  HttpCall call = Get(server.url("/p?token=in-the-url&query=up"), client);
  call.request.headers = {{"X-Auth-Token", "of-the-request"}};
  for (status = 400; status < 600; status += 100) {
    const HttpResult result = Send(call);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_THAT(result->body, StartsWith("/p?token=<redacted>&query=up"));
    EXPECT_THAT(result->body, HasSubstr("Authorization: Basic <redacted>"));
    for (const char* name : {"X-Auth-Token", "X-Inline", "X-File"}) {
      EXPECT_THAT(result->body, HasSubstr(std::string(name) + ": <redacted>"));
    }
    EXPECT_THAT(result->body, HasSubstr("X-Tenant: tenant-1"));
  }
  // No error: it may be anything. Who finds one in it knows what to hide.
  status = 200;
  const HttpResult good = Send(call);
  EXPECT_THAT(good->body, HasSubstr("X-File: in-a-file"));
  ASSERT_TRUE(good->sent_secrets);
  EXPECT_EQ(good->sent_secrets->Apply("hunter22 in-a-file of-the-request"),
            "<redacted> <redacted> <redacted>");
  EXPECT_FALSE(Send(Get(server.url("/")))->sent_secrets);
}

}  // namespace
}  // namespace tocsin::net
