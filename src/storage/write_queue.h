#pragma once

// The batches on their way to the storage thread: bounded, taken in groups, each answered exactly
// once on the core thread, in time even if the disk hangs. Says whether something was lost that a
// rewrite has to make good. Push belongs to the core thread, Wait to Answer to the storage thread,
// RunTimeouts to a thread of its own; the rest is safe from any.

#include "base/time.h"
#include "core/inbox.h"
#include "core/store.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace tocsin::storage {

class WriteQueue {
 public:
  struct Limits {
    // What may wait; beyond it a batch is refused. A rewrite never is: there is one at a time.
    std::size_t bytes_max = 256 * 1024 * 1024;
    std::size_t batches_max = 100'000;
    // After this a batch is answered with an error, written or not.
    Duration timeout = std::chrono::seconds(10);
    // Of one transaction (it takes one batch at least): keeps the answers coming.
    std::size_t group_bytes = 8 * 1024 * 1024;
  };

  // One in the transaction at hand. `batch` stays as it is until Answer.
  struct Pending {
    core::StoreBatch batch;
    core::Store::Callback done;  // Guarded by the queue's mutex, as the next.
    bool answered = false;       // Said to have failed, be it to nobody.
    std::size_t bytes = 0;
    Duration deadline{};            // Of MonotonicNow.
    std::uint64_t lost_before = 0;  // What this makes good if it is a rewrite.
  };

  // `inbox` outlives this object.
  WriteQueue(Limits limits, core::Inbox* inbox) : limits_(limits), inbox_(inbox) {}

  void Push(core::StoreBatch batch, core::Store::Callback done);

  // Until something waits, the queue is closed or `timeout` has passed.
  void Wait(Duration timeout);
  // Until the queue is closed, a full group or something of Haste::kNow waits, or `timeout` has
  // passed, or `soon` since something of Haste::kSoon came.
  void Pause(Duration soon, Duration timeout);
  // The next group, empty if nothing waits. Batches that timed out are gone from it.
  const std::deque<Pending>& TakeGroup();
  // Answers the group. After a failure it counts as lost; after success a rewrite in it makes good
  // what was lost before it was pushed.
  void Answer(const Status& status);
  bool closed() const;

  // Nothing more is taken; what waits can still be written.
  void Close();

  // Something was lost that no rewrite has made good.
  bool behind() const;
  // Counts as lost: the file itself is gone.
  void NoteLoss();

  // Answers what waits too long; returns after StopTimeouts.
  // `on_hang` is called there when a commit has taken that long, once for each that does.
  void RunTimeouts(const std::function<void()>& on_hang);
  void StopTimeouts();

  struct Stats {
    std::size_t bytes = 0;  // With the group's.
    std::size_t batches = 0;
    std::uint64_t failures = 0;  // Batches answered with an error, since start.
  };
  Stats stats() const;

 private:
  using Callbacks = std::vector<core::Store::Callback>;

  // With the mutex held: false if it is refused for *reason.
  bool TryQueue(core::StoreBatch* batch, core::Store::Callback* done, const char** reason);
  // With the mutex held: the commit at hand takes longer than anybody waits for it.
  bool Hangs() const { return !group_.empty() && group_.front().answered; }
  // With the mutex held: takes the callbacks of what is late.
  void TakeLate(std::deque<Pending>* batches, Duration now, Callbacks* late);
  // With the mutex held.
  int& InHaste(core::Haste haste) { return in_haste_[static_cast<std::size_t>(haste)]; }
  bool PauseIsOver() const;
  std::size_t batches() const { return waiting_.size() + group_.size(); }
  // Without it: what a callback holds may be destroyed here.
  void PostAnswer(Callbacks callbacks, Status status);

  const Limits limits_;
  core::Inbox* const inbox_;

  mutable std::mutex mutex_;
  std::condition_variable arrived_;       // For Wait and Pause.
  std::condition_variable timer_needed_;  // For RunTimeouts.
  // Guarded by mutex_.
  std::deque<Pending> waiting_;
  std::deque<Pending> group_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t made_good_ = 0;
  std::uint64_t failures_ = 0;
  std::array<int, 3> in_haste_{};  // Batches in waiting_, by core::Haste.
  bool closed_ = false;
  bool waits_ = false;  // The storage thread, for something to write.
  // It pauses, which something of that haste ends.
  std::optional<core::Haste> pauses_for_;
  bool timer_idle_ = false;
  bool timer_stopped_ = false;
};

}  // namespace tocsin::storage
