#include "gotemplate/lexer.h"

#include <gtest/gtest.h>

namespace tocsin::gotemplate {
namespace {

// One letter a token type, or its text.
std::string Shape(std::string_view text, LexOptions options = {}) {
  Tokens tokens = Tokenize(text, options);
  std::string shape;
  for (const Token& token : tokens.list) {
    if (!shape.empty()) shape.push_back('|');
    switch (token.type) {
      case TokenType::kEof:
        shape.append("EOF");
        break;
      case TokenType::kError:
        shape.append("ERROR ").append(tokens.message);
        break;
      case TokenType::kText:
        shape.append("text:").append(token.text);
        break;
      default:
        shape.append(token.text);
    }
  }
  return shape;
}

struct ShapeCase {
  std::string_view text;
  std::string_view want;
};

TEST(Lexer, Tokens) {
  const ShapeCase kCases[] = {
      {"", "EOF"},
      {"plain }} text", "text:plain }} text|EOF"},
      {"{{.a.b}}", "{{|.a|.b|}}|EOF"},
      {"{{$x := 1}}", "{{|$x| |:=| |1|}}|EOF"},
      {"{{$x =`a\nb`}}", "{{|$x| |=|`a\nb`|}}|EOF"},
      {"{{(a|b)}}", "{{|(|a|||b|)|}}|EOF"},
      {"{{-3}}", "{{|-3|}}|EOF"},
      {"{{1+2i}}", "{{|1+2i|}}|EOF"},
      {"{{.5}}", "{{|.5|}}|EOF"},
      {"{{'\\''}}", "{{|'\\''|}}|EOF"},
      {"{{\"\\\"\"}}", "{{|\"\\\"\"|}}|EOF"},
      {"{{\n.x\n}}", "{{|\n|.x|\n|}}|EOF"},
  };
  for (const ShapeCase& c : kCases) EXPECT_EQ(Shape(c.text), c.want) << c.text;
}

TEST(Lexer, TrimMarkersAndComments) {
  const ShapeCase kCases[] = {
      {"a \n{{- .x -}}\t b", "text:a|{{|.x|}}|text:b|EOF"},
      {"a {{- /* c */ -}} b", "text:a|text:b|EOF"},
      {"a {{/* {{ */}} b", "text:a |text: b|EOF"},
      {"{{- 3 }}", "{{|3| |}}|EOF"},
      {"{{3 -}} x", "{{|3|}}|text:x|EOF"},
  };
  for (const ShapeCase& c : kCases) EXPECT_EQ(Shape(c.text), c.want) << c.text;
}

TEST(Lexer, Errors) {
  const ShapeCase kCases[] = {
      {"{{", "{{|ERROR unclosed action"},
      {"{{\"a", "{{|ERROR unterminated quoted string"},
      {"{{`a", "{{|ERROR unterminated raw quoted string"},
      {"{{'a", "{{|ERROR unterminated character constant"},
      {"{{/* a", "ERROR unclosed comment"},
      {"{{/* a */ }}", "ERROR comment ends before closing delimiter"},
      {"{{(1}}", "{{|(|1|ERROR unclosed left paren"},
      {"{{1)}}", "{{|1|ERROR unexpected right paren"},
      {"{{a:b}}", "{{|a|ERROR expected :="},
      {"{{$x=1}}", "{{|ERROR bad character U+003D '='"},
      {"{{3k}}", "{{|ERROR bad number syntax: \"3k\""},
      {"{{a-b}}", "{{|ERROR bad character U+002D '-'"},
      {"{{\x01}}", "{{|ERROR unrecognized character in action: U+0001"},
      {"{{☃}}", "{{|ERROR unrecognized character in action: U+2603 '☃'"},
  };
  for (const ShapeCase& c : kCases) EXPECT_EQ(Shape(c.text), c.want) << c.text;
}

TEST(Lexer, LinesAndPositions) {
  Tokens tokens = Tokenize("a\nb{{\n.x}}", {});
  ASSERT_EQ(tokens.list.size(), 6U);
  EXPECT_EQ(tokens.list[1].line, 2);
  EXPECT_EQ(tokens.list[1].position, 3U);
  EXPECT_EQ(tokens.list[3].line, 3);
  EXPECT_EQ(tokens.list[3].position, 6U);
}

TEST(Lexer, BreakIsAKeywordUnlessAFunctionHasTheName) {
  Tokens keyword = Tokenize("{{break}}", {});
  EXPECT_EQ(keyword.list[1].type, TokenType::kBreak);
  Tokens name = Tokenize("{{break}}", {.break_is_keyword = false});
  EXPECT_EQ(name.list[1].type, TokenType::kIdentifier);
}

TEST(Lexer, DescribeShortensLongTokens) {
  EXPECT_EQ(Describe({TokenType::kField, 0, 1, ".abc"}), "\".abc\"");
  EXPECT_EQ(Describe({TokenType::kField, 0, 1, ".abcdefghijk"}), "\".abcdefghi\"...");
  EXPECT_EQ(Describe({TokenType::kWith, 0, 1, "with"}), "<with>");
}

}  // namespace
}  // namespace tocsin::gotemplate
