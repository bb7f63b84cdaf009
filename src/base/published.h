#pragma once

// The newest immutable value of one writer, for readers on other threads: what they got stays valid
// for as long as they hold it. Safe from any thread.

#include <memory>
#include <mutex>
#include <utility>

namespace tocsin {

template <class T>
class Published {
 public:
  void Set(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);  // The one before is destroyed after the lock: the argument lives longer.
  }
  // Null before the first Set.
  std::shared_ptr<const T> Get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;  // Guarded by mutex_.
};

}  // namespace tocsin
