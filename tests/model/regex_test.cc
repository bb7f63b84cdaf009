#include "model/regex.h"

#include <gtest/gtest.h>

namespace tocsin::model {

namespace {

using Anchor = Regex::Anchor;

bool Matches(std::string_view pattern, Anchor anchor, std::string_view text) {
  const Result<Regex> regex = Regex::Compile(pattern, anchor);
  if (!regex) {
    ADD_FAILURE() << pattern << ": " << regex.error().message;
    return false;
  }
  return regex->Matches(text);
}

TEST(Regex, Anchors) {
  struct Case {
    std::string_view pattern;
    std::string_view text;
    bool none, full, dot_all;
  };
  const Case cases[] = {
      {"b", "abc", true, false, false},     {"b", "b", true, true, true},
      {"a.c", "a\nc", false, false, true},  {"(?s)a.c", "a\nc", true, true, true},
      {"a|b", "ab", true, false, false},    {"abc$", "abc\n", false, false, false},
      {"(?i)ABC", "abc", true, true, true}, {"", "", true, true, true},
      {"", "a", true, false, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Matches(c.pattern, Anchor::kNone, c.text), c.none) << c.pattern;
    EXPECT_EQ(Matches(c.pattern, Anchor::kFull, c.text), c.full) << c.pattern;
    EXPECT_EQ(Matches(c.pattern, Anchor::kFullDotAll, c.text), c.dot_all) << c.pattern;
  }
}

TEST(Regex, AnchorsArePutAroundAsText) {
  EXPECT_FALSE(Regex::Compile("a)(b", Anchor::kNone));
  EXPECT_TRUE(Matches("a)(b", Anchor::kFull, "ab"));
  EXPECT_TRUE(Matches("a)(b", Anchor::kFullDotAll, "ab"));
}

// Words and prefixes do not run the automaton; `(?:)` keeps a pattern from being recognised as one.
TEST(Regex, ShortcutsAgreeWithTheAutomaton) {
  const std::string_view patterns[] = {
      "foo",
      "foo|bar",
      "|bar",
      "foo|",
      "(foo|bar)",
      "(?:foo|bar)",
      "^(?:foo|bar)$",
      "foo.*",
      "foo.+",
      ".*",
      ".+",
      "",
      "(foo.*)",
      "^(?:foo.*)$",
      "foo|bar.*",
      "(foo)|(bar)",
      "fo+",
      "foo\\.",
      "f.o",
      "^foo",
      "foo$",
      "(a|foo)(bar|b)",
      "(?i)foo",
      "(foo)?",
  };
  const std::string_view texts[] = {"",         "foo", "bar",     "foobar", "xfoo",
                                    "foo\nbar", "FOO", "foo|bar", "foo.",   "afoo\n",
                                    "foo\n",    "\n",  "foob",    "fooo"};
  for (const std::string_view pattern : patterns) {
    for (const Anchor anchor : {Anchor::kFull, Anchor::kFullDotAll}) {
      const std::string plain = "(?:)" + std::string("(?:") + std::string(pattern) + ")";
      for (const std::string_view text : texts) {
        EXPECT_EQ(Matches(pattern, anchor, text), Matches(plain, anchor, text))
            << pattern << " on " << text;
      }
    }
  }
}

TEST(Regex, GoDialect) {
  EXPECT_TRUE(Matches("(?<n>a)b", Anchor::kFull, "ab"));
  EXPECT_TRUE(Matches("(?P<n>a)b", Anchor::kFull, "ab"));
  EXPECT_TRUE(Matches("[(?<n>]+", Anchor::kFull, "(?<n>"));
  EXPECT_TRUE(Matches("[](?<]+", Anchor::kFull, "]<"));
  EXPECT_TRUE(Matches("[[:alpha:](?<]+", Anchor::kFull, "a<"));
  EXPECT_TRUE(Matches("\\Q(?<n>\\C\\E", Anchor::kFull, "(?<n>\\C"));
  EXPECT_TRUE(Matches("\\(?<", Anchor::kFull, "(<"));
  EXPECT_TRUE(Matches("\\pL+", Anchor::kFull, "\u00e9"));
}

TEST(Regex, SaysWhatIsWrong) {
  struct Case {
    std::string_view pattern;
    std::string_view error;
  };
  const Case cases[] = {
      {"(", "error parsing regexp: missing closing ): `^(?:()$`"},
      {"[", "error parsing regexp: missing closing ]: `[)$`"},
      {"a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"},
      {"(?=x)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
      {"a**", "error parsing regexp: invalid nested repetition operator: `**`"},
      {"*", "error parsing regexp: missing argument to repetition operator: `*`"},
      {"\\8", "error parsing regexp: invalid escape sequence: `\\8`"},
      {"\\C", "error parsing regexp: invalid escape sequence: `\\C`"},
      {"[z-a]", "error parsing regexp: invalid character class range: `z-a`"},
  };
  for (const Case& c : cases) {
    const Result<Regex> regex = Regex::Compile(c.pattern, Anchor::kFull);
    ASSERT_FALSE(regex) << c.pattern;
    EXPECT_EQ(regex.error().message, c.error);
  }
  EXPECT_FALSE(Regex::Compile("a\xFF", Anchor::kFull));
  EXPECT_FALSE(Regex::Compile("(?<=a)b", Anchor::kNone));
}

TEST(Regex, CompiledLaterItMatchesAsIfCompiledAtOnce) {
  for (const std::string_view pattern : {"a|b", "b.*", "[a-c]", "(?<n>b)", "(b|c)"}) {
    const Regex later = Regex::CompileLater(pattern, Anchor::kFull);
    EXPECT_EQ(later.pattern(), pattern);
    for (const std::string_view text : {"", "a", "b", "bx", "n"}) {
      EXPECT_EQ(later.Matches(text), Matches(pattern, Anchor::kFull, text)) << pattern << text;
    }
    EXPECT_EQ(later.program_size(), Regex::Compile(pattern, Anchor::kFull)->program_size());
    std::string out;
    EXPECT_EQ(later.ExpandFullMatch("b", "<$0>", &out), Matches(pattern, Anchor::kFull, "b"));
    EXPECT_EQ(out, "<b>") << pattern;
  }
}

TEST(Regex, CompiledLaterABadOneMatchesNothing) {
  const Regex later = Regex::CompileLater("a[", Anchor::kFull);
  EXPECT_FALSE(later.Matches("a["));
  EXPECT_EQ(later.program_size(), 0U);
  std::string out;
  EXPECT_FALSE(later.ExpandFullMatch("a[", "x", &out));
  later.ReplaceAll("a[", "x", 100, &out);
  EXPECT_EQ(out, "a[");
}

TEST(Regex, ReplaceAllExpandsAsGoDoes) {
  struct Case {
    std::string_view pattern;
    std::string_view text;
    std::string_view replacement;
    std::string_view want;
  };
  const Case cases[] = {
      {"a(x*)b", "-ab-axxb-", "T", "-T-T-"},
      {"a(x*)b", "-ab-axxb-", "$1", "--xx-"},
      {"a(x*)b", "-ab-axxb-", "$1W", "---"},  // The group named 1W.
      {"a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"},
      {"(?P<first>[a-z]+) (?<last>[a-z]+)", "ann lee", "$last, ${first}", "lee, ann"},
      {"a", "banana", "$$", "b$n$n$"},
      {"a", "aa", "$0$0", "aaaa"},
      {"a", "a", "$9|${9}|$01|$|${|${}|${a b}|$-", "|||$|${|${}|${a b}|$-"},
      {"x*", "axxb", "-", "-a-b-"},
      {"", "\u00e9\u20ac", "-", "-\u00e9-\u20ac-"},
      {"^", "ab", "-", "-ab"},
      {"\\b", "ab cd", "|", "|ab| |cd|"},
      {"(a)|(b)", "ab", "[$1$2]", "[a][b]"},
      {"z", "abc", "-", "abc"},
      {"z*", "", "-", "-"},
  };
  for (const Case& c : cases) {
    const Result<Regex> regex = Regex::Compile(c.pattern, Anchor::kNone);
    ASSERT_TRUE(regex) << c.pattern;
    std::string replaced = "=";
    regex->ReplaceAll(c.text, c.replacement, 1000, &replaced);
    EXPECT_EQ(replaced, "=" + std::string(c.want))
        << c.pattern << " in " << c.text << " by " << c.replacement;
  }
}

TEST(Regex, ExpandFullMatch) {
  const Regex regex = Regex::Compile("(.*):(\\d+)", Anchor::kFullDotAll).value();
  std::string out = "x";
  EXPECT_TRUE(regex.ExpandFullMatch("host:9100", "$1/$2", &out));
  EXPECT_EQ(out, "xhost/9100");
  EXPECT_FALSE(regex.ExpandFullMatch("host", "$1", &out));
  EXPECT_EQ(out, "xhost/9100");
  const Regex inner = Regex::Compile("b", Anchor::kNone).value();
  EXPECT_FALSE(inner.ExpandFullMatch("abc", "$0", &out));
  const Regex word = Regex::Compile("foo|bar", Anchor::kFullDotAll).value();
  out.clear();
  EXPECT_TRUE(word.ExpandFullMatch("bar", "<$0>", &out));
  EXPECT_EQ(out, "<bar>");
}

TEST(Regex, KeepsThePatternAsGiven) {
  EXPECT_EQ(Regex::Compile("(?<n>a)", Anchor::kFull)->pattern(), "(?<n>a)");
}

}  // namespace

}  // namespace tocsin::model
