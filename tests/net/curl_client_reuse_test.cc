// What calls leave to the next ones: connections and libcurl's handles, and nothing else.

#include "tests/net/curl_client_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace tocsin::net {
namespace {

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

HttpCall CallOf(const std::string& url, const std::string& method, std::vector<HttpHeader> headers,
                const std::string& body) {
  HttpCall call;
  call.request.url = Secret(url);
  call.request.method = method;
  call.request.headers = std::move(headers);
  call.request.body = body;
  return call;
}

// Each connection takes the descriptor that the one before has left.
TEST_F(CurlClientTest, ServersThatHangUpAreCalledAgain) {
  const auto once = [](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write(kOk);
  };
  ScriptServer one(once), other(once);
  for (int i = 0; i < 20; ++i) {
    for (const ScriptServer* server : {&one, &other}) {
      const HttpResult result = Send(Get("http://127.0.0.1:" + server->port_text() + "/"));
      ASSERT_TRUE(result) << result.error().message;
      EXPECT_EQ(result->body, "ok");
    }
  }
  EXPECT_EQ(one.clients(), 20);
  EXPECT_EQ(other.clients(), 20);
}

TEST_F(CurlClientTest, AConnectionThatWasGivenUpIsNotWaitedFor) {
  ScriptServer silent([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.WaitForEnd();
  });
  ScriptServer prompt([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write(kOk);
  });
  for (int i = 0; i < 10; ++i) {
    HttpCall call = Get("http://127.0.0.1:" + silent.port_text() + "/");
    call.timeout = std::chrono::milliseconds(50);
    EXPECT_FALSE(Send(std::move(call)));
    const HttpResult result = Send(Get("http://127.0.0.1:" + prompt.port_text() + "/"));
    ASSERT_TRUE(result) << result.error().message;
  }
}

// An answer that comes in pieces, on a connection that has answered before.
TEST_F(CurlClientTest, WaitsForEachAnswerOfAConnection) {
  ScriptServer server([](Peer& peer) {
    while (!peer.ReadHttpRequest().empty()) {
      for (const char* piece : {"HTTP/1.1 200 OK\r\nContent-", "Length: 2\r\n\r\no", "k"}) {
        // Apart, or the client would read them together. Nothing depends on how long it takes.
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        peer.Write(piece);
      }
    }
  });
  for (int i = 0; i < 10; ++i) {
    const HttpResult result = Send(Get("http://127.0.0.1:" + server.port_text() + "/"));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->body, "ok");
  }
  EXPECT_EQ(server.clients(), 1);
}

TEST_F(CurlClientTest, ACallShowsNothingOfThoseBeforeIt) {
  Imposter server([](const ServerRequest&) { return Reply(200, "x"); });
  std::vector<HttpCall> calls;
  calls.push_back(CallOf(server.url("/1"), "POST", {{"X-One", "1"}, {"Content-Type", "a/b"}}, "b"));
  calls.back().accept_encoding = true;
  calls.push_back(CallOf(server.url("/2"), "GET", {}, ""));
  calls.push_back(CallOf(server.url("/3"), "PUT", {{"Authorization", "Bearer t"}}, "body"));
  calls.push_back(CallOf(server.url("/4"), "HEAD", {}, ""));
  calls.push_back(CallOf(server.url("/5"), "GET", {}, ""));
  calls.back().request.url = Secret("http://u:p@" + server.url("/5").substr(7));
  calls.push_back(CallOf(server.url("/6"), "DELETE", {}, ""));
  calls.push_back(CallOf(server.url("/7"), "POST", {}, ""));
  for (const HttpCall& call : calls) ASSERT_TRUE(Send(call));
  EXPECT_EQ(server.connections(), 1U);
  for (const HttpCall& call : calls) {
    Restart({});
    ASSERT_TRUE(Send(call));
  }
  const auto parts = [](const ServerRequest& request) {
    std::vector<std::pair<std::string, std::string>> headers;
    for (const HttpHeader& header : request.headers)
      headers.emplace_back(header.name, header.value);
    return std::tuple(request.method, request.target, headers, request.body);
  };
  const std::vector<ServerRequest> seen = server.requests();
  ASSERT_EQ(seen.size(), 2 * calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(parts(seen[i]), parts(seen[calls.size() + i])) << i;
  }
}

}  // namespace
}  // namespace tocsin::net
