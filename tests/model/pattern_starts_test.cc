#include "model/pattern_starts.h"

#include "base/random.h"
#include "model/regex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tocsin::model {

namespace {

using testing::ElementsAreArray;
using Texts = std::vector<std::string>;

TEST(PatternStarts, WholeTexts) {
  const std::pair<const char*, Texts> cases[] = {
      {"", {""}},
      {"foo", {"foo"}},
      {"foo|bar", {"bar", "foo"}},
      {"foo|foo", {"foo"}},
      {"foo|", {"", "foo"}},
      {"(foo)|(?:bar)", {"bar", "foo"}},
      {"^(?:foo|bar)$", {"bar", "foo"}},
      {"\\Afoo\\z", {"foo"}},
      {"host-(a|b)[.]example\\.org", {"host-a.example.org", "host-b.example.org"}},
      {"colou?r", {"color", "colour"}},
      {"colou??r", {"color", "colour"}},
      {"(web|db)[1-3]", {"db1", "db2", "db3", "web1", "web2", "web3"}},
      {"a[-b]", {"a-", "ab"}},
      {"a[b-]", {"a-", "ab"}},
      {"a[\\]]", {"a]"}},
      {"a[]]", {"a]"}},
      {"(?P<x>a)(?<y>b)", {"ab"}},
      {"(?s)a(?m:b)(?U)", {"ab"}},
      {"\xC3\xA4|\xE2\x82\xAC?", {"", "\xC3\xA4", "\xE2\x82\xAC"}},
      {"{a}", {"{a}"}},
  };
  for (const auto& [pattern, texts] : cases) {
    const PatternStarts starts = FindPatternStarts(pattern);
    EXPECT_TRUE(starts.whole) << pattern;
    EXPECT_THAT(starts.texts, ElementsAreArray(texts)) << pattern;
  }
}

TEST(PatternStarts, Beginnings) {
  const std::pair<const char*, Texts> cases[] = {
      {"host-0[0-9].*",
       {"host-00", "host-01", "host-02", "host-03", "host-04", "host-05", "host-06", "host-07",
        "host-08", "host-09"}},
      {"foo.*", {"foo"}},
      {"foo.+|bar", {"bar", "foo"}},
      {"(web|db)-.*", {"db-", "web-"}},
      {"foo+", {"foo"}},
      {"foo*", {"fo"}},
      {"foo{2}", {"fo"}},
      {"foo{", {"fo"}},
      {"foo\\d", {"foo"}},
      {"foo[^a]", {"foo"}},
      {"foo[[:digit:]]", {"foo"}},
      {"foo[\\d]", {"foo"}},
      {"foo[\xC3\xA4]", {"foo"}},
      {"foo[a-z]bar", {"foo"}},
      {"(foo.*)?", {""}},
      {"foo(bar.*)?baz", {"foo"}},
  };
  for (const auto& [pattern, texts] : cases) {
    ASSERT_TRUE(Regex::Compile(pattern, Regex::Anchor::kFull)) << pattern;
    const PatternStarts starts = FindPatternStarts(pattern);
    EXPECT_FALSE(starts.whole) << pattern;
    EXPECT_THAT(starts.texts, ElementsAreArray(texts)) << pattern;
  }
}

TEST(PatternStarts, NothingIsKnown) {
  const std::string deep = std::string(5000, '(') + "a" + std::string(5000, ')');
  std::string wide = "w0";
  for (int i = 1; i < 1000; ++i) wide += "|w" + std::to_string(i);
  const std::string_view patterns[] = {".*",        ".*foo",  "(?i)foo",   "(?i:foo)",   "(?-s)foo",
                                       "\\Qa.b\\E", "\\x61",  "\\pL",      "\\p{Greek}", "\\061",
                                       "a)|(b",     "a)(b",   "x*",        "[a-z]+",     deep,
                                       wide,        "foo|.*", "foo|(?i)b", "\\tfoo"};
  for (const std::string_view pattern : patterns) {
    ASSERT_TRUE(Regex::Compile(pattern, Regex::Anchor::kFull)) << pattern;
    const PatternStarts starts = FindPatternStarts(pattern);
    EXPECT_FALSE(starts.whole) << pattern;
    EXPECT_THAT(starts.texts, ElementsAreArray({""})) << pattern.substr(0, 30);
  }
}

TEST(PatternStarts, LongPatternsStaySmall) {
  std::string doubling;
  for (int i = 0; i < 1000; ++i) doubling += "(a|b)";
  EXPECT_EQ(FindPatternStarts(doubling).texts.size(), 256U);
  EXPECT_FALSE(FindPatternStarts(doubling).whole);
  const PatternStarts word = FindPatternStarts(std::string(100'000, 'x'));
  EXPECT_FALSE(word.whole);
  EXPECT_EQ(word.texts.front().size(), 16384U);
}

// Patterns put together at random from what means something, and texts of the same few letters.
class Fuzz {
 public:
  explicit Fuzz(std::uint64_t seed) : random_(seed) {}

  std::string Pattern() {
    static constexpr std::string_view kPieces[] = {"a",
                                                   "b",
                                                   "ab",
                                                   "-",
                                                   ".",
                                                   "|",
                                                   "(",
                                                   ")",
                                                   "(?:",
                                                   "(?i)",
                                                   "(?i:",
                                                   "(?s)",
                                                   "*",
                                                   "+",
                                                   "?",
                                                   "{2}",
                                                   "{1,2}",
                                                   "{",
                                                   "}",
                                                   "[ab]",
                                                   "[^a]",
                                                   "[a-c]",
                                                   "[.]",
                                                   "[a-]",
                                                   "[]a]",
                                                   "\\.",
                                                   "\\-",
                                                   "^",
                                                   "$",
                                                   "\\b",
                                                   "\\B",
                                                   "\\d",
                                                   "\\w",
                                                   "\\Qa|\\E",
                                                   "A",
                                                   "B",
                                                   "\\x61",
                                                   "\\pL",
                                                   "[[:alpha:]]",
                                                   ".*",
                                                   "\xC3\xA4",
                                                   "[\xC3\xA4"
                                                   "b]",
                                                   "\\A",
                                                   "\\z",
                                                   "(?m)",
                                                   "(?P<n>",
                                                   "(?U)",
                                                   "[\\]a]",
                                                   "[\\w-]",
                                                   "a|b|",
                                                   "??",
                                                   "(?-i)",
                                                   "\\C",
                                                   "{,2}"};
    std::string pattern;
    const std::uint64_t count = 1 + random_.Below(8);
    for (std::uint64_t i = 0; i < count; ++i) pattern += kPieces[random_.Below(std::size(kPieces))];
    return pattern;
  }

  std::string Text() {
    static constexpr std::string_view kLetters[] = {"a", "b", "A", "B", "-", ".",        "\n", "c",
                                                    "]", "|", "{", "2", "}", "\xC3\xA4", "1"};
    std::string text;
    const std::uint64_t count = random_.Below(6);
    for (std::uint64_t i = 0; i < count; ++i) text += kLetters[random_.Below(std::size(kLetters))];
    return text;
  }

 private:
  Random random_;
};

TEST(PatternStarts, NeverMissesAMatch) {
  Fuzz fuzz(1);
  int known = 0, matches = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::string pattern = fuzz.Pattern();
    const auto regex = Regex::Compile(pattern, Regex::Anchor::kFull);
    if (!regex) continue;
    const PatternStarts starts = FindPatternStarts(pattern);
    known += starts.whole || !starts.texts.front().empty() ? 1 : 0;
    for (int j = 0; j < 20; ++j) {
      const std::string text = fuzz.Text();
      if (!regex->Matches(text)) continue;
      ++matches;
      const bool allowed =
          std::any_of(starts.texts.begin(), starts.texts.end(), [&](const std::string& start) {
            return starts.whole ? text == start : text.starts_with(start);
          });
      ASSERT_TRUE(allowed) << pattern << " matches " << text;
    }
  }
  // Otherwise the test shows nothing.
  EXPECT_GT(known, 3000);
  EXPECT_GT(matches, 10'000);
}

}  // namespace

}  // namespace tocsin::model
