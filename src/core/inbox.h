#pragma once

// The one door into the core: tasks from other threads, run in order on the core thread. Bounded by
// the bytes that outside callers bring along; answers to what the core itself asked for always fit,
// because the core bounds what it asks. Safe from any thread.

#include "base/time.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace tocsin::core {

class Inbox {
 public:
  using Task = std::function<void()>;

  explicit Inbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // False if the inbox holds too much already (the caller answers "later") or is closed.
  [[nodiscard]] bool TryPost(std::size_t bytes, Task task);
  // For answers. Dropped, with the task destroyed, once the inbox is closed.
  void Post(Task task);

  // What one turn takes at most, so that timers are looked after while much comes in; more only if
  // it is one task.
  static constexpr std::size_t kTurnTasks = 1'000;
  static constexpr std::size_t kTurnBytes = 1024 * 1024;

  // Core thread: waits until there is something, `timeout` passes or the inbox is closed, and moves
  // a turn's work, the oldest first, to *tasks. False once it is closed.
  bool Wait(Duration timeout, std::vector<Task>* tasks);
  void Close();

  std::size_t bytes() const;

 private:
  struct Entry {
    std::size_t bytes;
    Task task;
  };

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  // Guarded by mutex_.
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace tocsin::core
