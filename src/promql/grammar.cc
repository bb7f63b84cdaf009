#include "promql/grammar.h"

#include "base/duration.h"
#include "base/text.h"
#include "promql/functions.h"
#include "promql/number.h"

#include <algorithm>
#include <utility>

namespace tocsin::promql {

namespace {

// Of the binary operators, loosest first.
constexpr int kLoosest = 1;
constexpr int kTightest = 6;

int Level(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return kLoosest;
    case BinaryOp::kAnd:
    case BinaryOp::kUnless:
      return 2;
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
      return 4;
    case BinaryOp::kMultiply:
    case BinaryOp::kDivide:
    case BinaryOp::kModulo:
    case BinaryOp::kAtan2:
      return 5;
    case BinaryOp::kPower:
      return kTightest;
    default:
      return 3;
  }
}

// Long texts are cut after ten characters.
std::string QuotedStart(std::string_view text) {
  constexpr std::size_t kShown = 10;
  if (text.size() <= kShown) return GoQuote(text);
  std::size_t end = 0;
  for (std::size_t runes = 0; runes < kShown && end < text.size(); ++runes) {
    end += DecodeRune(text.substr(end)).size;
  }
  return GoQuote(text.substr(0, end)) + "...";
}

// A token in an error message.
std::string Described(const Token& token) {
  const std::string text(token.text);
  switch (token.kind) {
    case TokenKind::kEnd:
      return "end of input";
    case TokenKind::kNumber:
      return "number " + QuotedStart(text);
    case TokenKind::kDuration:
      return "duration " + QuotedStart(text);
    case TokenKind::kString:
      return "string " + QuotedStart(text);
    case TokenKind::kIdentifier:
      return "identifier " + GoQuote(text);
    case TokenKind::kMetricIdentifier:
      return "metric identifier " + GoQuote(text);
    case TokenKind::kAt:
    case TokenKind::kRegexMatch:
    case TokenKind::kRegexNotMatch:
    case TokenKind::kOperator:
      return "<op:" + text + ">";
    case TokenKind::kAggregator:
      return "<aggr:" + text + ">";
    case TokenKind::kKeyword:
      return "<" + text + ">";
    default:
      return GoQuote(text);
  }
}

// May a keyword be the name of a metric where an expression begins?
bool IsName(Keyword keyword) {
  switch (keyword) {
    case Keyword::kOn:
    case Keyword::kIgnoring:
    case Keyword::kGroupLeft:
    case Keyword::kGroupRight:
    case Keyword::kBool:
      return false;
    default:
      return true;
  }
}

bool IsFill(Keyword keyword) {
  return keyword == Keyword::kFill || keyword == Keyword::kFillLeft ||
         keyword == Keyword::kFillRight;
}

}  // namespace

std::string Unquoted(std::string_view token) {
  const char quote = token.front();
  const std::string_view body = token.substr(1, token.size() - 2);
  if (quote == '`') return std::string(body);
  // As it would be written in double quotes.
  std::string double_quoted;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool escape = body[i] == '\\';
    if (body[i] == '"') double_quoted += '\\';
    if (escape && body[++i] != '\'') double_quoted += '\\';
    double_quoted += body[i];
  }
  const Result<std::string> value = GoUnquoteBody(double_quoted);
  return value ? *value : std::string(body);
}

Grammar::Grammar(std::string_view text, const Features& features)
    : text_(text), features_(features), lexer_(text, features.duration_expressions) {
  current_ = lexer_.Next();
}

const Token& Grammar::Following() {
  if (!following_) following_ = lexer_.Next();
  return *following_;
}

void Grammar::Advance() {
  last_end_ = current_.span.end;
  current_ = Following();
  following_.reset();
}

bool Grammar::AtKeyword(Keyword keyword) const {
  return At(TokenKind::kKeyword) && current_.keyword == keyword;
}

bool Grammar::AtOperator(BinaryOp op) const {
  return At(TokenKind::kOperator) && current_.op == op;
}

bool Grammar::AtMetricName() const {
  switch (current_.kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kMetricIdentifier:
    case TokenKind::kAggregator:
      return true;
    case TokenKind::kKeyword:
      return IsName(current_.keyword);
    case TokenKind::kOperator:
      return IsSetOperator(current_.op);
    default:
      return false;
  }
}

bool Grammar::Take(TokenKind kind) {
  if (!At(kind)) return false;
  Advance();
  return true;
}

void Grammar::Unexpected(std::string_view context, std::string_view expected) {
  if (too_deep_) return;
  if (At(TokenKind::kError)) return Note(current_.span, lexer_.error());
  std::string message = "unexpected " + Described(current_);
  if (context.empty() && aggregations_ > 0) context = "aggregation";
  if (!context.empty()) message.append(" in ").append(context);
  if (!expected.empty()) message.append(", expected ").append(expected);
  Note(current_.span, std::move(message));
}

