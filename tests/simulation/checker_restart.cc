// What users rely on when the process ends and another one begins.

#include "tests/simulation/checker.h"
#include "tests/simulation/happening.h"

#include <algorithm>

namespace tocsin::simulation {
namespace {

// From the evaluation to the disk: queries of templates take their time.
constexpr Duration kUntilWritten = std::chrono::seconds(62);

}  // namespace

void Checker::OnStopped(Time now, const std::set<std::string>& unlogged) {
  Trace(now, "stopped");
  stopped_at_ = now;
  unlogged_ = unlogged;
}

void Checker::OnStarting(Time now, const rules::RulesState& stored) {
  Trace(now, "starts");
  last_slot_.reset();
  std::map<std::string, Time> since;
  for (const rules::AlertStored& alert : stored.alerts) {
    if (alert.alert.state == rules::AlertState::kInactive) continue;
    since[LabelText(alert.alert.labels)] = alert.alert.active_at;
  }
  for (const auto& [labels, before] : present_since_) {
    const auto kept = since.find(labels);
    // The last evaluation may not have been written down.
    if (before + kUntilWritten >= stopped_at_) continue;
    if (kept == since.end()) {
      Violated(now, "kept", labels + " is forgotten");
    } else if (kept->second != before) {
      Violated(now, "kept",
               labels + " holds since " + FormatRfc3339Nano(kept->second) + ", not " +
                   FormatRfc3339Nano(before));
    }
  }
  present_since_ = std::move(since);
  for (auto& [integration, healthy] : healthy_since_) healthy = std::max(healthy, now);
  for (auto& [key, told] : told_) {
    told.may_repeat = told.may_repeat || unlogged_.contains(router::LogKey(key.first, key.second));
    // Whoever shares the receiver keeps ended alerts in the group until all are told.
    const std::string shared = key.first + ":" + key.second.receiver + "/";
    told.in_doubt = told.in_doubt || std::any_of(unlogged_.begin(), unlogged_.end(),
                                                 [&](const std::string& log_key) {
                                                   return log_key.starts_with(shared);
                                                 });
  }
}

bool Checker::IsBelieved(const std::string& alert) const {
  return std::any_of(told_.begin(), told_.end(), [&](const auto& told) {
    const auto belief = told.second.alerts.find(alert);
    return belief != told.second.alerts.end() && belief->second.firing;
  });
}

void Checker::OnStarted(Time now, const std::vector<router::AlertView>& alerts) {
  for (const router::AlertView& view : alerts) {
    Truth& truth = truths_[LabelText(view.alert->labels)];
    const bool was_firing = truth.alert && !truth.alert->ResolvedAt(now);
    truth.alert = view.alert;
    truth.received = now;
    if (!was_firing) truth.firing_since = now;
  }
  // What was not written down yet nobody may have been told of.
  std::erase_if(truths_, [&](const auto& known) {
    const bool there = std::any_of(alerts.begin(), alerts.end(), [&](const auto& view) {
      return LabelText(view.alert->labels) == known.first;
    });
    const bool lost = !there && known.second.alert && !known.second.alert->ResolvedAt(now);
    if (lost) Trace(now, "lost " + known.first);
    return lost && !IsBelieved(known.first);
  });
}

}  // namespace tocsin::simulation
