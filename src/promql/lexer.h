#pragma once

// Splits a PromQL text into tokens (spec/rules.md §9.1). What a character means depends on where it
// stands: within braces words are labels, within brackets there are durations only. Errors have
// Prometheus's words.

#include "promql/ast.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::promql {

enum class TokenKind : std::uint8_t {
  kEnd,
  kError,  // Lexer::error() says what is wrong. No token comes after it.
  kNumber,
  kDuration,
  kString,  // With its quotes.
  kIdentifier,
  kMetricIdentifier,  // Contains a colon.
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kEquals,         // =
  kRegexMatch,     // =~
  kRegexNotMatch,  // !~
  kAt,
  kOperator,    // Token::op
  kAggregator,  // Token::aggregator
  kKeyword,     // Token::keyword
};

enum class Keyword : std::uint8_t {
  kNone,
  kOffset,
  kBy,
  kWithout,
  kOn,
  kIgnoring,
  kGroupLeft,
  kGroupRight,
  kBool,
  kStart,
  kEnd,
  kStep,
  kRange,
  kMinOf,  // Within brackets only.
  kMaxOf,
  kAnchored,
  kSmoothed,
  kFill,
  kFillLeft,
  kFillRight,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  BinaryOp op = BinaryOp::kOr;
  Aggregator aggregator = Aggregator::kSum;
  Keyword keyword = Keyword::kNone;
  Span span;
  std::string_view text;  // Of the input.
};

class Lexer {
 public:
  // `input` must stay; at most 4 GiB. `duration_expressions`: may brackets hold more than literals?
  Lexer(std::string_view input, bool duration_expressions)
      : input_(input), duration_expressions_(duration_expressions) {}

  Token Next();
  const std::string& error() const { return error_; }

 private:
  enum class State : std::uint8_t { kStatements, kBraces, kBrackets };

  Token Emit(TokenKind kind);
  Token EmitOperator(BinaryOp op);
  Token Fail(std::string message);
  Token FailAtRune(std::string_view message);  // Adds the character before pos_.
  char Peek() const { return pos_ < input_.size() ? input_[pos_] : '\0'; }
  bool Accept(std::string_view any_of);
  bool AtEnd() const { return pos_ >= input_.size(); }
  void SkipRune();
  void SkipSpaceAndComments();

  Token LexStatement();
  Token LexSymbol(char c);
  Token LexComparison(char c);
  Token LexBracketSign(char c);
  Token LexWord();
  Token LexWordInBrackets();
  Token LexInBraces();
  Token LexInBrackets();
  Token LexEnd();
  Token LexString(char quote);
  bool LexEscape(char quote);
  Token LexNumber();
  bool ScanNumber();
  bool ScanRestOfDuration();

  std::string_view input_;
  bool duration_expressions_;
  State state_ = State::kStatements;
  std::size_t start_ = 0;  // Of the token.
  std::size_t pos_ = 0;
  std::size_t open_parens_ = 0;
  bool in_brackets_ = false;
  bool seen_colon_ = false;  // In these brackets.
  TokenKind last_ = TokenKind::kEnd;
  std::string error_;
};

}  // namespace tocsin::promql
