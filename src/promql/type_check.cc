#include "promql/type_check.h"

#include "base/text.h"
#include "promql/functions.h"

#include <algorithm>
#include <string>

namespace tocsin::promql {

namespace {

class TypeChecker {
 public:
  explicit TypeChecker(ParseErrors* errors) : errors_(errors) {}

  void Check(const Expr& expr) {
    std::visit([&](const auto& node) { CheckNode(expr, node); }, expr.node);
  }

 private:
  void Add(Span span, std::string message) { errors_->push_back({span, std::move(message)}); }

  void Expect(const Expr& expr, ValueType wanted, const std::string& context) {
    Check(expr);
    if (expr.type == wanted) return;
    Add(expr.span, "expected type " + std::string(Described(wanted)) + " in " + context + ", got " +
                       std::string(Described(expr.type)));
  }

  void CheckNode(const Expr&, const NumberLiteral&) {}
  void CheckNode(const Expr&, const StringLiteral&) {}
  void CheckNode(const Expr&, const Paren& paren) { Check(*paren.inner); }

  void CheckNode(const Expr& expr, const Selector& selector) {
    if (selector.name.empty()) return CheckNotEverything(expr, selector);
    for (const LabelMatcher& matcher : selector.matchers) {
      if (matcher.name != "__name__") continue;
      Add(expr.span, "metric name must not be set twice: " + GoQuote(selector.name) + " or " +
                         GoQuote(matcher.value));
    }
  }

  void CheckNotEverything(const Expr& expr, const Selector& selector) {
    const bool selects =
        std::any_of(selector.matchers.begin(), selector.matchers.end(),
                    [](const LabelMatcher& matcher) { return !matcher.matches_empty; });
    if (!selects) Add(expr.span, "vector selector must contain at least one non-empty matcher");
  }

  void CheckNode(const Expr& expr, const Subquery& subquery) {
    Check(*subquery.inner);
    if (subquery.inner->type == ValueType::kVector) return;
    Add(expr.span, "subquery is only allowed on instant vector, got " +
                       std::string(ToString(subquery.inner->type)) + " instead");
  }

  void CheckNode(const Expr& expr, const Unary& unary) {
    Check(*unary.operand);
    const ValueType type = unary.operand->type;
    if (type == ValueType::kScalar || type == ValueType::kVector) return;
    Add(expr.span,
        "unary expression only allowed on expressions of type scalar or instant vector, got \"" +
            std::string(Described(type)) + "\"");
  }

  void CheckNode(const Expr&, const Aggregation& aggregation) {
    Expect(*aggregation.operand, ValueType::kVector, "aggregation expression");
    if (aggregation.parameter == nullptr) return;
    const bool label = aggregation.op == Aggregator::kCountValues;
    Expect(*aggregation.parameter, label ? ValueType::kString : ValueType::kScalar,
           "aggregation parameter");
  }

  void CheckNode(const Expr& expr, const Binary& binary) {
    Check(*binary.left);
    Check(*binary.right);
    CheckModifiers(binary);
    const ValueType left = binary.left->type;
    const ValueType right = binary.right->type;
    for (const ExprPtr* side : {&binary.left, &binary.right}) {
      const ValueType type = (*side)->type;
      if (type == ValueType::kScalar || type == ValueType::kVector) continue;
      Add((*side)->span, "binary expression must contain only scalar and instant vector types");
    }
    if (left != ValueType::kVector || right != ValueType::kVector) {
      if (!binary.matching.labels.empty()) {
        Add(expr.span, "vector matching only allowed between instant vectors");
      }
    } else if (IsSetOperator(binary.op)) {
      CheckSetOperator(expr, binary);
    }
    if (IsSetOperator(binary.op) && (left == ValueType::kScalar || right == ValueType::kScalar)) {
      Add(expr.span, "set operator " + GoQuote(ToString(binary.op)) +
                         " not allowed in binary scalar expression");
    }
  }

  void CheckModifiers(const Binary& binary) {
    const bool scalars =
        binary.left->type == ValueType::kScalar && binary.right->type == ValueType::kScalar;
    if (binary.return_bool && !IsComparison(binary.op)) {
      Add(binary.op_span, "bool modifier can only be used on comparison operators");
    }
    if (!binary.return_bool && IsComparison(binary.op) && scalars) {
      Add(binary.op_span, "comparisons between scalars must use BOOL modifier");
    }
    if (!binary.matching.on) return;
    for (const std::string& label : binary.matching.labels) {
      const auto& include = binary.matching.include;
      if (std::find(include.begin(), include.end(), label) == include.end()) continue;
      Add(binary.op_span,
          "label " + GoQuote(label) + " must not occur in ON and GROUP clause at once");
    }
  }

  void CheckSetOperator(const Expr& expr, const Binary& binary) {
    const VectorMatching& matching = binary.matching;
    if (matching.group != VectorMatching::Group::kNone) {
      Add(expr.span, "no grouping allowed for " + GoQuote(ToString(binary.op)) + " operation");
    }
    if (matching.fill_left || matching.fill_right) {
      Add(expr.span, "filling in missing series not allowed for set operators");
    }
  }

  void CheckNode(const Expr& expr, const Call& call) {
    const Function& function = *call.function;
    CheckArgumentCount(expr, call);
    const bool info = function.name == "info";
    if (info && call.arguments.size() > 1 && !IsMatcherList(*call.arguments[1])) {
      Add(call.arguments[1]->span, "expected label selectors only");
    }
    const std::string context = "call to function " + GoQuote(function.name);
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      if (i >= function.parameter_count && function.variadic == 0) break;
      // A list of matchers for `info` may match everything.
      if (info && i == 1 && IsMatcherList(*call.arguments[1])) continue;
      const std::size_t parameter = std::min(i, function.parameter_count - 1);
      Expect(*call.arguments[i], function.parameters[parameter], context);
    }
  }

  void CheckArgumentCount(const Expr& expr, const Call& call) {
    const Function& function = *call.function;
    const std::size_t given = call.arguments.size();
    const auto add = [&](std::string_view bound, std::size_t number) {
      Add(expr.span, "expected " + std::string(bound) + std::to_string(number) +
                         " argument(s) in call to " + GoQuote(function.name) + ", got " +
                         std::to_string(given));
    };
    if (function.variadic == 0) {
      if (given != function.parameter_count) add("", function.parameter_count);
      return;
    }
    const std::size_t least = function.parameter_count - 1;
    if (given < least) return add("at least ", least);
    if (function.variadic == Function::kAnyNumber) return;
    const std::size_t most = least + static_cast<std::size_t>(function.variadic);
    if (given > most) add("at most ", most);
  }

  static bool IsMatcherList(const Expr& expr) {
    const auto* selector = expr.As<Selector>();
    return selector != nullptr && selector->name.empty() && !selector->range;
  }

  ParseErrors* errors_;
};

}  // namespace

void CheckTypes(const Expr& expr, ParseErrors* errors) {
  TypeChecker(errors).Check(expr);
}

}  // namespace tocsin::promql
