#include "api/rule_selector.h"

#include "model/matcher.h"
#include "promql/parser.h"

#include <algorithm>
#include <utility>

namespace tocsin::api {
Result<RuleSelector> RuleSelector::Parse(std::string_view text) {
  const auto parsed = promql::ParseSelector(text);
  if (!parsed) return Fail(promql::ToString(parsed.error().front(), text));
  const auto* selector = (*parsed)->As<promql::Selector>();
  RuleSelector result;
  if (!selector->name.empty()) {
    result.conditions_.push_back({"__name__", false, selector->name, std::nullopt});
    result.matches_all_ = false;
  }
  for (const promql::LabelMatcher& matcher : selector->matchers) {
    using model::MatchOp;
    const bool negative = matcher.op == MatchOp::kNotEqual || matcher.op == MatchOp::kNotRegex;
    Condition condition{matcher.name, negative, matcher.value, std::nullopt};
    if (!matcher.matches_empty) result.matches_all_ = false;
    if (matcher.op == MatchOp::kRegex || matcher.op == MatchOp::kNotRegex) {
      auto regex = model::Regex::Compile(matcher.value, model::Regex::Anchor::kFullDotAll);
      if (!regex) return tl::unexpected(regex.error());
      condition.regex = std::move(*regex);
    }
    result.conditions_.push_back(std::move(condition));
  }
  return result;
}

bool RuleSelector::Matches(const std::map<std::string, std::string>& labels) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    const auto found = labels.find(condition.name);
    const std::string_view value = found == labels.end() ? std::string_view() : found->second;
    const bool matches =
        condition.regex ? condition.regex->Matches(value) : condition.value == value;
    return matches != condition.negative;
  });
}

}  // namespace tocsin::api
