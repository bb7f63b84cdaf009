#pragma once

// Writes decisions to the log, with the same keys everywhere: component, group, receiver, attempt,
// err. Core thread.

#include "core/event_sink.h"

#include <map>
#include <string>

namespace tocsin::app {

class EventLog final : public core::EventSink {
 public:
  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time now, const rules::Decision& decision) override;
  void OnAttempt(Time now, const core::AttemptEnded& attempt) override;
  void OnDeliveryFailed(Time now, const core::DeliveryFailed& failure) override;

  // A configuration was installed: what fails is said once more.
  void OnInstall() {
    failing_.clear();
    unwritten_.clear();
  }

 private:
  // A rule's place: names may come twice in a group.
  struct RuleKey {
    explicit RuleKey(const std::string& group_key, const rules::RuleDefinition& rule)
        : group(group_key), line(rule.position.line), column(rule.position.column) {}
    std::string group;  // With the file.
    int line, column;
    auto operator<=>(const RuleKey&) const = default;
  };

  void Log(const rules::RuleFailed& event);
  void Log(const rules::RuleEvaluated& event);
  void Log(Time now, const rules::SeriesNotWritten& event);

  // The last error of each rule that fails at the moment. A datasource that is down for an hour is
  // worth a line for each rule, not one for each evaluation.
  std::map<RuleKey, std::string> failing_;
  // Nobody tells that they are written again: the writer does, for all rules.
  struct Unwritten {
    std::string error;
    Time logged{};
  };
  std::map<RuleKey, Unwritten> unwritten_;
};

}  // namespace tocsin::app
