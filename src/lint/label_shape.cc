#include "lint/label_shape.h"

#include "base/text.h"
#include "lint/subject.h"
#include "promql/functions.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace tocsin::lint {
namespace {

using promql::Aggregation;
using promql::Aggregator;
using promql::Binary;
using promql::BinaryOp;
using promql::Call;
using promql::Expr;
using promql::LabelMatcher;
using promql::Selector;
using promql::ValueType;
using promql::VectorMatching;
using Names = std::set<std::string, std::less<>>;

constexpr std::string_view kNameLabel = "__name__";

LabelShape WithoutLabels(std::string limited_by) {
  return {.open = false, .names = {}, .certain = {}, .limited_by = std::move(limited_by)};
}

void Add(const std::string& name, LabelShape* shape) {
  if (shape->open) {
    shape->names.erase(name);
  } else {
    shape->names.insert(name);
  }
}

void Remove(const std::string& name, LabelShape* shape) {
  if (shape->open) {
    shape->names.insert(name);
  } else {
    shape->names.erase(name);
  }
  shape->certain.erase(name);
}

void KeepOnly(const Names& kept, LabelShape* shape) {
  Names names;
  for (const std::string& name : kept) {
    if (name != kNameLabel && shape->MayHave(name)) names.insert(name);
  }
  shape->open = false;
  std::erase_if(shape->certain, [&](const std::string& name) { return !names.contains(name); });
  shape->names = std::move(names);
}

std::string Listed(std::string_view clause, const std::vector<std::string>& labels) {
  std::string text = std::string(clause) + " (";
  for (std::size_t i = 0; i < labels.size(); ++i) text += (i > 0 ? ", " : "") + labels[i];
  return text + ")";
}

bool IsScraped(std::string_view metric) {
  return !metric.empty() && metric.find(':') == std::string_view::npos &&
         !metric.starts_with("ALERTS");
}

LabelShape OfSelector(const Selector& selector) {
  LabelShape shape;
  const std::string_view metric = selector.MetricName();
  if (IsScraped(metric)) shape.certain = {"instance", "job"};
  if (metric.starts_with("ALERTS")) shape.certain = {"alertname"};
  for (const LabelMatcher& matcher : selector.matchers) {
    if (matcher.name == kNameLabel) continue;
    if (matcher.op == model::MatchOp::kEqual && matcher.value.empty()) {
      Remove(matcher.name, &shape);
      shape.limited_by = matcher.name + "=\"\"";
    } else if (!matcher.matches_empty) {
      shape.certain.insert(matcher.name);
    }
  }
  return shape;
}

// absent(x{a="b"}) has the labels that equality matchers give, each used once.
LabelShape OfAbsent(const Call& call) {
  LabelShape shape = WithoutLabels(std::string(call.function->name) + "()");
  const auto* const selector = promql::WithoutParens(*call.arguments[0]).As<Selector>();
  if (selector == nullptr) return shape;
  std::multiset<std::string> seen;
  for (const LabelMatcher& matcher : selector->matchers) seen.insert(matcher.name);
  for (const LabelMatcher& matcher : selector->matchers) {
    const bool given = matcher.op == model::MatchOp::kEqual && !matcher.value.empty();
    if (!given || matcher.name == kNameLabel || seen.count(matcher.name) > 1) continue;
    shape.names.insert(matcher.name);
    shape.certain.insert(matcher.name);
  }
  return shape;
}

const std::string* TextOf(const Expr& expr) {
  const auto* const literal = promql::WithoutParens(expr).As<promql::StringLiteral>();
  return literal != nullptr ? &literal->value : nullptr;
}

LabelShape OfCall(const Call& call) {
  const std::string_view name = call.function->name;
  if (name == "absent" || name == "absent_over_time") return OfAbsent(call);
  if (name == "vector") return WithoutLabels("vector()");
  if (name == "info") return {};
  const auto vector = std::find_if(
      call.arguments.begin(), call.arguments.end(), [](const promql::ExprPtr& argument) {
        return argument->type == ValueType::kVector || argument->type == ValueType::kMatrix;
      });
  if (vector == call.arguments.end()) return WithoutLabels(std::string(name) + "()");
  LabelShape shape = ShapeOf(**vector);
  if (name == "label_replace" || name == "label_join") {
    // It may set the label or, where nothing matches, leave it as it was.
    if (const std::string* label = TextOf(*call.arguments[1])) {
      Add(*label, &shape);
    } else {
      return {};
    }
  } else if (name == "histogram_quantile" || name == "histogram_fraction") {
    Remove("le", &shape);
  } else if (name == "histogram_quantiles") {
    return {};
  }
  return shape;
}

LabelShape OfAggregation(const Aggregation& aggregation) {
  LabelShape shape = ShapeOf(*aggregation.operand);
  switch (aggregation.op) {
    case Aggregator::kTopk:
    case Aggregator::kBottomk:
    case Aggregator::kLimitk:
    case Aggregator::kLimitRatio:
      return shape;  // The series themselves.
    default:
      break;
  }
  std::string text(promql::ToString(aggregation.op));
  if (aggregation.without) {
    for (const std::string& label : aggregation.grouping) Remove(label, &shape);
    if (shape.open) shape.limited_by = text + " " + Listed("without", aggregation.grouping);
  } else {
    const Names kept(aggregation.grouping.begin(), aggregation.grouping.end());
    KeepOnly(kept, &shape);
    shape.certain = shape.names;
    shape.limited_by = kept.empty() ? text + "()" : text + " " + Listed("by", aggregation.grouping);
  }
  if (aggregation.op == Aggregator::kCountValues) {
    const std::string* const label = TextOf(*aggregation.parameter);
    if (label == nullptr) return {};
    Add(*label, &shape);
  }
  return shape;
}

// A series of either side.
LabelShape OfOr(LabelShape left, const LabelShape& right) {
  Names certain;
  std::set_intersection(left.certain.begin(), left.certain.end(), right.certain.begin(),
                        right.certain.end(), std::inserter(certain, certain.end()));
  left.certain = std::move(certain);
  if (left.open) {
    std::erase_if(left.names, [&](const std::string& name) { return right.MayHave(name); });
    return left;
  }
  if (!right.open) {
    left.names.insert(right.names.begin(), right.names.end());
    return left;
  }
  Names removed = right.names;
  std::erase_if(removed, [&](const std::string& name) { return left.names.contains(name); });
  left.open = true;
  left.names = std::move(removed);
  return left;
}

LabelShape OfMatching(const VectorMatching& matching, LabelShape left, LabelShape right) {
  if (matching.group == VectorMatching::Group::kNone) {
    if (matching.on) {
      KeepOnly(Names(matching.labels.begin(), matching.labels.end()), &left);
      left.limited_by = Listed("on", matching.labels);
    } else {
      for (const std::string& label : matching.labels) Remove(label, &left);
      if (left.open && !matching.labels.empty()) {
        left.limited_by = Listed("ignoring", matching.labels);
      }
    }
    return left;
  }
  if (matching.group == VectorMatching::Group::kRight) std::swap(left, right);
  for (const std::string& label : matching.include) {
    if (right.MayHave(label)) {
      Add(label, &left);
    } else {
      Remove(label, &left);
    }
  }
  return left;
}

LabelShape OfBinary(const Binary& binary) {
  const bool left_vector = binary.left->type == ValueType::kVector;
  const bool right_vector = binary.right->type == ValueType::kVector;
  if (!left_vector && !right_vector) return WithoutLabels("a scalar");
  if (!right_vector) return ShapeOf(*binary.left);
  if (!left_vector) return ShapeOf(*binary.right);
  if (binary.op == BinaryOp::kAnd || binary.op == BinaryOp::kUnless) return ShapeOf(*binary.left);
  if (binary.op == BinaryOp::kOr) return OfOr(ShapeOf(*binary.left), ShapeOf(*binary.right));
  return OfMatching(binary.matching, ShapeOf(*binary.left), ShapeOf(*binary.right));
}

}  // namespace

