#include "datasource/remote_write_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tocsin::datasource {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RemoteWriteQueueTest : public testing::Test {
 protected:
  RemoteWriteQueueTest() {
    limits_.samples_max = 10;
    limits_.request_samples_max = 4;
    limits_.pace = milliseconds(100);
    limits_.backoff_min = milliseconds(30);
    limits_.backoff_max = milliseconds(100);
    queue_.SetLimits(limits_);
  }

  // A write of `count` samples with ascending values, whose answer goes to heard_ under `name`.
  void Push(int count, const std::string& name = "") {
    auto samples = std::make_shared<std::vector<rules::SeriesSample>>();
    for (int i = 0; i < count; ++i) samples->push_back({{}, Time(seconds(next_)), next_++ * 1.0});
    RemoteWriteQueue::Callback done;
    if (!name.empty()) {
      done = [this, name](const Status& status) {
        heard_.push_back(name + ": " + (status ? "ok" : status.error().message));
      };
    }
    queue_.Push(now_, std::move(samples), std::move(done), &answers_);
    Hear();
  }

  // The values of the request that begins now; "" if none does.
  std::string Begin() {
    const RemoteWriteQueue::Request* request = queue_.Begin(now_);
    if (request == nullptr) return "";
    std::string values = std::to_string(request->attempt) + ":";
    for (const SampleRange& range : request->ranges) {
      for (std::size_t i = range.begin; i < range.end; ++i) {
        values += " " + std::to_string(static_cast<int>((*range.samples)[i].value));
      }
    }
    return values;
  }

  void Accept() {
    queue_.Accepted(&answers_);
    Hear();
  }
  // Returns how many samples are dropped.
  std::size_t Refuse(bool divisible = false) {
    const std::size_t dropped = queue_.Refused(now_, "HTTP status 400", divisible, &answers_);
    Hear();
    return dropped;
  }
  void Fail(std::optional<Duration> retry_after = std::nullopt) {
    queue_.Failed(now_, "HTTP status 500", retry_after, &answers_);
    Hear();
  }
  void Hear() {
    for (auto& [done, status] : answers_) done(status);
    answers_.clear();
  }
  std::vector<std::string> Heard() { return std::exchange(heard_, {}); }
  Duration UntilDeadline() const {
    return queue_.NextDeadline().value_or(now_ - seconds(1)) - now_;
  }

  using Strings = std::vector<std::string>;

  RemoteWriteQueue::Limits limits_;
  RemoteWriteQueue queue_{limits_};
  Time now_{seconds(1000)};
  int next_ = 1;
  RemoteWriteQueue::Answers answers_;
  Strings heard_;
};

TEST_F(RemoteWriteQueueTest, OneRequestAtATimeInOrder) {
  Push(2, "a");
  EXPECT_EQ(Begin(), "0: 1 2");
  Push(1, "b");
  EXPECT_EQ(Begin(), "");
  EXPECT_EQ(queue_.pending(), 3U);
  Accept();
  EXPECT_EQ(Heard(), Strings{"a: ok"});
  EXPECT_EQ(Begin(), "") << "not before its pace";
  EXPECT_EQ(UntilDeadline(), milliseconds(100));
  now_ += milliseconds(100);
  EXPECT_EQ(Begin(), "0: 3");
  Accept();
  EXPECT_EQ(Heard(), Strings{"b: ok"});
  EXPECT_EQ(queue_.pending(), 0U);
  EXPECT_EQ(queue_.NextDeadline(), std::nullopt);
}

TEST_F(RemoteWriteQueueTest, AFullRequestNeedNotWait) {
  Push(9, "a");
  EXPECT_EQ(Begin(), "0: 1 2 3 4");
  Accept();
  EXPECT_EQ(Begin(), "0: 5 6 7 8");
  Accept();
  EXPECT_EQ(Heard(), Strings{}) << "its last sample is not there yet";
  EXPECT_EQ(Begin(), "");
  now_ += milliseconds(100);
  EXPECT_EQ(Begin(), "0: 9");
  EXPECT_EQ(queue_.on_wire().newest, Time(seconds(9)));
  Accept();
  EXPECT_EQ(Heard(), Strings{"a: ok"});
}

TEST_F(RemoteWriteQueueTest, WritesShareARequest) {
  Push(1, "a");
  Push(1);
  Push(2, "c");
  Push(1, "d");
  EXPECT_EQ(Begin(), "0: 1 2 3 4");
  Accept();
  EXPECT_EQ(Heard(), (Strings{"a: ok", "c: ok"}));
}

