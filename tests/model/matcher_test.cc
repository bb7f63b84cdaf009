#include "model/matcher.h"

#include "base/random.h"
#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tocsin::model {

namespace {

constexpr std::string_view kError = "error";

// The canonical list, or kError.
std::string Read(std::string_view text, MatcherSyntax syntax) {
  auto parsed = ParseMatchers(text, syntax);
  return parsed ? ToString(parsed->matchers) : std::string(kError);
}

// What a warning of the fallback says, in a letter: none, W incompatible, D disagreement, 0 empty.
char Warned(std::string_view text) {
  const auto parsed = ParseMatchers(text, MatcherSyntax::kFallback);
  if (!parsed || parsed->warning.empty()) return ' ';
  if (parsed->warning.find("not valid in the UTF-8 grammar") != std::string::npos) return 'W';
  return parsed->warning.find("something else") != std::string::npos ? 'D' : '0';
}

struct Row {
  std::string_view text;
  std::string_view fallback;
  char warning;
  std::string_view strict;
  std::string_view classic;
};

constexpr Row kTable[] = {
    {"", "{}", '0', "{}", "{}"},
    {"{}", "{}", '0', "{}", "{}"},
    {"{", "{}", 'W', kError, "{}"},
    {"}", "{}", 'W', kError, "{}"},
    {",", kError, ' ', kError, kError},
    {"{,}", kError, ' ', kError, kError},
    {"foo", kError, ' ', kError, kError},
    {"foo=", R"({foo=""})", 'W', kError, R"({foo=""})"},
    {"foo=,bar=baz", R"({foo="",bar="baz"})", 'W', kError, R"({foo="",bar="baz"})"},
    {"foo=bar,", R"({foo="bar"})", ' ', R"({foo="bar"})", R"({foo="bar"})"},
    {"{foo=bar,}", R"({foo="bar"})", ' ', R"({foo="bar"})", R"({foo="bar"})"},
    {"foo=bar,,", kError, ' ', kError, kError},
    {"{foo=bar", R"({foo="bar"})", 'W', kError, R"({foo="bar"})"},
    {"foo=bar}", R"({foo="bar"})", 'W', kError, R"({foo="bar"})"},
    {"{foo=bar}}", R"({foo="bar}"})", 'W', kError, R"({foo="bar}"})"},
    {"{{foo=bar}}", kError, ' ', kError, kError},
    {"foo=bar baz", R"({foo="bar baz"})", 'W', kError, R"({foo="bar baz"})"},
    {"foo=bar baz!=qux", R"({foo="bar baz!=qux"})", 'W', kError, R"({foo="bar baz!=qux"})"},
    {"foo='bar'", R"({foo="'bar'"})", 'W', kError, R"({foo="'bar'"})"},
    {"foo=`bar`", R"({foo="`bar`"})", 'W', kError, R"({foo="`bar`"})"},
    {R"("foo"="bar")", R"({foo="bar"})", ' ', R"({foo="bar"})", kError},
    {R"("foo bar"=baz)", R"({"foo bar"="baz"})", ' ', R"({"foo bar"="baz"})", kError},
    {"foo bar=baz", kError, ' ', kError, kError},
    {"foo-bar=baz", R"({foo-bar="baz"})", ' ', R"({foo-bar="baz"})", kError},
    {"foo.bar=baz", R"({foo.bar="baz"})", ' ', R"({foo.bar="baz"})", kError},
    {"0foo=bar", R"({0foo="bar"})", ' ', R"({0foo="bar"})", kError},
    {"foo:bar=baz", R"({foo:bar="baz"})", ' ', R"({foo:bar="baz"})", R"({foo:bar="baz"})"},
    {"foo\U0001F642=bar", "{foo\U0001F642=\"bar\"}", ' ', "{foo\U0001F642=\"bar\"}", kError},
    {"foo=\U0001F642", "{foo=\"\U0001F642\"}", ' ', "{foo=\"\U0001F642\"}", "{foo=\"\U0001F642\"}"},
    {R"(foo="\xf0\x9f\x99\x82")", R"({foo="\\xf0\\x9f\\x99\\x82"})", 'D', "{foo=\"\U0001F642\"}",
     R"({foo="\\xf0\\x9f\\x99\\x82"})"},
    {R"(foo="\u0061")", R"({foo="\\u0061"})", 'D', R"({foo="a"})", R"({foo="\\u0061"})"},
    {R"(foo="bar\t")", R"({foo="bar\\t"})", 'D', "{foo=\"bar\t\"}", R"({foo="bar\\t"})"},
    {R"(foo=bar\n)", R"({foo="bar\n"})", 'W', kError, R"({foo="bar\n"})"},
    {R"(foo="bar\n")", R"({foo="bar\n"})", ' ', R"({foo="bar\n"})", R"({foo="bar\n"})"},
    {R"(foo=~"\d+")", R"({foo=~"\\d+"})", 'W', kError, R"({foo=~"\\d+"})"},
    {R"(foo=~"\\d+")", R"({foo=~"\\d+"})", ' ', R"({foo=~"\\d+"})", R"({foo=~"\\d+"})"},
    {R"(foo=~\d+)", R"({foo=~"\\d+"})", 'W', kError, R"({foo=~"\\d+"})"},
    {"foo=~a{2}", R"({foo=~"a{2"})", 'W', kError, R"({foo=~"a{2"})"},
    {R"(foo=~"a{2}")", R"({foo=~"a{2}"})", ' ', R"({foo=~"a{2}"})", R"({foo=~"a{2}"})"},
    {"foo=~a|b", R"({foo=~"a|b"})", ' ', R"({foo=~"a|b"})", R"({foo=~"a|b"})"},
    {"foo=(a)", R"_({foo="(a)"})_", ' ', R"_({foo="(a)"})_", R"_({foo="(a)"})_"},
    {"foo=a/b", R"({foo="a/b"})", ' ', R"({foo="a/b"})", R"({foo="a/b"})"},
    {"foo=$x", R"({foo="$x"})", ' ', R"({foo="$x"})", R"({foo="$x"})"},
    {"foo=[", R"({foo="["})", ' ', R"({foo="["})", R"({foo="["})"},
    {"foo=~^a$", R"({foo=~"^a$"})", ' ', R"({foo=~"^a$"})", R"({foo=~"^a$"})"},
    {"foo=~(?i)x", R"({foo=~"(?i)x"})", ' ', R"({foo=~"(?i)x"})", R"({foo=~"(?i)x"})"},
    {"foo==bar", R"({foo="=bar"})", 'W', kError, R"({foo="=bar"})"},
    {"foo=!bar", R"({foo="!bar"})", 'W', kError, R"({foo="!bar"})"},
    {"foo!=~bar", R"({foo!="~bar"})", 'W', kError, R"({foo!="~bar"})"},
    {"foo=~~bar", R"({foo=~"~bar"})", 'W', kError, R"({foo=~"~bar"})"},
    {"tricky=~~~", R"({tricky=~"~~"})", 'W', kError, R"({tricky=~"~~"})"},
    {"foo=a=b", R"({foo="a=b"})", 'W', kError, R"({foo="a=b"})"},
    {R"(foo="a=b")", R"({foo="a=b"})", ' ', R"({foo="a=b"})", R"({foo="a=b"})"},
    {R"(foo="bar,baz")", R"({foo="bar,baz"})", ' ', R"({foo="bar,baz"})", R"({foo="bar,baz"})"},
    {"foo!bar", kError, ' ', kError, kError},
    {"foo<bar", kError, ' ', kError, kError},
    {"=bar", kError, ' ', kError, kError},
    {R"(""=bar)", R"({="bar"})", ' ', R"({="bar"})", kError},
    {R"(foo="bar)", kError, ' ', kError, kError},
    {R"(foo=bar")", kError, ' ', kError, kError},
    {R"(foo="ba"r")", kError, ' ', kError, kError},
    {R"(foo="a\"b")", R"({foo="a\"b"})", ' ', R"({foo="a\"b"})", R"({foo="a\"b"})"},
    {R"(foo=a\"b)", R"({foo="a\"b"})", 'W', kError, R"({foo="a\"b"})"},
    {R"(foo=bar\)", R"({foo="bar\\"})", 'W', kError, R"({foo="bar\\"})"},
    {"foo\n=\nbar\n,\nx=y", R"({foo="bar",x="y"})", ' ', R"({foo="bar",x="y"})",
     R"({foo="bar",x="y"})"},
    {"foo=\"a\nb\"", R"({foo="a\nb"})", 'W', kError, R"({foo="a\nb"})"},
    {R"(foo=~"[")", kError, ' ', kError, kError},
    {R"(trickier==\\=\=\")", R"({trickier="=\\=\\=\""})", 'W', kError, R"({trickier="=\\=\\=\""})"},
    {"foo=bar # c", R"({foo="bar # c"})", 'W', kError, R"({foo="bar # c"})"},
};

TEST(MatcherList, TrickyInputsInTheThreeModes) {
  for (const Row& row : kTable) {
    EXPECT_EQ(Read(row.text, MatcherSyntax::kFallback), row.fallback) << row.text;
    EXPECT_EQ(Read(row.text, MatcherSyntax::kUtf8Strict), row.strict) << row.text;
    EXPECT_EQ(Read(row.text, MatcherSyntax::kClassic), row.classic) << row.text;
    EXPECT_EQ(Warned(row.text), row.warning) << row.text;
  }
}

TEST(MatcherList, WarningNamesTheCanonicalForm) {
  const auto parsed = ParseMatchers("foo=bar baz", MatcherSyntax::kFallback);
  EXPECT_EQ(parsed->warning,
            R"(matchers "foo=bar baz" are not valid in the UTF-8 grammar (8:11: unexpected baz: )"
            R"(expected a comma or close brace) and were read in the classic one; to be clear to )"
            R"(both, write "foo=\"bar baz\"")");
}

std::string ErrorOf(std::string_view text, MatcherSyntax syntax) {
  const auto parsed = ParseMatchers(text, syntax);
  return parsed ? "" : parsed.error().message;
}

TEST(MatcherList, Errors) {
  constexpr auto kStrict = MatcherSyntax::kUtf8Strict;
  EXPECT_EQ(ErrorOf(",", kStrict), "0:1: unexpected ,: expected label name");
  EXPECT_EQ(ErrorOf("{foo=bar", kStrict), "0:8: end of input: expected close brace");
  EXPECT_EQ(ErrorOf("foo!bar", kStrict),
            "3:4: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'");
  EXPECT_EQ(ErrorOf("foo=\"bar", kStrict), "4:8: \"bar: missing end \": expected label value");
  EXPECT_EQ(ErrorOf("{f\u00f6\u00f6=bar}}", kStrict), "9:10: }: expected end of input");
  EXPECT_EQ(ErrorOf("foo=~\"[\"", kStrict),
            "failed to create matcher: error parsing regexp: missing closing ]: `[)$`");
  EXPECT_EQ(ErrorOf("foo=\"\\xff\"", kStrict), "4:10: \"\\xff\": invalid input");
  EXPECT_EQ(ErrorOf("foo bar=x", MatcherSyntax::kFallback), "bad matcher format: foo bar=x");
  EXPECT_EQ(ErrorOf("foo=ba\"r", MatcherSyntax::kClassic),
            "matcher value contains unescaped double quote: ba\"r");
}

std::string ReadOne(std::string_view text, MatcherSyntax syntax) {
  const auto matcher = ParseMatcher(text, syntax);
  return matcher ? matcher->ToString() : matcher.error().message;
}

TEST(SingleMatcher, TakesExactlyOne) {
  constexpr auto kFallback = MatcherSyntax::kFallback;
  constexpr auto kStrict = MatcherSyntax::kUtf8Strict;
  constexpr auto kClassic = MatcherSyntax::kClassic;
  EXPECT_EQ(ReadOne("foo=bar", kFallback), R"(foo="bar")");
  EXPECT_EQ(ReadOne("{foo=bar", kFallback), "unexpected open or close brace: {foo=bar");
  EXPECT_EQ(ReadOne("foo=bar}", kStrict), "unexpected open or close brace: foo=bar}");
  EXPECT_EQ(ReadOne("foo=bar}", kClassic), R"(foo="bar}")");
  EXPECT_EQ(ReadOne("", kStrict), "no matchers");
  EXPECT_EQ(ReadOne("", kFallback), "bad matcher format: ");
  EXPECT_EQ(ReadOne("a=b,c=d", kStrict), "expected 1 matcher, found 2");
  // Nothing splits the classic form.
  EXPECT_EQ(ReadOne("a=b,c=d", kFallback), R"(a="b,c=d")");
  EXPECT_EQ(ReadOne("a=\xFF", kClassic), "matcher value not valid UTF-8: \xFF");
  EXPECT_EQ(ReadOne("a.b=c", kFallback), R"(a.b="c")");
}

TEST(Matcher, EmptyValuesMeanAbsence) {
  const LabelSet without{{"other", "1"}};
  const LabelSet with{{"x", "a"}};
  struct Case {
    std::string_view text;
    bool without;
    bool with;
  };
  const Case cases[] = {
      {R"(x="")", true, false},       {R"(x!="")", false, true},    {R"(x=~"")", true, false},
      {R"(x!~"")", false, true},      {R"(x="a")", false, true},    {R"(x!="a")", true, false},
      {R"(x!="b")", true, true},      {R"(x=~".*")", true, true},   {R"(x=~".+")", false, true},
      {R"(x!~".+")", true, false},    {R"(x=~"a|b")", false, true}, {R"(x!~"a|b")", true, false},
      {R"(x=~"a|")", true, true},     {R"(x=~"A")", false, false},  {R"(x=~"(?i)A")", false, true},
      {R"(x=~"[a-c]")", false, true},
  };
  for (const Case& c : cases) {
    const Matcher matcher = ParseMatcher(c.text, MatcherSyntax::kUtf8Strict).value();
    EXPECT_EQ(matcher.Matches(without), c.without) << c.text;
    EXPECT_EQ(matcher.Matches(with), c.with) << c.text;
  }
}

TEST(Matcher, DotDoesNotMatchNewline) {
  EXPECT_FALSE(Matcher::Create("x", MatchOp::kRegex, "foo.bar")->MatchesValue("foo\nbar"));
  EXPECT_TRUE(Matcher::Create("x", MatchOp::kRegex, "(?s)foo.bar")->MatchesValue("foo\nbar"));
}

TEST(Matcher, RestoredABadOneMatchesNothing) {
  EXPECT_FALSE(Matcher::Restore("x", MatchOp::kRegex, "[")->MatchesValue("["));
  EXPECT_FALSE(Matcher::Restore("x", MatchOp::kNotRegex, "["));
  EXPECT_TRUE(Matcher::Restore("x", MatchOp::kRegex, "[a-c]")->MatchesValue("b"));
  EXPECT_TRUE(Matcher::Restore("x", MatchOp::kNotRegex, "[a-c]")->MatchesValue("d"));
  EXPECT_FALSE(Matcher::Restore("x", MatchOp::kNotEqual, "[")->MatchesValue("["));
}

TEST(Matcher, CanonicalTextQuotesNamesThatNeedIt) {
  EXPECT_EQ(Matcher::Create("a", MatchOp::kNotEqual, "x\\y\"\n\t")->ToString(),
            "a!=\"x\\\\y\\\"\\n\t\"");
  EXPECT_EQ(Matcher::Create("a b", MatchOp::kEqual, "x\t")->ToString(), R"("a b"="x\t")");
  EXPECT_EQ(Matcher::Create("a'b", MatchOp::kEqual, "x")->ToString(), R"("a'b"="x")");
  EXPECT_EQ(Matcher::Create("a\u2003b", MatchOp::kEqual, "x")->ToString(), R"("a\u2003b"="x")");
}

TEST(Matcher, PrintedFormReadsBack) {
  for (const std::string_view name : {"a", "a b", "f\u00f6\u00f6", "a=\"b\""}) {
    for (const std::string_view value : {"", "x", "a\\b\"c\nd", "\u00e9 {}", "'`"}) {
      const Matcher matcher =
          Matcher::Create(std::string(name), MatchOp::kNotEqual, std::string(value)).value();
      EXPECT_EQ(ParseMatcher(matcher.ToString(), MatcherSyntax::kUtf8Strict), matcher)
          << matcher.ToString();
    }
  }
}

TEST(Matcher, OrderIsNameValueOperator) {
  auto parsed = ParseMatchers("b=1,a!~x,a=~x,a!=x,a=x,a=y,a=w", MatcherSyntax::kUtf8Strict);
  std::sort(parsed->matchers.begin(), parsed->matchers.end());
  EXPECT_EQ(ToString(parsed->matchers), R"({a="w",a="x",a!="x",a=~"x",a!~"x",a="y",b="1"})");
}

TEST(Matcher, MatchesAllIsAnd) {
  const auto parsed = ParseMatchers("a=1,b!=2", MatcherSyntax::kFallback);
  EXPECT_TRUE(MatchesAll(parsed->matchers, {{"a", "1"}}));
  EXPECT_FALSE(MatchesAll(parsed->matchers, {{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(MatchesAll({}, {{"a", "1"}}));
}

TEST(LabelNames, FollowTheMode) {
  for (const auto mode : {MatcherSyntax::kFallback, MatcherSyntax::kUtf8Strict}) {
    EXPECT_TRUE(IsValidLabelName("a b.\u00e9", mode));
    EXPECT_FALSE(IsValidLabelName("", mode));
    EXPECT_FALSE(IsValidLabelName("a\xFF", mode));
  }
  EXPECT_TRUE(IsValidLabelName("a_1", MatcherSyntax::kClassic));
  EXPECT_FALSE(IsValidLabelName("a.b", MatcherSyntax::kClassic));
}

// Whatever the bytes, parsing ends without a crash, and what it accepts prints stably.
TEST(MatcherList, AcceptedInputPrintsStably) {
  static constexpr std::string_view kAlphabet[] = {"a", "=", "!",    "~",      "\"", "\\",
                                                   "{", "}", ",",    " ",      "\n", "n",
                                                   "x", "'", "\xFF", "\u00e9", "("};
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (std::uint64_t k = random.Below(12); k > 0; --k) {
      text += kAlphabet[random.Below(std::size(kAlphabet))];
    }
    for (const auto mode : {MatcherSyntax::kFallback, MatcherSyntax::kUtf8Strict}) {
      const std::string printed = Read(text, mode);
      if (printed == kError || !IsValidUtf8(printed)) continue;
      EXPECT_EQ(Read(printed, MatcherSyntax::kUtf8Strict), printed) << GoQuote(text);
    }
  }
}

}  // namespace

}  // namespace tocsin::model
