#pragma once

// Names one asynchronous call, so that it can be given up. Dropping the handle changes nothing.

#include <functional>
#include <utility>

namespace tocsin::net {

class CallHandle {
 public:
  CallHandle() = default;
  explicit CallHandle(std::function<void()> cancel) : cancel_(std::move(cancel)) {}

  // From any thread, any number of times, also when the client is gone. The call's callback still
  // comes, once: with "cancelled", or with the result if that was quicker.
  void Cancel() const {
    if (cancel_) cancel_();
  }

 private:
  std::function<void()> cancel_;
};

}  // namespace tocsin::net
