#pragma once

// The syntax tree of a PromQL expression (spec/rules.md §9). Immutable once Parse() has returned
// it; safe to read from any thread. It owns its texts. No node is higher than kMaxHeight, so that
// recursion over a tree is safe.
//
// To look at a tree:
//
//   Walk(expr, [&](const Expr& node) {
//     if (const auto* selector = node.As<Selector>()) ...
//   });

#include "base/time.h"
#include "model/matcher.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tocsin::promql {

inline constexpr std::uint32_t kMaxHeight = 1000;

// Bytes of the expression's text, `end` not included.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const Span&) const = default;
};

enum class ValueType : std::uint8_t { kScalar, kString, kVector, kMatrix };
// As the query API spells it: scalar, string, vector, matrix.
std::string_view ToString(ValueType type);
// As error messages spell it: "instant vector", "range vector", ...
std::string_view Described(ValueType type);

enum class BinaryOp : std::uint8_t {
  kOr,
  kAnd,
  kUnless,
  kEqual,
  kNotEqual,
  kLessOrEqual,
  kLess,
  kGreaterOrEqual,
  kGreater,
  kTrimUpper,  // `</` and `>/` cut native histograms.
  kTrimLower,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kAtan2,
  kPower,
};
std::string_view ToString(BinaryOp op);  // In lower case.
bool IsComparison(BinaryOp op);          // == != <= < >= >: those that take `bool`.
bool IsSetOperator(BinaryOp op);         // or, and, unless

enum class Aggregator : std::uint8_t {
  kSum,
  kAvg,
  kCount,
  kMin,
  kMax,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kCountValues,
  kQuantile,
  kLimitk,
  kLimitRatio,
};
std::string_view ToString(Aggregator op);  // In lower case.
bool HasParameter(Aggregator op);          // topk(3, x)

// A duration in brackets or after `offset`: a literal, or arithmetic that the server evaluates when
// it knows the step and the range of the query.
struct DurationExpr {
  enum class Kind : std::uint8_t {
    kDuration,  // 5m
    kNumber,    // 300: seconds where it stands alone, a factor within arithmetic
    kStep,      // step()
    kRange,     // range()
    kMinOf,     // min_of(a, b)
    kMaxOf,
    kNegative,  // -a, where a is no literal. A plus sign leaves nothing.
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kModulo,
    kPower,
  };
  Kind kind = Kind::kDuration;
  bool in_parentheses = false;
  Span span;
  double seconds = 0;                  // Of the literals; the number of kNumber.
  std::vector<DurationExpr> operands;  // One or two, of the others.

  bool is_literal() const { return kind == Kind::kDuration || kind == Kind::kNumber; }
  // A literal's value, also negated; nothing where arithmetic is left to do.
  std::optional<Duration> Constant() const;
};

// `offset` and `@`, in either order.
struct TimeModifiers {
  enum class At : std::uint8_t { kNone, kTimestamp, kStart, kEnd };
  std::optional<DurationExpr> offset;
  At at = At::kNone;
  std::int64_t at_milliseconds = 0;  // Unix time, of At::kTimestamp.
};

struct NumberLiteral {
  double value = 0;          // Seconds if it was written as a duration.
  bool is_duration = false;  // `5m` outside brackets
};

struct StringLiteral {
  std::string value;
};

struct LabelMatcher {
  std::string name;
  model::MatchOp op = model::MatchOp::kEqual;
  std::string value;
  bool matches_empty = false;  // Does a series without the label match?
  Span span;
};

// `name{matchers}[range]` with modifiers: an instant vector without a range, else a range vector.
struct Selector {
  enum class Extension : std::uint8_t { kNone, kAnchored, kSmoothed };
  std::string name;                    // Written before the braces; else "".
  std::vector<LabelMatcher> matchers;  // As written. `{"up"}` is a matcher of __name__.
  std::optional<DurationExpr> range;
  TimeModifiers time;
  Extension extension = Extension::kNone;

  // The only name that its series can have: `name`, or the value of an equality matcher of
  // __name__; "" if there are several or none.
  std::string_view MetricName() const;
};

struct Expr;
using ExprPtr = std::unique_ptr<const Expr>;

// `inner[range:step]`
struct Subquery {
  ExprPtr inner;
  DurationExpr range;
  std::optional<DurationExpr> step;
  TimeModifiers time;
};

struct Paren {
  ExprPtr inner;
};

struct Unary {
  bool negative = false;
  ExprPtr operand;
};

// How the series of two instant vectors find each other.
struct VectorMatching {
  enum class Group : std::uint8_t { kNone, kLeft, kRight };
  bool on = false;  // `on (labels)`, else `ignoring (labels)`.
  std::vector<std::string> labels;
  Group group = Group::kNone;        // group_left: many on the left.
  std::vector<std::string> include;  // group_left (include)
  std::optional<double> fill_left;
  std::optional<double> fill_right;
};

struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  Span op_span;
  bool return_bool = false;
  VectorMatching matching;  // As written; has a meaning only between two instant vectors.
  ExprPtr left;
  ExprPtr right;
};

struct Aggregation {
  Aggregator op = Aggregator::kSum;
  bool without = false;  // `without (grouping)`, else `by (grouping)`.
  std::vector<std::string> grouping;
  ExprPtr parameter;  // Of those that HasParameter; else null.
  ExprPtr operand;
};

struct Function;

struct Call {
  const Function* function =
      nullptr;  // promql/functions.h; never null in a tree that Parse returns.
  std::vector<ExprPtr> arguments;
};

struct Expr {
  using Node = std::variant<NumberLiteral, StringLiteral, Selector, Subquery, Paren, Unary, Binary,
                            Aggregation, Call>;
  Span span;
  ValueType type = ValueType::kScalar;
  std::uint32_t height = 1;  // Nodes on the longest way down.
  Node node;

  // The node as one of these, or null.
  template <class T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

// The expression within any parentheses.
const Expr& WithoutParens(const Expr& expr);

// The direct children, in the order of the text (a parameter before its operand).
template <class Visit>
void ForEachChild(const Expr& expr, Visit&& visit) {
  struct Children {
    Visit& visit;
    void operator()(const NumberLiteral&) const {}
    void operator()(const StringLiteral&) const {}
    void operator()(const Selector&) const {}
    void operator()(const Subquery& subquery) const { Each(subquery.inner); }
    void operator()(const Paren& paren) const { Each(paren.inner); }
    void operator()(const Unary& unary) const { Each(unary.operand); }
    void operator()(const Binary& binary) const {
      Each(binary.left);
      Each(binary.right);
    }
    void operator()(const Aggregation& aggregation) const {
      Each(aggregation.parameter);
      Each(aggregation.operand);
    }
    void operator()(const Call& call) const {
      for (const ExprPtr& argument : call.arguments) Each(argument);
    }
    void Each(const ExprPtr& child) const {
      if (child != nullptr) visit(*child);
    }
  };
  std::visit(Children{visit}, expr.node);
}

// Calls `visit` for the expression and everything below it, parents first.
template <class Visit>
void Walk(const Expr& expr, Visit&& visit) {
  visit(expr);
  ForEachChild(expr, [&](const Expr& child) { Walk(child, visit); });
}

}  // namespace tocsin::promql
