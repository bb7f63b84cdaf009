#pragma once

// A heap of deadlines, each with a value. Equal deadlines come out in the order in which they were
// set, so that a run replays from its seed. Cancelling is the caller's: a popped value names an
// object and a generation, and one that is no longer current is ignored. Single-threaded.

#include "base/time.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tocsin {

template <class T>
class TimerQueue {
 public:
  void Set(Time deadline, T value) {
    heap_.push_back(Entry{deadline, next_order_++, std::move(value)});
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }

  std::optional<Time> NextDeadline() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().deadline;
  }

  // The earliest value whose deadline is at or before `now`, with its deadline.
  std::optional<std::pair<Time, T>> PopDue(Time now) {
    if (heap_.empty() || heap_.front().deadline > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    Entry entry = std::move(heap_.back());
    heap_.pop_back();
    return std::pair<Time, T>(entry.deadline, std::move(entry.value));
  }

  // Moves every deadline by the same amount: the wall clock was set.
  void Shift(Duration by) {
    for (Entry& entry : heap_) entry.deadline += by;
  }

  std::size_t size() const { return heap_.size(); }
  void Clear() { heap_.clear(); }

 private:
  struct Entry {
    Time deadline;
    std::uint64_t order;
    T value;
  };
  static bool Later(const Entry& a, const Entry& b) {
    return a.deadline != b.deadline ? a.deadline > b.deadline : a.order > b.order;
  }

  std::vector<Entry> heap_;
  std::uint64_t next_order_ = 0;
};

}  // namespace tocsin
