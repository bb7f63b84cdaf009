#pragma once

// Writes decisions to the log, with the same keys everywhere: component, group, receiver, attempt,
// err. Core thread.

#include "core/event_sink.h"

#include <map>
#include <string>
#include <utility>

namespace tocsin::app {

class EventLog final : public core::EventSink {
 public:
  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time now, const rules::Decision& decision) override;
  void OnAttempt(Time now, const core::AttemptEnded& attempt) override;
  void OnDeliveryFailed(Time now, const core::DeliveryFailed& failure) override;

 private:
  void Log(const rules::RuleFailed& event);
  void Log(const rules::RuleEvaluated& event);

  // The last error of each rule that fails at the moment. A datasource that is down for an hour is
  // worth a line for each rule, not one for each evaluation.
  std::map<std::pair<std::string, std::string>, std::string> failing_;  // By group and rule name.
};

}  // namespace tocsin::app
