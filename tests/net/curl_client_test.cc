#include "net/curl_client.h"

#include "tests/net/curl_client_fixture.h"
#include "tests/net/stuck_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <future>
#include <thread>
#include <unistd.h>

namespace tocsin::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = HttpFailure::Kind;
using std::chrono::milliseconds;

TEST_F(CurlClientTest, SendsExactlyWhatIsAskedFor) {
  Imposter server([](const ServerRequest&) { return Reply(201, "made", {{"X-Answer", "yes"}}); });
  HttpCall call = Get(server.url("/a?b=c d"));
  call.request.method = "POST";
  call.request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  call.request.body = "{}";
  const HttpResult result = Send(call);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status, 201);
  EXPECT_EQ(result->body, "made");
  EXPECT_EQ(FindHeader(result->headers, "x-answer"), "yes");
  const ServerRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a?b=c%20d");
  EXPECT_EQ(request.body, "{}");
  std::vector<std::string> names;
  for (const HttpHeader& header : request.headers) names.push_back(header.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("Host", "Content-Type", "X-Empty",
                                                     "User-Agent", "Content-Length"));
  EXPECT_EQ(FindHeader(request.headers, "User-Agent"), "tocsin");
}

TEST_F(CurlClientTest, KnowsTheMethods) {
  Imposter server([](const ServerRequest&) { return Reply(200, "x"); });
  struct Case {
    const char *method, *body;
    bool has_length;
  };
  for (const Case& c : {Case{"GET", "", false}, Case{"HEAD", "", false}, Case{"PUT", "", true},
                        Case{"POST", "", true}, Case{"DELETE", "", false},
                        Case{"DELETE", "b", true}, Case{"GET", "b", true}}) {
    HttpCall call = Get(server.url());
    call.request.method = c.method;
    call.request.body = c.body;
    const HttpResult result = Send(call);
    ASSERT_TRUE(result) << result.error().message;
    const ServerRequest request = server.requests().back();
    EXPECT_EQ(request.method, c.method);
    EXPECT_EQ(request.body, c.body);
    EXPECT_EQ(!FindHeader(request.headers, "Content-Length").empty(), c.has_length) << c.method;
  }
}

TEST_F(CurlClientTest, UsesConnectionsAgain) {
  Imposter server([](const ServerRequest&) { return Reply(200); });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Send(Get(server.url())));
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(CurlClientTest, BigBodiesBothWays) {
  Imposter server([](const ServerRequest& request) { return Reply(200, request.body); });
  HttpCall call = Get(server.url());
  call.request.method = "POST";
  call.request.body = std::string(10 * 1024 * 1024, 'x');
  const HttpResult result = Send(call);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->body, call.request.body);
}

TEST_F(CurlClientTest, FailuresHaveAKindAndNoSecrets) {
  const std::string port = std::to_string(UnusedPort());
  struct Case {
    std::string url;
    Kind kind;
  };
  for (const Case& c :
       {Case{"http://127.0.0.1:" + port + "/token-1234", Kind::kConnect},
        Case{"http://name.invalid/token-1234", Kind::kConnect},
        Case{"ftp://127.0.0.1/token-1234", Kind::kOther}, Case{"token-1234", Kind::kOther}}) {
    HttpCall call = Get(c.url);
    call.request.method = "POST";
    const HttpResult result = Send(call);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, c.kind) << result.error().message;
    EXPECT_THAT(result.error().message, StartsWith("Post \"<redacted>\": "));
    EXPECT_THAT(result.error().message, Not(HasSubstr("token-1234")));
    EXPECT_EQ(result.error().status, 0);
  }
}

TEST_F(CurlClientTest, NothingBreaksOutOfAHeader) {
  for (const HttpHeader& header :
       {HttpHeader{"X", "a\r\nEvil: 1"}, HttpHeader{"X: y\r\nZ", "a"}, HttpHeader{"", "a"}}) {
    HttpCall call = Get("http://127.0.0.1:1/");
    call.request.headers = {header};
    const HttpResult result = Send(call);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr("invalid "));
  }
  HttpCall call = Get("http://127.0.0.1:1/");
  call.request.method = "GET / HTTP/1.1\r\nX:";
  EXPECT_THAT(Send(call).error().message, HasSubstr("invalid method"));
}

