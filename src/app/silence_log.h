#pragma once

// `--log.silences`: a line for each silence that is created, changed or expired, under the keys
// that Alertmanager gives it. Core thread.

#include "core/event_sink.h"

namespace tocsin::app {

class SilenceLog final : public core::EventSink {
 public:
  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time, const rules::Decision&) override {}
  void OnAttempt(Time, const core::AttemptEnded&) override {}
  void OnDeliveryFailed(Time, const core::DeliveryFailed&) override {}
};

}  // namespace tocsin::app
