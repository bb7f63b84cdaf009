#pragma once

// Our own metrics under the names that the field's dashboards and mixins know (alertmanager_*,
// prometheus_*), ours beside them (tocsin_*). Series are resolved once, so that counting is one
// atomic addition; all that can be known beforehand is there, at zero, from the start. metrics.cc,
// event_metrics.cc and rule_metrics.cc are the only files that see the metrics library.
//
// Counting through EventSink: core thread. The other methods: any thread.

#include "api/options.h"
#include "app/metric_features.h"
#include "base/time.h"
#include "core/control.h"
#include "core/event_sink.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::app {

class Metrics {
 public:
  Metrics(Time started, MetricFeatures features);
  ~Metrics();

  // The text exposition format.
  std::string Serialize() const;

  core::EventSink* sink();

  void OnReload(Time now, bool successful, std::uint64_t config_hash);
  // Core thread: the series of a generation's rule groups and receivers begin at zero, those of
  // gone ones end.
  void OnInstall(const core::Control& control);
  // Core thread, once a turn.
  void OnTurn(Duration took, const core::Control::Counts& counts);
  void OnAlertsReceived(const api::ReceivedAlerts& received);
  void OnAnswered(const api::Answered& answered);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::app
