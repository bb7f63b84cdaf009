#include "net/tcp_connect.h"

#include "net/net_thread.h"
#include "tests/net/script_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

namespace tocsin::net {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

class TcpConnectTest : public ::testing::Test {
 protected:
  TcpConnectTest() {
    NameLookup::Options options;
    options.look_up = [this](const std::string&) { return addresses; };
    names = std::make_shared<NameLookup>(thread.gate(), std::move(options));
  }
  ~TcpConnectTest() override {
    RunInLoop([this] { names.reset(); });
  }

  void RunInLoop(const std::function<void()>& function) {
    std::promise<void> ran;
    thread.Post([&] {
      function();
      ran.set_value();
    });
    ran.get_future().wait();
  }

  // The peer's address, or why there is none.
  Result<std::string> Connect(int port, TcpConnect::Clock::duration limit) {
    std::promise<Result<std::string>> reached;
    RunInLoop([&] {
      const auto connect = std::make_shared<TcpConnect>(
          &thread.loop(), "server.test", static_cast<std::uint16_t>(port),
          TcpConnect::Clock::now() + limit, [&reached](Result<TcpConnect::Socket> socket) {
            if (!socket) return reached.set_value(Fail(socket.error().message));
            reached.set_value(socket->remote_endpoint().address().to_string());
          });
      connect->Start(names.get());
    });
    return reached.get_future().get();
  }

  Result<HostAddresses> addresses = Fail("not set");
  NetThread thread;
  std::shared_ptr<NameLookup> names;
};

TEST_F(TcpConnectTest, TakesTheFirstAddressThatAnswers) {
  ScriptServer server([](Peer& peer) { peer.WaitForEnd(); });
  addresses = HostAddresses{"127.0.0.3", "127.0.0.1", "127.0.0.4"};
  EXPECT_EQ(Connect(server.port(), std::chrono::hours(1)), "127.0.0.1");
}

TEST_F(TcpConnectTest, ASilentAddressLeavesTimeForTheNextOne) {
  ScriptServer server([](Peer& peer) { peer.WaitForEnd(); });
  const DeadServer dead(server.port());
  addresses = HostAddresses{DeadServer::kAddress, "127.0.0.1"};
  EXPECT_EQ(Connect(server.port(), std::chrono::milliseconds(400)), "127.0.0.1");
}

TEST_F(TcpConnectTest, SaysWhatDidNotWork) {
  const int unused = UnusedPort();
  addresses = HostAddresses{"127.0.0.1"};
  EXPECT_EQ(Connect(unused, std::chrono::hours(1)).error().message,
            "connect to server.test:" + std::to_string(unused) + ": Connection refused");
  addresses = Fail("no such name");
  EXPECT_EQ(Connect(unused, std::chrono::hours(1)).error().message,
            "look up server.test: no such name");
  ScriptServer silent([](Peer& peer) { peer.WaitForEnd(); });
  const DeadServer dead(silent.port());
  addresses = HostAddresses{DeadServer::kAddress};
  const Result<std::string> late = Connect(silent.port(), std::chrono::milliseconds(50));
  EXPECT_THAT(late.error().message, StartsWith("connect to server.test:"));
  EXPECT_THAT(late.error().message, EndsWith(": timed out"));
}

TEST_F(TcpConnectTest, ALookupHasTheSameLimit) {
  std::promise<void> over;
  std::shared_future<void> released = over.get_future().share();
  NameLookup::Options options;
  options.look_up = [released](const std::string&) -> Result<HostAddresses> {
    released.wait();
    return HostAddresses{"127.0.0.1"};
  };
  RunInLoop([&] { names = std::make_shared<NameLookup>(thread.gate(), options); });
  EXPECT_EQ(Connect(1, std::chrono::milliseconds(20)).error().message,
            "look up server.test: timed out");
  over.set_value();
}

TEST_F(TcpConnectTest, NothingComesAfterAbort) {
  ScriptServer server([](Peer& peer) { peer.WaitForEnd(); });
  addresses = HostAddresses{"127.0.0.1"};
  std::weak_ptr<TcpConnect> aborted;
  RunInLoop([&] {
    const auto connect = std::make_shared<TcpConnect>(
        &thread.loop(), "server.test", static_cast<std::uint16_t>(server.port()),
        TcpConnect::Clock::time_point::max(), [](Result<TcpConnect::Socket>) { ADD_FAILURE(); });
    connect->Start(names.get());
    connect->Abort();
    aborted = connect;
  });
  EXPECT_EQ(Connect(server.port(), std::chrono::hours(1)), "127.0.0.1");
  EXPECT_TRUE(aborted.expired());
}

}  // namespace
}  // namespace tocsin::net
