#include "storage/write_queue.h"

#include "tests/storage/store_fixture.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace tocsin::storage {
namespace {

class WriteQueueTest : public testing::Test {
 protected:
  // What each batch was answered, as it comes to the core.
  void Push(WriteQueue* queue, const std::string& name, bool replaces_everything = false,
            std::size_t size = 0) {
    core::StoreBatch batch{{router::SilenceRemoved{std::string(size, 'x')}}, replaces_everything};
    queue->Push(std::move(batch), [this, name](const Status& status) {
      answers.push_back(name + ": " + (status ? "ok" : status.error().message));
    });
  }
  std::vector<std::string> Answers() {
    std::vector<core::Inbox::Task> tasks;
    inbox.Wait(Duration(0), &tasks);
    for (const core::Inbox::Task& task : tasks) task();
    return std::exchange(answers, {});
  }

  core::Inbox inbox{1000};
  std::vector<std::string> answers;
};

using Names = std::vector<std::string>;

TEST_F(WriteQueueTest, AFullGroupEndsAPause) {
  WriteQueue::Limits limits;
  limits.group_bytes = 1000;
  WriteQueue queue(limits, &inbox);
  std::thread storage([&] { queue.Pause(std::chrono::hours(1), std::chrono::hours(1)); });
  Push(&queue, "a", false, 600);
  Push(&queue, "b", false, 600);
  storage.join();
  EXPECT_EQ(queue.stats().batches, 2u);
}

TEST_F(WriteQueueTest, RefusesBeyondItsBoundsAndIsBehindThen) {
  WriteQueue::Limits limits;
  limits.batches_max = 2;
  WriteQueue queue(limits, &inbox);
  Push(&queue, "a");
  Push(&queue, "b");
  EXPECT_FALSE(queue.behind());
  Push(&queue, "c");
  EXPECT_EQ(answers, Names()) << "not inside the call";
  EXPECT_EQ(Answers(), Names{"c: too much waits to be stored"});
  EXPECT_TRUE(queue.behind());
  EXPECT_EQ(queue.stats().batches, 2u);
  EXPECT_EQ(queue.TakeGroup().size(), 2u);
  Push(&queue, "d");
  EXPECT_EQ(Answers(), Names{"d: too much waits to be stored"}) << "the group counts";
  queue.Answer({});
  EXPECT_EQ(Answers(), (Names{"a: ok", "b: ok"}));
  EXPECT_TRUE(queue.behind());
  Push(&queue, "e");
  queue.TakeGroup();
  queue.Answer({});
  EXPECT_TRUE(queue.behind()) << "only a rewrite makes good what was lost";
  EXPECT_EQ(queue.stats().failures, 2u);
  EXPECT_EQ(queue.stats().bytes, 0u);
}

TEST_F(WriteQueueTest, BytesBoundIt) {
  WriteQueue::Limits limits;
  limits.bytes_max = 1000;
  WriteQueue queue(limits, &inbox);
  Push(&queue, "large", false, 5000);
  EXPECT_EQ(Answers(), Names()) << "alone, anything fits";
  Push(&queue, "small");
  EXPECT_EQ(Answers(), Names{"small: too much waits to be stored"});
  Push(&queue, "rewrite", true, 100);
  EXPECT_EQ(Answers(), Names()) << "a rewrite always fits";
  queue.TakeGroup();
  queue.Answer({});
  EXPECT_EQ(Answers(), (Names{"large: ok", "rewrite: ok"}));
  EXPECT_FALSE(queue.behind());
}

TEST_F(WriteQueueTest, ARewriteMakesGoodOnlyWhatWasLostBeforeIt) {
  WriteQueue queue({}, &inbox);
  queue.NoteLoss();
  Push(&queue, "rewrite", true);
  queue.TakeGroup();
  queue.NoteLoss();
  queue.Answer({});
  EXPECT_TRUE(queue.behind());
  Push(&queue, "failing", true);
  queue.TakeGroup();
  queue.Answer(Fail("full"));
  EXPECT_TRUE(queue.behind());
  Push(&queue, "last", true);
  queue.TakeGroup();
  queue.Answer({});
  EXPECT_FALSE(queue.behind());
  EXPECT_EQ(Answers(), (Names{"rewrite: ok", "failing: full", "last: ok"}));
}

TEST_F(WriteQueueTest, GroupsAreBounded) {
  WriteQueue::Limits limits;
  limits.group_bytes = 1000;
  WriteQueue queue(limits, &inbox);
  for (int i = 0; i < 5; ++i) Push(&queue, std::to_string(i), false, 400);
  std::vector<std::size_t> sizes;
  for (std::size_t size = queue.TakeGroup().size(); size > 0; size = queue.TakeGroup().size()) {
    sizes.push_back(size);
    queue.Answer({});
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1}));
  Push(&queue, "large", false, 4000);
  EXPECT_EQ(queue.TakeGroup().size(), 1u);
  queue.Answer({});
}

TEST_F(WriteQueueTest, ClosedItRefuses) {
  WriteQueue queue({}, &inbox);
  Push(&queue, "a");
  queue.Close();
  Push(&queue, "b");
  EXPECT_EQ(Answers(), Names{"b: the store is closed"});
  EXPECT_EQ(queue.TakeGroup().size(), 1u);
  queue.Answer({});
  EXPECT_EQ(Answers(), Names{"a: ok"});
}

// The disk hangs: the group at hand and what waits behind it are answered; what was not begun is
// dropped, since nobody counts on it any more, but a rewrite is still written.
TEST_F(WriteQueueTest, LateBatchesAreAnsweredOnce) {
  WriteQueue::Limits limits;
  limits.timeout = std::chrono::milliseconds(8);
  WriteQueue queue(limits, &inbox);
  std::thread timer([&] { queue.RunTimeouts([] {}); });
  Push(&queue, "in the group");
  ASSERT_EQ(queue.TakeGroup().size(), 1u);
  Push(&queue, "waiting");
  Push(&queue, "rewrite", true);
  Names late;
  while (late.size() < 3) {
    std::vector<core::Inbox::Task> tasks;
    ASSERT_TRUE(inbox.Wait(std::chrono::seconds(30), &tasks));
    ASSERT_FALSE(tasks.empty());
    for (const core::Inbox::Task& task : tasks) task();
    late.insert(late.end(), answers.begin(), answers.end());
    answers.clear();
  }
  EXPECT_EQ(late,
            (Names{"in the group: the disk does not answer", "waiting: the disk does not answer",
                   "rewrite: the disk does not answer"}));
  queue.Answer({});
  EXPECT_TRUE(queue.behind());
  const auto& group = queue.TakeGroup();
  ASSERT_EQ(group.size(), 1u);
  EXPECT_TRUE(group.front().batch.replaces_everything);
  queue.Answer({});
  EXPECT_EQ(Answers(), Names()) << "no second answer";
  EXPECT_EQ(queue.stats().failures, 3u);
  EXPECT_EQ(queue.stats().bytes, 0u);
  queue.StopTimeouts();
  timer.join();
}

}  // namespace
}  // namespace tocsin::storage
