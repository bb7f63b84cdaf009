#pragma once

// The data that `tocsin template render` shows to a template: read from a JSON file in the form of
// Alertmanager's webhook, or a small example.

#include "base/result.h"
#include "base/time.h"
#include "templates/given_data.h"
#include "templates/rule_templates.h"

#include <string>
#include <string_view>

namespace tocsin::app {

// Unknown keys are ignored, and what is missing is empty.
Result<templates::GivenData> ParseTemplateData(std::string_view json);

// Two alerts, one of them resolved: the example that amtool uses.
templates::GivenData ExampleTemplateData(Time now);

// What queries give: `{"up == 0": [{"labels": {"job": "node"}, "value": 0}]}`.
Result<templates::QueryAnswers> ParseQueryAnswers(std::string_view json);

}  // namespace tocsin::app
