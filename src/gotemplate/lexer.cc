#include "gotemplate/lexer.h"

#include "base/text.h"
#include "gotemplate/letters.h"
#include "gotemplate/quote.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::gotemplate {
namespace {

constexpr std::string_view kLeftDelim = "{{";
constexpr std::string_view kRightDelim = "}}";
constexpr std::string_view kLeftComment = "/*";
constexpr std::string_view kRightComment = "*/";
constexpr std::string_view kSpaces = " \t\r\n";
constexpr char32_t kEnd = 0xFFFFFFFF;

constexpr std::array<std::pair<std::string_view, TokenType>, 11> kKeywords{{
    {"block", TokenType::kBlock},
    {"break", TokenType::kBreak},
    {"continue", TokenType::kContinue},
    {"define", TokenType::kDefine},
    {"else", TokenType::kElse},
    {"end", TokenType::kEnd},
    {"if", TokenType::kIf},
    {"nil", TokenType::kNil},
    {"range", TokenType::kRange},
    {"template", TokenType::kTemplate},
    {"with", TokenType::kWith},
}};

bool IsBlank(char32_t r) {
  return r == ' ' || r == '\t' || r == '\r' || r == '\n';
}

class Scanner {
 public:
  Scanner(std::string_view text, LexOptions options) : text_(text), options_(options) {}

  Tokens Run() {
    while (Text() && LeftDelim()) {
    }
    return std::move(tokens_);
  }

 private:
  std::string_view Rest() const { return text_.substr(position_); }
  bool AtEnd() const { return position_ >= text_.size(); }
  char32_t Peek() const {
    if (AtEnd()) return kEnd;
    auto byte = static_cast<unsigned char>(text_[position_]);
    return byte < 0x80 ? byte : DecodeRune(Rest()).value;
  }
  char32_t Next() {
    if (AtEnd()) return kEnd;
    Rune rune = DecodeRune(Rest());
    position_ += rune.size;
    return rune.value;
  }
  bool Accept(std::string_view set) {
    if (AtEnd() || set.find(text_[position_]) == std::string_view::npos) return false;
    ++position_;
    return true;
  }
  void AcceptAll(std::string_view set) {
    while (Accept(set)) {
    }
  }
  std::string_view Current() const { return text_.substr(start_, position_ - start_); }

  void Ignore() {
    line_ += static_cast<int>(std::count(text_.begin() + start_, text_.begin() + position_, '\n'));
    start_ = position_;
  }
  void Emit(TokenType type) {
    tokens_.list.push_back({type, static_cast<std::uint32_t>(start_), line_, Current()});
    Ignore();
  }
  bool Error(std::string message) {
    tokens_.message = std::move(message);
    tokens_.list.push_back({TokenType::kError, static_cast<std::uint32_t>(start_), line_, {}});
    return false;
  }

  // `{{- ` and ` -}}` take the white space beside them away.
  bool LeftTrimAt(std::size_t position) const {
    return position + 1 < text_.size() && text_[position] == '-' &&
           IsBlank(static_cast<unsigned char>(text_[position + 1]));
  }
  bool RightTrimAt(std::size_t position) const {
    return position + 1 < text_.size() && IsBlank(static_cast<unsigned char>(text_[position])) &&
           text_[position + 1] == '-';
  }
  // The length of the right delimiter here, its trim marker included; 0 if there is none.
  std::size_t RightDelimAt(std::size_t position, bool* trim) const {
    *trim = RightTrimAt(position) && text_.substr(position + 2).starts_with(kRightDelim);
    if (*trim) return 2 + kRightDelim.size();
    return text_.substr(position).starts_with(kRightDelim) ? kRightDelim.size() : 0;
  }

  bool Text();
  bool LeftDelim();
  bool Comment();
  void RightDelim(bool trim);
  bool InsideAction();
  bool Step(char32_t r);
  bool Blank(bool* done);
  bool Identifier();
  bool FieldOrVariable(TokenType type);
  bool AtTerminator() const;
  bool BadCharacter();
  bool Quoted(char32_t quote);
  bool Number();
  bool ScanNumber();
  bool Parenthesis(char32_t r);

