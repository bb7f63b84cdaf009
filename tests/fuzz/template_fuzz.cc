// Any text as a field of a message, as text and as HTML: compiled, and expanded on two alerts.

#include "templates/notification_templates.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace {

using tocsin::templates::NotificationData;
using tocsin::templates::NotificationTemplates;

NotificationData SampleData() {
  tocsin::model::Notification notification;
  notification.integration = {.receiver = "team", .type = "slack", .index = 0};
  notification.group_labels = {{"alertname", "DiskFull"}};
  for (const bool resolved : {false, true}) {
    tocsin::model::Alert alert;
    alert.labels = {{"alertname", "DiskFull"}, {"instance", resolved ? "b" : "a"}};
    alert.annotations = {{"summary", "<full> & \xc3\xa4"}};
    alert.generator_url = "http://localhost:9090/graph";
    auto shared = std::make_shared<const tocsin::model::Alert>(std::move(alert));
    notification.alerts.push_back({.alert = std::move(shared), .resolved = resolved});
  }
  return tocsin::templates::MakeNotificationData(notification, "http://localhost:9093");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto& templates = *new auto(NotificationTemplates::Defaults());
  static const auto& sample = *new NotificationData(SampleData());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto mode : {NotificationTemplates::Mode::kText, NotificationTemplates::Mode::kHtml}) {
    const auto compiled = templates->Compile(text, mode);
    if (compiled) (void)templates->Expand(*compiled, sample, tocsin::Time{});
  }
  return 0;
}
