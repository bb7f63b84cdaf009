#include "base/excerpt.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin {
namespace {

TEST(Excerpt, CaretStandsUnderThePlace) {
  EXPECT_EQ(Excerpt("{{ foo }}", 4), "    {{ foo }}\n       ^\n");
  EXPECT_EQ(Excerpt("x", 1), "    x\n    ^\n");
  EXPECT_EQ(Excerpt("", 1), "    \n    ^\n");
  EXPECT_EQ(Excerpt("abc", 4), "    abc\n       ^\n");
  EXPECT_EQ(Excerpt("abc", 99), "    abc\n       ^\n");
  EXPECT_EQ(Excerpt("abc", 0), "    abc\n    ^\n");
}

TEST(Excerpt, ColumnsAreBytesButLettersAreShown) {
  EXPECT_EQ(Excerpt("äöü{{x}}", 9), "    äöü{{x}}\n         ^\n");
  EXPECT_EQ(Excerpt("\t\x1b{{x}}\r", 5), "      {{x}} \n        ^\n");
  EXPECT_EQ(Excerpt("\xff{{x}}", 4), "    \xEF\xBF\xBD{{x}}\n       ^\n");
}

TEST(Excerpt, LongLinesAreCutAroundThePlace) {
  const std::string line = std::string(1000, 'a') + "X" + std::string(1000, 'b');
  EXPECT_EQ(Excerpt(line, 1001), "    ..." + std::string(60, 'a') + "X" + std::string(59, 'b') +
                                     "...\n" + std::string(4 + 3 + 60, ' ') + "^\n");
  // Not in the middle of a letter.
  std::string letters;
  for (int i = 0; i < 100; ++i) letters += "ä";
  EXPECT_EQ(Excerpt(letters, 102).find("\xEF\xBF\xBD"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