TEST_F(RemoteWriteQueueTest, AnEmptyWriteIsDoneAtOnce) {
  Push(0, "a");
  EXPECT_EQ(Heard(), Strings{"a: ok"});
  EXPECT_EQ(Begin(), "");
}

TEST_F(RemoteWriteQueueTest, AFailureIsTriedAgainAndNobodyWaitsForIt) {
  Push(1, "a");
  Push(1, "b");
  EXPECT_EQ(Begin(), "0: 1 2");
  Push(1, "c");
  Fail();
  EXPECT_EQ(Heard(),
            (Strings{"a: remote write: HTTP status 500", "b: remote write: HTTP status 500",
                     "c: remote write: HTTP status 500"}));
  Push(1, "d");
  EXPECT_EQ(Heard(), Strings{"d: the remote write endpoint fails: HTTP status 500"});
  EXPECT_EQ(UntilDeadline(), milliseconds(30));
  now_ += milliseconds(30);
  EXPECT_EQ(Begin(), "1: 1 2") << "the same samples";
  Accept();
  EXPECT_FALSE(queue_.failing());
  EXPECT_EQ(Heard(), Strings{});
  now_ += milliseconds(100);
  EXPECT_EQ(Begin(), "0: 3 4");
  Push(1, "e");
  EXPECT_EQ(Heard(), Strings{}) << "it works again";
  EXPECT_EQ(queue_.counts().sent, 6U);
  EXPECT_EQ(queue_.counts().retried, 2U);
}

TEST_F(RemoteWriteQueueTest, BacksOffAndDoesWhatTheReceiverAsks) {
  Push(9);
  for (const Duration pause :
       {milliseconds(30), milliseconds(60), milliseconds(100), milliseconds(100)}) {
    EXPECT_NE(Begin(), "");
    Fail();
    EXPECT_EQ(Begin(), "");
    EXPECT_EQ(UntilDeadline(), pause);
    now_ += pause;
  }
  EXPECT_NE(Begin(), "");
  Fail(seconds(7));
  EXPECT_EQ(UntilDeadline(), seconds(7));
  now_ += seconds(7);
  Begin();
  Accept();
  Begin();
  Fail();
  EXPECT_EQ(UntilDeadline(), milliseconds(30)) << "from the beginning";
}

TEST_F(RemoteWriteQueueTest, WhatIsRefusedIsDropped) {
  Push(2, "a");
  Push(6, "b");
  EXPECT_EQ(Begin(), "0: 1 2 3 4");
  Refuse();
  EXPECT_EQ(Heard(),
            (Strings{"a: remote write: HTTP status 400", "b: remote write: HTTP status 400"}))
      << "b only in part, but it is not all there";
  EXPECT_EQ(Begin(), "0: 5 6 7 8");
  Accept();
  EXPECT_EQ(Heard(), Strings{});
  EXPECT_EQ(queue_.counts().refused, 4U);
  EXPECT_FALSE(queue_.failing());
}

// As Prometheus's receiver does it: nothing of a request is stored if one sample comes too late.
TEST_F(RemoteWriteQueueTest, OfARefusedRequestTheRestIsTaken) {
  Push(1, "a");
  Push(2, "b");
  Push(1, "c");
  EXPECT_EQ(Begin(), "0: 1 2 3 4");
  EXPECT_EQ(Refuse(true), 0U);
  EXPECT_EQ(queue_.pending(), 4U);
  EXPECT_EQ(Heard(), Strings{});
  EXPECT_EQ(Begin(), "0: 1") << "at once";
  Accept();
  EXPECT_EQ(Heard(), Strings{"a: ok"});
  EXPECT_EQ(Begin(), "0: 2 3 4");
  Push(1, "d");
  EXPECT_EQ(Refuse(true), 0U);
  EXPECT_EQ(Begin(), "0: 2 3") << "between writes first";
  EXPECT_EQ(Refuse(true), 0U);
  EXPECT_EQ(Begin(), "0: 2");
  EXPECT_EQ(Refuse(true), 1U);
  EXPECT_EQ(Heard(), Strings{"b: remote write: HTTP status 400"});
  EXPECT_EQ(Begin(), "0: 3");
  Fail();
  EXPECT_EQ(Heard(),
            (Strings{"c: remote write: HTTP status 500", "d: remote write: HTTP status 500"}));
  EXPECT_EQ(Begin(), "") << "what fails is put off, a part too";
  now_ += milliseconds(30);
  EXPECT_EQ(Begin(), "1: 3");
  Accept();
  EXPECT_EQ(Begin(), "0: 4");
  Accept();
  now_ += milliseconds(100);
  EXPECT_EQ(Begin(), "0: 5");
  Accept();
  EXPECT_EQ(queue_.pending(), 0U);
  EXPECT_EQ(queue_.counts().refused, 1U);
  EXPECT_EQ(Heard(), Strings{});
}

