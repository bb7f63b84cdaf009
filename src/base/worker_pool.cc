#include "base/worker_pool.h"

#include "base/thread_name.h"

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace tocsin {

WorkerPool::WorkerPool(int threads, std::size_t waiting_max, int niceness)
    : waiting_max_(waiting_max) {
  const int count = std::max(threads, 1);
  threads_.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    threads_.emplace_back([this, niceness] { Loop(niceness); });
  }
}

WorkerPool::~WorkerPool() {
  Stop();
}

bool WorkerPool::TryRun(std::function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || waiting_.size() >= waiting_max_) {
      ++refused_;
      return false;
    }
    waiting_.push_back(std::move(function));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

WorkerPool::Stats WorkerPool::stats() const {
  const std::lock_guard lock(mutex_);
  return {waiting_.size(), running_, finished_, refused_};
}

void WorkerPool::Loop(int niceness) {
  NameThisThread("worker");
  // On Linux the priority is the thread's, whatever POSIX says.
  if (niceness > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::function<void()> function = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    function();
    // What the function holds may be large, and its destruction may come back here.
    function = nullptr;
    lock.lock();
    --running_;
    ++finished_;
  }
}

}  // namespace tocsin
