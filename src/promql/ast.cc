#include "promql/ast.h"

#include <array>
#include <cmath>
#include <limits>

namespace tocsin::promql {

namespace {

constexpr std::array<std::string_view, 4> kTypes = {"scalar", "string", "vector", "matrix"};
constexpr std::array<std::string_view, 4> kDescribedTypes = {"scalar", "string", "instant vector",
                                                             "range vector"};
constexpr std::array<std::string_view, 18> kBinaryOps = {
    "or", "and", "unless", "==", "!=", "<=", "<", ">=",    ">",
    "</", ">/",  "+",      "-",  "*",  "/",  "%", "atan2", "^"};
constexpr std::array<std::string_view, 14> kAggregators = {
    "sum",    "avg",  "count",   "min",          "max",      "group",  "stddev",
    "stdvar", "topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"};

template <std::size_t N, class E>
std::string_view Name(const std::array<std::string_view, N>& names, E value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view ToString(ValueType type) {
  return Name(kTypes, type);
}

std::string_view Described(ValueType type) {
  return Name(kDescribedTypes, type);
}

std::string_view ToString(BinaryOp op) {
  return Name(kBinaryOps, op);
}

bool IsComparison(BinaryOp op) {
  return op >= BinaryOp::kEqual && op <= BinaryOp::kGreater;
}

bool IsSetOperator(BinaryOp op) {
  return op <= BinaryOp::kUnless;
}

std::string_view ToString(Aggregator op) {
  return Name(kAggregators, op);
}

bool HasParameter(Aggregator op) {
  return op >= Aggregator::kTopk;
}

std::optional<Duration> DurationExpr::Constant() const {
  double sign = 1;
  const DurationExpr* literal = this;
  while (literal->kind == Kind::kNegative) {
    sign = -sign;
    literal = &literal->operands.front();
  }
  if (!literal->is_literal()) return std::nullopt;
  // The parser refuses literals that a Duration cannot hold.
  return Duration(static_cast<std::int64_t>(std::round(sign * literal->seconds * 1e9)));
}

std::string_view Selector::MetricName() const {
  std::string_view found = name;
  for (const LabelMatcher& matcher : matchers) {
    if (matcher.name != "__name__") continue;
    if (matcher.op != model::MatchOp::kEqual) continue;
    if (!found.empty() && found != matcher.value) return {};
    found = matcher.value;
  }
  return found;
}

const Expr& WithoutParens(const Expr& expr) {
  const Expr* inner = &expr;
  while (const auto* paren = inner->As<Paren>()) inner = paren->inner.get();
  return *inner;
}

}  // namespace tocsin::promql