  std::string_view text_;
  LexOptions options_;
  std::size_t position_ = 0;
  std::size_t start_ = 0;
  int line_ = 1;
  int parentheses_ = 0;
  Tokens tokens_;
};

// Plain text up to the next action. False at the end.
bool Scanner::Text() {
  std::size_t delim = text_.find(kLeftDelim, position_);
  std::size_t end = delim == std::string_view::npos ? text_.size() : delim;
  position_ = end;
  if (delim != std::string_view::npos && LeftTrimAt(delim + kLeftDelim.size())) {
    while (position_ > start_ && kSpaces.find(text_[position_ - 1]) != std::string_view::npos) {
      --position_;
    }
  }
  if (position_ > start_) Emit(TokenType::kText);
  position_ = end;
  Ignore();
  if (delim != std::string_view::npos) return true;
  Emit(TokenType::kEof);
  return false;
}

// An action or a comment, from its {{ to its }}. False after an error.
bool Scanner::LeftDelim() {
  bool trim = LeftTrimAt(position_ + kLeftDelim.size());
  std::size_t after = position_ + kLeftDelim.size() + (trim ? 2 : 0);
  if (text_.substr(after).starts_with(kLeftComment)) {
    position_ = after;
    Ignore();
    return Comment();
  }
  position_ += kLeftDelim.size();
  Emit(TokenType::kLeftDelim);
  position_ = after;
  Ignore();
  parentheses_ = 0;
  return InsideAction();
}

bool Scanner::Comment() {
  position_ += kLeftComment.size();
  std::size_t end = text_.find(kRightComment, position_);
  if (end == std::string_view::npos) return Error("unclosed comment");
  position_ = end + kRightComment.size();
  bool trim = false;
  std::size_t delim = RightDelimAt(position_, &trim);
  if (delim == 0) return Error("comment ends before closing delimiter");
  position_ += delim;
  if (trim) AcceptAll(kSpaces);
  Ignore();
  return true;
}

void Scanner::RightDelim(bool trim) {
  if (trim) {
    position_ += 2;
    Ignore();
  }
  position_ += kRightDelim.size();
  Emit(TokenType::kRightDelim);
  if (trim) {
    AcceptAll(kSpaces);
    Ignore();
  }
}

bool Scanner::InsideAction() {
  while (true) {
    bool trim = false;
    if (RightDelimAt(position_, &trim) != 0) {
      if (parentheses_ > 0) return Error("unclosed left paren");
      RightDelim(trim);
      return true;
    }
    char32_t r = Peek();
    if (r == kEnd) return Error("unclosed action");
    if (IsBlank(r)) {
      bool done = false;
      if (!Blank(&done)) return false;
      if (done) return true;
      continue;
    }
    if (!Step(r)) return false;
  }
}

// One token that begins with `r`.
bool Scanner::Step(char32_t r) {
  if (r == '+' || r == '-' || (r >= '0' && r <= '9')) return Number();
  if (IsAlphaNumeric(r)) return Identifier();
  Next();
  switch (r) {
    case '=':
      Emit(TokenType::kAssign);
      return true;
    case ':':
      if (Next() != '=') return Error("expected :=");
      Emit(TokenType::kDeclare);
      return true;
    case '|':
      Emit(TokenType::kPipe);
      return true;
    case '"':
    case '`':
    case '\'':
      return Quoted(r);
    case '$':
      return FieldOrVariable(TokenType::kVariable);
    case '.':
      if (!AtEnd() && text_[position_] >= '0' && text_[position_] <= '9') {
        position_ = start_;
        return Number();
      }
      return FieldOrVariable(TokenType::kField);
    case '(':
    case ')':
      return Parenthesis(r);
    default:
      break;
  }
  if (r < 0x80 && IsPrintable(r)) {
    Emit(TokenType::kChar);
    return true;
  }
  return Error("unrecognized character in action: " + UnicodeName(r));
}

bool Scanner::Parenthesis(char32_t r) {
  parentheses_ += r == '(' ? 1 : -1;
  if (parentheses_ < 0) return Error("unexpected right paren");
  Emit(r == '(' ? TokenType::kLeftParen : TokenType::kRightParen);
  return true;
}

// A run of blanks; its last one may belong to ` -}}`.
bool Scanner::Blank(bool* done) {
  std::size_t count = 0;
  while (IsBlank(Peek())) {
    ++position_;
    ++count;
  }
  bool trim = false;
  if (RightDelimAt(position_ - 1, &trim) != 0 && trim) {
    --position_;
    if (count == 1) {
      if (parentheses_ > 0) return Error("unclosed left paren");
      RightDelim(trim);
      *done = true;
      return true;
    }
  }
  Emit(TokenType::kSpace);
  return true;
}

bool Scanner::AtTerminator() const {
  char32_t r = Peek();
  if (IsBlank(r)) return true;
  switch (r) {
    case kEnd:
    case '.':
    case ',':
    case '|':
    case ':':
    case ')':
    case '(':
      return true;
    default:
      return Rest().starts_with(kRightDelim);
  }
}

bool Scanner::BadCharacter() {
  return Error("bad character " + UnicodeName(Peek()));
}

bool Scanner::Identifier() {
  while (IsAlphaNumeric(Peek())) Next();
  if (!AtTerminator()) return BadCharacter();
  std::string_view word = Current();
  TokenType type = TokenType::kIdentifier;
  if (word == "true" || word == "false") type = TokenType::kBool;
  for (const auto& [keyword, keyword_type] : kKeywords) {
    if (keyword == word) type = keyword_type;
  }
  if ((type == TokenType::kBreak && !options_.break_is_keyword) ||
      (type == TokenType::kContinue && !options_.continue_is_keyword)) {
    type = TokenType::kIdentifier;
  }
  Emit(type);
  return true;
}

// After the leading dot or dollar.
bool Scanner::FieldOrVariable(TokenType type) {
  if (AtTerminator()) {
    Emit(type == TokenType::kVariable ? TokenType::kVariable : TokenType::kDot);
    return true;
  }
  while (IsAlphaNumeric(Peek())) Next();
  if (!AtTerminator()) return BadCharacter();
  Emit(type);
  return true;
}

bool Scanner::Quoted(char32_t quote) {
  while (true) {
    char32_t r = Next();
    if (r == '\\' && quote != '`') {
      r = Next();
      if (r != kEnd && r != '\n') continue;
    }
    if (r == kEnd || (r == '\n' && quote != '`')) {
      if (quote == '`') return Error("unterminated raw quoted string");
      return Error(quote == '"' ? "unterminated quoted string" : "unterminated character constant");
    }
    if (r == quote) break;
  }
  Emit(quote == '"'   ? TokenType::kString
       : quote == '`' ? TokenType::kRawString
                      : TokenType::kCharConstant);
  return true;
}

// What looks like a number; the parser decides whether it is one.
bool Scanner::Number() {
  bool valid = ScanNumber();
  TokenType type = TokenType::kNumber;
  if (valid && (Peek() == '+' || Peek() == '-')) {
    type = TokenType::kComplex;
    valid = ScanNumber() && text_[position_ - 1] == 'i';
  }
  if (!valid) return Error("bad number syntax: " + GoQuote(Current()));
  Emit(type);
  return true;
}

bool Scanner::ScanNumber() {
  constexpr std::string_view kDecimal = "0123456789_";
  constexpr std::string_view kHex = "0123456789abcdefABCDEF_";
  Accept("+-");
  std::string_view digits = kDecimal;
  if (Accept("0")) {
    if (Accept("xX")) {
      digits = kHex;
    } else if (Accept("oO")) {
      digits = "01234567_";
    } else if (Accept("bB")) {
      digits = "01_";
    }
  }
  AcceptAll(digits);
  if (Accept(".")) AcceptAll(digits);
  if ((digits == kDecimal && Accept("eE")) || (digits == kHex && Accept("pP"))) {
    Accept("+-");
    AcceptAll(kDecimal);
  }
  Accept("i");
  if (!IsAlphaNumeric(Peek())) return true;
  Next();
  return false;
}

}  // namespace

Tokens Tokenize(std::string_view text, LexOptions options) {
  return Scanner(text, options).Run();
}

std::string Describe(const Token& token) {
  switch (token.type) {
    case TokenType::kEof:
      return "EOF";
    case TokenType::kError:
      return std::string(token.text);
    default:
      break;
  }
  if (token.type >= TokenType::kBlock) return "<" + std::string(token.text) + ">";
  constexpr std::size_t kShown = 10;
  if (token.text.size() <= kShown) return GoQuote(token.text);
  // Ten runes, as Go's %.10q counts.
  std::string_view rest = token.text;
  for (std::size_t i = 0; i < kShown && !rest.empty(); ++i)
    rest.remove_prefix(DecodeRune(rest).size);
  return GoQuote(token.text.substr(0, token.text.size() - rest.size())) + "...";
}

}  // namespace tocsin::gotemplate
