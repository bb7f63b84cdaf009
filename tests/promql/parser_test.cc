#include "promql/parser.h"

#include "promql/printer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::promql {
namespace {

// The canonical text, or all errors on a line each.
std::string Read(std::string_view text, const Features& features = {}) {
  const auto parsed = Parse(text, features);
  if (parsed) return Print(**parsed);
  std::string out;
  for (const ParseError& error : parsed.error()) {
    if (!out.empty()) out += '\n';
    out += ToString(error, text);
  }
  return out;
}

struct Row {
  std::string_view text;
  std::string_view expect;
};

TEST(Parser, BindsOperators) {
  // Operands in parentheses say how they were read.
  const auto shape = [](std::string_view text) {
    const auto parsed = Parse(text);
    if (!parsed) return ToString(parsed.error().front(), text);
    std::string out;
    const auto put = [&](const auto& self, const Expr& expr) -> void {
      if (const auto* binary = expr.As<Binary>()) {
        out += '(';
        self(self, *binary->left);
        out.append(" ").append(ToString(binary->op)).append(" ");
        self(self, *binary->right);
        out += ')';
      } else if (const auto* unary = expr.As<Unary>()) {
        out += unary->negative ? "-(" : "+(";
        self(self, *unary->operand);
        out += ')';
      } else {
        out += Print(expr);
      }
    };
    put(put, **parsed);
    return out;
  };
  constexpr Row kTable[] = {
      {"a + b * c ^ d ^ e", "(a + (b * (c ^ (d ^ e))))"},
      {"a - b - c", "((a - b) - c)"},
      {"a or b and c unless d", "(a or ((b and c) unless d))"},
      {"a == b + c > d", "((a == (b + c)) > d)"},
      {"a * b % c atan2 d / e", "((((a * b) % c) atan2 d) / e)"},
      {"-a ^ b", "-((a ^ b))"},
      {"-a * b", "(-(a) * b)"},
      {"a ^ -b * c", "((a ^ -(b)) * c)"},
      {"a ^ -b ^ c", "(a ^ -((b ^ c)))"},
      {"-1 ^ 2", "-((1 ^ 2))"},
      {"-1 + 2", "(-1 + 2)"},
      {"+a - -b", "(+(a) - -(b))"},
      {"-a offset 5m", "-(a offset 5m)"},
      {"a </ b == c", "((a </ b) == c)"},
  };
  for (const Row& row : kTable) EXPECT_EQ(shape(row.text), row.expect) << row.text;
}

TEST(Parser, ReadsStrings) {
  constexpr Row kTable[] = {
      {R"('it''s')", R"(1:5: parse error: unexpected string "'s'")"},
      {R"('a"b\'c')", R"("a\"b'c")"},
      {R"("a'b\"c")", R"("a'b\"c")"},
      {R"('\\\'"')", R"("\\'\"")"},
      {"`a\\\"'`", R"("a\\\"'")"},
      {R"("\'")", R"(1:1: parse error: unknown escape sequence U+0027 ''')"},
      {R"("\400")", "1:1: parse error: escape sequence is an invalid Unicode code point"},
      {R"("\ud800")", "1:1: parse error: escape sequence is an invalid Unicode code point"},
      {R"("\x4)", "1:1: parse error: escape sequence not terminated"},
      {R"("\xg0")", R"(1:1: parse error: illegal character U+0067 'g' in escape sequence)"},
      {"\"a\nb\"", "1:1: parse error: unterminated quoted string"},
      {"`a\nb`", R"("a\nb")"},
      {"`a", "1:1: parse error: unterminated raw string"},
      {"\"\xff\"", "1:1: parse error: invalid UTF-8 rune"},
      {R"("\xff\377")", R"("\xff\xff")"},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text), row.expect) << row.text;
}

