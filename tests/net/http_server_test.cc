#include "net/http_server.h"

#include "tests/net/http_server_fixture.h"
#include "tests/net/script_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace tocsin::net {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HttpServer, HandsOverWholeRequests) {
  std::promise<ServerRequest> seen;
  auto server = StartServer([&seen](ServerRequest request, Responder respond) {
    respond(Ok("hello"));
    seen.set_value(std::move(request));
  });
  RawClient client(server->addresses()[0]);
  client.Send(
      "POST /a%20b?query=up{job=\"x\"}&t=1+2 HTTP/1.1\r\nHost: h\r\nX-One: 1\r\n"
      "Content-Length: 5\r\n\r\nbody!");
  EXPECT_THAT(client.ReadResponse(),
              EndsWith("Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"));
  const ServerRequest request = seen.get_future().get();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a%20b?query=up{job=\"x\"}&t=1+2");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.query, (std::vector<QueryParam>{{"query", "up{job=\"x\"}"}, {"t", "1 2"}}));
  EXPECT_EQ(FindHeader(request.headers, "x-one"), "1");
  EXPECT_EQ(request.body, "body!");
  EXPECT_THAT(request.remote_address, StartsWith("127.0.0.1:"));
}

TEST(HttpServer, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  auto server = StartServer();
  RawClient client(server->addresses()[0]);
  std::string many;
  for (int i = 0; i < 50; ++i) {
    many += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  client.Send(many);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.ReadResponse(), EndsWith("GET /" + std::to_string(i) + " 0"));
  }
  EXPECT_EQ(server->stats().connections_accepted, 1U);
  EXPECT_EQ(server->stats().requests, 50U);
}

TEST(HttpServer, ClosesWhenTheClientWantsIt) {
  auto server = StartServer();
  for (const char* head :
       {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"}) {
    RawClient client(server->addresses()[0]);
    client.Send(head);
    EXPECT_THAT(client.ReadAll(), HasSubstr("Connection: close"));
  }
}

TEST(HttpServer, HeadHasTheLengthButNoBody) {
  auto server = StartServer();
  RawClient client(server->addresses()[0]);
  client.Send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(true), HasSubstr("Content-Length: 9\r\n"));
  EXPECT_THAT(client.ReadResponse(), EndsWith("\r\n\r\nGET /y 0"));
}

TEST(HttpServer, TakesBigAndChunkedBodies) {
  auto server = StartServer();
  RawClient client(server->addresses()[0]);
  const std::size_t size = 50 * 1024 * 1024;
  ASSERT_TRUE(client.Send(Post(size)));
  ASSERT_TRUE(client.Send(std::string(size, 'x')));
  EXPECT_THAT(client.ReadResponse(), EndsWith("POST /p 52428800"));
  client.Send(
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\nTrailer: 1\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(), EndsWith("POST /c 6"));
  EXPECT_EQ(server->stats().body_bytes, 0U);
}

TEST(HttpServer, AsksForTheBodyThatIsExpectedToBeAskedFor) {
  auto options = Defaults();
  options.body_bytes_max = 10;
  auto server = StartServer(Echo, options);
  RawClient client(server->addresses()[0]);
  client.Send(Post(3, "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.ReadResponse(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("abc");
  EXPECT_THAT(client.ReadResponse(), EndsWith("POST /p 3"));
  client.Send(Post(11, "Expect: 100-continue\r\n"));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServer, RefusesWhatIsNoProperRequest) {
  auto options = Defaults();
  options.header_bytes_max = 1000;
  options.body_bytes_max = 10;
  auto server = StartServer(Echo, options);
  const std::string host = "Host: h\r\n";
  const std::pair<std::string, int> cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET x HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "no colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"GET / HTTP/3.0\r\n" + host + "\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Expect: magic\r\nContent-Length: 1\r\n\r\n", 417},
      {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(1000, 'x') + "\r\n\r\n", 431},
      {"GET /" + std::string(300000, 'x') + " HTTP/1.1\r\n" + host + "\r\n", 431},
      {Post(11) + "12345678901", 413},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n",
       413},
  };
  for (const auto& [request, status] : cases) {
    RawClient client(server->addresses()[0]);
    client.Send(request);
    client.ShutdownSend();
    const std::string response = client.ReadAll();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 " + std::to_string(status) + " ")) << request;
    EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  }
  EXPECT_EQ(server->stats().requests_refused, std::size(cases));
  EXPECT_EQ(server->stats().requests, 0U);
  EXPECT_EQ(server->stats().body_bytes, 0U);
}

