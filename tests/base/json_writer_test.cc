#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace tocsin {

namespace {

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

std::string JsonNumber(double value) {
  std::string out;
  AppendJsonNumber(value, &out);
  return out;
}

TEST(Json, EscapesStringsAsGoDoes) {
  EXPECT_EQ(JsonString("plain"), R"("plain")");
  EXPECT_EQ(JsonString("\"\\/"), R"("\"\\/")");
  EXPECT_EQ(JsonString("\b\f\n\r\t\v\x01\x7F"), "\"\\b\\f\\n\\r\\t\\u000b\\u0001\x7F\"");
  EXPECT_EQ(JsonString("<a&b>"), R"("\u003ca\u0026b\u003e")");
  EXPECT_EQ(JsonString("\u00e9\u2028\u2029\U0001F642"), "\"\u00e9\\u2028\\u2029\U0001F642\"");
  EXPECT_EQ(JsonString("a\xFF\xC3z"), R"("a\ufffd\ufffdz")");
  EXPECT_EQ(JsonString(std::string_view("\0", 1)), R"("\u0000")");
}

// Several bytes are looked at together.
TEST(Json, SeesWhatNeedsAnEscapeWhereverItStands) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 0x80; ++c) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(c);
        std::string one = JsonString(text.substr(at, 1));
        one = one.substr(1, one.size() - 2);
        ASSERT_EQ(JsonString(text),
                  '"' + std::string(at, 'a') + one + std::string(size - at - 1, 'a') + '"');
      }
    }
  }
  for (std::size_t at = 0; at < 20; ++at) {
    const std::string before(at, 'a');
    EXPECT_EQ(JsonString(before + "\xFFz"), '"' + before + "\\ufffdz\"");
  }
}

TEST(Json, FormatsNumbersAsGoDoes) {
  struct Case {
    double value;
    std::string_view text;
  };
  const Case cases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-12.5, "-12.5"},
      {0.1, "0.1"},
      {100, "100"},
      {1e20, "100000000000000000000"},
      {73786976294838206464.0, "73786976294838210000"},
      {1e21, "1e+21"},
      {1.5e300, "1.5e+300"},
      {1e-6, "0.000001"},
      {1.25e-7, "1.25e-7"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {1795223723.902, "1795223723.902"},
  };
  for (const Case& c : cases) EXPECT_EQ(JsonNumber(c.value), c.text);
}

TEST(JsonWriter, PlacesCommas) {
  std::string out;
  JsonWriter json(&out);
  json.BeginObject().Key("a").Int(-1).Key("b").BeginArray().EndArray().Key("c").BeginArray();
  json.String("x").Double(0.5).Bool(true).Bool(false).Null().Raw("{}");
  json.BeginObject().EndObject().BeginObject().Key("d").String("").EndObject();
  json.EndArray().EndObject();
  EXPECT_EQ(out, R"({"a":-1,"b":[],"c":["x",0.5,true,false,null,{},{},{"d":""}]})");
}

TEST(JsonWriter, ReachesTheEndsOfInt64) {
  std::string out;
  JsonWriter json(&out);
  json.BeginArray().Int(std::numeric_limits<std::int64_t>::min());
  json.Int(std::numeric_limits<std::int64_t>::max()).EndArray();
  EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807]");
}

}  // namespace

}  // namespace tocsin
