#include "base/text.h"
#include "lint/checks.h"
#include "lint/label_shape.h"
#include "promql/functions.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace tocsin::lint {
namespace {

using promql::Aggregation;
using promql::Aggregator;
using promql::Binary;
using promql::BinaryOp;
using promql::Call;
using promql::Expr;
using promql::Selector;

bool IsAbsent(const Expr& expr) {
  const auto* const call = promql::WithoutParens(expr).As<Call>();
  return call != nullptr && call->function->name.starts_with("absent");
}

// Is it a condition already that such a series is there? So it is with alerts, with the results of
// rules (which have a condition of their own) and where labels say it all.
bool SelectsByItself(const Selector& selector) {
  const std::string_view metric = selector.MetricName();
  return metric.empty() || metric.starts_with("ALERTS") || metric.ends_with("_info") ||
         metric.find(':') != std::string_view::npos;
}

// The part of the expression that gives a series whatever the values are; null if there is none.
const Expr* Unconditional(const Expr& expr);

bool HasConditionBelow(const Expr& expr) {
  bool has = false;
  promql::ForEachChild(expr, [&](const Expr& child) { has |= Unconditional(child) == nullptr; });
  return has;
}

const Expr* UnconditionalBinary(const Binary& binary, const Expr& expr) {
  if (binary.op == BinaryOp::kOr) {
    const Expr* const left = Unconditional(*binary.left);
    return left != nullptr ? left : Unconditional(*binary.right);
  }
  const bool filters =
      promql::IsSetOperator(binary.op) || (promql::IsComparison(binary.op) && !binary.return_bool);
  return filters || HasConditionBelow(expr) ? nullptr : &expr;
}

const Expr* Unconditional(const Expr& expr) {
  if (const auto* const paren = expr.As<promql::Paren>()) return Unconditional(*paren->inner);
  if (const auto* const binary = expr.As<Binary>()) return UnconditionalBinary(*binary, expr);
  if (const auto* const selector = expr.As<Selector>()) {
    return SelectsByItself(*selector) ? nullptr : &expr;
  }
  if (const auto* const call = expr.As<Call>()) {
    const std::string_view name = call->function->name;
    // These give a value whether there is anything below or not.
    if (name == "scalar" || name == "vector") return &expr;
  }
  return IsAbsent(expr) || HasConditionBelow(expr) ? nullptr : &expr;
}

bool HasSelector(const Expr& expr) {
  bool has = false;
  promql::Walk(expr, [&](const Expr& node) { has |= node.As<Selector>() != nullptr; });
  return has;
}

bool HasBool(const Expr& expr) {
  bool has = false;
  promql::Walk(expr, [&](const Expr& node) {
    const auto* const binary = node.As<Binary>();
    has |= binary != nullptr && binary->return_bool;
  });
  return has;
}

// The selector below aggregations that keep a counter a counter.
const Selector* SummedSelector(const Expr& expr) {
  const Expr& inner = promql::WithoutParens(expr);
  const auto* const aggregation = inner.As<Aggregation>();
  if (aggregation == nullptr) return inner.As<Selector>();
  const bool keeps = aggregation->op == Aggregator::kSum || aggregation->op == Aggregator::kMax;
  return keeps ? SummedSelector(*aggregation->operand) : nullptr;
}

class AlertChecks {
 public:
  AlertChecks(const RuleExpr& rule, Findings* findings) : rule_(rule), findings_(findings) {}

  void Run() {
    const promql::ValueType type = rule_.expr.type;
    if (type == promql::ValueType::kString || type == promql::ValueType::kMatrix) return;
    CheckCondition();
    CheckAbsent();
    CheckOverriddenLabels();
    CheckChangingSet(rule_.expr);
    promql::Walk(rule_.expr, [this](const Expr& expr) { Visit(expr); });
  }

 private:
  void Add(std::string_view id, const Expr& at, std::string message) {
    rule_.Add(id, at.span, std::move(message), findings_);
  }

  // An expression without any series is one that is meant to fire always: a dead man's switch.
  void CheckCondition() {
    const Expr* const unconditional = Unconditional(rule_.expr);
    if (unconditional == nullptr || !HasSelector(rule_.expr)) return;
    Add("alert/no-condition", *unconditional,
        HasBool(*unconditional)
            ? "this alert always fires: a comparison with `bool` gives 0 or 1, and an alert fires "
              "for a 0 too; leave `bool` out"
            : "this alert fires whatever the value is: " + rule_.Quoted(unconditional->span) +
                  " compares nothing");
  }

  void CheckAbsent() {
    const auto* const call = promql::WithoutParens(rule_.expr).As<Call>();
    if (call == nullptr || call->function->name != "absent") return;
    if (rule_.rule.definition.hold != Duration::zero()) return;
    Add("alert/absent-without-for", rule_.expr,
        "without `for` this fires as soon as one scrape is missing, as at every restart of the "
        "Prometheus that scrapes");
  }

