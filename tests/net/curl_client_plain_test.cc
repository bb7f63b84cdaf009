// Plain HTTP as servers really speak it: answers of every form, and ends of connections at every
// moment.

#include "tests/net/curl_client_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::net {
namespace {

using ::testing::EndsWith;
using Kind = HttpFailure::Kind;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string UrlOf(const ScriptServer& server) {
  return "http://127.0.0.1:" + server.port_text() + "/";
}

class PlainHttpTest : public CurlClientTest {
 protected:
  // What becomes of one request that is answered with these bytes and the end of the connection.
  HttpResult Answered(const std::string& bytes, const std::string& method = "GET") {
    ScriptServer server([&bytes](Peer& peer) {
      peer.ReadHttpRequest();
      peer.Write(bytes);
    });
    HttpCall call = Get(UrlOf(server));
    call.request.method = method;
    return Send(std::move(call));
  }
};

TEST_F(PlainHttpTest, ReadsAnswersOfEveryForm) {
  struct Case {
    std::string bytes;
    std::string body;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.0 200 OK\r\n\r\nold", "old"},
      {"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\none\r\n5;x=y\r\n and \r\n3\r\ntwo\r\n0\r\nX-Trailer: 1\r\n\r\n",
       "one and two"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"HTTP/1.1 200 OK\r\ncontent-length:  2 \r\nX-Empty:\r\n\r\nok", "ok"},
  };
  for (const Case& c : cases) {
    const HttpResult result = Answered(c.bytes);
    ASSERT_TRUE(result) << c.bytes << result.error().message;
    EXPECT_EQ(result->status, 200);
    EXPECT_EQ(result->body, c.body) << c.bytes;
  }
  EXPECT_EQ(Answered("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
  const HttpResult head = Answered("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "HEAD");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(FindHeader(head->headers, "Content-Length"), "1000");
  EXPECT_EQ(head->body, "");
}

TEST_F(PlainHttpTest, WhatEndsTooSoonIsAFailure) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n";
  ASSERT_TRUE(Answered(answer));
  for (std::size_t size = 0; size < answer.size(); ++size) {
    const HttpResult result = Answered(answer.substr(0, size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().kind, Kind::kOther);
    EXPECT_THAT(result.error().message,
                EndsWith(size == 0 ? "the connection was closed before an answer"
                                   : "the connection was closed within the answer"))
        << size;
  }
}

TEST_F(PlainHttpTest, AStatusLineMayEndAfterTheStatus) {
  const std::string answer = "HTTP/1.1 503\r\nContent-Length: 2\r\n\r\nok";
  ScriptServer server([&answer](Peer& peer) {
    for (const std::size_t first : {answer.size(), std::size_t{1}, std::size_t{12}}) {
      peer.ReadHttpRequest();
      peer.Write(answer.substr(0, first));
      peer.Write(answer.substr(first));
    }
  });
  for (int i = 0; i < 3; ++i) {
    const HttpResult result = Send(Get(UrlOf(server)));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->status, 503);
    EXPECT_EQ(result->body, "ok");
  }
}

TEST_F(PlainHttpTest, ATimeoutWithinTheAnswerTellsItsStatus) {
  for (const auto& [bytes, status] :
       {std::pair{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", 200},
        std::pair{"HTTP/1.1 200 OK\r\n", 0}}) {
    ScriptServer server([text = bytes](Peer& peer) {
      peer.ReadHttpRequest();
      peer.Write(text);
      peer.WaitForEnd();
    });
    HttpCall call = Get(UrlOf(server));
    call.timeout = std::chrono::seconds(1);
    const HttpResult result = Send(std::move(call));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::kTimeout);
    EXPECT_EQ(result.error().status, status);
  }
}

TEST_F(PlainHttpTest, InterimAnswersEnd) {
  std::string bytes;
  for (int i = 0; i < 17; ++i) bytes += "HTTP/1.1 103 Early Hints\r\n\r\n";
  EXPECT_THAT(Answered(bytes + kOk).error().message, EndsWith("no answer but interim ones"));
  EXPECT_THAT(Answered("HTTP/1.1 101 Switching Protocols\r\n\r\n").error().message,
              EndsWith("no answer but interim ones"));
}

TEST_F(PlainHttpTest, AnInterimAnswerIsNone) {
  const HttpResult result = Answered("HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, EndsWith("the connection was closed within the answer"));
}

TEST_F(PlainHttpTest, AHeadOfAChunkThatDoesNotEndIsTooLong) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=";
  const HttpResult result = Answered(head + std::string(1024 * 1024, 'x'));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, EndsWith("invalid answer: a header is too long"));
}

// It is told the reason, and not that its writing failed.
TEST_F(PlainHttpTest, AnAnswerToARequestThatWasNotRead) {
  ScriptServer server([](Peer& peer) {
    peer.ReadLine();
    peer.Write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo large");
    peer.WaitForEnd();
  });
  HttpCall call = Get(UrlOf(server));
  call.request.method = "POST";
  call.request.body.assign(32 * 1024 * 1024, 'x');
  const HttpResult result = Send(std::move(call));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status, 413);
  EXPECT_EQ(result->body, "too large");
}

// The request may have come while the server closed the connection for its age.
TEST_F(PlainHttpTest, AConnectionThatEndsBeforeTheAnswerIsReplacedOnce) {
  ScriptServer server([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write(kOk);
    peer.ReadHttpRequest();
  });
  for (int i = 0; i < 10; ++i) {
    const HttpResult result = Send(Get(UrlOf(server)));
    ASSERT_TRUE(result) << result.error().message;
  }
  EXPECT_EQ(server.clients(), 10);
  ScriptServer gone([](Peer& peer) { peer.ReadHttpRequest(); });
  EXPECT_FALSE(Send(Get(UrlOf(gone))));
  EXPECT_EQ(gone.clients(), 1);
}

TEST_F(PlainHttpTest, NothingIsAskedAfterBytesThatNobodyAskedFor) {
  ScriptServer server([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    peer.WaitForEnd();
  });
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(Send(Get(UrlOf(server)))->body, "ok");
    EXPECT_EQ(server.clients(), i);
  }
}

TEST_F(PlainHttpTest, ABrokenCompressionIsAFailure) {
  ScriptServer server([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok");
  });
  HttpCall call = Get(UrlOf(server));
  call.accept_encoding = true;
  const HttpResult result = Send(std::move(call));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::kOther);
  EXPECT_EQ(result.error().status, 200);
}

}  // namespace
}  // namespace tocsin::net
