// What the HTTP server does when clients want too much of it.

#include "net/http_server.h"
#include "tests/net/http_server_fixture.h"
#include "tests/net/script_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace tocsin::net {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t kMiB = 1024 * 1024;
const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLargeGet = "GET /large HTTP/1.1\r\nHost: h\r\n\r\n";

// More than the sockets on the way take by themselves.
constexpr std::size_t kLarge = 64 * kMiB;

// `/large` and `/operational` are large; everything else is empty.
void AnswerBySize(const ServerRequest& request, const Responder& respond) {
  if (request.path == "/large") return respond(Ok(std::string(kLarge, 'x')));
  if (request.path == "/operational") {
    return respond(Ok(std::string(100'000, 'm')), ResponseClass::kOperational);
  }
  if (request.path == "/operational-large") {
    return respond(Ok(std::string(kLarge, 'm')), ResponseClass::kOperational);
  }
  if (request.path == "/medium") return respond(Ok(std::string(100'000, 'm')));
  respond(Ok(""));
}

// Passes when the server gives a silent client up: a wait that the server itself ends.
void WaitForHeaderTimeout(const HttpServer& server) {
  EXPECT_EQ(RawClient(server.addresses()[0]).ReadAll(), "");
}

std::unique_ptr<HttpServer> WithLimit(Duration HttpServer::Options::* limit, Duration value) {
  auto options = Defaults();
  options.*limit = value;
  return StartServer(Echo, options);
}

// Metrics of many rule groups; the budget of such answers is smaller than what the others reserve.
TEST(HttpServerLimits, AnOperationalResponseMayBeLarge) {
  auto server = StartServer(AnswerBySize);
  RawClient client(server->addresses()[0]);
  client.Send("GET /operational-large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string answer = client.ReadAll();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_GT(answer.size(), kLarge);
}

// A client that writes everything before it reads must get the answer, not a reset.
TEST(HttpServerLimits, TooLargeIsToldToAClientThatIsStillSending) {
  auto options = Defaults();
  options.body_bytes_max = 1000;
  auto server = StartServer(Echo, options);
  RawClient client(server->addresses()[0]);
  const std::size_t size = 8 * 1024 * 1024;
  client.Send(Post(size));
  EXPECT_TRUE(client.Send(std::string(size, 'x')));
  EXPECT_THAT(client.ReadAll(),
              ::testing::AllOf(StartsWith("HTTP/1.1 413 "),
                               EndsWith("request body larger than 1000 bytes\n")));
}

TEST(HttpServerLimits, SlowClientsAreGivenUp) {
  // One limit a server, so that what comes before has time.
  auto server = WithLimit(&HttpServer::Options::header_timeout, milliseconds(1000));
  RawClient silent(server->addresses()[0]);
  RawClient header(server->addresses()[0]);
  header.Send("GET / HTTP/1.1\r\nHos");
  EXPECT_THAT(header.ReadAll(), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(silent.ReadAll(), "");
  server = WithLimit(&HttpServer::Options::body_timeout, milliseconds(200));
  RawClient body(server->addresses()[0]);
  body.Send(Post(10) + "abc");
  EXPECT_THAT(body.ReadAll(), StartsWith("HTTP/1.1 408 "));
  server = WithLimit(&HttpServer::Options::idle_timeout, milliseconds(200));
  RawClient idle(server->addresses()[0]);
  idle.Send(kGet);
  EXPECT_THAT(idle.ReadResponse(), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_EQ(idle.ReadAll(), "");
}

TEST(HttpServerLimits, ClientsThatDoNotReadAreGivenUp) {
  auto options = Defaults();
  options.write_timeout = milliseconds(200);
  auto server =
      StartServer([](const ServerRequest&,
                     const Responder& respond) { respond(Ok(std::string(64 * 1024 * 1024, 'x'))); },
                  options);
  RawClient client(server->addresses()[0]);
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server->stats().requests == 0) std::this_thread::yield();
  while (server->stats().connections > 0) std::this_thread::yield();
  EXPECT_LT(client.ReadAll().size(), 64U * 1024 * 1024);
}

TEST(HttpServerLimits, BodiesShareABudget) {
  auto options = Defaults();
  options.bodies_bytes_max = 1000;
  Parked parked;
  auto server = StartServer(parked.handler(), options);
  RawClient first(server->addresses()[0]);
  first.Send(Post(700) + std::string(700, 'x'));
  const Responder respond = parked.Take();
  RawClient second(server->addresses()[0]);
  second.Send(Post(301) + std::string(301, 'x'));
  EXPECT_THAT(second.ReadAll(),
              ::testing::AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
  respond(Ok("first"));
  EXPECT_THAT(first.ReadResponse(), EndsWith("first"));
  RawClient third(server->addresses()[0]);
  third.Send(Post(1000) + std::string(1000, 'x'));
  parked.Take()(Ok("third"));
  EXPECT_THAT(third.ReadResponse(), EndsWith("third"));
}

// A connection is counted until its last byte is on its way.
TEST(HttpServerLimits, ResponsesThatNobodyReadsUseUpTheirMemoryAndNoMore) {
  auto options = Defaults();
  options.responses_bytes_max = kMiB;
  auto server = StartServer(AnswerBySize, options);
  auto slow = std::make_unique<RawClient>(server->addresses()[0]);
  slow->Send(kLargeGet);  // Above the limit, but alone: it is let through.
  while (server->stats().response_bytes == 0) std::this_thread::yield();
  EXPECT_EQ(server->stats().response_bytes, kLarge);

  RawClient other(server->addresses()[0]);
  other.Send(kLargeGet);
  EXPECT_THAT(other.ReadResponse(),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n"),
                    EndsWith("too many response bytes in flight, try again later\n")));
  other.Send("GET /medium HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(other.ReadResponse(), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(server->stats().responses_refused, 2U);
  // What is small, and what watches the server, still comes.
  other.Send(kGet);
  EXPECT_THAT(other.ReadResponse(), StartsWith("HTTP/1.1 200 "));
  other.Send("GET /operational HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(other.ReadResponse(), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("mmm")));

  slow.reset();
  while (server->stats().response_bytes > 0) std::this_thread::yield();
  other.Send(kLargeGet);
  EXPECT_EQ(other.ReadResponse().size() > kLarge, true);
}

TEST(HttpServerLimits, ASharedBodyIsCountedOnce) {
  auto options = Defaults();
  options.responses_bytes_max = 2 * kLarge;
  options.threads = 1;  // Of those who answer with it, one at a time.
  HttpResponse response = Ok("");
  response.shared_body = std::make_shared<SharedBody>();
  response.shared_body->text = std::string(kLarge, 'x');
  auto server = StartServer(
      [&](const ServerRequest&, const Responder& respond) { respond(response); }, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->addresses()[0]));
    clients.back()->Send(kGet);
  }
  while (server->stats().requests < 5) std::this_thread::yield();
  EXPECT_EQ(server->stats().response_bytes, kLarge);
  EXPECT_EQ(server->stats().responses_refused, 0U);
  EXPECT_GT(clients[0]->ReadResponse().size(), kLarge);
}

// The others need not wait for a minute until there is room again.
TEST(HttpServerLimits, WhileMemoryIsShortWhoDoesNotReadIsGivenUpSooner) {
  auto options = Defaults();
  options.responses_bytes_max = kMiB;
  options.crowded_write_timeout = milliseconds(1500);  // Until then it is looked at.
  auto server = StartServer(AnswerBySize, options);
  RawClient silent(server->addresses()[0]);
  silent.Send(kLargeGet);
  while (server->stats().response_bytes == 0) std::this_thread::yield();
  EXPECT_FALSE(server->TakesLargeResponses());
  // The body is let go when its write has ended, a moment after the connection.
  while (server->stats().connections > 0 || server->stats().response_bytes > 0) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(server->TakesLargeResponses());
}

TEST(HttpServerLimits, LargeResponsesLeaveSomeMemoryToTheOthers) {
  auto options = Defaults();
  options.responses_bytes_max = kLarge + kLarge / 4;
  auto server = StartServer(AnswerBySize, options);
  RawClient slow(server->addresses()[0]), other(server->addresses()[0]);
  slow.Send(kLargeGet);
  while (server->stats().response_bytes == 0) std::this_thread::yield();
  other.Send(kLargeGet);
  EXPECT_THAT(other.ReadResponse(), StartsWith("HTTP/1.1 503 "));
  other.Send("GET /medium HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(other.ReadResponse(), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServerLimits, WhoReadsSlowlyButSteadilyGetsEverything) {
  // All takes longer than the limit, each part by far not so long.
  constexpr std::size_t kParts = 16;
  auto options = Defaults();
  options.write_timeout = milliseconds(4000);
  auto server = StartServer(AnswerBySize, options);
  auto pause = WithLimit(&HttpServer::Options::header_timeout, milliseconds(300));
  RawClient client(server->addresses()[0]);
  client.Send(kLargeGet);
  std::size_t size = 0;
  for (std::size_t i = 0; i < kParts; ++i) {
    WaitForHeaderTimeout(*pause);
    size += client.Read(kLarge / kParts).size();
  }
  EXPECT_EQ(size, kLarge);
}

TEST(HttpServerLimits, IdleConnectionsMakeRoomForNewOnes) {
  auto options = Defaults();
  options.threads = 1;
  options.connections_max = 2;
  auto server = StartServer(Echo, options);
  RawClient first(server->addresses()[0]);
  RawClient second(server->addresses()[0]);
  for (RawClient* client : {&first, &second}) {
    client->Send(kGet);
    EXPECT_THAT(client->ReadResponse(), StartsWith("HTTP/1.1 200 "));
  }
  RawClient third(server->addresses()[0]);
  third.Send(kGet);
  EXPECT_THAT(third.ReadResponse(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(first.ReadAll(), "") << "it has been idle longest";
  second.Send(kGet);
  EXPECT_THAT(second.ReadResponse(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(server->stats().connections_displaced, 1U);
  EXPECT_EQ(server->stats().connections_refused, 0U);
  EXPECT_EQ(server->stats().connections, 2U);
}

TEST(HttpServerLimits, StalledRequestsMakeRoomForNewOnes) {
  for (const Duration limit : {Duration::zero(), Duration(std::chrono::hours(1))}) {
    auto options = Defaults();
    options.threads = 1;
    options.connections_max = 3;
    options.stalled_timeout = limit;
    auto server = StartServer(Echo, options);
    RawClient header(server->addresses()[0]);
    header.Send("GET / HTTP/1.1\r\nHos");
    // Its answer comes after the other's bytes were taken.
    RawClient body(server->addresses()[0]);
    body.Send(Post(10) + "abc");
    RawClient idle(server->addresses()[0]);
    for (int i = 0; i < 2; ++i) {
      idle.Send(kGet);
      EXPECT_THAT(idle.ReadResponse(), StartsWith("HTTP/1.1 200 "));
    }
    RawClient in_its_place(server->addresses()[0]);
    in_its_place.Send(kGet);
    EXPECT_THAT(in_its_place.ReadResponse(), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(idle.ReadAll(), "");
    in_its_place.Send("GET / HTTP/1.1\r\n");
    RawClient last(server->addresses()[0]);
    last.Send(kGet);
    const bool makes_room = limit == Duration::zero();
    EXPECT_THAT(last.ReadResponse(), StartsWith(makes_room ? "HTTP/1.1 200 " : "HTTP/1.1 503 "));
    if (makes_room) {
      EXPECT_EQ(header.ReadAll(), "") << "it has been arriving longest";
    }
    EXPECT_EQ(server->stats().connections_displaced, makes_room ? 2U : 1U);
  }
}

TEST(HttpServerLimits, BusyConnectionsAreKeptAndNewOnesRefused) {
  auto options = Defaults();
  options.threads = 1;
  options.connections_max = 2;
  Parked parked;
  auto server = StartServer(parked.handler(), options);
  RawClient first(server->addresses()[0]);
  RawClient second(server->addresses()[0]);
  first.Send(kGet);
  const Responder answer_first = parked.Take();
  second.Send(kGet);
  const Responder answer_second = parked.Take();
  RawClient third(server->addresses()[0]);
  third.Send(kGet);
  EXPECT_THAT(third.ReadResponse(),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
  EXPECT_EQ(server->stats().connections_refused, 1U);
  EXPECT_EQ(server->stats().connections_displaced, 0U);
  answer_first(Ok("first"));
  answer_second(Ok("second"));
  EXPECT_THAT(first.ReadResponse(), EndsWith("first"));
  EXPECT_THAT(second.ReadResponse(), EndsWith("second"));
}

TEST(HttpServerLimits, TheBodyLimitChangesBetweenRequests) {
  auto options = Defaults();
  options.body_bytes_max = 10;
  auto server = StartServer(Echo, options);
  {
    RawClient client(server->addresses()[0]);
    client.Send(Post(11) + std::string(11, 'x'));
    EXPECT_THAT(client.ReadAll(), EndsWith("request body larger than 10 bytes\n"));
  }
  RawClient client(server->addresses()[0]);
  client.Send(Post(10) + std::string(10, 'x'));
  EXPECT_THAT(client.ReadResponse(), EndsWith("POST /p 10"));
  server->SetBodyBytesMax(20);
  client.Send(Post(20) + std::string(20, 'x'));
  EXPECT_THAT(client.ReadResponse(), EndsWith("POST /p 20"));
  server->SetBodyBytesMax(5);
  client.Send(Post(6) + std::string(6, 'x'));
  EXPECT_THAT(client.ReadAll(), EndsWith("request body larger than 5 bytes\n"));
}

TEST(HttpServerLimits, AnswersThatTakeTooLongAreReplaced) {
  auto options = Defaults();
  options.answer_timeout = milliseconds(500);
  Parked parked;
  auto server = StartServer(
      [late = parked.handler()](ServerRequest request, Responder respond) {
        if (request.method == "POST") return late(std::move(request), std::move(respond));
        respond(Ok("in time"));
      },
      options);
  RawClient client(server->addresses()[0]);
  client.Send(Post(4) + "body");
  EXPECT_THAT(client.ReadResponse(), AllOf(StartsWith("HTTP/1.1 503 "),
                                           EndsWith("Exceeded configured timeout of 500ms.\n")));
  EXPECT_EQ(server->stats().body_bytes, 4U) << "whoever works on it still has it";
  parked.Take()(Ok("too late"));
  client.Send(kGet);
  EXPECT_THAT(client.ReadResponse(), EndsWith("in time"));
}

}  // namespace
}  // namespace tocsin::net
