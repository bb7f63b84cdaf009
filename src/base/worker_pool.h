#pragma once

// Threads for pure functions: rendering, JSON in and out. What waits is bounded, and the caller
// says what to do when there is no room. Functions may begin in another order than they were given
// where there is more than one thread. TryRun and stats are safe from any thread; Stop and the
// destructor belong to the owner's, and not to a worker.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tocsin {

class WorkerPool {
 public:
  struct Stats {
    std::size_t waiting = 0;
    std::size_t running = 0;
    std::uint64_t finished = 0;  // Since start, as the next.
    std::uint64_t refused = 0;
  };

  // At least one thread. `waiting_max` bounds what no thread has begun yet. With a `niceness` above
  // 0 the threads leave the processors to others: what may wait must not hold up what may not.
  WorkerPool(int threads, std::size_t waiting_max, int niceness = 0);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False if too much waits already or the pool has been stopped; `function` is then not called.
  [[nodiscard]] bool TryRun(std::function<void()> function);

  // Takes nothing more, runs what waits, joins. Idempotent.
  void Stop();

  Stats stats() const;

 private:
  void Loop(int niceness);

  const std::size_t waiting_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<std::function<void()>> waiting_;
  std::size_t running_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t refused_ = 0;
  bool stopped_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace tocsin
