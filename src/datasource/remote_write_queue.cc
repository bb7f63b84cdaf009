#include "datasource/remote_write_queue.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace tocsin::datasource {
namespace {

// Of one request: enough to find a few samples among thousands.
constexpr std::size_t kDivisionsMax = 64;
// A receiver of whom no part was good is not asked in parts again before that.
constexpr Duration kUndivided = std::chrono::minutes(1);
// However long a receiver asks for: alerts read what is recorded.
constexpr Duration kRetryAfterMax = std::chrono::seconds(30);

RemoteWriteQueue::Request RequestOf(std::vector<SampleRange> ranges, Time waits_since) {
  RemoteWriteQueue::Request request;
  for (const SampleRange& range : ranges) {
    request.samples += range.end - range.begin;
    request.newest = std::max(request.newest, (*range.samples)[range.end - 1].time);
  }
  request.ranges = std::move(ranges);
  request.waits_since = waits_since;
  return request;
}

}  // namespace

void RemoteWriteQueue::Push(Time now, SharedSamples samples, Callback done, Answers* answers) {
  counts_.taken += samples->size();
  if (samples->empty()) {
    if (done) answers->emplace_back(std::move(done), Status());
    return;
  }
  if (done && failing_) {
    answers->emplace_back(std::move(done), Fail("the remote write endpoint fails: " + failure_));
  } else if (done && IsBehind(now)) {
    answers->emplace_back(std::move(done), Fail("the remote write endpoint has yet to catch up"));
  } else if (done) {
    waiters_.push_back(
        {samples.get(), std::move(done), SaturatingAdd(now, limits_.acknowledged_within)});
  }
  waiting_ += samples->size();
  entries_.push_back({std::move(samples), 0, now});
  MakeRoom(answers);
}

bool RemoteWriteQueue::IsBehind(Time now) const {
  if (pending() == 0) return false;
  const Time oldest = on_wire_.samples > 0 ? on_wire_.waits_since
                      : !parts_.empty()    ? parts_.front().waits_since
                                           : entries_.front().came;
  return now - oldest > limits_.acknowledged_within / 2;
}

// A single write may be larger than all the room: rules are bounded by what their queries give.
void RemoteWriteQueue::MakeRoom(Answers* answers) {
  while (pending() > limits_.samples_max && entries_.size() > 1) {
    Entry& oldest = entries_.front();
    counts_.overflowed += oldest.left();
    waiting_ -= oldest.left();
    Answer(oldest.samples, Fail("too much waits for the remote write endpoint"), answers);
    entries_.pop_front();
  }
}

void RemoteWriteQueue::Answer(const SharedSamples& write, const Status& status, Answers* answers) {
  // Near the front: what is answered goes from there.
  const auto waiter = std::find_if(waiters_.begin(), waiters_.end(),
                                   [&](const Waiter& one) { return one.write == write.get(); });
  if (waiter == waiters_.end() || !waiter->done) return;
  answers->emplace_back(std::exchange(waiter->done, nullptr), status);
  while (!waiters_.empty() && !waiters_.front().done) waiters_.pop_front();
}

const RemoteWriteQueue::Request* RemoteWriteQueue::Begin(Time now) {
  if (in_flight_) return nullptr;
  const bool at_once = on_wire_.samples == 0 && !failing_ &&
                       (!parts_.empty() || waiting_ >= limits_.request_samples_max);
  if (now < not_before_ && !at_once) return nullptr;
  if (on_wire_.samples == 0) {
    if (pending() == 0) return nullptr;
    FillRequest();
  }
  in_flight_ = true;
  not_before_ = SaturatingAdd(now, limits_.pace);
  counts_.sent += on_wire_.samples;
  if (on_wire_.attempt > 0) counts_.retried += on_wire_.samples;
  return &on_wire_;
}

void RemoteWriteQueue::FillRequest() {
  divided_ = !parts_.empty();
  if (divided_) {
    on_wire_ = std::move(parts_.front());
    parts_samples_ -= on_wire_.samples;
    parts_.pop_front();
    return;
  }
  const Time waits_since = entries_.front().came;
  std::vector<SampleRange> ranges;
  std::size_t left = limits_.request_samples_max;
  while (!entries_.empty() && left > 0) {
    Entry& entry = entries_.front();
    const std::size_t count = std::min(entry.left(), left);
    ranges.push_back({entry.samples, entry.begin, entry.begin + count});
    left -= count;
    waiting_ -= count;
    entry.begin += count;
    if (entry.left() == 0) entries_.pop_front();
  }
  on_wire_ = RequestOf(std::move(ranges), waits_since);
}

