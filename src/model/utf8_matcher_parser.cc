#include "base/text.h"
#include "model/matcher_parser.h"

#include <optional>
#include <string>

namespace tocsin::model {

namespace {

struct Token {
  enum class Kind { kEnd, kOpenBrace, kCloseBrace, kComma, kOperator, kQuoted, kUnquoted };

  Kind kind = Kind::kEnd;
  MatchOp op = MatchOp::kEqual;
  std::string_view text;  // Quotes included.
  std::size_t start = 0;  // Columns in runes; end is exclusive.
  std::size_t end = 0;
};

std::string At(std::size_t start, std::size_t end, std::string_view what) {
  return std::to_string(start) + ":" + std::to_string(end) + ": " + std::string(what);
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  Result<Token> Next() {
    while (!rest_.empty() && IsSpace(DecodeRune(rest_).value)) Advance();
    start_ = column_;
    token_start_ = rest_;
    if (rest_.empty()) return Make(Token::Kind::kEnd);
    switch (rest_.front()) {
      case '{':
        return Single(Token::Kind::kOpenBrace);
      case '}':
        return Single(Token::Kind::kCloseBrace);
      case ',':
        return Single(Token::Kind::kComma);
      case '=':
      case '!':
        return Operator();
      case '"':
        return Quoted();
      default:
        return Unquoted();
    }
  }

 private:
  void Advance() {
    rest_.remove_prefix(DecodeRune(rest_).size);
    ++column_;
  }

  // The token from token_start_ to here.
  Token Make(Token::Kind kind) const {
    Token token;
    token.kind = kind;
    token.text = token_start_.substr(0, token_start_.size() - rest_.size());
    token.start = start_;
    token.end = column_;
    return token;
  }

  Token Single(Token::Kind kind) {
    Advance();
    return Make(kind);
  }

  Result<Token> Operator() {
    const bool negated = rest_.front() == '!';
    Advance();
    MatchOp op = MatchOp::kEqual;
    if (rest_.starts_with('~')) {
      op = negated ? MatchOp::kNotRegex : MatchOp::kRegex;
      Advance();
    } else if (negated && rest_.starts_with('=')) {
      op = MatchOp::kNotEqual;
      Advance();
    } else if (negated) {
      return Fail(At(start_, column_,
                     rest_.empty() ? "unexpected end of input, expected one of '=~'"
                                   : "!: expected one of '=~'"));
    }
    Token token = Make(Token::Kind::kOperator);
    token.op = op;
    return token;
  }

  Result<Token> Quoted() {
    Advance();
    while (!rest_.empty() && rest_.front() != '"') {
      const bool escape = rest_.front() == '\\';
      Advance();
      if (escape && !rest_.empty()) Advance();
    }
    if (rest_.empty()) {
      return Fail(At(start_, column_, std::string(token_start_) + ": missing end \""));
    }
    Advance();
    return Make(Token::Kind::kQuoted);
  }

  Result<Token> Unquoted() {
    while (!rest_.empty() && !IsReserved(rest_.front()) && !IsSpace(DecodeRune(rest_).value)) {
      Advance();
    }
    if (column_ == start_) {
      Advance();
      return Fail(At(start_, column_, std::string(1, token_start_.front()) + ": invalid input"));
    }
    return Make(Token::Kind::kUnquoted);
  }

  static bool IsReserved(char c) {
    return std::string_view("{}!=~,\\\"'`").find(c) != std::string_view::npos;
  }

  std::string_view rest_;
  std::string_view token_start_;
  std::size_t column_ = 0;
  std::size_t start_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text), runes_(RuneCount(text)) {}

  Result<Matchers> Parse() {
    if (Status status = Read(""); !status) return tl::unexpected<Error>(status.error());
    const bool opened = Is(Token::Kind::kOpenBrace);
    if (opened) {
      if (Status status = Read("expected label name"); !status) {
        return tl::unexpected<Error>(status.error());
      }
    }
    if (Status status = ParseList(); !status) return tl::unexpected<Error>(status.error());
    if (Status status = ParseEnd(opened); !status) return tl::unexpected<Error>(status.error());
    return std::move(matchers_);
  }