bool Grammar::IsTooDeep(std::uint32_t height) {
  if (height < kMaxHeight) return false;
  too_deep_ = true;
  Note(current_.span,
       "expression is nested more than " + std::to_string(kMaxHeight) + " levels deep");
  return true;
}

ExprPtr Grammar::ParseAll() {
  if (At(TokenKind::kEnd)) {
    Note({}, "no expression found in input");
    return nullptr;
  }
  MutableExpr expr = ParseExpression(kLoosest);
  if (expr == nullptr) return nullptr;
  if (At(TokenKind::kEnd)) return expr;
  Unexpected();
  return nullptr;
}

ExprPtr Grammar::ParseSelectorAlone() {
  const bool named = AtMetricName();
  if (!named && !At(TokenKind::kLeftBrace)) {
    Unexpected();
    return nullptr;
  }
  MutableExpr expr = ParseSelector(named ? std::string(current_.text) : "");
  if (expr == nullptr) return nullptr;
  if (At(TokenKind::kEnd)) return expr;
  Unexpected();
  return nullptr;
}

Grammar::MutableExpr Grammar::ParseExpression(int level) {
  if (IsTooDeep(depth_)) return nullptr;
  ++depth_;
  MutableExpr expr = ParseUnary();
  while (expr != nullptr && At(TokenKind::kOperator) && Level(current_.op) >= level) {
    expr = ParseBinary(std::move(expr));
  }
  --depth_;
  return expr;
}

// A sign binds as an operand of `*` does, looser than `^`.
Grammar::MutableExpr Grammar::ParseUnary() {
  const bool negative = AtOperator(BinaryOp::kSubtract);
  if (!negative && !AtOperator(BinaryOp::kAdd)) return ParsePostfix(ParsePrimary());
  const std::uint32_t begin = current_.span.begin;
  Advance();
  MutableExpr operand = ParseExpression(kTightest);
  if (operand == nullptr) return nullptr;
  // The sign of a number is part of it.
  if (auto* number = std::get_if<NumberLiteral>(&operand->node)) {
    if (negative) number->value = -number->value;
    operand->span.begin = begin;
    return operand;
  }
  const ValueType type = operand->type;
  return Make(From(begin), type, Unary{negative, std::move(operand)});
}

Grammar::MutableExpr Grammar::ParsePrimary() {
  switch (current_.kind) {
    case TokenKind::kNumber:
    case TokenKind::kDuration:
      return ParseNumberLiteral();
    case TokenKind::kString:
      return ParseString();
    case TokenKind::kLeftParen:
      return ParseParen();
    case TokenKind::kLeftBrace:
      return ParseSelector("");
    case TokenKind::kIdentifier:
      if (Following().kind == TokenKind::kLeftParen) return ParseCall();
      return ParseSelector(std::string(current_.text));
    case TokenKind::kMetricIdentifier:
      return ParseSelector(std::string(current_.text));
    case TokenKind::kAggregator:
    case TokenKind::kKeyword:
    case TokenKind::kOperator:
      return ParseKeyword();
    default:
      Unexpected();
      return nullptr;
  }
}

// A keyword may be what it says or a metric of that name.
Grammar::MutableExpr Grammar::ParseKeyword() {
  const Token& next = Following();
  const bool call = next.kind == TokenKind::kLeftParen;
  if (At(TokenKind::kAggregator)) {
    const bool grouping = next.kind == TokenKind::kKeyword &&
                          (next.keyword == Keyword::kBy || next.keyword == Keyword::kWithout);
    if (call || grouping) return ParseAggregation();
    return ParseSelector(std::string(current_.text));
  }
  if (At(TokenKind::kOperator)) {
    if (IsSetOperator(current_.op)) return ParseSelector(std::string(current_.text));
    Unexpected();
    return nullptr;
  }
  if (call && (current_.keyword == Keyword::kStart || current_.keyword == Keyword::kEnd ||
               current_.keyword == Keyword::kStep || current_.keyword == Keyword::kRange)) {
    return ParseCall();
  }
  if (IsName(current_.keyword)) return ParseSelector(std::string(current_.text));
  Unexpected();
  return nullptr;
}

Grammar::MutableExpr Grammar::ParseBinary(MutableExpr left) {
  Binary binary;
  binary.op = current_.op;
  const std::uint32_t begin = left->span.begin;
  binary.op_span = current_.span;
  Advance();
  if (!ParseMatching(&binary)) return nullptr;
  binary.op_span.end = last_end_;
  const bool right_associative = binary.op == BinaryOp::kPower;
  MutableExpr right = ParseExpression(Level(binary.op) + (right_associative ? 0 : 1));
  if (right == nullptr) return nullptr;
  const Span span = From(begin);
  if ((binary.matching.fill_left || binary.matching.fill_right) &&
      !features_.binop_fill_modifiers) {
    Note(span, "binop fill modifiers are experimental and not enabled");
  }
  const bool scalar = left->type == ValueType::kScalar && right->type == ValueType::kScalar;
  binary.left = std::move(left);
  binary.right = std::move(right);
  return Make(span, scalar ? ValueType::kScalar : ValueType::kVector, std::move(binary));
}

