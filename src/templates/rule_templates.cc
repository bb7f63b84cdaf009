#include "templates/rule_templates.h"

#include "gotemplate/template.h"
#include "templates/rule_functions.h"
#include "templates/rule_values.h"

#include <algorithm>

namespace tocsin::templates {
namespace {

// The column from 1, without the definitions, which columns in error messages count as
// Prometheus's do.
int AuthorColumn(const gotemplate::ErrorPlace& place) {
  const int before = place.line == 1 ? static_cast<int>(kRuleDefinitions.size()) : 0;
  return std::max(place.column - before, 0) + 1;
}

const std::shared_ptr<const gotemplate::FunctionTable>& SharedFunctions(RuleTemplate::Mode mode) {
  using Shared = std::shared_ptr<const gotemplate::FunctionTable>;
  static const auto* const text = new Shared(RuleFunctions(false));
  static const auto* const html = new Shared(RuleFunctions(true));
  return mode == RuleTemplate::Mode::kHtml ? *html : *text;
}

}  // namespace

std::string WithRuleDefinitions(std::string_view text) {
  std::string all(kRuleDefinitions);
  for (std::size_t begin = 0; begin < kRuleDefinitions.size();) {
    const std::size_t end = all.find("}}", begin) + 2;
    const std::size_t name = begin + 2;
    const std::string_view variable(&all[name], all.find(' ', name) - name);
    if (text.find(variable) == std::string_view::npos) {
      all.replace(begin, end - begin, "{{/*" + std::string(end - begin - 8, ' ') + "*/}}");
    }
    begin = end;
  }
  return all.append(text);
}

struct RuleTemplate::Impl {
  std::string source;
  std::string name;  // `__alert_X`, as error messages show it.
  // Absent if the source has no actions, or is broken.
  std::optional<gotemplate::TemplateSet> set;
  // What each expansion gives, if it is broken.
  std::optional<RuleExpansion> broken;
  bool may_query = false;

  RuleExpansion Expand(const RuleTemplateData& data, const QueryAnswers* answers) const {
    if (broken) return *broken;
    if (!set) return {.text = source};
    const RuleObject dot(data);
    RuleScope scope{&data, answers, std::nullopt};
    auto text = set->Execute(name, dot.Dot(), {}, &scope);
    if (text) return {.text = *std::move(text)};
    if (scope.needs_query) return {.needs_query = std::move(scope.needs_query)};
    const gotemplate::ErrorPlace& place = text.error().place;
    return {.text = "<error expanding template: error executing template " + name + ": " +
                    text.error().message + ">",
            .failed = true,
            .error_line = place.line,
            .error_column = AuthorColumn(place)};
  }
};

tl::expected<RuleTemplate, TemplateError> RuleTemplate::Compile(std::string_view alert_name,
                                                                std::string_view text, Mode mode) {
  auto impl = std::make_shared<Impl>();
  impl->source = text;
  if (text.find("{{") == std::string_view::npos) return RuleTemplate(std::move(impl));
  impl->name = "__alert_" + std::string(alert_name);
  impl->set.emplace(SharedFunctions(mode),
                    gotemplate::Options{.missing_key = gotemplate::MissingKey::kZero,
                                        .html = mode == Mode::kHtml});
  auto parsed = impl->set->Parse(impl->name, WithRuleDefinitions(text));
  if (!parsed) {
    gotemplate::ErrorPlace& place = parsed.error().place;
    if (place.line == 1) place.line_text.erase(0, kRuleDefinitions.size());
    return tl::unexpected(TemplateError{{std::move(parsed.error().message)},
                                        /*file=*/"",
                                        place.line,
                                        AuthorColumn(place),
                                        std::move(place.line_text)});
  }
  impl->may_query = !impl->set->IsPure(impl->name);
  return RuleTemplate(std::move(impl));
}

RuleTemplate RuleTemplate::Broken(std::string_view alert_name, std::string_view text,
                                  const TemplateError& error) {
  auto impl = std::make_shared<Impl>();
  impl->source = text;
  impl->name = "__alert_" + std::string(alert_name);
  impl->broken = RuleExpansion{.text = "<error expanding template: error parsing template " +
                                       impl->name + ": " + error.message + ">",
                               .failed = true,
                               .error_line = error.line,
                               .error_column = error.column};
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
  return !impl_->set && !impl_->broken;
}
bool RuleTemplate::may_query() const {
  return impl_->may_query;
}
const std::string& RuleTemplate::source() const {
  return impl_->source;
}

}  // namespace tocsin::templates
