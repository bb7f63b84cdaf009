#include "storage/write_queue.h"

#include "base/clock.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tocsin::storage {
namespace {

constexpr std::size_t kChangeOverhead = sizeof(router::StateChange);

std::size_t Bytes(const model::Silence& silence) {
  std::size_t bytes = silence.id.size() + silence.created_by.size() + silence.comment.size();
  for (const model::Matchers& matchers : silence.matcher_sets) {
    for (const model::Matcher& matcher : matchers) {
      bytes += matcher.name().size() + matcher.value().size();
    }
  }
  return bytes + silence.annotations.HeapBytes();
}

std::size_t Bytes(const router::LogEntry& entry) {
  std::size_t bytes = (entry.firing.size() + entry.resolved.size()) * sizeof(std::uint64_t);
  for (const auto& [key, value] : entry.data) {
    const std::string* text = std::get_if<std::string>(&value);
    bytes += key.size() + (text != nullptr ? text->size() : sizeof(std::int64_t));
  }
  return bytes;
}

std::size_t Bytes(const router::SilenceStored& change) {
  return Bytes(*change.silence);
}
std::size_t Bytes(const router::SilenceRemoved& change) {
  return change.id.size();
}
std::size_t Bytes(const router::LogEntryStored& change) {
  return change.key.size() + Bytes(*change.entry);
}
std::size_t Bytes(const router::LogEntryRemoved& change) {
  return change.key.size();
}
std::size_t Bytes(const router::AlertStored& change) {
  return change.alert->labels.HeapBytes() + change.alert->annotations.HeapBytes();
}
std::size_t Bytes(const router::AlertEndsMoved& change) {
  return change.ends.size() * sizeof(change.ends[0]);
}
std::size_t Bytes(const router::GroupStored& change) {
  return change.group->key.size() + change.route_key.size();
}
// Of fixed size.
template <class T>
std::size_t Bytes(const T&) {
  return 0;
}

std::size_t BytesOf(const rules::StateChange& change) {
  std::size_t bytes = sizeof change;
  if (const auto* stored = std::get_if<rules::AlertStored>(&change)) {
    bytes += stored->alert.labels.HeapBytes() + stored->alert.sample_labels.HeapBytes();
    if (stored->alert.annotations) bytes += stored->alert.annotations->HeapBytes();
  }
  return bytes;
}

// What a change keeps in memory, roughly.
std::size_t BytesOf(const router::StateChange& change) {
  return kChangeOverhead + std::visit([](const auto& c) { return Bytes(c); }, change);
}

}  // namespace

void WriteQueue::Push(core::StoreBatch batch, core::Store::Callback done) {
  const char* reason = nullptr;
  bool wake = false;
  bool wake_timer = false;
  {
    const std::lock_guard lock(mutex_);
    if (TryQueue(&batch, &done, &reason)) {
      wake = waits_ || PauseIsOver();
      wake_timer = timer_idle_;
    } else {
      ++lost_;
      ++failures_;
    }
  }
  if (reason != nullptr) {
    Callbacks refused;
    if (done) refused.push_back(std::move(done));
    return PostAnswer(std::move(refused), Fail(reason));
  }
  if (wake) arrived_.notify_one();
  if (wake_timer) timer_needed_.notify_one();
}

bool WriteQueue::TryQueue(core::StoreBatch* batch, core::Store::Callback* done,
                          const char** reason) {
  std::size_t bytes = 0;
  for (const router::StateChange& change : batch->changes) bytes += BytesOf(change);
  for (const rules::StateChange& change : batch->rule_changes) bytes += BytesOf(change);
  // The first is taken whatever its size: otherwise it never could be.
  const bool full =
      batches() > 0 && (bytes_ + bytes > limits_.bytes_max || batches() >= limits_.batches_max);
  if (closed_) {
    *reason = "the store is closed";
    return false;
  }
  if (full && !batch->replaces_everything) {
    *reason = "too much waits to be stored";
    return false;
  }
  ++InHaste(batch->haste);
  bytes_ += bytes;
  waiting_.push_back({std::move(*batch), std::move(*done), /*answered=*/false, bytes,
                      MonotonicNow() + limits_.timeout, lost_});
  return true;
}

void WriteQueue::PostAnswer(Callbacks callbacks, Status status) {
  if (callbacks.empty()) return;
  inbox_->Post([callbacks = std::move(callbacks), status = std::move(status)] {
    for (const core::Store::Callback& done : callbacks) done(status);
  });
}

