#include "api/silence_decoder.h"

#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

constexpr std::string_view kGood =
    R"({"id":"i","comment":"c","createdBy":"me","startsAt":"2026-11-21T01:15:23Z",)"
    R"("endsAt":"2026-11-21T02:15:23.5Z","matchers":[)"
    R"({"name":"a","value":"b","isRegex":false},{"name":"c","value":"d.*","isRegex":true},)"
    R"({"name":"e","value":"","isRegex":false,"isEqual":false},)"
    R"({"name":"f","value":"g","isRegex":true,"isEqual":false}],)"
    R"("annotations":{"k":"v","n":null},"status":{"state":"active"},"updatedAt":7})";

// `text` with `from` replaced.
std::string With(std::string_view from, std::string_view to, std::string_view text = kGood) {
  std::string body(text);
  const std::size_t at = body.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return body.replace(at, from.size(), to);
}

TEST(SilenceDecoder, TakesWhatTheApiDescribes) {
  const auto decoded = DecodeSilence(std::string(kGood));
  ASSERT_TRUE(decoded) << decoded.error().message;
  const model::Silence& silence = decoded->silence;
  EXPECT_EQ(silence.id, "i");
  EXPECT_EQ(silence.comment, "c");
  EXPECT_EQ(silence.created_by, "me");
  EXPECT_EQ(FormatRfc3339Nano(silence.starts_at), "2026-11-21T01:15:23Z");
  EXPECT_EQ(FormatRfc3339Nano(silence.ends_at), "2026-11-21T02:15:23.5Z");
  EXPECT_EQ(silence.annotations, (model::LabelSet{{"k", "v"}, {"n", ""}}));
  std::string matchers;
  for (const model::MatcherText& text : decoded->matchers) {
    matchers += text.name + std::string(model::ToString(text.op)) + text.value + ",";
  }
  EXPECT_EQ(matchers, "a=b,c=~d.*,e!=,f!~g,");
}

TEST(SilenceDecoder, TheCaseOfMembersSaysNothing) {
  const auto decoded = DecodeSilence(With("\"startsAt\"", "\"StartsAt\""));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(FormatRfc3339Nano(decoded->silence.starts_at), "2026-11-21T01:15:23Z");
}

TEST(SilenceDecoder, IdAndAnnotationsMayBeMissing) {
  for (const char* member : {R"("id":"i",)", R"("annotations":{"k":"v","n":null},)"}) {
    EXPECT_TRUE(DecodeSilence(With(member, ""))) << member;
  }
  EXPECT_TRUE(DecodeSilence(With(R"("id":"i")", R"("id":null)")));
  EXPECT_TRUE(DecodeSilence(With(R"({"k":"v","n":null})", "null")));
  EXPECT_TRUE(DecodeSilence(With(R"("isEqual":false)", R"("isEqual":null)")));
}

// Anything that amtool sends for a time that is not set.
TEST(SilenceDecoder, TimesThatAreNotSet) {
  const auto decoded = DecodeSilence(With("2026-11-21T01:15:23Z", "0001-01-01T00:00:00.000Z"));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(IsZero(decoded->silence.starts_at));
  EXPECT_EQ(DecodeSilence(With("2026-11-21T01:15:23Z", ""))->silence.starts_at, Time());
}

TEST(SilenceDecoder, Refuses) {
  struct Case {
    std::string body;
    int code;
    const char* message;
  };
  const Case cases[] = {
      {"", 602, "silence in body is required"},
      {" \n", 602, "silence in body is required"},
      {"null", 602, "comment in body is required"},
      {"{}", 602, "comment in body is required"},
      {With(R"("comment":"c")", R"("comment":null)"), 602, "comment in body is required"},
      {With(R"("endsAt":"2026-11-21T02:15:23.5Z",)", ""), 602, "endsAt in body is required"},
      {With(R"("startsAt":"2026-11-21T01:15:23Z",)", ""), 602, "startsAt in body is required"},
      {With("matchers", "other"), 602, "matchers in body is required"},
      {R"({"comment":"","createdBy":"","endsAt":"","startsAt":"","matchers":[]})", 612,
       "matchers in body should have at least 1 items"},
      {R"({"comment":"","createdBy":"","endsAt":"","startsAt":"","matchers":[null]})", 602,
       "matchers.0.isRegex in body is required"},
      {With(R"("name":"c",)", ""), 602, "matchers.1.name in body is required"},
      {With(R"("value":"",)", ""), 602, "matchers.2.value in body is required"},
      {With(R"({"name":"a","value":"b","isRegex":false})", "{}"), 602,
       "matchers.0.isRegex in body is required"},
      // Only the first problem, in the order of the names.
      {With(R"("startsAt":"2026-11-21T01:15:23Z",)", "", With(R"("name":"c",)", "")), 602,
       "matchers.1.name in body is required"},
      {"[]", 400, "parsing silence body from \"\" failed, because an object is expected"},
      {With(R"("c")", "1"), 400,
       "parsing silence body from \"\" failed, because comment: a string is expected"},
      {With("2026-11-21T01:15:23Z", "now"), 400,
       "parsing silence body from \"\" failed, because startsAt: \"now\" is not a timestamp"},
      {With(R"("isRegex":true)", R"("isRegex":"true")"), 400,
       "parsing silence body from \"\" failed, because matchers.1.isRegex: true or false is "
       "expected"},
      {With(R"("name":"a")", R"("name":[])"), 400,
       "parsing silence body from \"\" failed, because matchers.0.name: a string is expected"},
      {R"({"matchers":{}})", 400,
       "parsing silence body from \"\" failed, because matchers: an array is expected"},
      {R"({"matchers":[1]})", 400,
       "parsing silence body from \"\" failed, because matchers.0: an object is expected"},
      {R"({"annotations":[]})", 400,
       "parsing silence body from \"\" failed, because annotations: an object is expected"},
      {R"({"annotations":{"k":1}})", 400,
       "parsing silence body from \"\" failed, because annotations: a string is expected as value "
       "of \"k\""},
  };
  for (const Case& c : cases) {
    const auto decoded = DecodeSilence(c.body);
    ASSERT_FALSE(decoded) << c.body;
    EXPECT_EQ(decoded.error().code, c.code) << c.body;
    EXPECT_EQ(decoded.error().message, c.message) << c.body;
  }
}

TEST(SilenceDecoder, RefusesWhatIsNoJson) {
  for (const std::string& body :
       {std::string("{"), With("}]", "]"), With("\"c\"", "\"\xFF\""), std::string(5000, '[')}) {
    const auto decoded = DecodeSilence(body);
    ASSERT_FALSE(decoded) << body;
    EXPECT_EQ(decoded.error().code, 400);
    EXPECT_TRUE(
        decoded.error().message.starts_with("parsing silence body from \"\" failed, because "))
        << decoded.error().message;
  }
}

}  // namespace
}  // namespace tocsin::api
