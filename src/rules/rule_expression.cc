#include "rules/rule_expression.h"

#include "config/inner_place.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "promql/unfiltered.h"

#include <utility>

namespace tocsin::rules {

void ExpressionChecker::UseDatasource(std::string_view name) {
  const auto found = languages_.find(name);
  language_ = found == languages_.end() ? config::QueryLanguage::kPromql : found->second;
}

CheckedExpression ExpressionChecker::Check(const config::YamlNode& expr,
                                           const std::string& prefix) const {
  const std::string& text = expr.text();
  promql::Features features;
  if (language_ != config::QueryLanguage::kPromql) {
    features.experimental_functions = true;
    features.extended_range_selectors = true;
    features.binop_fill_modifiers = true;
  }
  const auto parsed = promql::Parse(text, features);
  if (parsed) {
    std::string canonical = promql::Print(**parsed);
    if (canonical == text) canonical.clear();
    return {std::move(canonical), promql::Unfiltered(**parsed).value_or("")};
  }
  for (const promql::ParseError& error : parsed.error()) {
    config::Position place = source_.At(expr);
    if (!source_.diagnostics->full()) {
      const promql::LineColumn inside = promql::PlaceOf(text, error.span.begin);
      place = config::PlaceInValue(file_text_, place, text, inside.line, inside.column);
    }
    const std::string words = promql::ToString(error, text);
    if (language_ == config::QueryLanguage::kMetricsql) {
      source_.diagnostics->AddWarning(
          std::move(place), prefix + "no PromQL, taken as MetricsQL without a check: " + words,
          promql::Excerpt(error, text));
      return {};
    }
    source_.diagnostics->AddError(std::move(place), prefix + "could not parse expression: " + words,
                                  promql::Excerpt(error, text));
  }
  return {};
}

}  // namespace tocsin::rules