TEST_F(CurlClientTest, TimesOut) {
  Imposter server([](const ServerRequest&) { return Hold(); });
  HttpCall call = Get(server.url());
  call.timeout = milliseconds(30);
  const HttpResult result = Send(call);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::kTimeout);
  EXPECT_EQ(result.error().message,
            "Get \"<redacted>\": timeout of 30ms exceeded while waiting for the answer");
}

TEST_F(CurlClientTest, ANameThatHangsHoldsNobodyUp) {
  Imposter server([](const ServerRequest&) { return Reply(200); });
  CurlClient::Options options;
  options.connect_timeout = std::chrono::seconds(2);  // The calls in between connect.
  Restart(options);
  std::vector<Pending> calls(3);
  const StuckNames stuck;
  HttpCall call = Get("http://a.stuck.test/");
  call.timeout = std::chrono::hours(1);
  const HttpResult late = Send(call);  // Neither the end of its connect timeout,
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, Kind::kConnect) << late.error().message;
  EXPECT_TRUE(Send(Get(server.url())));
  call.timeout = milliseconds(20);
  const HttpResult timed_out = Send(call);  // nor that of the call,
  ASSERT_FALSE(timed_out);
  EXPECT_EQ(timed_out.error().kind, Kind::kTimeout);
  EXPECT_TRUE(Send(Get(server.url())));
  options.connect_timeout = std::chrono::hours(1);
  Restart(options);
  call.timeout = std::chrono::hours(1);
  for (Pending& pending : calls) client_->Send(call, pending.callback());
  EXPECT_TRUE(stuck.WaitForStuck(2));  // One lookup for all calls of a client.
  EXPECT_TRUE(Send(Get(server.url())));
  client_.reset();  // nor that of the client waits for the lookup.
  for (Pending& pending : calls) EXPECT_EQ(pending.Get().error().kind, Kind::kCancelled);
}

TEST_F(CurlClientTest, AServerThatIsNotThereLeavesTimeForTheNextAttempt) {
  ScriptServer silent([](Peer& peer) { peer.WaitForEnd(); });
  const DeadServer dead(silent.port());
  CurlClient::Options options;
  options.connect_timeout = milliseconds(100);
  Restart(options);
  for (const std::string& url :
       {"http://" + std::string(DeadServer::kAddress) + ":" + silent.port_text() + "/",
        "https://127.0.0.1:" + silent.port_text() + "/"}) {
    HttpCall call = Get(url);
    call.timeout = std::chrono::hours(1);
    const HttpResult result = Send(call);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::kConnect) << result.error().message;
  }
}

TEST_F(CurlClientTest, AnswersAreLimited) {
  Imposter server([](const ServerRequest&) { return Reply(200, std::string(100000, 'x')); });
  HttpCall call = Get(server.url());
  call.response_bytes_max = 100000;
  EXPECT_TRUE(Send(call));
  call.response_bytes_max = 99999;
  const HttpResult result = Send(call);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::kTooLarge);
  EXPECT_EQ(result.error().status, 200);
  EXPECT_THAT(result.error().message, EndsWith("the answer is larger than 99999 bytes"));
}

TEST_F(CurlClientTest, BrokenAnswersAreFailures) {
  const std::pair<std::string, Kind> cases[] = {
      {"", Kind::kOther},
      {"nonsense\r\n\r\n", Kind::kOther},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", Kind::kOther},
  };
  for (const auto& [bytes, kind] : cases) {
    ScriptServer server([&sent = bytes](Peer& peer) {
      peer.ReadHttpRequest();
      peer.Write(sent);
    });
    const HttpResult result = Send(Get("http://127.0.0.1:" + server.port_text() + "/"));
    ASSERT_FALSE(result) << bytes;
    EXPECT_EQ(result.error().kind, kind) << result.error().message;
  }
  ScriptServer endless([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write("HTTP/1.1 200 OK\r\n");
    while (!peer.ended()) peer.Write("X: " + std::string(1000, 'x') + "\r\n");
  });
  EXPECT_FALSE(Send(Get("http://127.0.0.1:" + endless.port_text() + "/")));
}

