#include "promql/lexer.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::promql {

namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLetter(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsLetterOrDigit(char c) {
  return IsLetter(c) || IsDigit(c);
}

struct Word {
  std::string_view text;  // In lower case.
  TokenKind kind;
  std::uint8_t detail;
};

constexpr Word Operator(std::string_view text, BinaryOp op) {
  return {text, TokenKind::kOperator, static_cast<std::uint8_t>(op)};
}

constexpr Word Aggregate(std::string_view text, Aggregator aggregator) {
  return {text, TokenKind::kAggregator, static_cast<std::uint8_t>(aggregator)};
}

constexpr Word Key(std::string_view text, Keyword keyword) {
  return {text, TokenKind::kKeyword, static_cast<std::uint8_t>(keyword)};
}

// Sorted. All of them in any case.
constexpr auto kWords = std::to_array<Word>({
    Key("anchored", Keyword::kAnchored),
    Operator("and", BinaryOp::kAnd),
    Operator("atan2", BinaryOp::kAtan2),
    Aggregate("avg", Aggregator::kAvg),
    Key("bool", Keyword::kBool),
    Aggregate("bottomk", Aggregator::kBottomk),
    Key("by", Keyword::kBy),
    Aggregate("count", Aggregator::kCount),
    Aggregate("count_values", Aggregator::kCountValues),
    Key("end", Keyword::kEnd),
    Key("fill", Keyword::kFill),
    Key("fill_left", Keyword::kFillLeft),
    Key("fill_right", Keyword::kFillRight),
    Aggregate("group", Aggregator::kGroup),
    Key("group_left", Keyword::kGroupLeft),
    Key("group_right", Keyword::kGroupRight),
    Key("ignoring", Keyword::kIgnoring),
    {"inf", TokenKind::kNumber, 0},
    Aggregate("limit_ratio", Aggregator::kLimitRatio),
    Aggregate("limitk", Aggregator::kLimitk),
    Aggregate("max", Aggregator::kMax),
    Aggregate("min", Aggregator::kMin),
    {"nan", TokenKind::kNumber, 0},
    Key("offset", Keyword::kOffset),
    Key("on", Keyword::kOn),
    Operator("or", BinaryOp::kOr),
    Aggregate("quantile", Aggregator::kQuantile),
    Key("range", Keyword::kRange),
    Key("smoothed", Keyword::kSmoothed),
    Key("start", Keyword::kStart),
    Aggregate("stddev", Aggregator::kStddev),
    Aggregate("stdvar", Aggregator::kStdvar),
    Key("step", Keyword::kStep),
    Aggregate("sum", Aggregator::kSum),
    Aggregate("topk", Aggregator::kTopk),
    Operator("unless", BinaryOp::kUnless),
    Key("without", Keyword::kWithout),
});

constexpr bool ByText(const Word& a, const Word& b) {
  return a.text < b.text;
}

static_assert(std::is_sorted(kWords.begin(), kWords.end(), ByText));

const Word* FindWord(std::string_view text) {
  constexpr std::size_t kLongest = 12;
  if (text.size() > kLongest) return nullptr;
  const std::string lower = AsciiLower(text);
  const auto* found = std::lower_bound(
      kWords.begin(), kWords.end(), lower,
      [](const Word& word, const std::string& wanted) { return word.text < wanted; });
  return found != kWords.end() && found->text == lower ? found : nullptr;
}

// Go's %q of a rune, and U+0071 'q'. At the end of the input stands the replacement character.
std::string QuotedRune(char32_t rune) {
  std::string text;
  AppendRune(rune, &text);
  if (rune == U'\'') return "'\\''";
  if (rune == U'"') return "'\"'";
  const std::string quoted = GoQuote(text);
  return "'" + quoted.substr(1, quoted.size() - 2) + "'";
}

std::string NumberedRune(char32_t rune) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string digits;
  for (char32_t rest = rune; rest != 0 || digits.size() < 4; rest /= 16) {
    digits.insert(digits.begin(), kHex[rest % 16]);
  }
  std::string out = "U+" + digits;
  if (IsPrintable(rune)) {
    out += " '";
    AppendRune(rune, &out);
    out += '\'';
  }
  return out;
}

}  // namespace

Token Lexer::Emit(TokenKind kind) {
  Token token;
  token.kind = kind;
  token.span = {static_cast<std::uint32_t>(start_), static_cast<std::uint32_t>(pos_)};
  token.text = input_.substr(start_, pos_ - start_);
  start_ = pos_;
  last_ = kind;
  return token;
}

