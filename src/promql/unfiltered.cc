#include "promql/unfiltered.h"

#include "promql/functions.h"
#include "promql/printer.h"

namespace tocsin::promql {
namespace {

bool Chooses(const Expr& expr) {
  if (const auto* binary = expr.As<Binary>()) {
    if (IsComparison(binary->op)) return !binary->return_bool;
    return binary->op == BinaryOp::kAnd || binary->op == BinaryOp::kUnless;
  }
  if (const auto* aggregation = expr.As<Aggregation>()) {
    switch (aggregation->op) {
      case Aggregator::kTopk:
      case Aggregator::kBottomk:
      case Aggregator::kLimitk:
      case Aggregator::kLimitRatio:
      case Aggregator::kCountValues:
        return true;
      default:
        return false;
    }
  }
  if (const auto* call = expr.As<Call>()) return call->function->name.starts_with("absent");
  const auto* selector = expr.As<Selector>();
  return selector != nullptr && selector->MetricName().starts_with("ALERTS");
}

bool ComesAndGoes(const Expr& expr) {
  bool chooses = false;
  Walk(expr, [&](const Expr& node) { chooses |= Chooses(node); });
  return chooses;
}

// The side whose series a filter lets through, with all of their labels; null if it is none.
const Expr* Passed(const Binary& binary) {
  if (binary.op == BinaryOp::kAnd || binary.op == BinaryOp::kUnless) return binary.left.get();
  if (!IsComparison(binary.op) || binary.return_bool) return nullptr;
  if (binary.right->type == ValueType::kScalar) return binary.left.get();
  if (binary.left->type == ValueType::kScalar) return binary.right.get();
  const VectorMatching& matching = binary.matching;
  // One to one, the labels that do not match are taken away; what is filled in is no series.
  if (matching.fill_left || matching.fill_right) return nullptr;
  if (matching.group == VectorMatching::Group::kLeft && matching.include.empty()) {
    return binary.left.get();
  }
  const bool whole = !matching.on && matching.labels.empty();
  return whole && matching.group == VectorMatching::Group::kNone ? binary.left.get() : nullptr;
}

// As Unfiltered; where there is no filter, the expression itself.
std::optional<std::string> Rest(const Expr& any, bool* filtered) {
  const Expr& expr = WithoutParens(any);
  if (expr.type != ValueType::kVector) return std::nullopt;
  const auto* binary = expr.As<Binary>();
  if (binary != nullptr && binary->op == BinaryOp::kOr) {
    const auto left = Unfiltered(*binary->left);
    const auto right = Unfiltered(*binary->right);
    if (!left || !right) return std::nullopt;
    *filtered = true;
    return "(" + *left + ") or (" + *right + ")";
  }
  if (const Expr* const passed = binary != nullptr ? Passed(*binary) : nullptr) {
    *filtered = true;
    return Rest(*passed, filtered);
  }
  if (ComesAndGoes(expr)) return std::nullopt;
  return Print(expr);
}

}  // namespace

std::optional<std::string> Unfiltered(const Expr& expr) {
  bool filtered = false;
  std::optional<std::string> rest = Rest(expr, &filtered);
  return filtered ? rest : std::nullopt;
}

}  // namespace tocsin::promql
