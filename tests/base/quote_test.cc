#include "base/text.h"

#include <gtest/gtest.h>

namespace tocsin {

namespace {

TEST(GoQuote, EscapesAsGoDoes) {
  struct Case {
    std::string text;
    std::string_view quoted;
  };
  const Case cases[] = {
      {"", R"("")"},
      {"plain text", R"("plain text")"},
      {"\a\b\f\n\r\t\v", R"("\a\b\f\n\r\t\v")"},
      {"\"\\'`", R"("\"\\'`")"},
      {std::string("\0\x1F\x7F", 3), R"("\x00\x1f\x7f")"},
      {"\u00e9\u65e5\U0001F642", "\"\u00e9\u65e5\U0001F642\""},
      {"\u00a0\u2028\ufeff", R"("\u00a0\u2028\ufeff")"},
      {"\U000E0001", R"("\U000e0001")"},
      {"a\xFF\xC3(", R"("a\xff\xc3(")"},
      {"\uFFFD", "\"\uFFFD\""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(GoQuote(c.text), c.quoted);
    const Result<std::string> back = GoUnquoteBody(c.quoted.substr(1, c.quoted.size() - 2));
    ASSERT_TRUE(back) << c.quoted;
    EXPECT_EQ(*back, c.text);
  }
}

TEST(GoUnquote, Escapes) {
  EXPECT_EQ(GoUnquoteBody(R"(\x41\101\u00e9\U0001F642)").value(), "AA\u00e9\U0001F642");
  EXPECT_EQ(GoUnquoteBody(R"(\xff\377)").value(), "\xFF\xFF");
  EXPECT_EQ(GoUnquoteBody("a\xFF").value(), "a\uFFFD");
}

TEST(GoUnquote, Refuses) {
  for (const std::string_view body :
       {R"(\q)", R"(\')", R"(\)", R"(\x4)", R"(\xg0)", R"(\18)", R"(\400)", R"(\u12)", R"(\ud800)",
        R"(\U00110000)", "a\nb", "a\"b"}) {
    EXPECT_FALSE(GoUnquoteBody(body)) << body;
  }
}

TEST(QueryEscape, EscapesAndBack) {
  struct Case {
    std::string_view text;
    std::string_view escaped;
  };
  const Case cases[] = {
      {"", ""},
      {"aZ09-_.~", "aZ09-_.~"},
      {"a b+c", "a+b%2Bc"},
      {"{a=\"\u00e9\"}&/?", "%7Ba%3D%22%C3%A9%22%7D%26%2F%3F"},
      {"100%\xFF", "100%25%FF"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(QueryEscape(c.text), c.escaped);
    EXPECT_EQ(QueryUnescape(c.escaped).value(), c.text);
  }
}

TEST(QueryUnescape, IsLenientAboutRawBytesOnly) {
  EXPECT_EQ(QueryUnescape("a=\"{b}\"%3d").value(), "a=\"{b}\"=");
  for (const std::string_view text : {"%", "a%2", "%zz"}) EXPECT_FALSE(QueryUnescape(text));
  EXPECT_EQ(QueryUnescape("x%zzy").error().message, "invalid URL escape \"%zz\"");
}

}  // namespace

}  // namespace tocsin