// What may stand between an operator and its right side.
bool Grammar::ParseMatching(Binary* binary) {
  if (AtKeyword(Keyword::kBool)) {
    binary->return_bool = true;
    Advance();
  }
  VectorMatching& matching = binary->matching;
  if (!AtKeyword(Keyword::kOn) && !AtKeyword(Keyword::kIgnoring)) return ParseFills(&matching);
  matching.on = AtKeyword(Keyword::kOn);
  Advance();
  if (!ParseLabels(&matching.labels)) return false;
  if (AtKeyword(Keyword::kGroupLeft) || AtKeyword(Keyword::kGroupRight)) {
    matching.group = AtKeyword(Keyword::kGroupLeft) ? VectorMatching::Group::kLeft
                                                    : VectorMatching::Group::kRight;
    Advance();
    // The list may be left out.
    if ((At(TokenKind::kLeftParen) || !StartsExpression()) && !ParseLabels(&matching.include)) {
      return false;
    }
  }
  return ParseFills(&matching);
}

bool Grammar::StartsExpression() {
  switch (current_.kind) {
    case TokenKind::kNumber:
    case TokenKind::kDuration:
    case TokenKind::kString:
    case TokenKind::kLeftParen:
    case TokenKind::kLeftBrace:
      return true;
    case TokenKind::kOperator:
      if (current_.op == BinaryOp::kAdd || current_.op == BinaryOp::kSubtract) return true;
      break;
    default:
      break;
  }
  return AtMetricName();
}

// fill(v) fill_left(v) fill_right(v); without a parenthesis they are metrics.
bool Grammar::ParseFills(VectorMatching* matching) {
  while (At(TokenKind::kKeyword) && IsFill(current_.keyword) &&
         Following().kind == TokenKind::kLeftParen) {
    const Keyword keyword = current_.keyword;
    Advance();
    const std::optional<double> value = ParseFillValue();
    if (!value) return false;
    if (keyword != Keyword::kFillRight) matching->fill_left = value;
    if (keyword != Keyword::kFillLeft) matching->fill_right = value;
  }
  return true;
}

std::optional<double> Grammar::ParseFillValue() {
  Advance();
  const bool negative = AtOperator(BinaryOp::kSubtract);
  if (negative || AtOperator(BinaryOp::kAdd)) Advance();
  const std::string_view text = current_.text;
  if (!Take(TokenKind::kNumber)) {
    Unexpected("fill", "number");
    return std::nullopt;
  }
  if (!Take(TokenKind::kRightParen)) {
    Unexpected("fill", "\")\"");
    return std::nullopt;
  }
  const Result<double> value = ParseNumber(text);
  if (!value) Note(From(last_end_), value.error().message);
  return negative ? -value.value_or(0) : value.value_or(0);
}

Grammar::MutableExpr Grammar::ParseParen() {
  const std::uint32_t begin = current_.span.begin;
  Advance();
  MutableExpr inner = ParseExpression(kLoosest);
  if (inner == nullptr) return nullptr;
  if (!Take(TokenKind::kRightParen)) {
    Unexpected();
    return nullptr;
  }
  const ValueType type = inner->type;
  return Make(From(begin), type, Paren{std::move(inner)});
}

Grammar::MutableExpr Grammar::ParseNumberLiteral() {
  const Token token = current_;
  Advance();
  NumberLiteral literal;
  literal.is_duration = token.kind == TokenKind::kDuration;
  if (literal.is_duration) {
    const Result<Duration> duration = ParsePrometheusDuration(token.text);
    if (!duration) Note(token.span, duration.error().message);
    literal.value = std::chrono::duration<double>(duration.value_or(Duration(0))).count();
  } else {
    const Result<double> number = ParseNumber(token.text);
    if (!number) Note(token.span, number.error().message);
    literal.value = number.value_or(0);
  }
  return Make(token.span, ValueType::kScalar, literal);
}

Grammar::MutableExpr Grammar::ParseString() {
  const Token token = current_;
  Advance();
  return Make(token.span, ValueType::kString, StringLiteral{Unquoted(token.text)});
}

