#include "core/inbox.h"

#include <gtest/gtest.h>

#include <thread>

namespace tocsin::core {
namespace {

TEST(Inbox, RefusesWhatIsTooMuchUntilItIsEmptied) {
  Inbox inbox(100);
  EXPECT_TRUE(inbox.TryPost(60, [] {}));
  EXPECT_FALSE(inbox.TryPost(41, [] {}));
  EXPECT_TRUE(inbox.TryPost(40, [] {}));
  EXPECT_EQ(inbox.bytes(), 100u);
  bool answered = false;
  inbox.Post([&] { answered = true; });  // Answers always fit.
  std::vector<Inbox::Task> tasks;
  EXPECT_TRUE(inbox.Wait(Duration::zero(), &tasks));
  ASSERT_EQ(tasks.size(), 3u);
  tasks[2]();
  EXPECT_TRUE(answered);
  EXPECT_TRUE(inbox.TryPost(100, [] {}));
}

TEST(Inbox, GivesOutATurnsWorkAtATime) {
  Inbox inbox(10 * Inbox::kTurnBytes);
  for (std::size_t i = 0; i < Inbox::kTurnTasks + 1; ++i) inbox.Post([] {});
  ASSERT_TRUE(inbox.TryPost(3 * Inbox::kTurnBytes, [] {}));  // A task is never too large.
  ASSERT_TRUE(inbox.TryPost(Inbox::kTurnBytes, [] {}));
  std::vector<std::size_t> turns;
  for (int turn = 0; turn < 3; ++turn) {
    std::vector<Inbox::Task> tasks;
    EXPECT_TRUE(inbox.Wait(std::chrono::hours(1), &tasks)) << "does not wait while there is work";
    turns.push_back(tasks.size());
  }
  EXPECT_EQ(turns, (std::vector<std::size_t>{Inbox::kTurnTasks, 2, 1}));
  EXPECT_EQ(inbox.bytes(), 0u);
}

TEST(Inbox, ClosingWakesTheWaiterAndRefusesAll) {
  Inbox inbox(100);
  std::vector<Inbox::Task> tasks;
  std::thread waiter([&] { EXPECT_FALSE(inbox.Wait(std::chrono::hours(1), &tasks)); });
  inbox.Close();
  waiter.join();
  EXPECT_FALSE(inbox.TryPost(1, [] {}));
}

TEST(Inbox, KeepsTheOrderOfEachSender) {
  Inbox inbox(1 << 20);
  constexpr int kEach = 1000;
  std::vector<int> seen[2];
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 2; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < kEach; ++i) inbox.Post([&seen, sender, i] { seen[sender].push_back(i); });
    });
  }
  std::size_t run = 0;
  std::vector<Inbox::Task> tasks;
  while (run < 2 * kEach && inbox.Wait(std::chrono::seconds(10), &tasks)) {
    for (const auto& task : tasks) task();
    run += tasks.size();
    tasks.clear();
  }
  for (std::thread& sender : senders) sender.join();
  for (const auto& order : seen) {
    ASSERT_EQ(order.size(), static_cast<std::size_t>(kEach));
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  }
}

}  // namespace
}  // namespace tocsin::core