Token Lexer::EmitOperator(BinaryOp op) {
  Token token = Emit(TokenKind::kOperator);
  token.op = op;
  return token;
}

// An error takes all the rest.
Token Lexer::Fail(std::string message) {
  error_ = std::move(message);
  pos_ = input_.size();
  return Emit(TokenKind::kError);
}

Token Lexer::FailAtRune(std::string_view message) {
  char32_t rune = kReplacementRune;
  if (pos_ < input_.size()) rune = DecodeRune(input_.substr(pos_)).value;
  return Fail(std::string(message) + ": " + QuotedRune(rune));
}

bool Lexer::Accept(std::string_view any_of) {
  if (AtEnd() || any_of.find(Peek()) == std::string_view::npos) return false;
  ++pos_;
  return true;
}

void Lexer::SkipRune() {
  pos_ += DecodeRune(input_.substr(pos_)).size;
}

void Lexer::SkipSpaceAndComments() {
  while (!AtEnd()) {
    if (Peek() == '#' && state_ != State::kBrackets) {
      pos_ = std::min(input_.find('\n', pos_), input_.size());
    } else if (IsBlank(Peek())) {
      ++pos_;
    } else {
      break;
    }
  }
  start_ = pos_;
}

Token Lexer::Next() {
  SkipSpaceAndComments();
  switch (state_) {
    case State::kBraces:
      return LexInBraces();
    case State::kBrackets:
      return LexInBrackets();
    case State::kStatements:
      break;
  }
  return LexStatement();
}

Token Lexer::LexEnd() {
  if (open_parens_ > 0) return Fail("unclosed left parenthesis");
  if (in_brackets_) return Fail("unclosed left bracket");
  return Emit(TokenKind::kEnd);
}

Token Lexer::LexStatement() {
  if (AtEnd()) return LexEnd();
  const char c = Peek();
  if (IsDigit(c) || (c == '.' && pos_ + 1 < input_.size() && IsDigit(input_[pos_ + 1]))) {
    return LexNumber();
  }
  if (c == '"' || c == '\'' || c == '`') return LexString(c);
  if (IsLetter(c) || c == ':') return in_brackets_ ? LexWordInBrackets() : LexWord();
  return LexSymbol(c);
}

Token Lexer::LexSymbol(char c) {
  const auto one = [&](TokenKind kind) {
    ++pos_;
    return Emit(kind);
  };
  const auto op = [&](BinaryOp which) {
    ++pos_;
    return EmitOperator(which);
  };
  switch (c) {
    case ',':
      return one(TokenKind::kComma);
    case '@':
      return one(TokenKind::kAt);
    case '+':
      return op(BinaryOp::kAdd);
    case '-':
      return op(BinaryOp::kSubtract);
    case '*':
      return op(BinaryOp::kMultiply);
    case '/':
      return op(BinaryOp::kDivide);
    case '%':
      return op(BinaryOp::kModulo);
    case '^':
      return op(BinaryOp::kPower);
    case '=':
    case '!':
    case '<':
    case '>':
      return LexComparison(c);
    case '(':
    case ')':
    case '{':
    case '[':
    case ']':
      return LexBracketSign(c);
    default:
      return FailAtRune("unexpected character");
  }
}

Token Lexer::LexComparison(char c) {
  ++pos_;
  switch (c) {
    case '=':
      if (Accept("=")) return EmitOperator(BinaryOp::kEqual);
      if (Peek() == '~') return FailAtRune("unexpected character after '='");
      return Emit(TokenKind::kEquals);
    case '!':
      if (Accept("=")) return EmitOperator(BinaryOp::kNotEqual);
      return FailAtRune("unexpected character after '!'");
    case '<':
      if (Accept("=")) return EmitOperator(BinaryOp::kLessOrEqual);
      if (Accept("/")) return EmitOperator(BinaryOp::kTrimUpper);
      return EmitOperator(BinaryOp::kLess);
    default:
      if (Accept("=")) return EmitOperator(BinaryOp::kGreaterOrEqual);
      if (Accept("/")) return EmitOperator(BinaryOp::kTrimLower);
      return EmitOperator(BinaryOp::kGreater);
  }
}

