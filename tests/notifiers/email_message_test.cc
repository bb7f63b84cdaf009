#include "notifiers/email_message.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::notifiers {
namespace {

// What a mail program shows for a field without encoded words: folding undone.
std::string Unfold(std::string text) {
  for (std::size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n")) {
    text.erase(at, 2);
  }
  return text;
}

std::size_t LongestLine(std::string_view text) {
  std::size_t longest = 0;
  for (std::string_view line : Split(text, '\n')) longest = std::max(longest, line.size());
  return longest;
}

TEST(EmailMessage, EncodesHeaders) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"plain", "Subject: plain\r\n"},
      {"", "Subject: \r\n"},
      {"[FIRING:1] X ", "Subject: [FIRING:1] X \r\n"},
      {"tab\there", "Subject: tab\there\r\n"},
      {"a\nb: c", "Subject: =?utf-8?q?a=0Ab:_c?=\r\n"},
      {"a\r\nBcc: x@y.z", "Subject: =?utf-8?q?a=0D=0ABcc:_x@y.z?=\r\n"},
      {"é=?_", "Subject: =?utf-8?q?=C3=A9=3D=3F=5F?=\r\n"},
      {"\xff", "Subject: =?utf-8?q?=FF?=\r\n"},
  };
  for (const auto& [value, field] : cases) EXPECT_EQ(EncodeHeader("Subject", value), field);
  EXPECT_TRUE(EncodeHeader("Subject", "[FIRING:1] 높은 부하")
                  .starts_with("Subject: =?utf-8?q?[FIRING:1]_=EB=86=92=EC=9D=80_"));
}

TEST(EmailMessage, FoldsLongHeadersWhereThereIsSpace) {
  std::string value = "first";
  for (int i = 0; i < 40; ++i) value += " word" + std::to_string(i);
  value += "  ";
  const std::string field = EncodeHeader("Subject", value);
  EXPECT_LE(LongestLine(field), 79U);  // With the CR.
  EXPECT_EQ(Unfold(field), "Subject: " + value);
  EXPECT_EQ(field.find("\r\n \r\n"), std::string::npos);

  const std::string word(100, 'x');
  EXPECT_EQ(EncodeHeader("Subject", word), "Subject: " + word + "\r\n");
  const std::string folded_behind = EncodeHeader("Subject", "a " + word + " b");
  EXPECT_EQ(folded_behind, "Subject: a\r\n " + word + "\r\n b\r\n");
}

TEST(EmailMessage, EncodesWhatCannotBeFolded) {
  const std::string field = EncodeHeader("Subject", std::string(2000, 'x'));
  EXPECT_LE(LongestLine(field), 79U);
  EXPECT_TRUE(field.starts_with("Subject: =?utf-8?q?xxx"));
}

TEST(EmailMessage, EncodedWordsAreShortAndHoldWholeRunes) {
  std::string value;
  for (int i = 0; i < 100; ++i) value += "높은";
  const std::string field = EncodeHeader("Subject", value);
  EXPECT_LE(LongestLine(field), 77U);
  std::size_t runes = 0;
  for (std::string_view word : Split(std::string_view(field).substr(9), ' ')) {
    word = TrimSpace(word);
    EXPECT_LE(word.size(), 75U);
    ASSERT_TRUE(word.starts_with("=?utf-8?q?") && word.ends_with("?=")) << word;
    EXPECT_EQ((word.size() - 12) % 9, 0U) << word;
    runes += (word.size() - 12) / 9;
  }
  EXPECT_EQ(runes, 200U);
}

TEST(EmailMessage, EncodesOnlyTheNamesOfPeople) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Ann <a@b.c>, d@e.f", "To: Ann <a@b.c>, d@e.f\r\n"},
      {"Änn <a@b.c>, d@e.f, \"Doe, J\" <j@k.l>",
       "To: =?utf-8?q?=C3=84nn?= <a@b.c>, d@e.f, \"Doe, J\" <j@k.l>\r\n"},
      {"Ä, (x) <a@b.c>", "To: =?utf-8?q?=C3=84,_(x)_<a@b.c>?=\r\n"},  // No addresses: all of it.
      {"ä@b.c", "To: ä@b.c\r\n"},
      {"a@b.c\nBcc: x@y.z", "To: =?utf-8?q?a@b.c=0ABcc:_x@y.z?=\r\n"},
  };
  for (const auto& [value, field] : cases) EXPECT_EQ(EncodeAddressHeader("To", value), field);
  EXPECT_TRUE(HoldsAddresses("Reply-To"));
  EXPECT_FALSE(HoldsAddresses("Subject"));
}

TEST(EmailMessage, QuotedPrintable) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"plain text\n", "plain text\r\n"},
      {"a\r\nb\n\nc", "a\r\nb\r\n\r\nc"},
      {"한글 = test", "=ED=95=9C=EA=B8=80 =3D test"},
      {"trailing \nand\t", "trailing=20\r\nand=09"},
      {"cr\ralone\x01", "cr=0Dalone=01"},
      {std::string(80, 'x'), std::string(75, 'x') + "=\r\n" + std::string(5, 'x')},
      {std::string(74, 'x') + "é", std::string(74, 'x') + "=\r\n=C3=A9"},
      {".dot", ".dot"},
  };
  for (const auto& [text, encoded] : cases) EXPECT_EQ(QuotedPrintable(text), encoded);
}

TEST(EmailMessage, BuildsAlternatives) {
  EXPECT_EQ(
      BuildMail({.headers = "To: a@b.c\r\n", .text = "T\n", .html = "<p>H</p>", .boundary = "B"}),
      "To: a@b.c\r\n"
      "Content-Type: multipart/alternative;\r\n boundary=B\r\n"
      "MIME-Version: 1.0\r\n"
      "\r\n"
      "--B\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n"
      "Content-Type: text/plain; charset=UTF-8\r\n"
      "\r\n"
      "T\r\n"
      "\r\n--B\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n"
      "Content-Type: text/html; charset=UTF-8\r\n"
      "\r\n"
      "<p>H</p>"
      "\r\n--B--\r\n");
  const std::string html_only =
      BuildMail({.headers = "", .text = "", .html = "H", .boundary = "B"});
  EXPECT_EQ(html_only.find("text/plain"), std::string::npos);
  EXPECT_NE(html_only.find("\r\n\r\n--B\r\nContent-Transfer-Encoding"), std::string::npos);
  const std::string neither = BuildMail({.headers = "", .text = "", .html = "", .boundary = "B"});
  EXPECT_TRUE(neither.ends_with("MIME-Version: 1.0\r\n\r\n\r\n--B--\r\n"));
}

}  // namespace
}  // namespace tocsin::notifiers
