#pragma once

// What waits for one remote-write endpoint: in which requests it goes, in order and one at a time,
// when, and again after which failures. Who waits for an acknowledgement gets it here.
//
// While the endpoint fails, or has yet to catch up, nobody waits: the samples stay here and are
// tried again, but alerts must not be late because a store is away. A store that minds one sample
// often refuses the whole request with it: that is divided until the rest is taken. Pure: time is
// an argument (monotonic). One thread.

#include "base/time.h"
#include "config/config.h"
#include "core/series_writer.h"
#include "datasource/remote_write_request.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::datasource {

class RemoteWriteQueue {
 public:
  using Callback = core::SeriesWriter::Callback;
  // To be called by whoever called the method that gave them.
  using Answers = std::vector<std::pair<Callback, Status>>;

  struct Limits {
    std::size_t samples_max = 1'000'000;  // Beyond, the oldest that are not on their way go.
    std::size_t request_samples_max = 2'000;
    // From the start of one request to the next, unless that is full: what comes meanwhile shares
    // it.
    Duration pace = std::chrono::milliseconds(100);
    Duration backoff_min = std::chrono::milliseconds(30);
    Duration backoff_max = std::chrono::seconds(5);
    // Nobody waits longer for an acknowledgement; nor at all while what came half of that ago is
    // not there.
    Duration acknowledged_within = std::chrono::seconds(10);
  };

  struct Request {
    std::vector<SampleRange> ranges;
    std::size_t samples = 0;
    int attempt = 0;            // Counts from 0.
    Time newest = Time::min();  // Of its samples.
    Time waits_since{};         // Of what came first of it.
  };

  // All since the start.
  struct Counts {
    std::uint64_t taken = 0;
    std::uint64_t sent = 0;  // Once for each attempt, as the next.
    std::uint64_t retried = 0;
    std::uint64_t refused = 0;
    std::uint64_t overflowed = 0;
  };

  explicit RemoteWriteQueue(Limits limits) : limits_(limits) {}

  void SetLimits(Limits limits) { limits_ = limits; }

  // `done` may be null: nobody waits.
  void Push(Time now, SharedSamples samples, Callback done, Answers* answers);
  // The request to make now; none while one is on its way, or it is not time yet. It is valid until
  // one of the three below, which answer it.
  const Request* Begin(Time now);
  void Accepted(Answers* answers);
  // `divisible`: it may be that not all of it is minded. Returns how many samples are dropped.
  std::size_t Refused(Time now, const std::string& error, bool divisible, Answers* answers);
  void Failed(Time now, const std::string& error, std::optional<Duration> retry_after,
              Answers* answers);
  // What a pause, or a failure, has put off is due now.
  void Hurry() { not_before_ = Time::min(); }
  // Answers those who have waited long enough.
  void Advance(Time now, Answers* answers);
  // The next time at which Begin or Advance has something to do.
  std::optional<Time> NextDeadline() const;
  // Answers all who wait.
  void GiveUp(const std::string& error, Answers* answers);

  // Valid as what Begin gives.
  const Request& on_wire() const { return on_wire_; }
  bool failing() const { return failing_; }
  // Why; of the last failure.
  const std::string& failure() const { return failure_; }
  std::size_t pending() const { return waiting_ + parts_samples_ + on_wire_.samples; }
  const Counts& counts() const { return counts_; }

 private:
  struct Waiter {
    const void* write = nullptr;  // Its samples.
    Callback done;                // Null: answered.
    Time deadline{};
  };
  struct Entry {
    SharedSamples samples;
    std::size_t begin = 0;  // What is before has gone.
    Time came{};

    std::size_t left() const { return samples->size() - begin; }
  };

  bool IsBehind(Time now) const;
  void MakeRoom(Answers* answers);
  void FillRequest();
  bool MayDivide(Time now);
  void Divide();
  // The request on its way has an answer that is final.
  void Settle();
  void Answer(const SharedSamples& write, const Status& status, Answers* answers);
  std::optional<Time> FirstWaiterDeadline() const;

  Limits limits_;
  std::deque<Entry> entries_;
  std::size_t waiting_ = 0;     // Samples in entries_.
  std::deque<Waiter> waiters_;  // In the order in which they came; the first is not answered.
  // What is on its way or to be tried again; no samples: nothing is.
  Request on_wire_;
  bool in_flight_ = false;
  // The rest of a request that was refused: goes before all else.
  std::deque<Request> parts_;
  std::size_t parts_samples_ = 0;
  std::size_t divisions_left_ = 0;
  bool divided_ = false;        // What is on its way, or was last, is a part.
  bool part_accepted_ = false;  // Of that request.
  Time undivided_until_ = Time::min();
  Time not_before_ = Time::min();  // Of the next attempt of on_wire_, or of the next request.
  Duration backoff_{};             // Of the last failure.
  bool failing_ = false;           // Since then nothing was accepted.
  std::string failure_;
  Counts counts_;
};

}  // namespace tocsin::datasource
