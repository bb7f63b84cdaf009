#include "promql/printer.h"

#include "base/duration.h"
#include "base/text.h"
#include "model/label_set.h"
#include "promql/functions.h"
#include "promql/number.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tocsin::promql {

namespace {

// A duration literal; a number where a duration cannot say it.
std::string PrintSeconds(double seconds) {
  const double milliseconds = seconds * 1000;
  if (std::round(milliseconds) != milliseconds) return FormatNumber(seconds);
  return FormatPrometheusDuration(
      Duration(static_cast<std::int64_t>(std::round(milliseconds)) * 1'000'000));
}

std::string LabelName(const std::string& name) {
  return model::IsClassicLabelName(name) ? name : GoQuote(name);
}

// Where labels are listed `inf` and `nan` are numbers, unless they are quoted.
std::string ListedLabelName(const std::string& name) {
  const std::string lower = AsciiLower(name);
  const bool plain = model::IsClassicMetricName(name) && lower != "inf" && lower != "nan";
  return plain ? name : GoQuote(name);
}

std::string_view DurationOperatorText(DurationExpr::Kind kind) {
  switch (kind) {
    case DurationExpr::Kind::kAdd:
      return " + ";
    case DurationExpr::Kind::kSubtract:
      return " - ";
    case DurationExpr::Kind::kMultiply:
      return " * ";
    case DurationExpr::Kind::kDivide:
      return " / ";
    case DurationExpr::Kind::kModulo:
      return " % ";
    default:
      return " ^ ";
  }
}

class Printer {
 public:
  std::string Take() { return std::move(out_); }

  void Put(const Expr& expr) {
    std::visit([&](const auto& node) { PutNode(node); }, expr.node);
  }

  // `alone`: as the whole of brackets or an offset, where a number means seconds.
  void PutDuration(const DurationExpr& duration, bool alone) {
    if (duration.in_parentheses) out_ += '(';
    PutBareDuration(duration, alone && !duration.in_parentheses);
    if (duration.in_parentheses) out_ += ')';
  }

 private:
  void PutNode(const NumberLiteral& number) {
    if (!number.is_duration) {
      out_ += FormatNumber(number.value);
      return;
    }
    if (std::signbit(number.value)) out_ += '-';
    out_ += PrintSeconds(std::abs(number.value));
  }

  void PutNode(const StringLiteral& string) { AppendGoQuoted(string.value, &out_); }

  void PutNode(const Selector& selector) {
    out_ += selector.name;
    if (selector.name.empty() || !selector.matchers.empty()) PutMatchers(selector.matchers);
    if (selector.range) {
      out_ += '[';
      PutDuration(*selector.range, true);
      out_ += ']';
    }
    if (selector.extension == Selector::Extension::kAnchored) out_ += " anchored";
    if (selector.extension == Selector::Extension::kSmoothed) out_ += " smoothed";
    PutTime(selector.time);
  }

  void PutMatchers(const std::vector<LabelMatcher>& matchers) {
    std::vector<std::string> texts;
    for (const LabelMatcher& matcher : matchers) {
      std::string text = LabelName(matcher.name);
      text += model::ToString(matcher.op);
      AppendGoQuoted(matcher.value, &text);
      texts.push_back(std::move(text));
    }
    std::sort(texts.begin(), texts.end());
    out_ += '{';
    PutList(texts, ",");
    out_ += '}';
  }

  void PutTime(const TimeModifiers& time) {
    switch (time.at) {
      case TimeModifiers::At::kNone:
        break;
      case TimeModifiers::At::kTimestamp:
        PutTimestamp(time.at_milliseconds);
        break;
      case TimeModifiers::At::kStart:
        out_ += " @ start()";
        break;
      case TimeModifiers::At::kEnd:
        out_ += " @ end()";
        break;
    }
    if (!time.offset || time.offset->Constant() == Duration(0)) return;
    out_ += " offset ";
    PutDuration(*time.offset, true);
  }

  void PutTimestamp(std::int64_t milliseconds) {
    std::string fraction = std::to_string(std::abs(milliseconds % 1000));
    fraction.insert(0, 3 - fraction.size(), '0');
    out_ += milliseconds < 0 ? " @ -" : " @ ";
    out_ += std::to_string(std::abs(milliseconds / 1000)) + "." + fraction;
  }