void WriteQueue::Wait(Duration timeout) {
  std::unique_lock lock(mutex_);
  waits_ = true;
  arrived_.wait_for(lock, timeout, [this] { return closed_ || !waiting_.empty(); });
  waits_ = false;
}

void WriteQueue::Pause(Duration soon, Duration timeout) {
  const Duration end = MonotonicNow() + timeout;
  std::unique_lock lock(mutex_);
  pauses_for_ = core::Haste::kSoon;
  arrived_.wait_for(lock, timeout, [this] { return PauseIsOver(); });
  pauses_for_ = core::Haste::kNow;
  const Duration left = std::min(soon, end - MonotonicNow());
  arrived_.wait_for(lock, left, [this] { return PauseIsOver(); });
  pauses_for_.reset();
}

bool WriteQueue::PauseIsOver() const {
  if (!pauses_for_) return false;
  if (closed_ || bytes_ >= limits_.group_bytes) return true;
  const auto first = static_cast<std::ptrdiff_t>(*pauses_for_);
  return std::any_of(in_haste_.begin() + first, in_haste_.end(), [](int n) { return n > 0; });
}

const std::deque<WriteQueue::Pending>& WriteQueue::TakeGroup() {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  while (!waiting_.empty()) {
    Pending& next = waiting_.front();
    // Who was told that it failed does not expect it any more.
    const bool late = next.answered && !next.batch.replaces_everything;
    if (!late && !group_.empty() && bytes + next.bytes > limits_.group_bytes) break;
    --InHaste(next.batch.haste);
    if (late) {
      bytes_ -= next.bytes;
    } else {
      bytes += next.bytes;
      group_.push_back(std::move(next));
    }
    waiting_.pop_front();
  }
  return group_;
}

void WriteQueue::Answer(const Status& status) {
  std::deque<Pending> group;
  Callbacks callbacks;
  {
    const std::lock_guard lock(mutex_);
    for (Pending& pending : group_) {
      bytes_ -= pending.bytes;
      if (status && pending.batch.replaces_everything) {
        made_good_ = std::max(made_good_, pending.lost_before);
      }
      if (!status) ++lost_;
      if (pending.answered) continue;
      if (!status) ++failures_;
      if (pending.done) callbacks.push_back(std::move(pending.done));
    }
    group.swap(group_);
  }
  PostAnswer(std::move(callbacks), status);
}

bool WriteQueue::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void WriteQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
}

bool WriteQueue::behind() const {
  const std::lock_guard lock(mutex_);
  return lost_ != made_good_;
}

void WriteQueue::NoteLoss() {
  const std::lock_guard lock(mutex_);
  ++lost_;
}

void WriteQueue::RunTimeouts(const std::function<void()>& on_hang) {
  // Late by an eighth at most.
  const Duration tick = limits_.timeout / 8;
  std::unique_lock lock(mutex_);
  while (!timer_stopped_) {
    if (batches() == 0) {
      timer_idle_ = true;
      timer_needed_.wait(lock, [this] { return timer_stopped_ || batches() > 0; });
      timer_idle_ = false;
    }
    timer_needed_.wait_for(lock, tick, [this] { return timer_stopped_; });
    const Duration now = MonotonicNow();
    Callbacks late;
    const bool known = Hangs();
    TakeLate(&group_, now, &late);
    TakeLate(&waiting_, now, &late);
    const bool hangs = Hangs() && !known;
    lock.unlock();
    if (hangs) on_hang();
    PostAnswer(std::move(late), Fail("the disk does not answer"));
    lock.lock();
  }
}

void WriteQueue::TakeLate(std::deque<Pending>* batches, Duration now, Callbacks* late) {
  for (Pending& pending : *batches) {
    if (pending.deadline > now) return;  // They came in this order.
    if (std::exchange(pending.answered, true)) continue;
    ++failures_;
    // It may still be written although it was said to have failed, or not. A rewrite is not in
    // doubt: it makes good what it can, whenever it is done.
    if (!pending.batch.replaces_everything) ++lost_;
    if (pending.done) late->push_back(std::move(pending.done));
  }
}

void WriteQueue::StopTimeouts() {
  {
    const std::lock_guard lock(mutex_);
    timer_stopped_ = true;
  }
  timer_needed_.notify_all();
}

WriteQueue::Stats WriteQueue::stats() const {
  const std::lock_guard lock(mutex_);
  return {bytes_, batches(), failures_};
}

}  // namespace tocsin::storage
