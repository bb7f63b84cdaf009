#include "api/unreadable_json.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::api {
namespace {

TEST(UnreadableJson, IsReplacedInPlace) {
  const struct {
    std::string json, expected;
  } cases[] = {
      {R"({"a":123456789012345678901,"b":-123456789012345678901})",
       R"({"a":0                    ,"b":0                     })"},
      {R"([1e999,-1.5E+400,0.1234567890123456789012])",
       R"([0    ,0        ,0                       ])"},
      {R"(["\ud800","\uDFFF\ud83d\ude00","\ud800\ud83d\ude00","\ud800x\\ud800"])",
       R"(["\ufffd","\ufffd\ud83d\ude00","\ufffd\ud83d\ude00","\ufffdx\\ud800"])"},
  };
  for (const auto& [json, expected] : cases) {
    std::string text = json;
    EXPECT_TRUE(ReplaceUnreadable(&text)) << json;
    EXPECT_EQ(text, expected);
  }
}

TEST(UnreadableJson, LeavesTheRestAlone) {
  for (const std::string json :
       {R"({"a":123456789012345678,"b":"123456789012345678901","c":"1e999 \" \\"})",
        R"(["\ud83d\ude00","\u00e9","é"])", "[1.e9]", "[01]", "[-]", "[.1]", "[1e]", R"("\ud8)",
        R"("\)", R"("\u12g4")", "\"", "-", ""}) {
    std::string text = json;
    EXPECT_FALSE(ReplaceUnreadable(&text)) << json;
    EXPECT_EQ(text, json);
  }
}

}  // namespace
}  // namespace tocsin::api
