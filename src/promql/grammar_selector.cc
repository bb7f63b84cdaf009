#include "base/duration.h"
#include "base/text.h"
#include "model/regex.h"
#include "promql/grammar.h"
#include "promql/number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace tocsin::promql {

namespace {

constexpr std::string_view kDurations = "number, duration, step(), or range()";
constexpr double kMaxSeconds = 9223372036.0;  // Of a Duration.

// Operators within a duration, loosest first.
constexpr int kLoosest = 1;
constexpr int kSign = 3;
constexpr int kTightest = 3;

struct DurationOperator {
  BinaryOp op;
  DurationExpr::Kind kind;
  int level;
};

constexpr auto kDurationOperators = std::to_array<DurationOperator>({
    {BinaryOp::kAdd, DurationExpr::Kind::kAdd, kLoosest},
    {BinaryOp::kSubtract, DurationExpr::Kind::kSubtract, kLoosest},
    {BinaryOp::kMultiply, DurationExpr::Kind::kMultiply, 2},
    {BinaryOp::kDivide, DurationExpr::Kind::kDivide, 2},
    {BinaryOp::kModulo, DurationExpr::Kind::kModulo, 2},
    {BinaryOp::kPower, DurationExpr::Kind::kPower, kTightest},
});

const DurationOperator* FindDurationOperator(const Token& token) {
  if (token.kind != TokenKind::kOperator) return nullptr;
  const auto* found =
      std::find_if(kDurationOperators.begin(), kDurationOperators.end(),
                   [&](const DurationOperator& candidate) { return candidate.op == token.op; });
  return found == kDurationOperators.end() ? nullptr : found;
}

// The sign of a literal is part of it, unless it is in parentheses.
DurationExpr Signed(bool negative, Span span, DurationExpr operand) {
  if (negative && (!operand.is_literal() || operand.in_parentheses)) {
    DurationExpr whole;
    whole.kind = DurationExpr::Kind::kNegative;
    whole.operands.push_back(std::move(operand));
    operand = std::move(whole);
  } else if (negative) {
    operand.seconds = -operand.seconds;
  }
  operand.span = span;
  return operand;
}

// Where `offset` and `@` of an expression are kept; null if it can have none.
TimeModifiers* TimeOf(Expr* expr) {
  if (auto* selector = std::get_if<Selector>(&expr->node)) return &selector->time;
  if (auto* subquery = std::get_if<Subquery>(&expr->node)) return &subquery->time;
  return nullptr;
}

Result<double> ParseDurationSeconds(std::string_view text) {
  const Result<Duration> duration = ParsePrometheusDuration(text);
  if (!duration) return tl::unexpected(duration.error());
  return std::chrono::duration<double>(*duration).count();
}

constexpr std::string_view kMustFollow =
    " modifier must be preceded by an instant vector selector or range vector selector or a "
    "subquery";

std::string Fixed(double value) {
  if (std::isnan(value) || std::isinf(value)) return FormatNumber(value);
  std::array<char, 400> text{};
  const int size = std::snprintf(text.data(), text.size(), "%f", value);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace

Grammar::MutableExpr Grammar::ParseSelector(std::string name) {
  const std::uint32_t begin = current_.span.begin;
  Selector selector;
  if (!name.empty()) Advance();
  selector.name = std::move(name);
  if (At(TokenKind::kLeftBrace) && !ParseMatchers(&selector.matchers)) return nullptr;
  return Make(From(begin), ValueType::kVector, std::move(selector));
}

bool Grammar::ParseMatchers(std::vector<LabelMatcher>* matchers) {
  Advance();
  if (Take(TokenKind::kRightBrace)) return true;
  while (true) {
    if (!ParseMatcher(matchers)) return false;
    if (Take(TokenKind::kRightBrace)) return true;
    if (!Take(TokenKind::kComma)) return Unexpected("label matching", "\",\" or \"}\""), false;
    if (Take(TokenKind::kRightBrace)) return true;
  }
}

bool Grammar::ParseMatcher(std::vector<LabelMatcher>* matchers) {
  constexpr std::string_view kContext = "label matching";
  const std::uint32_t begin = current_.span.begin;
  LabelMatcher matcher;
  const bool quoted = At(TokenKind::kString);
  if (!quoted && !At(TokenKind::kIdentifier)) {
    return Unexpected(kContext, "identifier or \"}\""), false;
  }
  matcher.name = quoted ? Unquoted(current_.text) : std::string(current_.text);
  Advance();
  if (const std::optional<model::MatchOp> op = TakeMatchOp()) {
    matcher.op = *op;
    if (!At(TokenKind::kString)) return Unexpected(kContext, "string"), false;
    matcher.value = Unquoted(current_.text);
    Advance();
  } else if (quoted) {
    // A string alone is the metric's name.
    matcher.value = std::exchange(matcher.name, "__name__");
  } else {
    return Unexpected(kContext, "label matching operator"), false;
  }
  matcher.span = From(begin);
  NoteRegex(&matcher);
  matchers->push_back(std::move(matcher));
  return true;
}

std::optional<model::MatchOp> Grammar::TakeMatchOp() {
  std::optional<model::MatchOp> op;
  if (At(TokenKind::kEquals)) op = model::MatchOp::kEqual;
  if (AtOperator(BinaryOp::kNotEqual)) op = model::MatchOp::kNotEqual;
  if (At(TokenKind::kRegexMatch)) op = model::MatchOp::kRegex;
  if (At(TokenKind::kRegexNotMatch)) op = model::MatchOp::kNotRegex;
  if (op) Advance();
  return op;
}

// Sets matches_empty; notes a bad expression.
void Grammar::NoteRegex(LabelMatcher* matcher) {
  using model::Regex;
  const std::string& pattern = matcher->value;
  const bool negative =
      matcher->op == model::MatchOp::kNotEqual || matcher->op == model::MatchOp::kNotRegex;
  const bool regex =
      matcher->op == model::MatchOp::kRegex || matcher->op == model::MatchOp::kNotRegex;
  bool matches = pattern.empty();
  // Most expressions are plain words; compiling one takes longer than reading all the rest.
  if (regex && pattern.find_first_of("\\.+*?()[]{}^$|") != std::string::npos) {
    const auto anchored = Regex::Compile(pattern, Regex::Anchor::kFullDotAll);
    // The anchors could close a parenthesis that the expression leaves open.
    if (!anchored || pattern.find(')') != std::string::npos) {
      const auto alone = Regex::Compile(pattern, Regex::Anchor::kNone);
      if (!alone) return Note(matcher->span, alone.error().message);
      if (!anchored) return Note(matcher->span, anchored.error().message);
    }
    matches = anchored->Matches("");
  }
  matcher->matches_empty = matches != negative;
}

Grammar::MutableExpr Grammar::ParsePostfix(MutableExpr expr) {
  while (expr != nullptr) {
    if (At(TokenKind::kLeftBracket)) {
      expr = ParseRange(std::move(expr));
    } else if (AtKeyword(Keyword::kOffset)) {
      if (!ParseOffset(expr.get())) return nullptr;
    } else if (At(TokenKind::kAt)) {
      if (!ParseAt(expr.get())) return nullptr;
    } else if (AtKeyword(Keyword::kAnchored) || AtKeyword(Keyword::kSmoothed)) {
      ParseExtension(expr.get());
    } else {
      break;
    }
  }
  return expr;
}

Grammar::MutableExpr Grammar::ParseRange(MutableExpr expr) {
  const std::uint32_t begin = current_.span.begin;
  Advance();
  DurationExpr range;
  if (!ParseDuration(kLoosest, &range)) {
    return Unexpected("subquery or range selector", kDurations), nullptr;
  }
  NoteNotPositive(range);
  if (At(TokenKind::kColon)) return ParseSubquery(std::move(expr), std::move(range));
  if (!Take(TokenKind::kRightBracket)) {
    return Unexpected("subquery or range", "\":\" or \"]\""), nullptr;
  }
  auto* selector = std::get_if<Selector>(&expr->node);
  if (selector == nullptr || selector->range) {
    Note(From(begin), "ranges only allowed for vector selectors");
  } else if (selector->time.offset && selector->time.offset->Constant() != Duration(0)) {
    Note(From(begin), "no offset modifiers allowed before range");
  } else if (selector->time.at == TimeModifiers::At::kTimestamp) {  // Not start() and end().
    Note(From(begin), "no @ modifiers allowed before range");
  } else {
    selector->range = std::move(range);
    expr->type = ValueType::kMatrix;
    expr->span.end = last_end_;
  }
  return expr;
}

Grammar::MutableExpr Grammar::ParseSubquery(MutableExpr inner, DurationExpr range) {
  Subquery subquery;
  subquery.range = std::move(range);
  Advance();
  if (!At(TokenKind::kRightBracket)) {
    DurationExpr step;
    if (!ParseDuration(kLoosest, &step)) {
      return Unexpected("subquery selector", "number, duration, step(), range(), or \"]\""),
             nullptr;
    }
    NoteNotPositive(step);
    subquery.step = std::move(step);
  }
  if (!Take(TokenKind::kRightBracket)) return Unexpected("subquery selector", "\"]\""), nullptr;
  const Span span = From(inner->span.begin);
  subquery.inner = std::move(inner);
  return Make(span, ValueType::kMatrix, std::move(subquery));
}

bool Grammar::ParseOffset(Expr* expr) {
  Advance();
  DurationExpr offset;
  if (!ParseOffsetDuration(&offset)) return Unexpected("offset", kDurations), false;
  TimeModifiers* time = TimeOf(expr);
  if (time == nullptr) {
    Note(expr->span, "offset" + std::string(kMustFollow));
  } else if (time->offset && time->offset->Constant() != Duration(0)) {
    Note(expr->span, "offset may not be set multiple times");
  } else {
    time->offset = std::move(offset);
    expr->span.end = last_end_;
  }
  return true;
}

bool Grammar::ParseAt(Expr* expr) {
  Advance();
  TimeModifiers ignored;
  TimeModifiers* time = TimeOf(expr);
  if (time == nullptr) {
    // After its operand, as the grammar of Prometheus notes it.
    if (!ParseTimestamp(*expr, &ignored)) return false;
    Note(expr->span, "@" + std::string(kMustFollow));
    return true;
  }
  const bool twice = time->at != TimeModifiers::At::kNone;
  if (!ParseTimestamp(*expr, twice ? &ignored : time)) return false;
  if (twice) {
    Note(expr->span, "@ <timestamp> may not be set multiple times");
  } else {
    expr->span.end = last_end_;
  }
  return true;
}

// A number or a duration, both with a sign, start() or end().
bool Grammar::ParseTimestamp(const Expr& expr, TimeModifiers* time) {
  const auto unexpected = [&] { return Unexpected("@", "timestamp"), false; };
  const bool start = AtKeyword(Keyword::kStart);
  if (start || AtKeyword(Keyword::kEnd)) {
    time->at = start ? TimeModifiers::At::kStart : TimeModifiers::At::kEnd;
    Advance();
    return (Take(TokenKind::kLeftParen) && Take(TokenKind::kRightParen)) || unexpected();
  }
  const bool negative = AtOperator(BinaryOp::kSubtract);
  if (negative || AtOperator(BinaryOp::kAdd)) Advance();
  const Token token = current_;
  if (!Take(TokenKind::kNumber) && !Take(TokenKind::kDuration)) return unexpected();
  const Result<double> number =
      token.kind == TokenKind::kNumber ? ParseNumber(token.text) : ParseDurationSeconds(token.text);
  if (!number) return Note(token.span, number.error().message), true;
  const double seconds = negative ? -*number : *number;
  const double milliseconds = std::round(seconds * 1000);
  if (!(std::abs(milliseconds) < 0x1p63)) {
    Note(expr.span, "timestamp out of bounds for @ modifier: " + Fixed(seconds));
    return true;
  }
  time->at = TimeModifiers::At::kTimestamp;
  time->at_milliseconds = static_cast<std::int64_t>(milliseconds);
  return true;
}

void Grammar::ParseExtension(Expr* expr) {
  const bool anchored = AtKeyword(Keyword::kAnchored);
  const std::string name = anchored ? "anchored" : "smoothed";
  Advance();
  auto* selector = std::get_if<Selector>(&expr->node);
  if (!features_.extended_range_selectors) {
    Note(expr->span, name + " modifier is experimental and not enabled");
  } else if (selector == nullptr) {
    Note(expr->span, name + " modifier must be preceded by a vector selector");
  } else if (selector->extension != Selector::Extension::kNone) {
    Note(expr->span, "anchored and smoothed modifiers cannot be used together");
  } else {
    selector->extension =
        anchored ? Selector::Extension::kAnchored : Selector::Extension::kSmoothed;
    expr->span.end = last_end_;
  }
}

// False at a token that does not belong into a duration; the caller knows what it should be.
bool Grammar::ParseDuration(int level, DurationExpr* out) {
  if (IsTooDeep(depth_) || !ParseDurationOperand(out)) return false;
  while (const DurationOperator* found = FindDurationOperator(current_)) {
    if (found->level < level) break;
    if (IsTooDeep(++duration_operators_)) return false;
    const Span op_span = current_.span;
    Advance();
    DurationExpr right;
    ++depth_;
    const bool parsed = ParseDuration(found->level + (found->level == kTightest ? 0 : 1), &right);
    --depth_;
    if (!parsed) return false;
    const bool division = found->op == BinaryOp::kDivide || found->op == BinaryOp::kModulo;
    if (division && right.is_literal() && right.seconds == 0) {
      Note(op_span, found->op == BinaryOp::kDivide ? "division by zero" : "modulo by zero");
    }
    DurationExpr whole;
    whole.kind = found->kind;
    whole.span = From(out->span.begin);
    whole.operands.push_back(std::move(*out));
    whole.operands.push_back(std::move(right));
    *out = std::move(whole);
    NoteExperimental(*out);
  }
  return true;
}

bool Grammar::ParseDurationOperand(DurationExpr* out) {
  const std::uint32_t begin = current_.span.begin;
  if (At(TokenKind::kNumber) || At(TokenKind::kDuration)) return ParseDurationLiteral(out);
  if (At(TokenKind::kKeyword)) return ParseDurationCall(out);
  const bool negative = AtOperator(BinaryOp::kSubtract);
  if (negative || AtOperator(BinaryOp::kAdd)) {
    Advance();
    DurationExpr operand;
    ++depth_;
    const bool parsed = ParseDuration(kSign, &operand);
    --depth_;
    if (!parsed) return false;
    *out = Signed(negative, From(begin), std::move(operand));
    return true;
  }
  if (!Take(TokenKind::kLeftParen)) return false;
  ++depth_;
  const bool parsed = ParseDuration(kLoosest, out);
  --depth_;
  if (!parsed || !Take(TokenKind::kRightParen)) return false;
  NoteExperimental(*out);
  out->in_parentheses = true;
  out->span = From(begin);
  return true;
}

bool Grammar::ParseDurationCall(DurationExpr* out) {
  const Keyword keyword = current_.keyword;
  const std::uint32_t begin = current_.span.begin;
  switch (keyword) {
    case Keyword::kStep:
      out->kind = DurationExpr::Kind::kStep;
      break;
    case Keyword::kRange:
      out->kind = DurationExpr::Kind::kRange;
      break;
    case Keyword::kMinOf:
      out->kind = DurationExpr::Kind::kMinOf;
      break;
    case Keyword::kMaxOf:
      out->kind = DurationExpr::Kind::kMaxOf;
      break;
    default:
      return false;
  }
  Advance();
  if (!Take(TokenKind::kLeftParen)) return false;
  if (keyword == Keyword::kMinOf || keyword == Keyword::kMaxOf) {
    out->operands.resize(2);
    ++depth_;
    const bool parsed = ParseDuration(kLoosest, &out->operands[0]) && Take(TokenKind::kComma) &&
                        ParseDuration(kLoosest, &out->operands[1]);
    --depth_;
    if (!parsed) return false;
  }
  if (!Take(TokenKind::kRightParen)) return false;
  out->span = From(begin);
  NoteExperimental(*out);
  return true;
}

bool Grammar::ParseDurationLiteral(DurationExpr* out) {
  out->kind =
      At(TokenKind::kDuration) ? DurationExpr::Kind::kDuration : DurationExpr::Kind::kNumber;
  out->span = current_.span;
  out->seconds = 1;  // What is said below is enough.
  if (out->kind == DurationExpr::Kind::kDuration) {
    const Result<double> seconds = ParseDurationSeconds(current_.text);
    if (seconds) {
      out->seconds = *seconds;
    } else {
      Note(current_.span, seconds.error().message);
    }
  } else {
    const Result<double> number = ParseNumber(current_.text);
    if (!number) {
      Note(current_.span, number.error().message);
    } else if (!(*number < kMaxSeconds)) {
      Note(current_.span, "duration out of range");
    } else {
      out->seconds = *number;
    }
  }
  Advance();
  return true;
}

// After `offset` arithmetic needs parentheses: `x offset 1h + 5m` adds to x.
bool Grammar::ParseOffsetDuration(DurationExpr* out) {
  const std::uint32_t begin = current_.span.begin;
  const bool negative = AtOperator(BinaryOp::kSubtract);
  if (!negative && !AtOperator(BinaryOp::kAdd)) return ParseDurationOperand(out);
  Advance();
  DurationExpr operand;
  if (!ParseDurationOperand(&operand)) return false;
  *out = Signed(negative, From(begin), std::move(operand));
  return true;
}

void Grammar::NoteNotPositive(const DurationExpr& duration) {
  const std::optional<Duration> value = duration.Constant();
  if (value && *value <= Duration(0)) {
    Note(duration.span, "duration must be greater than 0");
  }
}

void Grammar::NoteExperimental(const DurationExpr& duration) {
  if (features_.duration_expressions) return;
  const DurationExpr* first = &duration;
  while (!first->operands.empty()) first = &first->operands.front();
  Note(first->span, "experimental duration expression is not enabled");
}

}  // namespace tocsin::promql
