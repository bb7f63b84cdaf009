#pragma once

// Writes decisions to the log, with the same keys everywhere: component, group, receiver, attempt,
// err. Core thread.

#include "core/event_sink.h"

namespace tocsin::app {

class EventLog final : public core::EventSink {
 public:
  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time now, const rules::Decision& decision) override;
  void OnAttempt(Time now, const core::AttemptEnded& attempt) override;
  void OnDeliveryFailed(Time now, const core::DeliveryFailed& failure) override;
};

}  // namespace tocsin::app
