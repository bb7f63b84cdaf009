#pragma once

// Alerts that wait for one Alertmanager, each once, in its newest state and at the place where it
// came first: what was away for an hour is told how things are, not how they were. What comes
// just after a batch waits for company: the rules of a group fire one after the other, and each
// request costs both sides more than the alerts in it. Where many wait, more of them go together,
// as long as the request stays small enough for whatever stands between. Pure. One thread.

#include "base/time.h"
#include "model/alert.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

namespace tocsin::datasource {

class AlertQueue {
 public:
  struct Counts {
    std::uint64_t sent = 0;     // Accepted.
    std::uint64_t failed = 0;   // Once for each attempt.
    std::uint64_t dropped = 0;  // Refused, or the oldest where too many wait.
  };

  // How many alerts go together.
  struct Batch {
    std::size_t full = 1;  // They wait for no company, and go however large they are.
    std::size_t max = 1;
    std::size_t bytes_max = 0;  // Of one with more than `full`, as JSON, about.
  };

  // Beyond `alerts_max` the oldest go.
  AlertQueue(std::size_t alerts_max, Batch batch) : alerts_max_(alerts_max), batch_(batch) {}

  void Push(const model::AlertPtr& alert);
  // The next batch to send now; empty while one is on its way, or it is not time yet. It is valid
  // until one of the four below, which answer it.
  const std::vector<model::AlertPtr>& Begin(Time now);
  void Accepted();
  void Refused();
  // What is too much for it goes again in smaller batches, for good; a single alert is dropped.
  void TooLarge();
  // It is sent again, without alerts of which a newer state has come, after a pause: as long as was
  // asked for, but ten seconds at most.
  void Failed(Time now, std::optional<Duration> retry_after);

  // What a failure has put off is due now, and nothing waits for company any more.
  void Hurry() {
    not_before_ = Time::min();
    hurries_ = true;
  }

  // When Begin may have something.
  std::optional<Time> NextDeadline() const;
  std::size_t size() const { return newest_.size() + on_wire_.size(); }
  const Counts& counts() const { return counts_; }

 private:
  void MakeRoom();
  void PutBack();
  Time NotBefore() const;

  const std::size_t alerts_max_;
  const Batch batch_;
  std::deque<model::LabelSet> order_;  // The keys of newest_.
  boost::unordered_flat_map<model::LabelSet, model::AlertPtr, model::LabelSetHash> newest_;
  std::vector<model::AlertPtr> on_wire_;
  std::size_t on_wire_bytes_ = 0;                                     // As JSON, about.
  std::size_t bytes_most_ = std::numeric_limits<std::size_t>::max();  // Of several together.
  Time not_before_ = Time::min();                                     // After a failure.
  Duration backoff_{};
  Time gathers_until_ = Time::min();
  bool hurries_ = false;
  Counts counts_;
};

}  // namespace tocsin::datasource