// As Prometheus 3.5 answers.
TEST(Parser, ReadsNumbers) {
  constexpr Row kTable[] = {
      {"0xe", "14"},
      {"0xe+1", "14 + 1"},
      {"0x_1", "1"},
      {"0x1e5", "485"},
      {"0x1efe", "7934"},
      {"0x1ee", R"(1:1: parse error: bad number or duration syntax: "0x1ee")"},
      {"0x1e", R"(1:1: parse error: bad number or duration syntax: "0x1e")"},
      {"0x1p4", R"(1:1: parse error: bad number or duration syntax: "0x1")"},
      {"0x1.8p1", R"(1:1: parse error: bad number or duration syntax: "0x1.")"},
      {"0x1__2", R"(1:1: parse error: bad number or duration syntax: "0x1__")"},
      {"0x.5", R"(1:1: parse error: error parsing number: strconv.ParseFloat: parsing "0x.5": )"
               "invalid syntax"},
      {"1e_5", R"(1:1: parse error: bad number or duration syntax: "1e_")"},
      {"1.5.5", R"(1:1: parse error: bad number or duration syntax: "1.5.")"},
      {"1_", R"(1:1: parse error: bad number or duration syntax: "1_")"},
      {"(1_0.5_0e1_0)", "(105000000000)"},
      {"(1e)", R"(1:2: parse error: error parsing number: strconv.ParseFloat: parsing "1e": )"
               "invalid syntax"},
      {"(1_)", R"(1:2: parse error: error parsing number: strconv.ParseFloat: parsing "1_": )"
               "invalid syntax"},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text), row.expect) << row.text;
}

TEST(Parser, ReadsDurations) {
  constexpr Row kTable[] = {
      {"x[300]", "x[5m]"},
      {"x[0.0001]", "x[0.0001]"},
      {"x[-(5m)]", "1:3: parse error: duration must be greater than 0"},
      {"x[-(-5m)]", "x[-(-5m)]"},
      {"x[(5m)]", "x[(5m)]"},
      {"x[1h:(5m)]", "x[1h:(5m)]"},
      {"x[2 * 3 + 4 ^ 2 ^ 1]", "x[2 * 3 + 4 ^ 2 ^ 1]"},
      {"x[(2 + 3) * 1m]", "x[(2 + 3) * 1m]"},
      {"x[min_of(step(), range() / 2)]", "x[min_of(step(), range() / 2)]"},
      {"x[STEP()]", "x[step()]"},
      {"x[1h:step()]", "x[1h:step()]"},
      {"x[5m % 0]", "1:6: parse error: modulo by zero"},
      {"x[1e300]", "1:3: parse error: duration out of range"},
      {"x[300y]", "1:3: parse error: duration out of range"},
      {"x offset 1e300", "1:10: parse error: duration out of range"},
      {"x offset -step()", "x offset -step()"},
      {"x offset (5m)", "x offset (5m)"},
      {"x offset -(range() - 1m)", "x offset -(range() - 1m)"},
      {"x offset -",
       "1:11: parse error: unexpected end of input in offset, expected number, "
       "duration, step(), or range()"},
      {"x offset (0)[5m]", "x[5m]"},
      {"x[5m + m]", "1:8: parse error: unexpected character in duration expression: 'm'"},
      {"x[step]",
       "1:7: parse error: unexpected \"]\" in subquery or range selector, expected "
       "number, duration, step(), or range()"},
      {"x[5m:1m", "1:8: parse error: unclosed left bracket"},
      {"x[5m[", "1:5: parse error: unexpected left bracket '['"},
      {"x]", "1:2: parse error: unexpected right bracket ']'"},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text), row.expect) << row.text;
}

TEST(Parser, ASignOfADurationIsPartOfIt) {
  constexpr Row kTable[] = {
      {"x offset +1m", "x offset 1m"},
      {"x offset --5m", "x offset 5m"},
      {"x offset +-5m", "x offset -5m"},
      {"x offset -+5m", "x offset -5m"},
      {"x offset - 5m", "x offset -5m"},
      {"x offset -5", "x offset -5s"},
      {"x offset -0s", "x"},
      {"x offset ++0", "x"},
      {"x offset -(-5m)", "x offset -(-5m)"},
      {"x offset -5m * 2", "x offset -5m * 2"},
      {"x offset +(5m * 2)", "x offset (5m * 2)"},
      {"x offset +step()", "x offset step()"},
      {"x offset --(5m * 2)", "x offset --(5m * 2)"},
      {"x[+5m]", "x[5m]"},
      {"x[+5]", "x[5s]"},
      {"x[--5m]", "x[5m]"},
      {"x[5m:+1m]", "x[5m:1m]"},
      {"x[5m + -1m]", "x[5m + -1m]"},
      {"x[5m + +1m]", "x[5m + 1m]"},
      {"x[-2 ^ 2]", "x[-2 ^ 2]"},
      {"x[2 ^ -2]", "x[2 ^ -2]"},
      {"x[+-1]", "1:3: parse error: duration must be greater than 0"},
      {"x[5m:-1m]", "1:6: parse error: duration must be greater than 0"},
      {"x[5m / -0]", "1:6: parse error: division by zero"},
      {"x offset -300y", "1:11: parse error: duration out of range"},
      {"x offset 1m1h", "1:10: parse error: not a valid duration string: \"1m1h\""},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text), row.expect) << row.text;
}

