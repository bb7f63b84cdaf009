#include "base/text.h"
#include "lint/checks.h"
#include "lint/label_shape.h"

#include <string>
#include <string_view>
#include <utility>

namespace tocsin::lint {
namespace {

using promql::Binary;
using promql::BinaryOp;
using promql::Expr;
using promql::ValueType;
using promql::VectorMatching;

std::string Consequence(BinaryOp op) {
  switch (op) {
    case BinaryOp::kUnless:
      return "nothing is ever excluded";
    case BinaryOp::kAnd:
      return "the result is always empty";
    default:
      return "no two series ever match, and the result is always empty";
  }
}

class JoinChecks {
 public:
  JoinChecks(const RuleExpr& rule, Findings* findings) : rule_(rule), findings_(findings) {}

  void Visit(const Expr& expr) {
    const auto* const binary = expr.As<Binary>();
    if (binary == nullptr || binary->op == BinaryOp::kOr) return;
    if (binary->left->type != ValueType::kVector || binary->right->type != ValueType::kVector) {
      return;
    }
    const LabelShape left = ShapeOf(*binary->left);
    const LabelShape right = ShapeOf(*binary->right);
    if (!binary->matching.fill_left && !binary->matching.fill_right &&
        !CheckSides(*binary, left, right, "left", "right")) {
      CheckSides(*binary, right, left, "right", "left");
    }
    if (binary->matching.group == VectorMatching::Group::kNone) return;
    const bool many_left = binary->matching.group == VectorMatching::Group::kLeft;
    CheckIncluded(*binary, many_left ? right : left);
    CheckInfo(*binary, many_left ? *binary->right : *binary->left);
  }

 private:
  // One label that all series of one side have, and none of the other, keeps all of them apart.
  bool CheckSides(const Binary& binary, const LabelShape& with, const LabelShape& without,
                  std::string_view with_side, std::string_view without_side) {
    for (const std::string& label : with.certain) {
      if (!TakesPartInMatching(binary.matching, label) || without.MayHave(label)) continue;
      std::string message = Consequence(binary.op) + ": the series on the " +
                            std::string(with_side) + " have the label " + GoQuote(label) +
                            ", and on the " + std::string(without_side) + " " +
                            without.Reason(label);
      message += binary.matching.on ? "; leave it out of on()"
                                    : "; say with on() or ignoring() which labels must be equal";
      rule_.Add("expr/never-joins", binary.op_span, std::move(message), findings_);
      return true;
    }
    return false;
  }

  void CheckIncluded(const Binary& binary, const LabelShape& one_side) {
    for (const std::string& label : binary.matching.include) {
      if (one_side.MayHave(label)) continue;
      rule_.Add("expr/included-label", binary.op_span,
                "group_left or group_right is to bring the label " + GoQuote(label) + ", but " +
                    one_side.Reason(label) + " on the side that it should come from",
                findings_);
    }
  }

  // During a rollout there are two of what has one, and the join fails.
  void CheckInfo(const Binary& binary, const Expr& one_side) {
    const auto* const selector = promql::WithoutParens(one_side).As<promql::Selector>();
    if (selector == nullptr || !selector->MetricName().ends_with("_info")) return;
    rule_.Add("expr/info-join", binary.op_span,
              "while " + std::string(selector->MetricName()) +
                  " has two series for the same thing, as in a rollout, the whole evaluation "
                  "fails; join with topk by (...) (1, " +
                  std::string(selector->MetricName()) + ")",
              findings_);
  }

  const RuleExpr& rule_;
  Findings* const findings_;
};

}  // namespace

void CheckJoins(const Subject& subject, Findings* findings) {
  ForEachExpr(subject, [&](const RuleExpr& rule) {
    JoinChecks checks(rule, findings);
    promql::Walk(rule.expr, [&](const Expr& expr) { checks.Visit(expr); });
  });
}

}  // namespace tocsin::lint
