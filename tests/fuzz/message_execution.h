#pragma once

// A text executed as a field of a message, beside the default templates.

#include "templates/default_text.h"
#include "templates/notification_functions.h"
#include "templates/notification_values.h"
#include "tests/fuzz/template_execution.h"

namespace tocsin::fuzz {

inline templates::NotificationData MessageData() {
  model::Notification notification;
  notification.integration = {.receiver = "team", .type = "slack", .index = 0};
  notification.group_labels = {{"alertname", "DiskFull"}};
  notification.route_labels = {{"owner", "storage"}};
  for (const bool resolved : {false, true}) {
    model::Alert alert;
    alert.labels = {{"alertname", "DiskFull"}, {"instance", resolved ? "b" : "a"}};
    alert.annotations = {{"summary", "<full> & \xc3\xa4"}, {"url", "javascript:alert(1)"}};
    alert.starts_at = Time(std::chrono::seconds(1'700'000'000));
    alert.ends_at = Time(std::chrono::seconds(1'700'003'600));
    alert.generator_url = "http://localhost:9090/graph?g0.expr=up";
    notification.alerts.push_back(
        {.alert = std::make_shared<const model::Alert>(std::move(alert)), .resolved = resolved});
  }
  return templates::MakeNotificationData(notification, "http://localhost:9093");
}

inline std::shared_ptr<const gotemplate::TemplateSet> MessageTemplates(bool html) {
  auto set = std::make_shared<gotemplate::TemplateSet>(
      templates::NotificationFunctions(),
      gotemplate::Options{.missing_key = gotemplate::MissingKey::kZero, .html = html});
  Check(set->Parse("default.tmpl", templates::kDefaultTexts).has_value());
  Check(set->Parse("email.tmpl", templates::kDefaultEmail).has_value());
  return set;
}

inline void ExecuteMessage(const std::shared_ptr<const gotemplate::TemplateSet>& base,
                           std::string_view text) {
  const auto set = Parse(base, text);
  if (set == nullptr) return;
  static const auto* const data = new templates::NotificationData(MessageData());
  const templates::DataObject dot(*data);
  static const templates::RouteLabelLookup route_label = [](std::string_view name) {
    return Result<std::string>(std::string(data->route_labels.Get(name)));
  };
  templates::NotificationScope scope{Time(std::chrono::seconds(1'700'000'500)), &route_label};
  Execute(*set, dot.Dot(), &scope);
}

}  // namespace tocsin::fuzz