TEST(Parser, ReadsTimestamps) {
  constexpr Row kTable[] = {
      {"x @ 1m", "x @ 60.000"},
      {"x @ -1m", "x @ -60.000"},
      {"x @ +1h30m", "x @ 5400.000"},
      {"x @ 1ms", "x @ 0.001"},
      {"x @ 0x10", "x @ 16.000"},
      {"x @ -0", "x @ 0.000"},
      {"x @ -0.5", "x @ -0.500"},
      {"x[5m] @ 1m offset 5m", "x[5m] @ 60.000 offset 5m"},
      {"x @ 1m1h", "1:5: parse error: not a valid duration string: \"1m1h\""},
      {"x @ 300y", "1:5: parse error: duration out of range"},
      {"x @ 1e19",
       "1:1: parse error: timestamp out of bounds for @ modifier: 10000000000000000000.000000"},
      {"x @ Inf", "1:1: parse error: timestamp out of bounds for @ modifier: +Inf"},
      {"x @ NaN", "1:1: parse error: timestamp out of bounds for @ modifier: NaN"},
      {"x @ --1m", "1:6: parse error: unexpected <op:-> in @, expected timestamp"},
      {"x @ (1)", "1:5: parse error: unexpected \"(\" in @, expected timestamp"},
      {"x @ start()[5m]", "x[5m] @ start()"},
      {"x @ end()[5m:]", "x @ end()[5m:]"},
      {"x @ 0[5m]", "1:6: parse error: no @ modifiers allowed before range"},
      {"x @ 1 @ end()", "1:1: parse error: @ <timestamp> may not be set multiple times"},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text), row.expect) << row.text;
}

TEST(Parser, NamesTheOperatorThatIsOutOfPlaceInBraces) {
  constexpr Row kTable[] = {
      {"x{a=!~\"b\"}", "1:5: parse error: unexpected <op:!~> in label matching, expected string"},
      {"x{a==~\"b\"}", "1:5: parse error: unexpected <op:=~> in label matching, expected string"},
      {"x{!=\"b\"}",
       "1:3: parse error: unexpected <op:!=> in label matching, expected identifier or \"}\""},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text), row.expect) << row.text;
}

