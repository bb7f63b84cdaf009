#include "gotemplate/parser.h"

#include "gotemplate/number.h"
#include "tests/gotemplate/render.h"

#include <gtest/gtest.h>

namespace tocsin::gotemplate {
namespace {

// The tree printed again, or the error.
std::string Reprint(std::string_view text) {
  auto parsed = ParseText("t", text, *SampleFunctions());
  return parsed ? ToString(*parsed->trees.at("t")) : parsed.error().message;
}

TEST(Parser, PrintsWhatItRead) {
  const RenderCase kCases[] = {
      {"a{{ .x.y }}b", "a{{.x.y}}b"},
      {"{{$x := (index .L 0).a}}", "{{$x := (index .L 0).a}}"},
      {"{{ .x|printf `%s` }}", "{{.x | printf `%s`}}"},
      {"{{if .a}}1{{else if .b}}2{{else}}3{{end}}",
       "{{if .a}}1{{else}}{{if .b}}2{{else}}3{{end}}{{end}}"},
      {"{{with $v := .a}}1{{else with .b}}2{{end}}",
       "{{with $v := .a}}1{{else}}{{with .b}}2{{end}}{{end}}"},
      {"{{range $i, $e := .L}}{{break}}{{continue}}{{else}}-{{end}}",
       "{{range $i, $e := .L}}{{break}}{{continue}}{{else}}-{{end}}"},
      {"{{template `a` .x}}{{block \"b\" 1}}z{{end}}", "{{template \"a\" .x}}{{template \"b\" 1}}"},
      {"{{define \"a\"}}x{{end}}{{- /* c */ -}} y", "y"},
  };
  for (const RenderCase& c : kCases) EXPECT_EQ(Reprint(c.text), c.want) << c.text;
}

TEST(Parser, Errors) {
  const RenderCase kCases[] = {
      {"{{nope}}", "template: t:1: function \"nope\" not defined"},
      {"\n{{.x", "template: t:2: unclosed action"},
      {"{{\n\n.x", "template: t:3: unclosed action started at t:1"},
      {"{{\n\"a", "template: t:2: unterminated quoted string in action started at t:1"},
      {"{{if}}{{end}}", "template: t:1: missing value for if"},
      {"{{if .x}}", "template: t:1: unexpected EOF"},
      {"{{end}}", "template: t:1: unexpected {{end}}"},
      {"{{if 1}}{{else}}{{else}}{{end}}", "template: t:1: expected end; found {{else}}"},
      {"{{break}}", "template: t:1: {{break}} outside {{range}}"},
      {"{{range 1}}{{define \"a\"}}{{end}}{{end}}",
       "template: t:1: unexpected <define> in command"},
      {"{{range 1}}{{block \"a\" 1}}{{break}}{{end}}{{end}}",
       "template: t:1: {{break}} outside {{range}}"},
      {"{{$x}}", "template: t:1: undefined variable \"$x\""},
      {"{{if $x := 1}}{{end}}{{$x}}", "template: t:1: undefined variable \"$x\""},
      {"{{$x := 1}}{{define \"a\"}}{{$x}}{{end}}", "template: t:1: undefined variable \"$x\""},
      {"{{$a, $b := 1}}", "template: t:1: too many declarations in command"},
      {"{{range $a, $b, $c := .L}}{{end}}", "template: t:1: too many declarations in range"},
      {"{{1 | 2}}", "template: t:1: non executable command in pipeline stage 2"},
      {"{{\"a\".b}}", "template: t:1: unexpected . after term \"\\\"a\\\"\""},
      {"{{template .x}}", "template: t:1: unexpected \".x\" in template clause"},
      {"{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}",
       "template: t:1: template: multiple definition of template \"a\""},
      {"{{define \"a\"}}{{else}}{{end}}", "template: t:1: unexpected {{else}} in define clause"},
      {"{{\"\\z\"}}", "template: t:1: invalid syntax"},
      {"{{()}}", "template: t:1: missing value for parenthesized pipeline"},
      {"{{abcdefghijklmnop := 1}}", "template: t:1: function \"abcdefghijklmnop\" not defined"},
      {"{{.abcdefghijklmnop := 1}}", "template: t:1: unexpected \":=\" in operand"},
  };
  for (const RenderCase& c : kCases) EXPECT_EQ(Reprint(c.text), c.want) << c.text;
}

TEST(Parser, NestingIsBounded) {
  std::string parens(100'000, '(');
  EXPECT_NE(Reprint("{{" + parens).find("exceeded maximum nesting depth"), std::string::npos);
  std::string blocks;
  for (int i = 0; i < 50'000; ++i) blocks += "{{if 1}}";
  EXPECT_NE(Reprint(blocks).find("exceeded maximum nesting depth"), std::string::npos);
  std::string chain = "{{if 0}}";
  for (int i = 0; i < 50'000; ++i) chain += "{{else if 0}}";
  EXPECT_NE(Reprint(chain + "{{end}}").find("exceeded maximum nesting depth"), std::string::npos);
}

TEST(Number, Forms) {
  struct NumberCase {
    std::string_view text;
    bool is_int;
    std::int64_t int_value;
    double float_value;
  };
  const NumberCase kCases[] = {
      {"0", true, 0, 0},
      {"-0", true, 0, 0},
      {"1_000", true, 1000, 1000},
      {"017", true, 15, 15},
      {"0o17", true, 15, 15},
      {"0x_1F", true, 31, 31},
      {"0b1_01", true, 5, 5},
      {"-9223372036854775808", true, INT64_MIN, -9223372036854775808.0},
      {"1e3", true, 1000, 1000},
      {"1_0.5", false, 0, 10.5},
      {"0x1.8p1", true, 3, 3},
      {"1e-400", true, 0, 0},
      {".5", false, 0, 0.5},
  };
  for (const NumberCase& c : kCases) {
    auto number = ParseNumber(c.text);
    ASSERT_TRUE(number.has_value()) << c.text;
    EXPECT_EQ(number->is_int, c.is_int) << c.text;
    EXPECT_EQ(number->int_value, c.int_value) << c.text;
    EXPECT_EQ(number->float_value, c.float_value) << c.text;
  }
}

TEST(Number, UnsignedBeyondInt) {
  auto number = ParseNumber("18446744073709551615");
  ASSERT_TRUE(number.has_value());
  EXPECT_FALSE(number->is_int);
  EXPECT_TRUE(number->is_uint);
  EXPECT_EQ(number->uint_value, UINT64_MAX);
}

TEST(Number, Complex) {
  auto pair = ParseComplexNumber("1e+2-3.5i");
  ASSERT_TRUE(pair.has_value());
  EXPECT_EQ(pair->complex_value, std::complex<double>(100, -3.5));
  auto imaginary = ParseNumber("2i");
  ASSERT_TRUE(imaginary.has_value());
  EXPECT_EQ(imaginary->complex_value, std::complex<double>(0, 2));
  EXPECT_FALSE(imaginary->is_float);
}

TEST(Number, Errors) {
  for (std::string_view text : {"08", "18446744073709551616", "1__0", "_1", "1_", "0x", "0b2", "1e",
                                "1e400", "-", "0_x1"}) {
    EXPECT_FALSE(ParseNumber(text).has_value()) << text;
  }
}

TEST(Number, Characters) {
  struct CharacterCase {
    std::string_view text;
    std::int64_t want;
  };
  const CharacterCase kCases[] = {{"'a'", 'a'},        {"'\\n'", '\n'},           {"'\\''", '\''},
                                  {"'\\x41'", 'A'},    {"'\\101'", 'A'},          {"'é'", 0xE9},
                                  {"'\\u00e9'", 0xE9}, {"'\\U0001F600'", 0x1F600}};
  for (const CharacterCase& c : kCases) {
    auto number = ParseCharacter(c.text);
    ASSERT_TRUE(number.has_value()) << c.text;
    EXPECT_EQ(number->int_value, c.want) << c.text;
  }
  for (std::string_view text : {"''", "'ab'", "'\\z'", "'\\x4'", "'\\ud800'", "'\\400'"}) {
    EXPECT_FALSE(ParseCharacter(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tocsin::gotemplate
