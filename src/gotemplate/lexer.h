#pragma once

// Splits the text of a template into tokens: plain text, and what is between {{ and }}.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

enum class TokenType : std::uint8_t {
  kError,  // The text is the message; always the last token.
  kBool,
  kChar,  // A printable ASCII character with no meaning of its own, such as a comma.
  kCharConstant,
  kComplex,
  kAssign,
  kDeclare,
  kEof,
  kField,
  kIdentifier,
  kLeftDelim,
  kLeftParen,
  kNumber,
  kPipe,
  kRawString,
  kRightDelim,
  kRightParen,
  kSpace,
  kString,
  kText,
  kVariable,
  // Keywords from here on.
  kBlock,
  kBreak,
  kContinue,
  kDot,
  kDefine,
  kElse,
  kEnd,
  kIf,
  kNil,
  kRange,
  kTemplate,
  kWith,
};

struct Token {
  TokenType type;
  std::uint32_t position;  // In bytes.
  int line;                // From 1, of the token's first byte.
  std::string_view text;   // Into the template's text, or for kError into `Lexer::message`.
};

// How error messages name a token.
std::string Describe(const Token& token);

struct Tokens {
  std::vector<Token> list;  // Ends with kEof or kError.
  std::string message;      // Of the kError token.
};

// A function called "break" or "continue" takes the keyword's meaning away.
struct LexOptions {
  bool break_is_keyword = true;
  bool continue_is_keyword = true;
};

// The views point into `text` and into the result's own message, so it must not be copied; a moved
// result's error token is read through `message`.
Tokens Tokenize(std::string_view text, LexOptions options);

}  // namespace tocsin::gotemplate
