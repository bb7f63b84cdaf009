#pragma once

// prometheus_notifications_*: what becomes of alerts on their way to further Alertmanagers, for
// each of them. Any thread.

#include "datasource/alert_sender.h"

#include <string>

namespace tocsin::app {

void AppendNotificationMetrics(const datasource::AlertSenderViews& targets, std::string* text);

}  // namespace tocsin::app
