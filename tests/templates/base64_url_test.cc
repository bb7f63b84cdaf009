#include "templates/base64_url.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tocsin::templates {
namespace {

Result<std::string> Decode(std::string_view text) {
  std::string out;
  if (Status status = DecodeBase64Url(text, &out); !status) return tl::unexpected(status.error());
  return out;
}

TEST(Base64Url, GoesBothWays) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"\xfb\xff\xbe", "-_--"},
                                                                  {std::string(1, '\0'), "AA=="}};
  for (const auto& [bytes, text] : cases) {
    std::string encoded;
    AppendBase64Url(bytes, &encoded);
    EXPECT_EQ(encoded, text);
    EXPECT_EQ(Decode(text).value_or("?"), bytes) << text;
  }
  EXPECT_EQ(Decode("Zm\r\n9v\n").value_or("?"), "foo");
}

TEST(Base64Url, SaysWhereItIsBroken) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"Zg", 2}, {"Zg=", 3}, {"Z", 1}, {"Z===", 1}, {"+w==", 0}, {"Zg==Zg==", 4}, {"Zm9v=", 4}};
  for (const auto& [text, at] : cases) {
    const Result<std::string> decoded = Decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().message, "illegal base64 data at input byte " + std::to_string(at))
        << text;
  }
}

}  // namespace
}  // namespace tocsin::templates
