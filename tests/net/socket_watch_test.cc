#include "net/socket_watch.h"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tocsin::net {
namespace {

class SocketWatchTest : public ::testing::Test {
 protected:
  using Event = SocketWatch::Event;

  SocketWatchTest() { Open(); }
  ~SocketWatchTest() override { Close(); }

  void Open() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0); }
  void Close() {
    close(ends_[0]);
    close(ends_[1]);
  }
  void Write() { EXPECT_EQ(write(ends_[1], "x", 1), 1); }
  void Read() {
    char byte = 0;
    EXPECT_EQ(read(ends_[0], &byte, 1), 1);
  }
  // What has come by now.
  std::vector<Event> Events() {
    loop_.restart();
    loop_.poll();
    return std::exchange(events_, {});
  }

  int ends_[2]{};
  std::vector<Event> events_;
  boost::asio::io_context loop_;
  SocketWatch watch_{&loop_, [this](int fd, Event event) {
                       EXPECT_EQ(fd, ends_[0]);
                       events_.push_back(event);
                       if (event == Event::kIn) Read();
                     }};
};

TEST_F(SocketWatchTest, TellsWhatIsWantedAsOftenAsItIsThere) {
  watch_.Want(ends_[0], true, false);
  EXPECT_EQ(Events(), std::vector<Event>());
  for (int i = 0; i < 3; ++i) {
    Write();
    EXPECT_EQ(Events(), std::vector{Event::kIn});
  }
  watch_.Want(ends_[0], false, true);
  loop_.restart();
  loop_.poll_one();
  EXPECT_EQ(events_, std::vector{Event::kOut});
}

// It may have come with the answer before, or be the end of an idle connection.
TEST_F(SocketWatchTest, AConnectionTellsWhatCameWhileNothingWasWanted) {
  watch_.Opened(ends_[0]);
  for (int i = 0; i < 3; ++i) {
    watch_.Want(ends_[0], true, false);
    EXPECT_EQ(Events(), std::vector<Event>());
    watch_.Want(ends_[0], false, false);
    Write();
    EXPECT_EQ(Events(), std::vector<Event>());
    watch_.Want(ends_[0], true, false);
    EXPECT_EQ(Events(), std::vector{Event::kIn});
  }
}

TEST_F(SocketWatchTest, ANumberThatIsUsedAgainIsAnotherSocket) {
  for (const bool is_connection : {true, false, true}) {
    for (int i = 0; i < 3; ++i) {
      if (is_connection) watch_.Opened(ends_[0]);
      watch_.Want(ends_[0], true, false);
      Write();
      EXPECT_EQ(Events(), std::vector{Event::kIn});
      watch_.Want(ends_[0], false, false);
      // Of one that was closed without a word, the next one says it.
      if (is_connection && i != 1) watch_.Closed(ends_[0]);
      Close();
      Open();
    }
  }
}

}  // namespace
}  // namespace tocsin::net
