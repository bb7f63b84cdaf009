#pragma once

// What notification templates can call beyond Go's built-ins, with Alertmanager's names.

#include "base/time.h"
#include "gotemplate/function.h"
#include "model/label_set.h"

#include <memory>

namespace tocsin::templates {

// What the functions see of one expansion: Context::user().
struct NotificationScope {
  Time now{};
  const model::LabelSet* route_labels = nullptr;
};

std::shared_ptr<const gotemplate::FunctionTable> NotificationFunctions();

}  // namespace tocsin::templates
