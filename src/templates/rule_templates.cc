#include "templates/rule_templates.h"

#include "gotemplate/template.h"
#include "templates/rule_functions.h"
#include "templates/rule_values.h"

namespace tocsin::templates {
namespace {

// Columns in error messages count these, as Prometheus's do.
constexpr std::string_view kDefinitions =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
    "{{$externalURL := .ExternalURL}}{{$value := .Value}}";

const std::shared_ptr<const gotemplate::FunctionTable>& SharedFunctions() {
  static const auto* const functions =
      new std::shared_ptr<const gotemplate::FunctionTable>(RuleFunctions());
  return *functions;
}

}  // namespace

struct RuleTemplate::Impl {
  std::string source;
  std::string name;  // `__alert_X`, as error messages show it.
  // Absent if the source has no actions.
  std::optional<gotemplate::TemplateSet> set;
  bool may_query = false;

  RuleExpansion Expand(const RuleTemplateData& data, const QueryAnswers* answers) const {
    if (!set) return {source, false, std::nullopt};
    const RuleObject dot(data);
    RuleScope scope{&data, answers, std::nullopt};
    auto text = set->Execute(name, dot.Dot(), {}, &scope);
    if (text) return {*std::move(text), false, std::nullopt};
    if (scope.needs_query) return {"", false, std::move(scope.needs_query)};
    return {"<error expanding template: error executing template " + name + ": " +
                text.error().message + ">",
            true, std::nullopt};
  }
};

Result<RuleTemplate> RuleTemplate::Compile(std::string_view alert_name, std::string_view text) {
  auto impl = std::make_shared<Impl>();
  impl->source = text;
  if (text.find("{{") == std::string_view::npos) return RuleTemplate(std::move(impl));
  impl->name = "__alert_" + std::string(alert_name);
  impl->set.emplace(SharedFunctions(),
                    gotemplate::Options{.missing_key = gotemplate::MissingKey::kZero});
  const auto parsed = impl->set->Parse(impl->name, std::string(kDefinitions).append(text));
  if (!parsed) return Fail(parsed.error().message);
  impl->may_query = !impl->set->IsPure(impl->name);
  return RuleTemplate(std::move(impl));
}

RuleExpansion RuleTemplate::Expand(const RuleTemplateData& data,
                                   const QueryAnswers& answers) const {
  return impl_->Expand(data, &answers);
}

std::string RuleTemplate::Expand(const RuleTemplateData& data, bool* failed) const {
  RuleExpansion expansion = impl_->Expand(data, nullptr);
  if (failed != nullptr) *failed = expansion.failed;
  return std::move(expansion.text);
}

bool RuleTemplate::is_constant() const {
  return !impl_->set;
}
bool RuleTemplate::may_query() const {
  return impl_->may_query;
}
const std::string& RuleTemplate::source() const {
  return impl_->source;
}

}  // namespace tocsin::templates