Grammar::MutableExpr Grammar::ParseCall() {
  const Token name = current_;
  Advance();
  Call call;
  if (!ParseArguments(&call.arguments)) return nullptr;
  call.function = FindFunction(name.text);
  if (call.function == nullptr) {
    Note(name.span, "unknown function with name " + GoQuote(name.text));
  } else if (call.function->experimental && !features_.experimental_functions) {
    Note(name.span, "function " + GoQuote(name.text) + " is not enabled");
  }
  const ValueType type = call.function == nullptr ? ValueType::kVector : call.function->result;
  return Make(From(name.span.begin), type, std::move(call));
}

// With the parentheses.
bool Grammar::ParseArguments(std::vector<ExprPtr>* arguments) {
  Advance();
  if (Take(TokenKind::kRightParen)) return true;
  while (true) {
    ExprPtr argument = ParseExpression(kLoosest);
    if (argument == nullptr) return false;
    arguments->push_back(std::move(argument));
    if (Take(TokenKind::kRightParen)) return true;
    const Span comma = current_.span;
    if (!Take(TokenKind::kComma)) {
      Unexpected();
      return false;
    }
    if (At(TokenKind::kError) || StartsExpression()) continue;
    Note(comma, "trailing commas not allowed in function call args");
    return false;
  }
}

Grammar::MutableExpr Grammar::ParseAggregation() {
  const std::uint32_t begin = current_.span.begin;
  Aggregation aggregation;
  aggregation.op = current_.aggregator;
  ++aggregations_;
  Advance();
  const bool grouping_first = At(TokenKind::kKeyword);
  if (grouping_first && !ParseGrouping(&aggregation)) return nullptr;
  if (!At(TokenKind::kLeftParen)) {
    Unexpected();
    return nullptr;
  }
  std::vector<ExprPtr> arguments;
  if (!ParseArguments(&arguments)) return nullptr;
  const bool grouping_last = AtKeyword(Keyword::kBy) || AtKeyword(Keyword::kWithout);
  if (!grouping_first && grouping_last && !ParseGrouping(&aggregation)) return nullptr;
  --aggregations_;
  return FinishAggregation(std::move(aggregation), std::move(arguments), begin);
}

Grammar::MutableExpr Grammar::FinishAggregation(Aggregation aggregation,
                                                std::vector<ExprPtr> arguments,
                                                std::uint32_t begin) {
  const Span span = From(begin);
  const std::size_t wanted = HasParameter(aggregation.op) ? 2 : 1;
  const bool experimental =
      aggregation.op == Aggregator::kLimitk || aggregation.op == Aggregator::kLimitRatio;
  if (arguments.empty()) {
    Note(span, "no arguments for aggregate expression provided");
  } else if (experimental && !features_.experimental_functions) {
    Note(span, std::string(ToString(aggregation.op)) +
                   "() is experimental and must be enabled with "
                   "--enable-feature=promql-experimental-functions");
  } else if (arguments.size() != wanted) {
    Note(span, "wrong number of arguments for aggregate expression provided, expected " +
                   std::to_string(wanted) + ", got " + std::to_string(arguments.size()));
  }
  if (!arguments.empty()) aggregation.operand = std::move(arguments.back());
  if (arguments.size() > 1 && wanted > 1) aggregation.parameter = std::move(arguments.front());
  return Make(span, ValueType::kVector, std::move(aggregation));
}

bool Grammar::ParseGrouping(Aggregation* aggregation) {
  aggregation->without = AtKeyword(Keyword::kWithout);
  Advance();
  return ParseLabels(&aggregation->grouping);
}

// `(a, "b.c", by,)`
bool Grammar::ParseLabels(std::vector<std::string>* labels) {
  constexpr std::string_view kContext = "grouping opts";
  if (!Take(TokenKind::kLeftParen)) return Unexpected(kContext, "\"(\""), false;
  if (Take(TokenKind::kRightParen)) return true;
  while (true) {
    if (!ParseLabel(labels)) return false;
    if (Take(TokenKind::kRightParen)) return true;
    if (!Take(TokenKind::kComma)) return Unexpected(kContext, "\",\" or \")\""), false;
    if (Take(TokenKind::kRightParen)) return true;
  }
}

bool Grammar::ParseLabel(std::vector<std::string>* labels) {
  std::string label;
  switch (current_.kind) {
    case TokenKind::kString:
      label = Unquoted(current_.text);
      break;
    case TokenKind::kIdentifier:
    case TokenKind::kMetricIdentifier:
    case TokenKind::kAggregator:
    case TokenKind::kKeyword:
      label = current_.text;
      break;
    case TokenKind::kOperator:
      // and, or, unless, atan2
      if (IsSetOperator(current_.op) || current_.op == BinaryOp::kAtan2) label = current_.text;
      break;
    default:
      break;
  }
  if (label.empty() || !IsValidUtf8(label)) return Unexpected("grouping opts", "label"), false;
  labels->push_back(std::move(label));
  Advance();
  return true;
}

}  // namespace tocsin::promql
