#include "app/reloader.h"

#include "base/thread_name.h"

#include <utility>

namespace tocsin::app {

Reloader::Reloader(std::function<Status()> reload)
    : reload_(std::move(reload)), thread_([this] { Loop(); }) {}

Reloader::~Reloader() {
  Stop();
}

void Reloader::Request(Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      waiting_.push_back(std::move(done));
      requested_.notify_one();
      return;
    }
  }
  done(Fail("the server is stopping"));
}

void Reloader::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  requested_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Reloader::Loop() {
  NameThisThread("reloader");
  std::unique_lock lock(mutex_);
  for (;;) {
    requested_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    const std::vector<Done> served = std::exchange(waiting_, {});
    const bool stopped = stopped_;
    lock.unlock();
    if (!served.empty()) {
      const Status status = stopped ? Status(Fail("the server is stopping")) : reload_();
      for (const Done& done : served) done(status);
    }
    lock.lock();
    if (stopped_ && waiting_.empty()) return;
  }
}

}  // namespace tocsin::app