std::string LabelShape::Reason(std::string_view name) const {
  if (limited_by.empty()) return "the expression gives no label " + GoQuote(name);
  return "`" + limited_by + "` leaves no label " + GoQuote(name);
}

LabelShape ShapeOf(const Expr& expr) {
  struct Shapes {
    LabelShape operator()(const promql::NumberLiteral&) const { return WithoutLabels("a number"); }
    LabelShape operator()(const promql::StringLiteral&) const { return WithoutLabels("a string"); }
    LabelShape operator()(const Selector& selector) const { return OfSelector(selector); }
    LabelShape operator()(const promql::Subquery& subquery) const {
      return ShapeOf(*subquery.inner);
    }
    LabelShape operator()(const promql::Paren& paren) const { return ShapeOf(*paren.inner); }
    LabelShape operator()(const promql::Unary& unary) const { return ShapeOf(*unary.operand); }
    LabelShape operator()(const Binary& binary) const { return OfBinary(binary); }
    LabelShape operator()(const Aggregation& aggregation) const {
      return OfAggregation(aggregation);
    }
    LabelShape operator()(const Call& call) const { return OfCall(call); }
  };
  return std::visit(Shapes{}, expr.node);
}

LabelShape ShapeOf(const Rule& rule) {
  return rule.expr != nullptr ? ShapeOf(*rule.expr) : LabelShape();
}

bool TakesPartInMatching(const VectorMatching& matching, const std::string& label) {
  const bool listed =
      std::find(matching.labels.begin(), matching.labels.end(), label) != matching.labels.end();
  return listed == matching.on;
}

}  // namespace tocsin::lint
