#include "app/reloader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace tocsin::app {
namespace {

TEST(Reloader, AnswersWithWhatBecameOfIt) {
  std::atomic<int> runs = 0;
  Reloader reloader([&]() -> Status {
    if (++runs == 1) return Fail("line 3 is wrong");
    return {};
  });
  for (const bool expected : {false, true}) {
    std::promise<Status> answer;
    reloader.Request([&](Status status) { answer.set_value(std::move(status)); });
    EXPECT_EQ(answer.get_future().get().has_value(), expected);
  }
  EXPECT_EQ(runs, 2);
}

TEST(Reloader, RequestsDuringAReloadShareTheNextOne) {
  std::atomic<int> runs = 0;
  std::promise<void> began;
  std::promise<void> go_on;
  Reloader reloader([&]() -> Status {
    if (++runs == 1) {
      began.set_value();
      go_on.get_future().wait();
    }
    return {};
  });
  std::promise<void> first;
  std::promise<void> all;
  std::atomic<int> answered = 0;
  reloader.Request([&](const Status&) { first.set_value(); });
  began.get_future().wait();
  for (int i = 0; i < 3; ++i) {
    reloader.Request([&](const Status&) {
      if (++answered == 3) all.set_value();
    });
  }
  go_on.set_value();
  first.get_future().wait();
  all.get_future().wait();
  EXPECT_EQ(runs, 2);
}

TEST(Reloader, OnceStoppedEveryRequestIsAnswered) {
  Reloader reloader([]() -> Status { return {}; });
  reloader.Stop();
  bool failed = false;
  reloader.Request([&](const Status& status) { failed = !status; });
  EXPECT_TRUE(failed);
}

}  // namespace
}  // namespace tocsin::app
