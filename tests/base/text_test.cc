#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {

namespace {

using testing::ElementsAre;

TEST(Utf8, DecodesRunes) {
  struct Case {
    std::string_view text;
    char32_t value;
    std::size_t size;
  };
  const Case cases[] = {
      {"a", 'a', 1},
      {"\u00e9x", 0xE9, 2},
      {"\u20acx", 0x20AC, 3},
      {"\U0001F642x", 0x1F642, 4},
      {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
      {"\xEF\xBF\xBD", kReplacementRune, 3},
      {"\x80", kReplacementRune, 1},              // A lone continuation.
      {"\xC0\x80", kReplacementRune, 1},          // Overlong forms.
      {"\xE0\x80\x80", kReplacementRune, 1},      //
      {"\xF0\x80\x80\x80", kReplacementRune, 1},  //
      {"\xED\xA0\x80", kReplacementRune, 1},      // A surrogate.
      {"\xF4\x90\x80\x80", kReplacementRune, 1},  // Beyond U+10FFFF.
      {"\xE2\x82", kReplacementRune, 1},          // Cut off.
      {"\xE2\x82x", kReplacementRune, 1},
      {"\xFF", kReplacementRune, 1},
  };
  for (const Case& c : cases) {
    const Rune rune = DecodeRune(c.text);
    EXPECT_EQ(rune.value, c.value) << GoQuote(c.text);
    EXPECT_EQ(rune.size, c.size) << GoQuote(c.text);
    EXPECT_EQ(IsValidUtf8(c.text.substr(0, rune.size)), c.value != kReplacementRune || c.size == 3);
  }
}

TEST(Utf8, AppendedRunesDecodeToThemselves) {
  for (char32_t rune = 0; rune <= 0x10FFFF; rune += rune < 0x1000 ? 1 : 97) {
    if (rune >= 0xD800 && rune <= 0xDFFF) continue;
    std::string text;
    AppendRune(rune, &text);
    ASSERT_EQ(DecodeRune(text).value, rune);
    ASSERT_EQ(DecodeRune(text).size, text.size());
  }
  std::string text;
  AppendRune(0xD800, &text);
  AppendRune(0x110000, &text);
  EXPECT_EQ(text, "\uFFFD\uFFFD");
}

TEST(Utf8, BrokenBytesBecomeOneReplacementEach) {
  EXPECT_EQ(ToValidUtf8("a\xFF\xE2\x82z\u00e9"), "a\uFFFD\uFFFD\uFFFDz\u00e9");
  EXPECT_TRUE(IsValidUtf8("a\u00e9\u20ac"));
  EXPECT_FALSE(IsValidUtf8("a\xFF"));
  EXPECT_EQ(RuneCount("a\u00e9\xFF\U0001F642"), 4u);
  EXPECT_EQ(RuneCount(""), 0u);
}

TEST(Truncate, Runes) {
  EXPECT_EQ(TruncateRunes("h\u00e9llo", 5), "h\u00e9llo");
  EXPECT_EQ(TruncateRunes("h\u00e9llo", 4), "h\u00e9l\u2026");
  EXPECT_EQ(TruncateRunes("h\u00e9llo", 3), "h\u00e9l");
  EXPECT_EQ(TruncateRunes("h\u00e9llo", 0), "");
}

TEST(Truncate, Bytes) {
  EXPECT_EQ(TruncateBytes("h\u00e9llo", 6), "h\u00e9llo");
  EXPECT_EQ(TruncateBytes("h\u00e9llo", 5), "h\u2026");  // The second rune would be cut.
  EXPECT_EQ(TruncateBytes("hello!", 5), "he\u2026");
  EXPECT_EQ(TruncateBytes("hello", 3), "\u2026");
  EXPECT_EQ(TruncateBytes("hello", 2), "..");
  EXPECT_EQ(TruncateBytes("hello", 0), "");
}

TEST(Unicode, Printable) {
  for (const char32_t rune : {U' ', U'a', U'~', U'\u00e9', U'\u0301', U'\u20ac', U'\U0001F642'}) {
    EXPECT_TRUE(IsPrintable(rune)) << std::hex << static_cast<std::uint32_t>(rune);
  }
  // Controls, other spaces, format characters, private use, unassigned, surrogates.
  for (const std::uint32_t rune : {0x0u, 0x1Fu, 0x7Fu, 0x85u, 0xA0u, 0xADu, 0x2028u, 0x200Bu,
                                   0xE000u, 0x378u, 0xD800u, 0x10FFFFu, 0x110000u}) {
    EXPECT_FALSE(IsPrintable(rune)) << std::hex << rune;
  }
}

TEST(Unicode, Space) {
  for (const char32_t rune : {U'\t', U'\v', U' ', U'\u00a0', U'\u1680', U'\u2003', U'\u3000'}) {
    EXPECT_TRUE(IsSpace(rune)) << std::hex << static_cast<std::uint32_t>(rune);
  }
  EXPECT_FALSE(IsSpace('a'));
  EXPECT_FALSE(IsSpace(0x200B));
}

TEST(Text, TrimsSpaceAtBothEnds) {
  EXPECT_EQ(TrimSpace(" \t\na b\u00a0\u3000"), "a b");
  EXPECT_EQ(TrimSpace("\u2003"), "");
  EXPECT_EQ(TrimSpace(""), "");
  EXPECT_EQ(TrimSpace("\u00e9"), "\u00e9");
  EXPECT_EQ(TrimSpace("a\xA0"), "a\xA0");  // Half of a no-break space is no space.
}

TEST(Text, SplitsAtEachSeparator) {
  EXPECT_THAT(Split("a,b,,c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(Split("", ','), ElementsAre(""));
  EXPECT_THAT(Split(",", ','), ElementsAre("", ""));
}

TEST(Text, EqualIgnoringCase) {
  EXPECT_TRUE(EqualIgnoringCase("", ""));
  EXPECT_TRUE(EqualIgnoringCase("startsAt", "STARTSat"));
  EXPECT_FALSE(EqualIgnoringCase("a", "ab"));
  EXPECT_FALSE(EqualIgnoringCase("@[", "`{"));
  EXPECT_FALSE(EqualIgnoringCase("\u00c9", "\u00e9"));
}

TEST(Text, AsciiLower) {
  EXPECT_EQ(AsciiLower("AbZ-9\u00c9"), "abz-9\u00c9");
}

TEST(Text, NearestWord) {
  const std::vector<std::string_view> known = {"expr", "for", "labels", "annotations", "record"};
  EXPECT_EQ(NearestWord("annotation", known), "annotations");
  EXPECT_EQ(NearestWord("lables", known), "labels");
  EXPECT_EQ(NearestWord("fro", known), "for");
  EXPECT_EQ(NearestWord("recrod", known), "record");
  EXPECT_EQ(NearestWord("interval", known), "");
  EXPECT_EQ(NearestWord("", known), "");
  EXPECT_EQ(NearestWord("expr", {}), "");
}

}  // namespace

}  // namespace tocsin