 private:
  bool Is(Token::Kind kind) const { return token_.kind == kind; }
  bool IsLiteral() const { return Is(Token::Kind::kQuoted) || Is(Token::Kind::kUnquoted); }
  bool IsListEnd() const { return Is(Token::Kind::kEnd) || Is(Token::Kind::kCloseBrace); }

  // Makes the next token the current one. `expectation` completes the lexer's error.
  Status Read(std::string_view expectation) {
    Result<Token> token = lexer_.Next();
    if (!token) {
      std::string message = std::move(token.error().message);
      if (!expectation.empty()) message += ": " + std::string(expectation);
      return Fail(std::move(message));
    }
    token_ = *token;
    return {};
  }

  tl::unexpected<Error> Unexpected(std::string_view expectation) const {
    if (Is(Token::Kind::kEnd)) return Fail("end of input: " + std::string(expectation));
    return Fail(At(token_.start, token_.end,
                   "unexpected " + std::string(token_.text) + ": " + std::string(expectation)));
  }

  Status ParseList() {
    std::string_view expectation = "expected label name";
    while (!IsListEnd()) {
      if (!IsLiteral()) return Unexpected(expectation);
      if (Status status = ParseMatcher(); !status) return status;
      if (IsListEnd()) break;
      if (!Is(Token::Kind::kComma)) return Unexpected("expected a comma or close brace");
      expectation = "expected a matcher or close brace after comma";
      if (Status status = Read(expectation); !status) return status;
    }
    return {};
  }

  // From the name to the token behind the value.
  Status ParseMatcher() {
    static constexpr std::string_view kOperator =
        "expected an operator such as '=', '!=', '=~' or '!~'";
    static constexpr std::string_view kValue = "expected label value";
    const Token name_token = token_;
    if (Status status = Read(kOperator); !status) return status;
    if (!Is(Token::Kind::kOperator)) return Unexpected(kOperator);
    const MatchOp op = token_.op;
    if (Status status = Read(kValue); !status) return status;
    if (!IsLiteral()) return Unexpected(kValue);
    Result<std::string> name = Decode(name_token);
    if (!name) return tl::unexpected<Error>(std::move(name.error()));
    Result<std::string> value = Decode(token_);
    if (!value) return tl::unexpected<Error>(std::move(value.error()));
    Result<Matcher> matcher = Matcher::Create(std::move(*name), op, std::move(*value));
    if (!matcher) return Fail("failed to create matcher", matcher.error());
    matchers_.push_back(std::move(*matcher));
    return Read("expected a comma or close brace");
  }

  static Result<std::string> Decode(const Token& token) {
    if (token.kind == Token::Kind::kUnquoted) return std::string(token.text);
    Result<std::string> decoded = GoUnquoteBody(token.text.substr(1, token.text.size() - 2));
    // \xNN can spell bytes that are no text.
    if (!decoded || !IsValidUtf8(*decoded)) {
      return Fail(At(token.start, token.end, std::string(token.text) + ": invalid input"));
    }
    return decoded;
  }

  Status ParseEnd(bool opened) {
    const bool closed = Is(Token::Kind::kCloseBrace);
    if (opened && !closed) return Fail(At(0, runes_, "end of input: expected close brace"));
    if (!opened && closed) return Fail(At(0, runes_, "}: expected opening brace"));
    if (!closed) return {};
    if (Status status = Read("expected end of input"); !status) return status;
    if (Is(Token::Kind::kEnd)) return {};
    return Fail(At(token_.start, token_.end, std::string(token_.text) + ": expected end of input"));
  }

  Lexer lexer_;
  std::size_t runes_;
  Token token_;
  Matchers matchers_;
};

}  // namespace

Result<Matchers> ParseUtf8Matchers(std::string_view text) {
  return Parser(text).Parse();
}

}  // namespace tocsin::model
