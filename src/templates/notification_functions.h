#pragma once

// What notification templates can call beyond Go's built-ins, with Alertmanager's names.

#include "base/time.h"
#include "gotemplate/function.h"
#include "templates/notification_templates.h"

#include <memory>

namespace tocsin::templates {

// What the functions see of one expansion: Context::user().
struct NotificationScope {
  Time now{};
  const RouteLabelLookup* route_label = nullptr;
};

std::shared_ptr<const gotemplate::FunctionTable> NotificationFunctions();

}  // namespace tocsin::templates