TEST_F(CurlClientTest, InterimAnswersAreSkipped) {
  ScriptServer server([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write(
        "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 1\r\n\r\nok");
  });
  const HttpResult result = Send(Get("http://127.0.0.1:" + server.port_text() + "/"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(FindHeader(result->headers, "X-Early"), "");
  EXPECT_EQ(FindHeader(result->headers, "X-Late"), "1");
  EXPECT_EQ(result->body, "ok");
}

TEST_F(CurlClientTest, UndoesCompressionOnRequest) {
  // "hello" in gzip.
  static constexpr unsigned char kGzip[] = {0x1f, 0x8b, 0x08, 0,    0,    0,    0,    0,    0,
                                            0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
                                            0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
  const std::string packed(reinterpret_cast<const char*>(kGzip), sizeof(kGzip));
  Imposter server(
      [&](const ServerRequest&) { return Reply(200, packed, {{"Content-Encoding", "gzip"}}); });
  HttpCall call = Get(server.url());
  EXPECT_EQ(Send(call)->body, packed);
  EXPECT_EQ(FindHeader(server.requests().back().headers, "Accept-Encoding"), "");
  call.accept_encoding = true;
  EXPECT_EQ(Send(call)->body, "hello");
  EXPECT_THAT(std::string(FindHeader(server.requests().back().headers, "Accept-Encoding")),
              HasSubstr("gzip"));
  call.response_bytes_max = 4;
  EXPECT_EQ(Send(call).error().kind, Kind::kTooLarge);
}

TEST_F(CurlClientTest, CancelsWherever) {
  Imposter server([](const ServerRequest&) { return Hold(); });
  CurlClient::Options options;
  options.concurrency_per_destination = 1;
  Restart(options);
  Pending running, waiting;
  const CallHandle first = client_->Send(Get(server.url()), running.callback());
  const CallHandle second = client_->Send(Get(server.url()), waiting.callback());
  server.WaitForHeld(1);
  std::thread([&] { second.Cancel(); }).join();
  EXPECT_EQ(waiting.Get().error().kind, Kind::kCancelled);
  first.Cancel();
  first.Cancel();
  EXPECT_EQ(running.Get().error().kind, Kind::kCancelled);
  CallHandle().Cancel();
  client_.reset();
  first.Cancel();
}

TEST_F(CurlClientTest, CancelHandlesOutliveEverything) {
  CallHandle handle;
  Pending pending;
  {
    NetThread thread;
    CurlClient client(&thread, {});
    handle = client.Send(Get("http://127.0.0.1:1/"), pending.callback());
  }
  EXPECT_FALSE(pending.Get());
  handle.Cancel();
}

TEST_F(CurlClientTest, LimitsEachDestination) {
  Imposter slow([](const ServerRequest&) { return Hold(); });
  Imposter quick([](const ServerRequest&) { return Reply(200); });
  CurlClient::Options options;
  options.concurrency_per_destination = 2;
  options.queue_per_destination = 3;
  Restart(options);
  std::vector<Pending> calls(6);
  for (Pending& call : calls) client_->Send(Get(slow.url()), call.callback());
  const HttpResult refused = calls[5].Get();
  EXPECT_EQ(refused.error().kind, Kind::kQueueFull);
  EXPECT_THAT(refused.error().message,
              EndsWith("too many requests are waiting for this destination"));
  slow.WaitForHeld(2);
  EXPECT_TRUE(Send(Get(quick.url())));
  EXPECT_EQ(slow.requests().size(), 2U);
  slow.ReleaseHeld();
  slow.WaitForHeld(2);
  slow.ReleaseHeld();
  slow.WaitForHeld(1);
  slow.ReleaseHeld();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(calls[static_cast<std::size_t>(i)].Get());
}

TEST_F(CurlClientTest, NamedTurnsHaveALimitOfTheirOwn) {
  Imposter server([](const ServerRequest&) { return Hold(); });
  CurlClient::Options options;
  options.concurrency_per_destination = 1;
  Restart(options);
  std::vector<Pending> calls(6);
  HttpCall call = Get(server.url());
  call.turns = {"queries", 3};
  for (std::size_t i = 0; i < 4; ++i) client_->Send(call, calls[i].callback());
  call.turns = {"other queries", 0};
  client_->Send(call, calls[4].callback());
  client_->Send(Get(server.url()), calls[5].callback());
  server.WaitForHeld(5);
  EXPECT_EQ(server.requests().size(), 5U);
  server.ReleaseHeld();
  server.WaitForHeld(1);
  server.ReleaseHeld();
  for (Pending& pending : calls) EXPECT_TRUE(pending.Get());
}

TEST_F(CurlClientTest, WaitingHasADeadlineToo) {
  Imposter server([](const ServerRequest&) { return Hold(); });
  CurlClient::Options options;
  options.concurrency_per_destination = 1;
  Restart(options);
  Pending first;
  client_->Send(Get(server.url()), first.callback());
  HttpCall call = Get(server.url());
  call.deadline = milliseconds(30);
  const HttpResult result = Send(call);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::kTimeout);
  EXPECT_THAT(result.error().message, EndsWith("while waiting for other requests to finish"));
  server.WaitForHeld(1);
  server.ReleaseHeld();
  EXPECT_TRUE(first.Get());
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(CurlClientTest, AQueueOfCallsThatAllFailIsNoRecursion) {
  CurlClient::Options options;
  options.concurrency_per_destination = 1;
  Restart(options);
  config::HttpClientConfig client;
  client.authorization.emplace().credentials_file = "/nonexistent";
  std::vector<Pending> calls(4000);
  for (Pending& call : calls) client_->Send(Get("http://127.0.0.1:1/", client), call.callback());
  for (Pending& call : calls) EXPECT_EQ(call.Get().error().kind, Kind::kCredentials);
}

TEST_F(CurlClientTest, StopEndsEverythingOnce) {
  Imposter server([](const ServerRequest&) { return Hold(); });
  CurlClient::Options options;
  options.concurrency_per_destination = 2;
  Restart(options);
  std::atomic<int> cancelled = 0;
  Pending from_callback;
  for (int i = 0; i < 10; ++i) {
    client_->Send(Get(server.url()), [&, i](const HttpResult& result) {
      if (!result && result.error().kind == Kind::kCancelled) ++cancelled;
      if (i == 0) client_->Send(Get(server.url()), from_callback.callback());
    });
  }
  server.WaitForHeld(2);
  client_->Stop();
  EXPECT_EQ(cancelled, 10);
  EXPECT_EQ(from_callback.Get().error().kind, Kind::kCancelled);
  EXPECT_EQ(Send(Get(server.url())).error().kind, Kind::kCancelled);
  EXPECT_EQ(cancelled, 10);
}

TEST_F(CurlClientTest, SendsFromManyThreads) {
  Imposter server([](const ServerRequest& request) { return Reply(200, request.target); });
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string path = "/" + std::to_string(t * 1000 + i);
        Pending pending;
        client_->Send(Get(server.url(path)), pending.callback());
        const HttpResult result = pending.Get();
        if (result && result->body == path) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 200);
}

TEST_F(CurlClientTest, BasicAuthAndFilesThatChange) {
  Imposter server([](const ServerRequest&) { return Reply(200); });
  const TemporaryFile file("first\n");
  config::HttpClientConfig client;
  client.basic_auth.emplace();
  client.basic_auth->username = "user";
  client.basic_auth->password_file = file.path();
  const auto sent = [&](const HttpCall& call) {
    const HttpResult result = Send(call);
    EXPECT_TRUE(result) << result.error().message;
    return std::string(FindHeader(server.requests().back().headers, "Authorization"));
  };
  EXPECT_EQ(sent(Get(server.url(), client)), "Basic dXNlcjpmaXJzdA==");
  file.Write("second \n");
  EXPECT_EQ(sent(Get(server.url(), client)), "Basic dXNlcjpzZWNvbmQ=");
  HttpCall own = Get(server.url(), client);
  own.request.headers = {{"authorization", "GenieKey 1"}};
  EXPECT_EQ(sent(own), "GenieKey 1");
  std::string with_user = server.url();
  with_user.insert(7, "me:s%40");
  with_user.insert(with_user.find("127"), "@");
  EXPECT_EQ(sent(Get(with_user, client)), "Basic bWU6c0A=");
}

TEST_F(CurlClientTest, BearerAndConfiguredHeaders) {
  Imposter server([](const ServerRequest&) { return Reply(200); });
  const TemporaryFile file("from-file\n");
  config::HttpClientConfig client;
  client.authorization.emplace().credentials_file = file.path();
  client.http_headers["X-Many"] = {{"one"}, {Secret("two")}, {file.path()}};
  HttpCall call = Get(server.url(), client);
  call.user_agent = "other/1";
  ASSERT_TRUE(Send(call));
  const ServerRequest request = server.requests().back();
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), "Bearer from-file");
  EXPECT_EQ(FindHeader(request.headers, "User-Agent"), "other/1");
  std::vector<std::string> values;
  for (const HttpHeader& header : request.headers) {
    if (header.name == "X-Many") values.push_back(header.value);
  }
  EXPECT_THAT(values, ::testing::ElementsAre("one", "two", "from-file"));
}

