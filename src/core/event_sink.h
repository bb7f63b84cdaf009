#pragma once

// Port: who is told of every decision. The log and the metrics listen, the simulator checks. Called
// on the core thread; must not block, and must not call back into the core.

#include "base/time.h"
#include "core/delivery.h"
#include "model/alert.h"
#include "router/decision.h"
#include "rules/decision.h"

#include <cstddef>

namespace tocsin::core {

// `alert_relabel_configs` drop an alert of a rule: each time that it is to be sent.
struct AlertDropped {
  model::AlertPtr alert;     // With the external labels.
  std::size_t position = 0;  // Of the relabelling rule.
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void OnDecision(Time now, const router::Decision& decision) = 0;
  virtual void OnDecision(Time now, const rules::Decision& decision) = 0;
  virtual void OnAttempt(Time now, const AttemptEnded& attempt) = 0;
  virtual void OnDeliveryFailed(Time now, const DeliveryFailed& failure) = 0;
  virtual void OnAlertDropped(Time, const AlertDropped&) {}
};

}  // namespace tocsin::core