Token Lexer::LexBracketSign(char c) {
  ++pos_;
  const auto unexpected = [&](std::string_view what) {
    return Fail("unexpected " + std::string(what) + " '" + c + "'");
  };
  switch (c) {
    case '(':
      ++open_parens_;
      return Emit(TokenKind::kLeftParen);
    case ')':
      if (open_parens_ == 0) {
        start_ = pos_;  // Prometheus puts this error behind the sign.
        return unexpected("right parenthesis");
      }
      --open_parens_;
      return Emit(TokenKind::kRightParen);
    case '{':
      state_ = State::kBraces;
      return Emit(TokenKind::kLeftBrace);
    case '[':
      if (in_brackets_) return unexpected("left bracket");
      in_brackets_ = true;
      seen_colon_ = false;
      state_ = State::kBrackets;
      return Emit(TokenKind::kLeftBracket);
    default:
      if (!in_brackets_) return unexpected("right bracket");
      in_brackets_ = false;
      return Emit(TokenKind::kRightBracket);
  }
}

Token Lexer::LexWord() {
  while (!AtEnd() && (IsLetterOrDigit(Peek()) || Peek() == ':')) ++pos_;
  const std::string_view text = input_.substr(start_, pos_ - start_);
  if (text.find(':') != std::string_view::npos) return Emit(TokenKind::kMetricIdentifier);
  const Word* word = FindWord(text);
  if (word == nullptr) return Emit(TokenKind::kIdentifier);
  Token token = Emit(word->kind);
  if (word->kind == TokenKind::kOperator) token.op = static_cast<BinaryOp>(word->detail);
  if (word->kind == TokenKind::kAggregator)
    token.aggregator = static_cast<Aggregator>(word->detail);
  if (word->kind == TokenKind::kKeyword) token.keyword = static_cast<Keyword>(word->detail);
  return token;
}

// A colon or one of the functions of durations. Behind a duration Prometheus takes any letter for a
// colon: `x[5 m]` is the subquery `x[5s:]`, and so it is here.
Token Lexer::LexWordInBrackets() {
  const bool after_duration = last_ == TokenKind::kNumber || last_ == TokenKind::kDuration ||
                              last_ == TokenKind::kRightParen;
  if (Peek() == ':' || after_duration) {
    const char c = Peek();
    if (seen_colon_) return Fail(std::string("unexpected colon '") + c + "'");
    ++pos_;
    seen_colon_ = true;
    return Emit(TokenKind::kColon);
  }
  if (duration_expressions_) {
    while (!AtEnd() && IsLetterOrDigit(Peek())) ++pos_;
    const std::string text = AsciiLower(input_.substr(start_, pos_ - start_));
    Keyword keyword = Keyword::kNone;
    if (text == "step") keyword = Keyword::kStep;
    if (text == "range") keyword = Keyword::kRange;
    if (text == "min_of") keyword = Keyword::kMinOf;
    if (text == "max_of") keyword = Keyword::kMaxOf;
    if (keyword != Keyword::kNone) {
      state_ = State::kStatements;
      Token token = Emit(TokenKind::kKeyword);
      token.keyword = keyword;
      return token;
    }
    pos_ = start_;
  }
  return FailAtRune("unexpected character in duration expression");
}

// Between the left bracket and the first duration.
Token Lexer::LexInBrackets() {
  if (AtEnd()) return Fail("unexpected end of input in duration expression");
  const char c = Peek();
  switch (c) {
    case ']':
      state_ = State::kStatements;
      return LexBracketSign(c);
    case ':':
      ++pos_;
      start_ = pos_;
      return Fail("unexpected colon before duration in duration expression");
    case '(':
    case ')':
      return LexBracketSign(c);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return LexSymbol(c);
    default:
      break;
  }
  if (IsDigit(c) || (c == '.' && pos_ + 1 < input_.size() && IsDigit(input_[pos_ + 1]))) {
    state_ = State::kStatements;
    return LexNumber();
  }
  if (IsLetter(c)) return LexWordInBrackets();
  return FailAtRune("unexpected character in duration expression");
}

Token Lexer::LexInBraces() {
  if (AtEnd()) return Fail("unexpected end of input inside braces");
  const char c = Peek();
  if (c == '"' || c == '\'' || c == '`') return LexString(c);
  if (IsLetter(c)) {
    while (!AtEnd() && IsLetterOrDigit(Peek())) ++pos_;
    return Emit(TokenKind::kIdentifier);
  }
  ++pos_;
  switch (c) {
    case '}':
      state_ = State::kStatements;
      return Emit(TokenKind::kRightBrace);
    case ',':
      return Emit(TokenKind::kComma);
    case '=':
      return Emit(Accept("~") ? TokenKind::kRegexMatch : TokenKind::kEquals);
    case '!':
      if (Accept("~")) return Emit(TokenKind::kRegexNotMatch);
      if (Accept("=")) return EmitOperator(BinaryOp::kNotEqual);
      return FailAtRune("unexpected character after '!' inside braces");
    case '{':
      return Fail("unexpected left brace '{'");
    default:
      --pos_;
      return FailAtRune("unexpected character inside braces");
  }
}