TEST_F(CurlClientTest, FilesThatCannotBeReadAreCredentialFailures) {
  config::HttpClientConfig missing;
  missing.authorization.emplace().credentials_file = "/nonexistent/file";
  const HttpResult result = Send(Get("http://127.0.0.1:1/", missing));
  EXPECT_EQ(result.error().kind, Kind::kCredentials);
  EXPECT_EQ(result.error().message,
            "Get \"<redacted>\": authorization: read /nonexistent/file: No such file or directory");
  config::HttpClientConfig device;
  device.basic_auth.emplace().password_file = "/dev/zero";
  EXPECT_THAT(Send(Get("http://127.0.0.1:1/", device)).error().message,
              EndsWith("read /dev/zero: not a regular file"));
  config::HttpClientConfig authority;
  authority.tls.ca_file = "/nonexistent/ca";
  EXPECT_EQ(Send(Get("http://127.0.0.1:1/", authority)).error().kind, Kind::kCredentials);
  // Not the system's roots instead.
  authority.tls.ca_file = testing::TempDir() + "/empty-" + std::to_string(getpid()) + ".pem";
  std::ofstream(authority.tls.ca_file).close();
  const HttpResult empty = Send(Get("http://127.0.0.1:1/", authority));
  std::remove(authority.tls.ca_file.c_str());
  EXPECT_EQ(empty.error().kind, Kind::kCredentials);
  EXPECT_THAT(empty.error().message, EndsWith(": the file is empty"));
}

