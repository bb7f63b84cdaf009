#include "base/invalid_utf8.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin {
namespace {

TEST(InvalidUtf8Test, MarksWhatIsInvalidAndNothingElse) {
  std::string text = "caf\xC3\xA9 \xFF\xFE x\xC3";
  const InvalidUtf8Marks marks = InvalidUtf8Marks::MarkIn(&text);
  EXPECT_TRUE(IsValidUtf8(text));
  EXPECT_TRUE(marks.IsMarked(text));
  EXPECT_FALSE(marks.IsMarked("caf\xC3\xA9"));
  EXPECT_EQ(marks.Shown(text), "caf\xC3\xA9 \xEF\xBF\xBD\xEF\xBF\xBD x\xEF\xBF\xBD");
}

TEST(InvalidUtf8Test, AReplacementRuneThatWasSentIsValid) {
  std::string text = "\xEF\xBF\xBD|\xFF";
  const InvalidUtf8Marks marks = InvalidUtf8Marks::MarkIn(&text);
  EXPECT_FALSE(marks.IsMarked("\xEF\xBF\xBD"));
  EXPECT_TRUE(marks.IsMarked(text.substr(4)));
}

TEST(InvalidUtf8Test, AvoidsMarksThatTheTextContains) {
  std::string text = "\xEF\xB7\x90|\xEF\xB7\x91|\xFF";  // U+FDD0, U+FDD1.
  const InvalidUtf8Marks marks = InvalidUtf8Marks::MarkIn(&text);
  EXPECT_FALSE(marks.IsMarked("\xEF\xB7\x90|\xEF\xB7\x91"));
  EXPECT_EQ(marks.Shown(text), "\xEF\xB7\x90|\xEF\xB7\x91|\xEF\xBF\xBD");
}

TEST(InvalidUtf8Test, WithoutMarksEverythingIsFine) {
  const InvalidUtf8Marks none;
  EXPECT_FALSE(none.IsMarked("\xFF"));
  EXPECT_EQ(none.Shown("abc"), "abc");
}

}  // namespace
}  // namespace tocsin
