#pragma once

// Port: carries one attempt of a notification to its receiver. app implements it over the worker
// pool, HTTP and SMTP; the simulator as it likes.

#include "base/time.h"
#include "model/notification.h"
#include "notifiers/integration.h"

#include <functional>

namespace tocsin::core {

class NotificationSender {
 public:
  using Callback = std::function<void(notifiers::Outcome)>;

  virtual ~NotificationSender() = default;
  // Builds the request, sends it, and judges the answer. Calls `done` exactly once, on the core
  // thread, not inside this call, and when `timeout` has passed: at once if it is under way, in its
  // turn if it waits for others.
  virtual void Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
                    Duration timeout, Callback done) = 0;
};

}  // namespace tocsin::core