void RemoteWriteQueue::Settle() {
  on_wire_ = {};
  in_flight_ = false;
  failing_ = false;
  backoff_ = Duration::zero();
}

void RemoteWriteQueue::Accepted(Answers* answers) {
  for (const SampleRange& range : on_wire_.ranges) {
    if (range.end == range.samples->size()) Answer(range.samples, {}, answers);
  }
  part_accepted_ = true;
  Settle();
}

std::size_t RemoteWriteQueue::Refused(Time now, const std::string& error, bool divisible,
                                      Answers* answers) {
  if (divisible && MayDivide(now)) {
    Divide();
    Settle();
    return 0;
  }
  const std::size_t dropped = on_wire_.samples;
  counts_.refused += dropped;
  // A write may be refused in part, its rest yet to go: it is not all there.
  const Status refused = Fail("remote write: " + error);
  for (const SampleRange& range : on_wire_.ranges) Answer(range.samples, refused, answers);
  if (divided_ && parts_.empty() && !part_accepted_) {
    undivided_until_ = SaturatingAdd(now, kUndivided);
  }
  Settle();
  return dropped;
}

bool RemoteWriteQueue::MayDivide(Time now) {
  if (on_wire_.samples < 2 || now < undivided_until_) return false;
  if (!divided_) {
    divisions_left_ = kDivisionsMax;
    part_accepted_ = false;
  }
  if (divisions_left_ == 0) return false;
  --divisions_left_;
  return true;
}

// Between writes, which are of one rule each, as long as there are several.
void RemoteWriteQueue::Divide() {
  std::vector<SampleRange> first = std::move(on_wire_.ranges), second;
  if (first.size() > 1) {
    const auto middle = first.begin() + static_cast<std::ptrdiff_t>(first.size() / 2);
    second.assign(std::make_move_iterator(middle), std::make_move_iterator(first.end()));
    first.erase(middle, first.end());
  } else {
    second = first;
    first.front().end = second.front().begin = (first.front().begin + first.front().end) / 2;
  }
  parts_samples_ += on_wire_.samples;
  parts_.push_front(RequestOf(std::move(second), on_wire_.waits_since));
  parts_.push_front(RequestOf(std::move(first), on_wire_.waits_since));
}

void RemoteWriteQueue::Failed(Time now, const std::string& error,
                              std::optional<Duration> retry_after, Answers* answers) {
  in_flight_ = false;
  ++on_wire_.attempt;
  backoff_ = std::clamp(backoff_ * 2, limits_.backoff_min, limits_.backoff_max);
  const Duration most = std::max(limits_.backoff_max, kRetryAfterMax);
  not_before_ = SaturatingAdd(now, std::min(retry_after.value_or(backoff_), most));
  GiveUp("remote write: " + error, answers);
  failure_ = error;
}

void RemoteWriteQueue::Advance(Time now, Answers* answers) {
  const std::optional<Time> deadline = FirstWaiterDeadline();
  if (deadline && *deadline <= now) {
    GiveUp("the remote write endpoint has not acknowledged in time", answers);
    failure_ = "it has not acknowledged in time";
  }
}

void RemoteWriteQueue::GiveUp(const std::string& error, Answers* answers) {
  failing_ = true;
  for (Waiter& waiter : std::exchange(waiters_, {})) {
    if (waiter.done) answers->emplace_back(std::move(waiter.done), Fail(error));
  }
}

std::optional<Time> RemoteWriteQueue::FirstWaiterDeadline() const {
  if (waiters_.empty()) return std::nullopt;
  return waiters_.front().deadline;
}

std::optional<Time> RemoteWriteQueue::NextDeadline() const {
  std::optional<Time> next = FirstWaiterDeadline();
  if (!in_flight_ && pending() > 0 && (!next || not_before_ < *next)) next = not_before_;
  return next;
}

}  // namespace tocsin::datasource
