#pragma once

// The parser's view of the tokens: reading with any amount of going back.

#include "gotemplate/lexer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tocsin::gotemplate {

class TokenStream {
 public:
  explicit TokenStream(Tokens tokens) : tokens_(std::move(tokens)) {
    Token& last = tokens_.list.back();
    if (last.type == TokenType::kError) last.text = tokens_.message;
  }
  TokenStream(const TokenStream&) = delete;
  TokenStream& operator=(const TokenStream&) = delete;

  // References stay valid. The last token (end or error) is read again and again.
  const Token& Peek() {
    furthest_ = std::max(furthest_, next_);
    return tokens_.list[next_];
  }
  const Token& Next() {
    const Token& token = Peek();
    last_ = next_;
    if (next_ + 1 < tokens_.list.size()) ++next_;
    return token;
  }
  void SkipSpace() {
    while (Peek().type == TokenType::kSpace) Next();
  }
  const Token& PeekNonSpace() {
    SkipSpace();
    return Peek();
  }
  const Token& NextNonSpace() {
    SkipSpace();
    return Next();
  }

  std::size_t mark() const { return next_; }
  void BackTo(std::size_t mark) { next_ = mark; }
  // The line of the last token looked at, which is the one that errors name.
  int line() const { return tokens_.list[furthest_].line; }
  // The last token that was read.
  const Token& last() const { return tokens_.list[last_]; }

 private:
  Tokens tokens_;
  std::size_t next_ = 0;
  std::size_t last_ = 0;
  std::size_t furthest_ = 0;
};

}  // namespace tocsin::gotemplate