  void PutNode(const Subquery& subquery) {
    Put(*subquery.inner);
    out_ += '[';
    PutDuration(subquery.range, true);
    out_ += ':';
    if (subquery.step) PutDuration(*subquery.step, true);
    out_ += ']';
    PutTime(subquery.time);
  }

  void PutNode(const Paren& paren) {
    out_ += '(';
    Put(*paren.inner);
    out_ += ')';
  }

  void PutNode(const Unary& unary) {
    out_ += unary.negative ? '-' : '+';
    Put(*unary.operand);
  }

  void PutNode(const Binary& binary) {
    Put(*binary.left);
    out_ += ' ';
    out_ += ToString(binary.op);
    if (binary.return_bool) out_ += " bool";
    if (binary.left->type == ValueType::kVector && binary.right->type == ValueType::kVector) {
      PutMatching(binary.matching);
    }
    out_ += ' ';
    Put(*binary.right);
  }

  void PutMatching(const VectorMatching& matching) {
    const bool grouped = matching.group != VectorMatching::Group::kNone;
    if (matching.on || grouped || !matching.labels.empty()) {
      out_ += matching.on ? " on (" : " ignoring (";
      PutLabels(matching.labels);
      out_ += ')';
    }
    if (grouped) {
      const bool left = matching.group == VectorMatching::Group::kLeft;
      out_ += left ? " group_left (" : " group_right (";
      PutLabels(matching.include);
      out_ += ')';
    }
    if (matching.fill_left && matching.fill_left == matching.fill_right) {
      return PutFill("fill", *matching.fill_left);
    }
    if (matching.fill_left) PutFill("fill_left", *matching.fill_left);
    if (matching.fill_right) PutFill("fill_right", *matching.fill_right);
  }

  void PutFill(std::string_view name, double value) {
    out_.append(" ").append(name).append(" (").append(FormatNumber(value)).append(")");
  }

  void PutNode(const Aggregation& aggregation) {
    out_ += ToString(aggregation.op);
    if (aggregation.without || !aggregation.grouping.empty()) {
      out_ += aggregation.without ? " without (" : " by (";
      PutLabels(aggregation.grouping);
      out_ += ") ";
    }
    out_ += '(';
    if (aggregation.parameter != nullptr) {
      Put(*aggregation.parameter);
      out_ += ", ";
    }
    Put(*aggregation.operand);
    out_ += ')';
  }

  void PutNode(const Call& call) {
    out_ += call.function->name;
    out_ += '(';
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      if (i > 0) out_ += ", ";
      Put(*call.arguments[i]);
    }
    out_ += ')';
  }

  void PutBareDuration(const DurationExpr& duration, bool alone) {
    using Kind = DurationExpr::Kind;
    switch (duration.kind) {
      case Kind::kDuration:
        out_ += PrintSeconds(duration.seconds);
        break;
      case Kind::kNumber:
        out_ += alone ? PrintSeconds(duration.seconds) : FormatNumber(duration.seconds);
        break;
      case Kind::kStep:
        out_ += "step()";
        break;
      case Kind::kRange:
        out_ += "range()";
        break;
      case Kind::kMinOf:
      case Kind::kMaxOf:
        out_ += duration.kind == Kind::kMinOf ? "min_of(" : "max_of(";
        PutDuration(duration.operands[0], false);
        out_ += ", ";
        PutDuration(duration.operands[1], false);
        out_ += ')';
        break;
      case Kind::kNegative:
        out_ += '-';
        PutDuration(duration.operands[0], alone);
        break;
      default:
        PutDuration(duration.operands[0], false);
        out_ += DurationOperatorText(duration.kind);
        PutDuration(duration.operands[1], false);
        break;
    }
  }

  void PutLabels(const std::vector<std::string>& labels) {
    std::vector<std::string> names;
    for (const std::string& label : labels) names.push_back(ListedLabelName(label));
    PutList(names, ", ");
  }

  void PutList(const std::vector<std::string>& items, std::string_view separator) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += separator;
      out_ += items[i];
    }
  }

  std::string out_;
};

}  // namespace

std::string Print(const Expr& expr) {
  Printer printer;
  printer.Put(expr);
  return printer.Take();
}

std::string Print(const DurationExpr& duration) {
  Printer printer;
  printer.PutDuration(duration, true);
  return printer.Take();
}

}  // namespace tocsin::promql