TEST(Parser, QuotesNamesThatNeedIt) {
  constexpr Row kTable[] = {
      {R"(sum by ("a b", c) (x))", R"(sum by ("a b", c) (x))"},
      {R"(sum by ("Inf", "nan", by) (x{inf="1"}))", R"(sum by ("Inf", "nan", by) (x{inf="1"}))"},
      {R"(a * on ("a b") group_left ("ü") b)", R"(a * on ("a b") group_left ("ü") b)"},
      {R"(x{"a.b"="c"})", R"(x{"a.b"="c"})"},
      {R"(sum by (a:b, "c:d") (x{"e:f"="g"}))", R"(sum by (a:b, c:d) (x{"e:f"="g"}))"},
      {"a * on(a:b) group_left(c:d) b", "a * on (a:b) group_left (c:d) b"},
      {R"(sum by ("") (x))",
       R"(1:9: parse error: unexpected string "\"\"" in grouping opts, expected label)"},
      {R"(sum by ("a-very-long-label", 1) (x))",
       R"(1:30: parse error: unexpected number "1" in grouping opts, expected label)"},
      {R"(up "a-very-long-string")", R"(1:4: parse error: unexpected string "\"a-very-lo"...)"},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text), row.expect) << row.text;
}

TEST(Parser, FeaturesOpenTheirSyntax) {
  const Features all = {.experimental_functions = true,
                        .extended_range_selectors = true,
                        .binop_fill_modifiers = true};
  constexpr Row kTable[] = {
      {"a + fill(0) b", "a + fill (0) b"},
      {"a + on(x) group_right fill_left(-1) fill_right(NaN) b",
       "a + on (x) group_right () fill_left (-1) fill_right (NaN) b"},
      {"a + fill(b) c", "1:10: parse error: unexpected identifier \"b\" in fill, expected number"},
      {"a or fill(0) b",
       "1:1: parse error: filling in missing series not allowed for set operators"},
      {"a + fill", "a + fill"},
      {"x[5m] anchored offset 1m", "x[5m] anchored offset 1m"},
      {"x smoothed anchored",
       "1:1: parse error: anchored and smoothed modifiers cannot be used together"},
      {"sum(x) smoothed",
       "1:1: parse error: smoothed modifier must be preceded by a vector selector"},
      {"info(x, {a=~\".*\"})", "info(x, {a=~\".*\"})"},
      {"info(x, {})", "info(x, {})"},
      {"info(x, y)", "1:9: parse error: expected label selectors only"},
      {"min_of(1, step())", "min_of(1, step())"},
      {"histogram_quantiles(x, \"q\")",
       "1:1: parse error: expected at least 3 argument(s) in call to \"histogram_quantiles\", got "
       "2"},
  };
  for (const Row& row : kTable) EXPECT_EQ(Read(row.text, all), row.expect) << row.text;
}

TEST(Parser, ReportsAllErrorsOfTypes) {
  EXPECT_EQ(Read("abs(1) + rate(x) + foo_total"),
            "1:5: parse error: expected type instant vector in call to function \"abs\", got "
            "scalar\n1:15: parse error: expected type range vector in call to function \"rate\", "
            "got instant vector");
  EXPECT_EQ(Read("foo(x) + sum()"),
            "1:1: parse error: unknown function with name \"foo\"\n"
            "1:10: parse error: no arguments for aggregate expression provided");
}

TEST(Parser, PlacesErrorsInLines) {
  const std::string_view text = "sum(\n  rate(ä_total)\n)";
  const auto parsed = Parse(text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(ToString(parsed.error().front(), text), "2:8: parse error: unexpected character: 'ä'");
  EXPECT_EQ(Excerpt(parsed.error().front(), text),
            "      rate(ä_total)\n"
            "           ^\n");
}

std::string Nested(std::string_view open, std::string_view inside, std::string_view close,
                   std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += open;
  text += inside;
  for (std::size_t i = 0; i < times; ++i) text += close;
  return text;
}

TEST(Parser, BoundsDepthAndSize) {
  struct Nesting {
    std::string_view open, inside, close;
  };
  for (const Nesting& nesting :
       {Nesting{"(", "x", ")"}, Nesting{"-", "x", ""}, Nesting{"", "x", " + x"},
        Nesting{"x ^ ", "x", ""}, Nesting{"abs(", "x", ")"}, Nesting{"sum(", "x", ")"},
        Nesting{"max_over_time(", "x", "[5m:])"}}) {
    const auto many = [&](std::size_t times) {
      return Read(Nested(nesting.open, nesting.inside, nesting.close, times));
    };
    EXPECT_EQ(many(400).find("parse error"), std::string::npos) << nesting.open << nesting.close;
    EXPECT_NE(many(40'000).find("nested more than 1000 levels"), std::string::npos)
        << nesting.open << nesting.close;
  }
  for (const Nesting& nesting : {Nesting{"(", "5m", ")"}, Nesting{"", "5m", "+5m"},
                                 Nesting{"-", "5m", ""}, Nesting{"5m^", "5m", ""}}) {
    const std::string text =
        "x[" + Nested(nesting.open, nesting.inside, nesting.close, 40'000) + "]";
    EXPECT_NE(Read(text).find("nested more than 1000 levels"), std::string::npos)
        << nesting.open << nesting.close;
  }
  EXPECT_EQ(Read(std::string(kMaxExpressionBytes + 1, ' ')),
            "1:1: parse error: expression is longer than 1 MiB");
}

TEST(Tree, KnowsNamesAndPlaces) {
  const std::string text = R"(sum by (job) (rate({__name__="a", x=~"y"}[5m])) / on () (b) > 1)";
  const auto parsed = Parse(text);
  ASSERT_TRUE(parsed);
  std::vector<std::string> names;
  std::vector<std::string> texts;
  Walk(**parsed, [&](const Expr& expr) {
    texts.push_back(text.substr(expr.span.begin, expr.span.end - expr.span.begin));
    if (const auto* selector = expr.As<Selector>()) names.emplace_back(selector->MetricName());
  });
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(texts, (std::vector<std::string>{
                       text, R"(sum by (job) (rate({__name__="a", x=~"y"}[5m])) / on () (b))",
                       R"(sum by (job) (rate({__name__="a", x=~"y"}[5m])))",
                       R"(rate({__name__="a", x=~"y"}[5m]))", R"({__name__="a", x=~"y"}[5m])",
                       "(b)", "b", "1"}));
}

}  // namespace
}  // namespace tocsin::promql
