#include "core/inbox.h"

#include <chrono>
#include <utility>

namespace tocsin::core {

bool Inbox::TryPost(std::size_t bytes, Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || bytes_ + bytes > bytes_max_) return false;
    bytes_ += bytes;
    entries_.push_back({bytes, std::move(task)});
  }
  arrived_.notify_one();
  return true;
}

void Inbox::Post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    entries_.push_back({0, std::move(task)});
  }
  arrived_.notify_one();
}

bool Inbox::Wait(Duration timeout, std::vector<Task>* tasks) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, timeout, [this] { return closed_ || !entries_.empty(); });
  std::size_t bytes = 0;
  for (std::size_t count = 0; !entries_.empty() && count < kTurnTasks && bytes < kTurnBytes;
       ++count) {
    bytes += entries_.front().bytes;
    tasks->push_back(std::move(entries_.front().task));
    entries_.pop_front();
  }
  bytes_ -= bytes;
  return !closed_;
}

void Inbox::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
}

std::size_t Inbox::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace tocsin::core
