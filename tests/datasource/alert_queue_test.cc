#include "datasource/alert_queue.h"

#include "datasource/alert_request.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace tocsin::datasource {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

model::AlertPtr Alert(const std::string& name, int state = 0) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = {{"alertname", name}};
  alert->ends_at = Time(seconds(state));
  return alert;
}

// `a0 b1`: names and states of the batch that begins now.
std::string Begin(AlertQueue* queue, Time now = Time(seconds(1000))) {
  std::string text;
  for (const model::AlertPtr& alert : queue->Begin(now)) {
    if (!text.empty()) text += ' ';
    text += std::string(alert->labels.Get("alertname")) +
            std::to_string(alert->ends_at.time_since_epoch() / seconds(1));
  }
  return text;
}

TEST(AlertQueue, SendsBatchesInOrder) {
  AlertQueue queue(10, {2, 2, 0});
  for (const char* name : {"a", "b", "c", "d"}) queue.Push(Alert(name));
  EXPECT_EQ(Begin(&queue), "a0 b0");
  EXPECT_EQ(Begin(&queue), "") << "one at a time";
  EXPECT_EQ(queue.size(), 4U);
  queue.Accepted();
  EXPECT_EQ(Begin(&queue), "c0 d0");
  queue.Accepted();
  EXPECT_EQ(Begin(&queue), "");
  EXPECT_EQ(queue.counts().sent, 4U);
  EXPECT_EQ(queue.NextDeadline(), std::nullopt);
}

TEST(AlertQueue, WhatComesJustAfterABatchWaitsForCompany) {
  AlertQueue queue(10, {3, 3, 0});
  const Time now(seconds(1000));
  queue.Push(Alert("a"));
  EXPECT_EQ(Begin(&queue, now), "a0") << "the first one waits for nobody";
  queue.Push(Alert("b"));
  queue.Accepted();
  EXPECT_EQ(Begin(&queue, now + milliseconds(9)), "");
  EXPECT_EQ(queue.NextDeadline(), now + milliseconds(10));
  queue.Push(Alert("c"));
  EXPECT_EQ(Begin(&queue, now + milliseconds(10)), "b0 c0");
  queue.Accepted();
  for (const char* name : {"d", "e", "f", "g"}) queue.Push(Alert(name));
  EXPECT_EQ(Begin(&queue, now + milliseconds(11)), "d0 e0 f0") << "a full one goes at once";
  queue.Accepted();
  EXPECT_EQ(Begin(&queue, now + milliseconds(11)), "");
  queue.Hurry();
  EXPECT_EQ(Begin(&queue, now + milliseconds(11)), "g0");
}

TEST(AlertQueue, WhereManyWaitMoreGoTogetherUnlessTheyAreLarge) {
  AlertQueue queue(100, {2, 4, 3 * EncodedBytes(*Alert("a"))});
  const Time now(seconds(1000));
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) queue.Push(Alert(name));
  EXPECT_EQ(Begin(&queue, now), "a0 b0 c0");
  queue.Accepted();
  for (const std::string& name : {std::string(2000, 'x'), std::string(2000, 'y')}) {
    queue.Push(Alert(name));
  }
  EXPECT_EQ(Begin(&queue, now), "d0 e0 f0");
  queue.Accepted();
  EXPECT_EQ(Begin(&queue, now).size(), 2 * 2001U + 1) << "so many always do";
  queue.Accepted();
  AlertQueue large(100, {2, 4, 1'000'000});
  for (const char* name : {"a", "b", "c", "d", "e"}) large.Push(Alert(name));
  EXPECT_EQ(Begin(&large, now), "a0 b0 c0 d0");
  large.Accepted();
  EXPECT_EQ(Begin(&large, now), "") << "one waits for company";
}

TEST(AlertQueue, KeepsOnlyTheNewestState) {
  AlertQueue queue(10, {10, 10, 0});
  queue.Push(Alert("a", 1));
  queue.Push(Alert("b", 1));
  queue.Push(Alert("a", 2));
  EXPECT_EQ(Begin(&queue), "a2 b1");
}

TEST(AlertQueue, AFailureIsSentAgainAfterAPause) {
  AlertQueue queue(10, {2, 2, 0});
  for (const char* name : {"a", "b", "c"}) queue.Push(Alert(name, 1));
  Time now(seconds(1000));
  EXPECT_EQ(Begin(&queue, now), "a1 b1");
  queue.Push(Alert("b", 2));
  queue.Failed(now, std::nullopt);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(Begin(&queue, now), "");
  EXPECT_EQ(queue.NextDeadline(), now + milliseconds(100));
  now += milliseconds(100);
  EXPECT_EQ(Begin(&queue, now), "a1 c1") << "of b a newer state has come";
  queue.Failed(now, seconds(7));
  EXPECT_EQ(queue.NextDeadline(), now + seconds(7));
  now += seconds(7);
  EXPECT_EQ(Begin(&queue, now), "a1 c1");
  queue.Accepted();
  EXPECT_EQ(Begin(&queue, now + milliseconds(10)), "b2");
  EXPECT_EQ(queue.counts().failed, 4U);
  EXPECT_EQ(queue.counts().dropped, 0U);
}

TEST(AlertQueue, NobodyMayAskForALongPause) {
  AlertQueue queue(10, {2, 2, 0});
  queue.Push(Alert("a"));
  const Time now(seconds(1000));
  for (const seconds asked : {seconds(11), seconds(3600)}) {
    Begin(&queue, now + asked);
    queue.Failed(now + asked, asked);
    EXPECT_EQ(queue.NextDeadline(), now + asked + seconds(10));
  }
}

TEST(AlertQueue, WhatIsRefusedIsDropped) {
  AlertQueue queue(10, {2, 2, 0});
  queue.Push(Alert("a"));
  Begin(&queue);
  queue.Refused();
  EXPECT_EQ(Begin(&queue), "");
  EXPECT_EQ(queue.counts().dropped, 1U);
}

TEST(AlertQueue, TheOldestGoWhenTooManyWait) {
  AlertQueue queue(2, {2, 2, 0});
  for (const char* name : {"a", "b", "c"}) queue.Push(Alert(name));
  EXPECT_EQ(queue.counts().dropped, 1U);
  EXPECT_EQ(Begin(&queue), "b0 c0");
  queue.Push(Alert("d"));
  queue.Failed(Time(), std::nullopt);
  EXPECT_EQ(queue.counts().dropped, 2U);
  EXPECT_EQ(Begin(&queue), "c0 d0");
}

TEST(AlertQueue, WhatIsTooLargeGoesInSmallerBatches) {
  AlertQueue queue(10, {4, 4, 0});
  for (const char* name : {"a", "b", "c", "d"}) queue.Push(Alert(name));
  EXPECT_EQ(Begin(&queue), "a0 b0 c0 d0");
  queue.TooLarge();
  EXPECT_EQ(queue.size(), 4U);
  EXPECT_EQ(Begin(&queue), "a0 b0") << "at once, and not so many";
  queue.TooLarge();
  EXPECT_EQ(Begin(&queue), "a0");
  queue.TooLarge();
  EXPECT_EQ(queue.counts().dropped, 1U) << "there is nothing smaller";
  EXPECT_EQ(Begin(&queue, Time(seconds(1001))), "b0");
  queue.Accepted();
  EXPECT_EQ(Begin(&queue, Time(seconds(1002))), "c0") << "for good";
  EXPECT_EQ(queue.counts().failed, 7U);
}

}  // namespace
}  // namespace tocsin::datasource
