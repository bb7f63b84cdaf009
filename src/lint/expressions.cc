#include "base/text.h"
#include "lint/checks.h"
#include "lint/label_shape.h"
#include "lint/matchers.h"
#include "promql/functions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace tocsin::lint {
namespace {

using promql::Aggregation;
using promql::Aggregator;
using promql::BinaryOp;
using promql::Call;
using promql::Expr;
using promql::Selector;
using promql::ValueType;

// Names that by convention are no counters.
bool IsGaugeName(std::string_view metric) {
  constexpr std::array<std::string_view, 5> kEndings = {"_ratio", "_percent", "_celsius", "_info",
                                                        "_timestamp_seconds"};
  return metric == "up" || std::any_of(kEndings.begin(), kEndings.end(),
                                       [&](auto ending) { return metric.ends_with(ending); });
}

std::string_view MetricOf(const Expr& expr) {
  const auto* const selector = promql::WithoutParens(expr).As<Selector>();
  return selector != nullptr ? selector->MetricName() : std::string_view();
}

bool Holds(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kEqual:
      return a == b;
    case BinaryOp::kNotEqual:
      return a != b;
    case BinaryOp::kLess:
      return a < b;
    case BinaryOp::kLessOrEqual:
      return a <= b;
    case BinaryOp::kGreater:
      return a > b;
    case BinaryOp::kGreaterOrEqual:
      return a >= b;
    default:
      return true;
  }
}

// A count is 1 or more where there is a result at all; absent() is 1.
bool CanHold(BinaryOp op, bool always_one, double number) {
  if (always_one || op == BinaryOp::kLess || op == BinaryOp::kLessOrEqual) {
    return Holds(op, 1, number);
  }
  return op != BinaryOp::kEqual || number >= 1;
}

class ExpressionChecks {
 public:
  ExpressionChecks(const RuleExpr& rule, Findings* findings) : rule_(rule), findings_(findings) {}

  void Run() {
    const ValueType type = rule_.expr.type;
    if (type != ValueType::kVector && type != ValueType::kScalar) {
      Add("expr/type", rule_.expr,
          "a rule needs an instant vector or a scalar, and this is a " +
              std::string(promql::Described(type)) + ": every evaluation fails");
    }
    promql::Walk(rule_.expr, [this](const Expr& expr) { Visit(expr); });
  }

 private:
  void Add(std::string_view id, const Expr& at, std::string message) {
    rule_.Add(id, at.span, std::move(message), findings_);
  }

  void Visit(const Expr& expr) {
    if (const auto* const selector = expr.As<Selector>()) CheckSelector(*selector, expr);
    if (const auto comparison = AsNumberComparison(expr)) CheckComparison(*comparison, expr);
    if (const auto* const call = expr.As<Call>()) CheckCall(*call, expr);
    if (const auto* const aggregation = expr.As<Aggregation>()) {
      if (aggregation->op == Aggregator::kQuantile) CheckQuantile(*aggregation->parameter);
    }
  }

  void CheckSelector(const Selector& selector, const Expr& expr) {
    model::Matchers matchers;
    for (const promql::LabelMatcher& written : selector.matchers) {
      auto matcher = model::Matcher::Create(written.name, written.op, written.value);
      if (!matcher) continue;
      const bool regex =
          written.op == model::MatchOp::kRegex || written.op == model::MatchOp::kNotRegex;
      if (regex && LooksLikeGlob(written.value)) {
        rule_.Add("expr/glob", written.span,
                  matcher->ToString() +
                      " is a regular expression, and `*` repeats the letter before it; for "
                      "anything at all write `.*`",
                  findings_);
      }
      matchers.push_back(*std::move(matcher));
    }
    if (const auto contradiction = Contradiction(matchers)) {
      Add("expr/empty-selector", expr,
          "this selects nothing, ever: " + *contradiction + " exclude each other");
    }
  }

