#pragma once

// Named stop actions, run last in, first out. Each part of the server pushes its own the moment it
// has started, so that a failed start and a shutdown are the same code. Main thread.

#include "base/log.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::app {

class StopStack {
 public:
  StopStack() = default;
  StopStack(const StopStack&) = delete;
  StopStack& operator=(const StopStack&) = delete;
  ~StopStack() { StopAll(); }

  void Push(std::string name, std::function<void()> stop) {
    actions_.emplace_back(std::move(name), std::move(stop));
  }

  void StopAll() {
    while (!actions_.empty()) {
      auto [name, stop] = std::move(actions_.back());
      actions_.pop_back();
      log::Debug("Stopping", {{"component", name}});
      stop();
    }
  }

 private:
  std::vector<std::pair<std::string, std::function<void()>>> actions_;
};

}  // namespace tocsin::app
