#include "base/letter_case.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

std::string Text(void (*append)(std::string_view, std::string*), std::string_view text) {
  std::string out;
  append(text, &out);
  return out;
}

std::string Title(std::string_view text, RestOfWord rest) {
  std::string out;
  AppendTitle(text, rest, &out);
  return out;
}

TEST(LetterCase, UpperAndLowerGoRuneByRune) {
  struct Case {
    std::string text, upper, lower;
  };
  const std::vector<Case> cases = {
      {"", "", ""},
      {"abc Déf", "ABC DÉF", "abc déf"},
      {"ß ŉ ǆ ǅ", "ß ŉ Ǆ Ǆ", "ß ŉ ǆ ǆ"},
      {"α βΓ Σ", "Α ΒΓ Σ", "α βγ σ"},
      {"ÿŸ āĀ ıİ", "ŸŸ ĀĀ Iİ", "ÿÿ āā ıi"},
      {"磁盘 9 👍 \xff", "磁盘 9 👍 \uFFFD", "磁盘 9 👍 \uFFFD"},
      {"ꮿ𐐨", "Ꮿ𐐀", "ꮿ𐐨"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Text(AppendUpper, c.text), c.upper) << c.text;
    EXPECT_EQ(Text(AppendLower, c.text), c.lower) << c.text;
  }
}

TEST(LetterCase, TitleFollowsWords) {
  struct Case {
    std::string text, keep, lower;
  };
  const std::vector<Case> cases = {
      {"", "", ""},
      {"HTTP server DOWN", "HTTP Server DOWN", "Http Server Down"},
      {"it's o'neil can’t", "It's O'neil Can’t", "It's O'neil Can’t"},
      {"a' b", "A' B", "A' B"},
      {"foo(bar)baz a-b_c.d x:y", "Foo(Bar)Baz A-B_c.d X:y", "Foo(Bar)Baz A-B_c.d X:y"},
      {"1st a1b", "1St A1b", "1St A1b"},
      {"ß straße ﬁsh ŉ", "Ss Straße Fish ʼN", "Ss Straße Fish ʼN"},
      {"ǆungla Ǆ", "ǅungla ǅ", "ǅungla ǅ"},
      {"日本x 日本", "日本X 日本", "日本X 日本"},
      {"ΟΔΟΣ ΣΑΣ", "ΟΔΟΣ ΣΑΣ", "Οδος Σας"},
      {"XİX", "XİX", "Xi̇x"},
      {"e\u0301A", "E\u0301A", "E\u0301a"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Title(c.text, RestOfWord::kKeep), c.keep) << c.text;
    EXPECT_EQ(Title(c.text, RestOfWord::kLower), c.lower) << c.text;
  }
}

}  // namespace
}  // namespace tocsin
