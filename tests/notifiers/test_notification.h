#pragma once

// A notification as the router would make it, for the tests of integrations.

#include "base/time.h"
#include "model/notification.h"
#include "notifiers/integration.h"
#include "templates/notification_templates.h"

#include <memory>
#include <string>
#include <utility>

namespace tocsin::notifiers {

inline Time At(std::string_view rfc3339) {
  return *ParseRfc3339(rfc3339);
}

inline model::NotifiedAlert TestAlert(model::LabelSet labels, model::LabelSet annotations,
                                      bool resolved = false) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = std::move(labels);
  alert->annotations = std::move(annotations);
  alert->starts_at = At("2026-03-01T10:20:30.5Z");
  alert->ends_at = At(resolved ? "2026-03-01T11:00:00Z" : "2026-03-01T12:00:00Z");
  alert->generator_url = "http://prom.example/graph?g0.expr=up";
  return {alert, resolved};
}

// Two firing alerts and a resolved one of the group {alertname="HighCPU"}.
inline model::Notification TestNotification() {
  model::Notification notification;
  notification.integration = {"team.x", "webhook", 0};
  notification.group_key = "{}:{alertname=\"HighCPU\"}";
  notification.group_labels = {{"alertname", "HighCPU"}};
  notification.route_labels = {{"team", "x"}};
  notification.reason = model::NotifyReason::kFirstNotification;
  notification.now = At("2026-03-01T10:25:00Z");
  notification.deadline = At("2026-03-01T10:30:00Z");
  const auto labels = [](std::string_view instance) {
    return model::LabelSet{{"alertname", "HighCPU"}, {"instance", instance}, {"severity", "page"}};
  };
  notification.alerts = {
      TestAlert(labels("a"), {{"summary", "CPU <90%>"}}, true),
      TestAlert(labels("b"), {{"summary", "CPU <90%>"}}),
      TestAlert(labels("c"), {{"summary", "CPU <90%>"}, {"runbook", "R"}}),
  };
  return notification;
}

inline BuildContext TestContext() {
  BuildContext context;
  context.external_url = "http://am.example:9093";
  context.now = At("2026-03-01T10:25:01Z");
  context.hostname = "alerts.example";
  context.random = 42;
  return context;
}

}  // namespace tocsin::notifiers