  void CheckComparison(const NumberComparison& comparison, const Expr& expr) {
    const auto* const aggregation = comparison.compared.As<Aggregation>();
    const auto* const call = comparison.compared.As<Call>();
    const std::string_view function = call != nullptr ? call->function->name : std::string_view();
    const bool counts = (aggregation != nullptr && aggregation->op == Aggregator::kCount) ||
                        function == "count_over_time";
    const bool always_one = (aggregation != nullptr && aggregation->op == Aggregator::kGroup) ||
                            function == "absent" || function == "absent_over_time" ||
                            function == "present_over_time";
    if ((counts || always_one) && !CanHold(comparison.op, always_one, comparison.number)) {
      Add("expr/never-true", expr,
          counts ? "never true: of no series there is no count, and not the count 0; use absent(), "
                   "or compare `(count(...) or vector(0))`"
                 : "never true: where it gives anything, it gives 1");
    }
    const bool equality = comparison.op == BinaryOp::kEqual || comparison.op == BinaryOp::kNotEqual;
    const bool computed = comparison.compared.As<Selector>() == nullptr;
    if (equality && computed && std::floor(comparison.number) != comparison.number &&
        std::isfinite(comparison.number)) {
      Add("expr/float-equality", expr,
          "a computed value hardly ever equals a fraction exactly; compare with < or >");
    }
  }

  void CheckCall(const Call& call, const Expr& expr) {
    const std::string_view name = call.function->name;
    if (name == "histogram_quantile") {
      CheckQuantile(*call.arguments[0]);
      CheckBuckets(*call.arguments[1]);
    }
    if (name == "quantile_over_time") CheckQuantile(*call.arguments[0]);
    if (name == "rate" || name == "increase" || name == "irate") {
      CheckRate(name, *call.arguments[0], expr);
    }
    if (name == "delta" || name == "idelta" || name == "deriv" || name == "predict_linear") {
      const std::string_view metric = MetricOf(*call.arguments[0]);
      if (!metric.ends_with("_total")) return;
      Add("expr/delta-of-counter", expr,
          std::string(name) + "() is for gauges, and " + std::string(metric) +
              " counts: a restart of what is watched looks like a huge drop; use rate() or "
              "increase()");
    }
  }

  void CheckRate(std::string_view name, const Expr& argument, const Expr& expr) {
    const std::string_view metric = MetricOf(argument);
    if (IsGaugeName(metric)) {
      Add("expr/rate-of-gauge", expr,
          std::string(name) + "() is for counters, and " + std::string(metric) +
              " is none: each time that it falls counts as a restart from 0; use delta() or "
              "deriv()");
    }
    const auto* const subquery = promql::WithoutParens(argument).As<promql::Subquery>();
    if (subquery == nullptr) return;
    const auto* const inner = promql::WithoutParens(*subquery->inner).As<Aggregation>();
    if (inner == nullptr || inner->op == Aggregator::kTopk || inner->op == Aggregator::kBottomk) {
      return;
    }
    Add("expr/rate-of-aggregate", expr,
        "a restart of one member is lost in the sum, and looks like a huge jump; take the " +
            std::string(name) + "() first, and " + std::string(promql::ToString(inner->op)) +
            "() of that");
  }

  void CheckQuantile(const Expr& parameter) {
    const std::optional<double> quantile = NumberOf(parameter);
    if (!quantile || (*quantile >= 0 && *quantile <= 1)) return;
    Add("expr/quantile-range", parameter,
        "a quantile is between 0 and 1 (0.99, not 99): this one is always infinite");
  }

  void CheckBuckets(const Expr& buckets) {
    const LabelShape shape = ShapeOf(buckets);
    if (shape.MayHave("le")) return;
    bool classic = false;
    promql::Walk(buckets,
                 [&](const Expr& expr) { classic |= MetricOf(expr).ends_with("_bucket"); });
    if (!classic) return;
    Add("expr/buckets-without-le", buckets,
        "no quantile comes out of this: " + shape.Reason("le") + ", which tells the buckets apart");
  }

  const RuleExpr& rule_;
  Findings* const findings_;
};

}  // namespace

void CheckExpressions(const Subject& subject, Findings* findings) {
  ForEachExpr(subject, [&](const RuleExpr& rule) { ExpressionChecks(rule, findings).Run(); });
}

}  // namespace tocsin::lint
