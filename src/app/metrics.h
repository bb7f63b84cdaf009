#pragma once

// Our own metrics under the names that the field's dashboards and mixins know (alertmanager_*,
// prometheus_*), ours beside them (tocsin_*). Series are resolved once, so that counting is one
// atomic addition; all that can be known beforehand is there, at zero, from the start. metrics.cc
// and event_metrics.cc are the only files that see the metrics library.
//
// Counting through EventSink: core thread. The other methods: any thread.

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
  explicit Metrics(Time started);
  ~Metrics();

  // The text exposition format.
  std::string Serialize() const;

  core::EventSink* sink();

  void OnReload(Time now, bool successful, std::uint64_t config_hash);
  // Core thread: the series of a generation's rule groups begin at zero, those of gone ones end.
  void OnInstall(const config::Config& config, const std::vector<rules::GroupView>& groups);
  // Core thread, once a turn.
  void OnTurn(Duration took, const core::Control::Counts& counts);
  void OnAlertsReceived(std::uint64_t firing, std::uint64_t resolved, std::uint64_t invalid);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::app