  void CheckOverriddenLabels() {
    const LabelShape shape = ShapeOf(rule_.expr);
    if (shape.open) return;
    for (const auto& [name, value] : rule_.rule.definition.labels) {
      const bool constant = value.find("{{") == std::string::npos && !value.empty();
      if (!constant || !shape.names.contains(name)) continue;
      Add("alert/label-overridden", rule_.expr,
          "the series differ in the label " + GoQuote(name) +
              ", which the rule sets to one value for all: with two of them the evaluation fails, "
              "for two alerts would have the same labels");
    }
  }

  void Visit(const Expr& expr) {
    if (const auto comparison = AsNumberComparison(expr)) {
      CheckCounter(*comparison, expr);
      CheckNothingByNothing(*comparison, expr);
    }
    if (const auto* const call = expr.As<Call>()) CheckCall(*call, expr);
  }

  // Not within an aggregation: where the series end up in one, it doesn't matter which they are.
  void CheckChangingSet(const Expr& expr) {
    const auto* const aggregation = expr.As<Aggregation>();
    if (aggregation == nullptr) {
      promql::ForEachChild(expr, [this](const Expr& child) { CheckChangingSet(child); });
      return;
    }
    const bool changing = aggregation->op == Aggregator::kTopk ||
                          aggregation->op == Aggregator::kBottomk ||
                          aggregation->op == Aggregator::kLimitk;
    // All values of an _info are 1: one is taken so that a join has one.
    const auto* const operand = promql::WithoutParens(*aggregation->operand).As<Selector>();
    if (!changing || (operand != nullptr && operand->MetricName().ends_with("_info"))) return;
    Add("alert/changing-set", expr,
        std::string(promql::ToString(aggregation->op)) +
            "() picks other series as the values change: alerts resolve and fire anew, and `for` "
            "starts again");
  }

  void CheckCounter(const NumberComparison& comparison, const Expr& expr) {
    const bool above =
        comparison.op == BinaryOp::kGreater || comparison.op == BinaryOp::kGreaterOrEqual;
    const Selector* const selector = SummedSelector(comparison.compared);
    if (!above || selector == nullptr || selector->range ||
        !selector->MetricName().ends_with("_total")) {
      return;
    }
    Add("alert/raw-counter", expr,
        std::string(selector->MetricName()) +
            " only grows: once above the number, this fires until what is watched restarts; "
            "compare its increase() or rate()");
  }

  // Too few of all are good: of none at all that is never true.
  void CheckNothingByNothing(const NumberComparison& comparison, const Expr& expr) {
    if (comparison.op != BinaryOp::kLess && comparison.op != BinaryOp::kLessOrEqual) return;
    const auto* const ratio = comparison.compared.As<Binary>();
    if (ratio == nullptr || ratio->op != BinaryOp::kDivide || !IsRate(*ratio->right)) return;
    Add("alert/nothing-by-nothing", expr,
        "while " + rule_.Quoted(ratio->right->span) +
            " is 0 this is 0/0, which is not below any number: with everything down this does not "
            "fire");
  }

  // Also summed.
  static bool IsRate(const Expr& expr) {
    const Expr& inner = promql::WithoutParens(expr);
    if (const auto* const sum = inner.As<Aggregation>()) return IsRate(*sum->operand);
    const auto* const call = inner.As<Call>();
    return call != nullptr &&
           (call->function->name == "rate" || call->function->name == "increase");
  }

  void CheckCall(const Call& call, const Expr& expr) {
    constexpr std::array<std::string_view, 3> kOfTheClock = {"hour", "day_of_week", "minute"};
    if (call.arguments.empty() && std::find(kOfTheClock.begin(), kOfTheClock.end(),
                                            call.function->name) != kOfTheClock.end()) {
      Add("alert/utc", expr,
          std::string(call.function->name) +
              "() is of UTC, and knows no summer time: mute_time_intervals of a route have a "
              "location");
    }
    if (call.function->name == "irate") {
      Add("alert/irate", expr,
          "irate() is of the last two samples: one odd scrape fires or resolves the alert; use "
          "rate()");
    }
    if (!call.function->name.starts_with("absent")) return;
    const auto* const selector = promql::WithoutParens(*call.arguments[0]).As<Selector>();
    if (selector == nullptr) return;
    for (const promql::LabelMatcher& matcher : selector->matchers) {
      if (matcher.op != model::MatchOp::kRegex || matcher.value.find('|') == std::string::npos) {
        continue;
      }
      rule_.Add("alert/absent-of-several", matcher.span,
                std::string(call.function->name) +
                    "() gives something only when all of these are gone; write one absent() for "
                    "each, with `or` between them",
                findings_);
    }
  }

  const RuleExpr& rule_;
  Findings* const findings_;
};

}  // namespace

void CheckAlertConditions(const Subject& subject, Findings* findings) {
  ForEachExpr(subject, [&](const RuleExpr& rule) {
    if (rule.rule.definition.is_alerting()) AlertChecks(rule, findings).Run();
  });
}

}  // namespace tocsin::lint
