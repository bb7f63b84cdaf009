#include "base/text.h"
#include "config/inner_place.h"
#include "lint/checks.h"
#include "promql/parser.h"

#include <utility>

namespace tocsin::lint {
namespace {

using promql::BinaryOp;

// The operator that says the same with the sides exchanged.
BinaryOp Mirrored(BinaryOp op) {
  switch (op) {
    case BinaryOp::kLess:
      return BinaryOp::kGreater;
    case BinaryOp::kLessOrEqual:
      return BinaryOp::kGreaterOrEqual;
    case BinaryOp::kGreater:
      return BinaryOp::kLess;
    case BinaryOp::kGreaterOrEqual:
      return BinaryOp::kLessOrEqual;
    default:
      return op;
  }
}

}  // namespace

void RuleExpr::Add(std::string_view id, promql::Span span, std::string message,
                   Findings* findings) const {
  const std::string& text = rule.definition.expr;
  const promql::LineColumn place = promql::PlaceOf(text, span.begin);
  findings->Add(id,
                config::PlaceInValue(file.text, PlaceOf(file.path, rule.node, "expr"), text,
                                     place.line, place.column),
                std::move(message), promql::Excerpt({span, ""}, text));
}

std::string RuleExpr::Quoted(promql::Span span) const {
  constexpr std::size_t kShown = 80;
  const std::string_view text = rule.definition.expr;
  std::string shown;
  for (const char c : text.substr(span.begin, span.end - span.begin)) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space) {
      shown.push_back(c);
    } else if (!shown.empty() && shown.back() != ' ') {
      shown.push_back(' ');
    }
  }
  return "`" + TruncateRunes(shown, kShown) + "`";
}

void ForEachExpr(const Subject& subject, const std::function<void(const RuleExpr&)>& visit) {
  for (const RuleFile& file : subject.rule_files) {
    for (const Group& group : file.groups) {
      for (const Rule& rule : group.rules) {
        if (rule.expr != nullptr) visit({file, group, rule, *rule.expr});
      }
    }
  }
}

std::optional<double> NumberOf(const promql::Expr& expr) {
  const promql::Expr& inner = promql::WithoutParens(expr);
  if (const auto* const number = inner.As<promql::NumberLiteral>()) return number->value;
  const auto* const unary = inner.As<promql::Unary>();
  if (unary == nullptr) return std::nullopt;
  const std::optional<double> operand = NumberOf(*unary->operand);
  return operand && unary->negative ? -*operand : operand;
}

std::optional<NumberComparison> AsNumberComparison(const promql::Expr& expr) {
  const auto* const binary = expr.As<promql::Binary>();
  if (binary == nullptr || !promql::IsComparison(binary->op) || binary->return_bool) {
    return std::nullopt;
  }
  if (const auto number = NumberOf(*binary->right)) {
    return NumberComparison{binary->op, promql::WithoutParens(*binary->left), *number};
  }
  if (const auto number = NumberOf(*binary->left)) {
    return NumberComparison{Mirrored(binary->op), promql::WithoutParens(*binary->right), *number};
  }
  return std::nullopt;
}

}  // namespace tocsin::lint
