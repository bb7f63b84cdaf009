#include "datasource/remote_write_queue.h"

#include <algorithm>

namespace tocsin::datasource {

void RemoteWriteQueue::Push(Time now, SharedSamples samples, Callback done, Answers* answers) {
  counts_.taken += samples->size();
  if (samples->empty()) {
    if (done) answers->emplace_back(std::move(done), Status());
    return;
  }
  Entry entry{std::move(samples), 0, {}};
  if (done && failing_) {
    answers->emplace_back(std::move(done), Fail("the remote write endpoint fails"));
  } else if (done) {
    entry.waiter = {std::move(done), SaturatingAdd(now, limits_.acknowledged_within)};
    ++waiters_;
  }
  waiting_ += entry.left();
  entries_.push_back(std::move(entry));
  MakeRoom(answers);
}

// A single write may be larger than all the room: rules are bounded by what their queries give.
void RemoteWriteQueue::MakeRoom(Answers* answers) {
  while (pending() > limits_.samples_max && entries_.size() > 1) {
    Entry& oldest = entries_.front();
    counts_.overflowed += oldest.left();
    waiting_ -= oldest.left();
    Answer(&oldest.waiter, Fail("too much waits for the remote write endpoint"), answers);
    entries_.pop_front();
  }
}

void RemoteWriteQueue::Answer(Waiter* waiter, const Status& status, Answers* answers) {
  if (!waiter->done) return;
  --waiters_;
  answers->emplace_back(std::exchange(waiter->done, nullptr), status);
}

const RemoteWriteQueue::Request* RemoteWriteQueue::Begin(Time now) {
  if (in_flight_) return nullptr;
  const bool full = on_wire_.samples == 0 && waiting_ >= limits_.request_samples_max && !failing_;
  if (now < not_before_ && !full) return nullptr;
  if (on_wire_.samples == 0) {
    if (entries_.empty()) return nullptr;
    FillRequest();
  }
  in_flight_ = true;
  not_before_ = SaturatingAdd(now, limits_.pace);
  counts_.sent += on_wire_.samples;
  if (on_wire_.attempt > 0) counts_.retried += on_wire_.samples;
  return &on_wire_;
}

void RemoteWriteQueue::FillRequest() {
  on_wire_.newest = Time::min();
  while (!entries_.empty() && on_wire_.samples < limits_.request_samples_max) {
    Entry& entry = entries_.front();
    const std::size_t count =
        std::min(entry.left(), limits_.request_samples_max - on_wire_.samples);
    on_wire_.ranges.push_back({entry.samples, entry.begin, entry.begin + count});
    on_wire_.newest = std::max(on_wire_.newest, (*entry.samples)[entry.begin + count - 1].time);
    on_wire_.samples += count;
    waiting_ -= count;
    entry.begin += count;
    if (entry.left() > 0) break;
    if (entry.waiter.done) on_wire_waiters_.push_back(std::move(entry.waiter));
    entries_.pop_front();
  }
}

void RemoteWriteQueue::Accepted(Answers* answers) {
  for (Waiter& waiter : on_wire_waiters_) Answer(&waiter, {}, answers);
  on_wire_waiters_.clear();
  on_wire_ = {};
  in_flight_ = false;
  failing_ = false;
  backoff_ = Duration::zero();
}

void RemoteWriteQueue::Refused(const std::string& error, Answers* answers) {
  counts_.refused += on_wire_.samples;
  const Status refused = Fail("remote write: " + error);
  for (Waiter& waiter : on_wire_waiters_) Answer(&waiter, refused, answers);
  // The rest of a write that was refused in part.
  if (!entries_.empty() && entries_.front().begin > 0) {
    Answer(&entries_.front().waiter, refused, answers);
  }
  Accepted(answers);  // It is there, and has done with them.
}

void RemoteWriteQueue::Failed(Time now, const std::string& error,
                              std::optional<Duration> retry_after, Answers* answers) {
  in_flight_ = false;
  ++on_wire_.attempt;
  backoff_ = std::clamp(backoff_ * 2, limits_.backoff_min, limits_.backoff_max);
  not_before_ = SaturatingAdd(now, retry_after.value_or(backoff_));
  GiveUp("remote write: " + error, answers);
}

void RemoteWriteQueue::Advance(Time now, Answers* answers) {
  const std::optional<Time> deadline = FirstWaiterDeadline();
  if (deadline && *deadline <= now) {
    GiveUp("the remote write endpoint has not acknowledged in time", answers);
  }
}

void RemoteWriteQueue::GiveUp(const std::string& error, Answers* answers) {
  failing_ = true;
  if (waiters_ == 0) return;
  for (Waiter& waiter : on_wire_waiters_) Answer(&waiter, Fail(error), answers);
  for (Entry& entry : entries_) Answer(&entry.waiter, Fail(error), answers);
}

std::optional<Time> RemoteWriteQueue::FirstWaiterDeadline() const {
  if (waiters_ == 0) return std::nullopt;
  // In the order in which they came, so that the first one's is the earliest.
  for (const Waiter& waiter : on_wire_waiters_) {
    if (waiter.done) return waiter.deadline;
  }
  for (const Entry& entry : entries_) {
    if (entry.waiter.done) return entry.waiter.deadline;
  }
  return std::nullopt;
}

std::optional<Time> RemoteWriteQueue::NextDeadline() const {
  std::optional<Time> next = FirstWaiterDeadline();
  const bool something = on_wire_.samples > 0 || !entries_.empty();
  if (!in_flight_ && something && (!next || not_before_ < *next)) next = not_before_;
  return next;
}

}  // namespace tocsin::datasource
