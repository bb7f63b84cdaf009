#include "promql/selected_series.h"

#include "base/result.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tocsin::promql {

namespace {

constexpr std::string_view kAlerts = "ALERTS";
constexpr std::string_view kAlertsForState = "ALERTS_FOR_STATE";

bool AllMatch(const model::Matchers& matchers, std::string_view value) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const model::Matcher& matcher) { return matcher.MatchesValue(value); });
}

// The parser has refused bad regular expressions.
void Add(const std::string& name, model::MatchOp op, const std::string& value,
         model::Matchers* out) {
  Result<model::Matcher> matcher = model::Matcher::Create(name, op, value);
  if (matcher) out->push_back(std::move(*matcher));
}

}  // namespace

SelectedSeries::SelectedSeries(const Expr& expr) {
  Walk(expr, [&](const Expr& node) {
    const auto* selector = node.As<Selector>();
    if (selector == nullptr) return;
    Names names;
    if (!selector->name.empty()) {
      Add("__name__", model::MatchOp::kEqual, selector->name, &names.metric);
    }
    for (const LabelMatcher& matcher : selector->matchers) {
      if (matcher.name == "__name__") Add(matcher.name, matcher.op, matcher.value, &names.metric);
      if (matcher.name == "alertname") Add(matcher.name, matcher.op, matcher.value, &names.alert);
    }
    any_name_ = any_name_ || names.metric.empty();
    selectors_.push_back(std::move(names));
  });
}

bool SelectedSeries::Reads(std::string_view metric) const {
  return std::any_of(selectors_.begin(), selectors_.end(),
                     [&](const Names& names) { return AllMatch(names.metric, metric); });
}

bool SelectedSeries::ReadsAlertsOf(std::string_view alert) const {
  return std::any_of(selectors_.begin(), selectors_.end(), [&](const Names& names) {
    return (AllMatch(names.metric, kAlerts) || AllMatch(names.metric, kAlertsForState)) &&
           AllMatch(names.alert, alert);
  });
}

}  // namespace tocsin::promql
