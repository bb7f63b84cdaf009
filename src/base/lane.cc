#include "base/lane.h"

#include <deque>
#include <mutex>
#include <utility>

namespace tocsin {

struct Lane::State : std::enable_shared_from_this<Lane::State> {
  State(int free_places, std::size_t max) : waiting_max(max), free(free_places) {}

  // Where a place is given back inside of what is begun here, that call leaves the next one to this
  // loop: a thousand that end at once must not be a thousand calls deep.
  void BeginAll() {
    std::unique_lock lock(mutex);
    if (std::exchange(beginning, true)) return;
    while (free > 0 && !waiting.empty()) {
      Begin begin = std::move(waiting.front());
      waiting.pop_front();
      --free;
      lock.unlock();
      begin(Place(this, [state = shared_from_this()](const void*) { state->Leave(); }));
      begin = nullptr;
      lock.lock();
    }
    beginning = false;
  }

  void Leave() {
    {
      const std::lock_guard lock(mutex);
      ++free;
    }
    BeginAll();
  }

  const std::size_t waiting_max;
  std::mutex mutex;
  // Guarded by mutex.
  int free;
  bool beginning = false;
  bool closed = false;
  std::deque<Begin> waiting;
};

Lane::Lane(int places, std::size_t waiting_max)
    : state_(std::make_shared<State>(places, waiting_max)) {}

bool Lane::TryEnter(Begin begin) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return false;
    const bool waits = state_->free == 0 || !state_->waiting.empty();
    if (waits && state_->waiting.size() >= state_->waiting_max) return false;
    state_->waiting.push_back(std::move(begin));
  }
  state_->BeginAll();
  return true;
}

void Lane::Close() {
  std::deque<Begin> dropped;  // Destroyed after the lock.
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  dropped.swap(state_->waiting);
}

}  // namespace tocsin
