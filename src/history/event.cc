#include "history/event.h"

#include <array>

namespace tocsin::history {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<Event>> kKinds = {
    "started",
    "stopped",
    "events_lost",
    "routes_in_force",
    "rule_alert_changed",
    "rule_alert_kept",
    "rule_fails",
    "rule_works_again",
    "alert_received",
    "alert_refused",
    "group_created",
    "alert_grouped",
    "alert_left_group",
    "group_flushed",
    "alert_suppressed",
    "alert_unsuppressed",
    "notification_due",
    "notification_not_needed",
    "attempt_ended",
    "notification_logged",
    "notification_failed",
    "group_ended",
    "silence_changed",
    "rule_alert_forgotten",
    "alert_dropped",
    "alert_targets",
    "ended_unnoticed",
};

}  // namespace

std::string_view KindOf(const Event& event) {
  return kKinds[event.index()];
}

const router::GroupIdentity* GroupOf(const Event& event) {
  return std::visit(
      [](const auto& e) -> const router::GroupIdentity* {
        if constexpr (requires { e.group; }) return e.group.get();
        return nullptr;
      },
      event);
}

const model::LabelSet* AlertOf(const Event& event) {
  return std::visit(
      [](const auto& e) -> const model::LabelSet* {
        if constexpr (requires { e.alert; }) return &e.alert;
        return nullptr;
      },
      event);
}

const model::IntegrationId* IntegrationOf(const Event& event) {
  return std::visit(
      [](const auto& e) -> const model::IntegrationId* {
        if constexpr (requires { e.integration; }) return &e.integration;
        return nullptr;
      },
      event);
}

}  // namespace tocsin::history
