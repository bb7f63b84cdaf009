// What calls leave to the next ones: connections.

#include "tests/net/curl_client_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace tocsin::net {
namespace {

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

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

}  // namespace
}  // namespace tocsin::net