TEST(HttpServer, AnswersComeLaterFromOtherThreads) {
  Parked parked;
  auto server = StartServer(parked.handler());
  RawClient client(server->addresses()[0]);
  client.Send(Post(4) + "body");
  const Responder respond = parked.Take();
  EXPECT_EQ(server->stats().body_bytes, 4U);
  std::thread([respond] {
    respond(Ok("late"));
    respond(Ok("twice"));
  }).join();
  EXPECT_THAT(client.ReadResponse(), EndsWith("late"));
  EXPECT_EQ(server->stats().body_bytes, 0U);
  client.Send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  respond(Ok("old answer to a new request"));
  parked.Take()(Ok("second"));
  EXPECT_THAT(client.ReadResponse(), EndsWith("second"));
}

TEST(HttpServer, ForgottenRequestsAreAnsweredWith500) {
  std::atomic<int> count = 0;
  auto server = StartServer([&count](const ServerRequest&, const Responder&) {
    if (count++ == 1) throw std::runtime_error("handler");
  });
  RawClient client(server->addresses()[0]);
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 500 "));
  }
}

TEST(HttpServer, ServesManyConnectionsAtOnce) {
  auto server = StartServer();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->addresses()[0]));
  }
  for (int round = 0; round < 3; ++round) {
    for (const auto& client : clients) client->Send("GET /m HTTP/1.1\r\nHost: h\r\n\r\n");
    for (const auto& client : clients) {
      EXPECT_THAT(client->ReadResponse(), EndsWith("GET /m 0"));
    }
  }
  EXPECT_EQ(server->stats().connections, 200U);
}

TEST(HttpServer, StopLetsRequestsFinish) {
  Parked parked;
  auto server = StartServer(parked.handler());
  RawClient idle(server->addresses()[0]);
  RawClient busy(server->addresses()[0]);
  busy.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const Responder respond = parked.Take();
  std::thread stopper([&server] { server->Stop(std::chrono::seconds(20)); });
  EXPECT_EQ(idle.ReadAll(), "");  // So the server is stopping now.
  respond(Ok("finished"));
  const std::string response = busy.ReadAll();
  EXPECT_THAT(response, EndsWith("finished"));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
  stopper.join();
  RawClient late(server->addresses()[0]);
  EXPECT_EQ(late.ReadAll(), "");
}

TEST(HttpServer, StopDoesNotWaitForEver) {
  Parked parked;
  auto server = StartServer(parked.handler());
  RawClient client(server->addresses()[0]);
  client.Send(Post(4) + "body");
  const Responder respond = parked.Take();
  server->Stop(milliseconds(20));
  EXPECT_EQ(client.ReadAll(), "");
  server.reset();
  respond(Ok("too late"));  // Goes nowhere, and does no harm.
}

TEST(HttpServer, ListensWhereItIsTold) {
  auto options = Defaults();
  options.listen_addresses = {":0", "127.0.0.1:0", "localhost:0"};
  auto server = StartServer(Echo, options);
  ASSERT_EQ(server->addresses().size(), 3U);
  for (const std::string& address : server->addresses()) {
    RawClient client(address);
    client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 OK")) << address;
  }
  options.listen_addresses = {"127.0.0.1:0", server->addresses()[1]};
  const auto second = HttpServer::Start(options, Echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            "listen on " + server->addresses()[1] + ": Address already in use");
  options.listen_addresses = {"nonsense"};
  EXPECT_FALSE(HttpServer::Start(options, Echo));
  options.listen_addresses = {};
  EXPECT_FALSE(HttpServer::Start(options, Echo));
}

TEST(HttpServer, TakesOverSocketsThatAreBound) {
  auto options = Defaults();
  options.listen_addresses = {};
  options.listen_sockets = {socket(AF_INET, SOCK_STREAM, 0)};
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(options.listen_sockets[0], reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
  auto server = StartServer(Echo, options);
  RawClient client(server->addresses()[0]);
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 OK"));

  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  options.listen_sockets = {pipe_ends[0]};
  EXPECT_FALSE(HttpServer::Start(options, Echo));
  close(pipe_ends[1]);
}

}  // namespace
}  // namespace tocsin::net
