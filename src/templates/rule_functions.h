#pragma once

// What rule templates can call beyond Go's built-ins: Prometheus's functions, and those of vmalert
// where the names do not clash.

#include "gotemplate/function.h"
#include "templates/rule_templates.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::templates {

// Stands before the author's text, as Prometheus has it: the variables that a template can use.
// Columns in messages count it.
inline constexpr std::string_view kRuleDefinitions =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
    "{{$externalURL := .ExternalURL}}{{$value := .Value}}";

// With the definitions before it; those that it does not mention are comments of the same length,
// which cost nothing.
std::string WithRuleDefinitions(std::string_view text);

// What the functions see of one expansion: Context::user().
struct RuleScope {
  const RuleTemplateData* data = nullptr;
  const QueryAnswers* answers = nullptr;  // nullptr: nobody answers.
  std::optional<std::string> needs_query;
};

// `html`: as consoles have them, with tmpl.
std::shared_ptr<const gotemplate::FunctionTable> RuleFunctions(bool html);

}  // namespace tocsin::templates