TEST_F(CurlClientTest, FollowsRedirects) {
  Imposter server([](const ServerRequest& request) {
    const std::string& path = request.path;
    if (path.starts_with("/to/")) {
      return Reply(std::stoi(path.substr(4)), "", {{"Location", "../end?x"}});
    }
    return Reply(200, request.method + " " + request.target + " " + request.body);
  });
  int lost = 0;
  const auto post = [&](int status) {
    HttpCall call = Get(server.url("/to/" + std::to_string(status)));
    call.request.method = "POST";
    call.request.headers = {{"Content-Type", "text/plain"}, {"X-Own", "1"}};
    call.request.body = "body";
    lost = 0;
    call.on_lost_post = [&lost] { ++lost; };
    return Send(call);
  };
  for (int status : {301, 302, 303}) {
    EXPECT_EQ(post(status)->body, "GET /end?x ") << status;
    EXPECT_EQ(lost, 1);
    EXPECT_EQ(FindHeader(server.requests().back().headers, "Content-Type"), "");
    EXPECT_EQ(FindHeader(server.requests().back().headers, "X-Own"), "1");
  }
  HttpCall must_arrive = Get(server.url("/to/302"));
  must_arrive.request.method = "POST";
  must_arrive.fail_lost_post = true;
  EXPECT_EQ(Send(must_arrive).error().message,
            "Post \"<redacted>\": redirected by HTTP status 302, which loses what is posted");
  for (int status : {307, 308}) {
    EXPECT_EQ(post(status)->body, "POST /end?x body") << status;
    EXPECT_EQ(lost, 0);
  }
  config::HttpClientConfig client;
  client.follow_redirects = false;
  EXPECT_EQ(Send(Get(server.url("/to/302"), client))->status, 302);
}

TEST_F(CurlClientTest, RedirectsEnd) {
  Imposter server([](const ServerRequest& request) {
    const int left = std::stoi(request.path.substr(1));
    if (left == 0) return Reply(200);
    return Reply(302, "", {{"Location", "/" + std::to_string(left - 1)}});
  });
  EXPECT_TRUE(Send(Get(server.url("/9"))));
  const HttpResult result = Send(Get(server.url("/10")));
  EXPECT_EQ(result.error().message, "Get \"<redacted>\": stopped after 10 redirects");
}