Token Lexer::LexString(char quote) {
  const bool raw = quote == '`';
  ++pos_;
  while (true) {
    if (AtEnd() || (!raw && Peek() == '\n')) {
      return Fail(raw ? "unterminated raw string" : "unterminated quoted string");
    }
    if (Peek() == quote) break;
    if (!raw && Peek() == '\\') {
      ++pos_;
      if (!LexEscape(quote)) return Fail(std::move(error_));
    } else if (DecodeRune(input_.substr(pos_)).value == kReplacementRune) {
      return Fail("invalid UTF-8 rune");
    } else {
      SkipRune();
    }
  }
  ++pos_;
  return Emit(TokenKind::kString);
}

// Behind the backslash. Sets error_ on failure.
bool Lexer::LexEscape(char quote) {
  const auto fail = [&](std::string message) {
    error_ = std::move(message);
    return false;
  };
  if (AtEnd()) return fail("escape sequence not terminated");
  const char c = Peek();
  if (c == quote || std::string_view("abfnrtv\\").find(c) != std::string_view::npos) {
    ++pos_;
    return true;
  }
  struct Form {
    std::size_t digits;
    char32_t base;
    char32_t max;
  };
  Form form{3, 8, 255};
  if (c == 'x') form = {2, 16, 255};
  if (c == 'u') form = {4, 16, 0x10FFFF};
  if (c == 'U') form = {8, 16, 0x10FFFF};
  if (form.base == 16) {
    ++pos_;
  } else if (c < '0' || c > '7') {
    return fail("unknown escape sequence " + NumberedRune(DecodeRune(input_.substr(pos_)).value));
  }
  char32_t value = 0;
  for (std::size_t i = 0; i < form.digits; ++i) {
    if (AtEnd()) return fail("escape sequence not terminated");
    const std::size_t digit =
        std::string_view("0123456789abcdef").find(AsciiLower({&input_[pos_], 1}));
    if (digit >= form.base) {
      return fail("illegal character " + NumberedRune(DecodeRune(input_.substr(pos_)).value) +
                  " in escape sequence");
    }
    value = value * form.base + static_cast<char32_t>(digit);
    ++pos_;
  }
  if (value > form.max || (value >= 0xD800 && value < 0xE000)) {
    return fail("escape sequence is an invalid Unicode code point");
  }
  return true;
}

Token Lexer::LexNumber() {
  if (ScanNumber()) return Emit(TokenKind::kNumber);
  if (ScanRestOfDuration()) return Emit(TokenKind::kDuration);
  return Fail("bad number or duration syntax: " + GoQuote(input_.substr(start_, pos_ - start_)));
}

// Takes what can belong to a number. False if that is none, or if a letter follows.
bool Lexer::ScanNumber() {
  const bool hex = Accept("0") && Accept("xX");
  if (hex) Accept("_");
  const std::string_view digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
  Accept(".");
  Accept(digits);
  bool point = false;
  bool exponent = false;
  while (!AtEnd()) {
    if (Accept(".")) {
      if (std::exchange(point, true) || Accept("_.") || hex) return false;
    } else if (Accept("eE")) {  // Of a hexadecimal number, too: `0x1ee` is none.
      if (std::exchange(exponent, true)) return false;
      Accept("+-");
      if (Accept("._eE") || AtEnd()) return false;
    } else if (Accept("_")) {
      if (Accept("._eE") || AtEnd()) return false;
    } else if (Accept(digits)) {
      while (Accept(digits)) {
      }
    } else {
      break;
    }
  }
  return AtEnd() || !IsLetterOrDigit(Peek());
}

// Behind the first number of a duration.
bool Lexer::ScanRestOfDuration() {
  if (!Accept("smhdwy")) return false;
  Accept("s");  // ms
  while (Accept("0123456789")) {
    while (Accept("0123456789")) {
    }
    if (!Accept("smhdw")) return false;  // Years come first.
    Accept("s");
  }
  if (AtEnd() || !IsLetterOrDigit(Peek())) return true;
  return ++pos_, false;  // The message shows this letter.
}

}  // namespace tocsin::promql
