#pragma once

// Loads a configuration aside and has it installed; a bad one leaves the old one running and says
// why. Reloads run one after the other on a thread of its own: reading files must not hold up an
// HTTP thread or the core. Request is safe from any thread.

#include "base/result.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tocsin::app {

class Reloader {
 public:
  using Done = std::function<void(Status)>;

  // `reload` does one, on the reloader's thread.
  explicit Reloader(std::function<Status()> reload);
  ~Reloader();

  // `done` is called once, on the reloader's thread, or here if it has stopped. Requests that come
  // while a reload runs share the next one.
  void Request(Done done);
  void Stop();

 private:
  void Loop();

  const std::function<Status()> reload_;
  std::mutex mutex_;
  std::condition_variable requested_;
  // Guarded by mutex_.
  std::vector<Done> waiting_;
  bool stopped_ = false;

  std::thread thread_;
};

}  // namespace tocsin::app