TEST_F(CurlClientTest, RedirectsDoNotLeaveHttp) {
  Imposter server(
      [](const ServerRequest&) { return Reply(302, "", {{"Location", "file:///etc/passwd"}}); });
  const HttpResult result = Send(Get(server.url()));
  EXPECT_EQ(result.error().kind, Kind::kOther);
  EXPECT_THAT(result.error().message, EndsWith("redirect: unsupported scheme for URL"));
}

TEST_F(CurlClientTest, CredentialsStayHome) {
  Imposter* there = nullptr;
  Imposter server([&](const ServerRequest& request) {
    // To another name of the same machine, and back again.
    if (request.path == "/start") {
      return Reply(307, "", {{"Location", there->url("/away", "localhost")}});
    }
    if (request.path == "/away") return Reply(307, "", {{"Location", there->url("/back")}});
    return Reply(200);
  });
  there = &server;
  config::HttpClientConfig client;
  client.authorization.emplace().credentials = Secret("token");
  client.http_headers["X-Public"].values = {"1"};
  client.http_headers["X-Secret"].secrets = {Secret("2")};
  HttpCall call = Get(server.url("/start"), client);
  call.request.headers = {{"Cookie", "3"}, {"X-Own", "4"}, {"Accept", "text/plain"}};
  ASSERT_TRUE(Send(call));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    for (const char* name : {"Authorization", "X-Secret", "Cookie", "X-Own"}) {
      EXPECT_EQ(!FindHeader(requests[i].headers, name).empty(), i == 0) << i << " " << name;
    }
    EXPECT_EQ(FindHeader(requests[i].headers, "X-Public"), "1");
    EXPECT_EQ(FindHeader(requests[i].headers, "Accept"), "text/plain");
  }
}

TEST_F(CurlClientTest, ProxiesPlainRequests) {
  Imposter proxy([](const ServerRequest&) { return Reply(200, "by proxy"); });
  config::HttpClientConfig client;
  std::string url = proxy.url();
  url.insert(7, "me:secret@");
  client.proxy.url = Secret(url);
  client.proxy.connect_header["X-Connect"] = {Secret("1")};
  ASSERT_EQ(Send(Get("http://somewhere.invalid/x", client))->body, "by proxy");
  const ServerRequest request = proxy.requests().back();
  EXPECT_EQ(request.target, "http://somewhere.invalid/x");
  EXPECT_EQ(FindHeader(request.headers, "Proxy-Authorization"), "Basic bWU6c2VjcmV0");
  EXPECT_EQ(FindHeader(request.headers, "X-Connect"), "");

  client.proxy = {};
  client.proxy.from_environment = true;
  CurlClient::Options options;
  options.proxy_environment.http_proxy = proxy.url();
  Restart(options);
  EXPECT_EQ(Send(Get("http://elsewhere.invalid/", client))->body, "by proxy");
}

// What the proxy says of the tunnel is no answer of the receiver's.
TEST_F(CurlClientTest, ATunnelThatBreaksOffHasNoStatus) {
  ScriptServer proxy([](Peer& peer) {
    peer.ReadHttpRequest();
    peer.Write("HTTP/1.1 200 Connection established\r\n\r\n");
  });
  config::HttpClientConfig client;
  client.proxy.url = Secret("http://127.0.0.1:" + proxy.port_text());
  const HttpResult result = Send(Get("https://somewhere.invalid/", client));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, 0);
}

TEST_F(CurlClientTest, ProxiesTunnelForHttps) {
  std::promise<std::string> connect;
  ScriptServer proxy([&connect](Peer& peer) {
    connect.set_value(peer.ReadHttpRequest());
    peer.Write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  config::HttpClientConfig client;
  client.proxy.url = Secret("http://me:secret@127.0.0.1:" + proxy.port_text());
  client.proxy.connect_header["X-Connect"] = {Secret("1")};
  client.authorization.emplace().credentials = Secret("token");
  const HttpResult result = Send(Get("https://somewhere.invalid/token-1", client));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, Not(HasSubstr("secret")));
  const std::string head = connect.get_future().get();
  EXPECT_THAT(head, StartsWith("CONNECT somewhere.invalid:443 HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Connect: 1\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Authorization: Bearer")));
}

}  // namespace
}  // namespace tocsin::net