TEST_F(RemoteWriteQueueTest, WhoMindsAllOfItIsNotAskedInPartsAgainSoon) {
  Push(2);
  Begin();
  EXPECT_EQ(Refuse(true), 0U);
  for (const char* part : {"0: 1", "0: 2"}) {
    EXPECT_EQ(Begin(), part);
    EXPECT_EQ(Refuse(true), 1U);
  }
  for (const bool later : {false, true}) {
    Push(2);
    now_ += later ? std::chrono::minutes(1) : milliseconds(100);
    Begin();
    EXPECT_EQ(Refuse(true), later ? 0U : 2U);
  }
}

TEST_F(RemoteWriteQueueTest, ARequestIsNotDividedForEver) {
  limits_.samples_max = limits_.request_samples_max = 1'000;
  queue_.SetLimits(limits_);
  Push(1'000);
  int requests = 0;
  while (!Begin().empty()) {
    ++requests;
    Refuse(true);
  }
  EXPECT_EQ(requests, 2 * 64 + 1);
  EXPECT_EQ(queue_.counts().refused, 1'000U);
}

TEST_F(RemoteWriteQueueTest, NobodyWaitsForAStoreThatHasYetToCatchUp) {
  limits_.acknowledged_within = seconds(10);
  limits_.samples_max = 100;
  queue_.SetLimits(limits_);
  Push(9, "a");
  Begin();
  now_ += seconds(5);
  Push(1, "b");
  EXPECT_EQ(Heard(), Strings{});
  now_ += milliseconds(1);
  Push(1, "c");
  EXPECT_EQ(Heard(), Strings{"c: the remote write endpoint has yet to catch up"});
  Accept();
  Begin();
  Push(1, "d");
  EXPECT_EQ(Heard(), Strings{"d: the remote write endpoint has yet to catch up"})
      << "the last of what came first is not there";
  Accept();
  Begin();
  Accept();
  EXPECT_EQ(Heard(), (Strings{"a: ok", "b: ok"}));
  Push(1, "e");
  EXPECT_EQ(Heard(), Strings{});
}

TEST_F(RemoteWriteQueueTest, NoReceiverPutsItOffForLong) {
  Push(1);
  Begin();
  Fail(std::chrono::hours(1));
  EXPECT_EQ(UntilDeadline(), seconds(30));
}

TEST_F(RemoteWriteQueueTest, TheOldestGoWhenTooMuchWaits) {
  Push(1);
  EXPECT_EQ(Begin(), "0: 1");
  Push(4, "a");
  Push(4, "b");
  Push(4, "c");
  EXPECT_EQ(Heard(), Strings{"a: too much waits for the remote write endpoint"});
  EXPECT_EQ(queue_.counts().overflowed, 4U);
  EXPECT_EQ(queue_.pending(), 9U);
  Push(30, "d");
  EXPECT_EQ(queue_.pending(), 31U) << "one write alone may be larger than all the room";
  Accept();
  EXPECT_EQ(Begin(), "0: 14 15 16 17");
  EXPECT_EQ(queue_.counts().overflowed, 12U);
}

TEST_F(RemoteWriteQueueTest, NobodyWaitsLongerThanThat) {
  limits_.acknowledged_within = seconds(10);
  queue_.SetLimits(limits_);
  Push(1, "a");
  Begin();
  now_ += seconds(1);
  Push(1, "b");
  EXPECT_EQ(UntilDeadline(), seconds(9));
  now_ += seconds(9) - Duration(1);
  queue_.Advance(now_, &answers_);
  Hear();
  EXPECT_EQ(Heard(), Strings{});
  now_ += Duration(1);
  queue_.Advance(now_, &answers_);
  Hear();
  EXPECT_EQ(Heard(), (Strings{"a: the remote write endpoint has not acknowledged in time",
                              "b: the remote write endpoint has not acknowledged in time"}));
  Accept();
  EXPECT_FALSE(queue_.failing());
}

}  // namespace
}  // namespace tocsin::datasource
