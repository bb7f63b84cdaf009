#include "api/alert_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::api {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Time kNow = *ParseRfc3339("2026-11-21T01:15:23.902Z");

AlertDecodeOptions Options() {
  AlertDecodeOptions options;
  options.now = kNow;
  options.resolve_timeout = minutes(5);
  return options;
}

DecodedAlerts Decode(std::string body, const AlertDecodeOptions& options = Options()) {
  auto decoded = DecodeAlerts(std::move(body), options);
  if (!decoded) {
    ADD_FAILURE() << decoded.error().code << ": " << decoded.error().message;
    return {};
  }
  return std::move(*decoded);
}

BodyError Refused(std::string body) {
  auto decoded = DecodeAlerts(std::move(body), Options());
  if (!decoded) return decoded.error();
  ADD_FAILURE() << "was not refused";
  return {0, ""};
}

using Errors = std::vector<std::string>;

TEST(AlertDecoderTest, TakesAnAlertAsPrometheusSendsIt) {
  const DecodedAlerts decoded = Decode(
      R"([{"annotations":{"summary":"S","empty":""},"endsAt":"2026-11-21T01:19:23.882123456Z",)"
      R"("startsAt":"2026-11-21T02:15:23.882+01:00","generatorURL":"http://p/graph?g0.expr=up",)"
      R"("labels":{"severity":"critical","alertname":"A","none":""},"other":[{"x":1}]}])");
  ASSERT_EQ(decoded.alerts.size(), 1u);
  const model::Alert& alert = *decoded.alerts[0];
  EXPECT_EQ(alert.labels, (model::LabelSet{{"alertname", "A"}, {"severity", "critical"}}));
  EXPECT_EQ(alert.annotations, (model::LabelSet{{"empty", ""}, {"summary", "S"}}));
  EXPECT_EQ(FormatRfc3339Nano(alert.starts_at), "2026-11-21T01:15:23.882Z");
  EXPECT_EQ(FormatRfc3339Nano(alert.ends_at), "2026-11-21T01:19:23.882123456Z");
  EXPECT_EQ(alert.updated_at, kNow);
  EXPECT_EQ(alert.generator_url, "http://p/graph?g0.expr=up");
  EXPECT_FALSE(alert.timeout);
  EXPECT_EQ(decoded.firing, 1u);
  EXPECT_EQ(decoded.resolved, 0u);
  EXPECT_EQ(decoded.invalid, 0u);
}

TEST(AlertDecoderTest, TheCaseOfMembersSaysNothing) {
  const DecodedAlerts decoded = Decode(
      R"([{"Annotations":{"summary":"S"},"EndsAt":"2026-11-21T01:19:23Z",)"
      R"("STARTSAT":"2026-11-21T01:15:23Z","generatorUrl":"http://p","Labels":{"Job":"J"}}])");
  ASSERT_EQ(decoded.alerts.size(), 1u);
  const model::Alert& alert = *decoded.alerts[0];
  EXPECT_EQ(alert.labels, (model::LabelSet{{"Job", "J"}}));
  EXPECT_EQ(alert.annotations, (model::LabelSet{{"summary", "S"}}));
  EXPECT_EQ(FormatRfc3339Nano(alert.starts_at), "2026-11-21T01:15:23Z");
  EXPECT_EQ(FormatRfc3339Nano(alert.ends_at), "2026-11-21T01:19:23Z");
  EXPECT_EQ(alert.generator_url, "http://p");
}

TEST(AlertDecoderTest, FillsInTimes) {
  const std::string past = "2026-11-21T01:00:00Z";
  const std::string future = "2026-11-21T02:00:00Z";
  const Time past_time = *ParseRfc3339(past);
  const Time future_time = *ParseRfc3339(future);
  const struct {
    std::string members;
    Time starts_at, ends_at;
    bool timeout;
  } cases[] = {
      {"", kNow, kNow + minutes(5), true},
      {R"(,"startsAt":null,"endsAt":null)", kNow, kNow + minutes(5), true},
      {R"(,"startsAt":"0001-01-01T00:00:00.000Z","endsAt":"0001-01-01T00:00:00.000Z")", kNow,
       kNow + minutes(5), true},
      {R"(,"startsAt":")" + past + '"', past_time, kNow + minutes(5), true},
      {R"(,"endsAt":")" + past + '"', past_time, past_time, false},
      {R"(,"endsAt":")" + future + '"', future_time, future_time, false},
      {R"(,"startsAt":")" + past + R"(","endsAt":")" + future + '"', past_time, future_time, false},
      // An empty text is the epoch, not "unset".
      {R"(,"startsAt":"","endsAt":")" + future + '"', Time{}, future_time, false},
      {R"(,"startsAt":"2026-11-21","endsAt":"2026-11-21 02:00:00")",
       *ParseRfc3339("2026-11-21T00:00:00Z"), future_time, false},
  };
  for (const auto& c : cases) {
    const DecodedAlerts decoded = Decode(R"([{"labels":{"a":"b"})" + c.members + "}]");
    ASSERT_EQ(decoded.alerts.size(), 1u) << c.members;
    EXPECT_EQ(decoded.alerts[0]->starts_at, c.starts_at) << c.members;
    EXPECT_EQ(decoded.alerts[0]->ends_at, c.ends_at) << c.members;
    EXPECT_EQ(decoded.alerts[0]->timeout, c.timeout) << c.members;
  }
}

TEST(AlertDecoderTest, CountsFiringAndResolved) {
  const DecodedAlerts decoded =
      Decode(R"([{"labels":{"a":"1"}},{"labels":{"a":"2"},"endsAt":"2026-11-21T01:15:23.902Z"},)"
             R"({"labels":{"a":"3"},"endsAt":"2020-01-01"},{"labels":{}}])");
  EXPECT_EQ(decoded.firing, 2u) << "the invalid one counts, too";
  EXPECT_EQ(decoded.resolved, 2u) << "what ends now has ended";
  EXPECT_EQ(decoded.invalid, 1u);
}

TEST(AlertDecoderTest, GoodAlertsSurviveBadOnesBesideThem) {
  const DecodedAlerts decoded = Decode(
      R"([{"labels":{"a":"1"}},{"labels":{}},{"labels":{"a":""}},{"labels":{"a":"2"}},)"
      R"({"labels":{"a":"3"},"startsAt":"2026-01-02","endsAt":"2026-01-01"},)"
      R"({"labels":{"":"x"}},{"labels":{"a":"b"},"annotations":{"":"x"}},{"labels":{"a":"4"}}])");
  ASSERT_EQ(decoded.alerts.size(), 3u);
  EXPECT_EQ(decoded.alerts[1]->labels.Get("a"), "2");
  EXPECT_EQ(decoded.errors,
            (Errors{"at least one label pair required", "at least one label pair required",
                    "start time must be before end time", "invalid label set: invalid name \"\"",
                    "invalid annotations: invalid name \"\""}));
  EXPECT_EQ(decoded.invalid, 5u);
}

TEST(AlertDecoderTest, NamesGoByTheMode) {
  const std::string body = R"([{"labels":{"Σ":"x"}},{"labels":{"a-b":"x"}},{"labels":{"a":"🙂"}}])";
  EXPECT_EQ(Decode(body).alerts.size(), 3u);
  AlertDecodeOptions classic = Options();
  classic.syntax = model::MatcherSyntax::kClassic;
  const DecodedAlerts decoded = Decode(body, classic);
  ASSERT_EQ(decoded.alerts.size(), 1u);
  EXPECT_EQ(decoded.alerts[0]->labels.Get("a"), "🙂");
  EXPECT_EQ(decoded.errors, (Errors{"invalid label set: invalid name \"Σ\"",
                                    "invalid label set: invalid name \"a-b\""}));
}

TEST(AlertDecoderTest, InvalidUtf8InAValueIsReplacedAsGoDoes) {
  const DecodedAlerts decoded = Decode(
      "[{\"labels\":{\"a\":\"x\xFFy\"}},{\"labels\":{\"n\xC3\":\"1\"}},{\"labels\":{\"a\":\"ok\"}},"
      "{\"labels\":{\"a\":\"1\"},\"annotations\":{\"s\":\"\xFF\"}},"
      "{\"labels\":{\"a\":\"1\"},\"generatorURL\":\"http://\xFF/\"}]");
  ASSERT_EQ(decoded.alerts.size(), 4u);
  EXPECT_EQ(decoded.alerts[0]->labels.Get("a"), "x�y");
  EXPECT_EQ(decoded.alerts[1]->labels.Get("a"), "ok");
  EXPECT_EQ(decoded.alerts[2]->annotations.Get("s"), "�");
  EXPECT_EQ(decoded.alerts[3]->generator_url.view(), "http://�/");
  EXPECT_EQ(decoded.errors, Errors{"invalid label set: invalid name \"n�\""});
}

TEST(AlertDecoderTest, LimitsHold) {
  AlertDecodeOptions options = Options();
  options.limits.labels_per_alert = 2;
  options.limits.label_value_bytes = 3;
  const std::string body =
      R"([{"labels":{"a":"1","b":"2","c":""}},{"labels":{"a":"1","b":"2","c":"3"}},)"
      R"({"labels":{"a":"123"}},{"labels":{"a":"1234"}},)"
      R"({"labels":{"a":"1"},"annotations":{"x":"12345","y":"","z":""}}])";
  const DecodedAlerts decoded = Decode(body, options);
  EXPECT_EQ(decoded.alerts.size(), 3u);
  EXPECT_EQ(decoded.errors,
            (Errors{"invalid label set: more than 2 labels",
                    "invalid label set: the value of \"a\" has more than 3 bytes"}));
  options.limits.labels_per_alert = options.limits.label_value_bytes = 0;
  EXPECT_EQ(Decode(body, options).alerts.size(), 5u);
  options.limits.annotation_value_bytes = 4;
  EXPECT_EQ(Decode(body, options).errors,
            (Errors{"invalid annotations: the value of \"x\" has more than 4 bytes"}));
  options.limits.annotations_per_alert = 2;
  EXPECT_EQ(Decode(body, options).errors, (Errors{"invalid annotations: more than 2 annotations"}));
  options.limits.annotations_per_alert = options.limits.annotation_value_bytes = 0;
  EXPECT_EQ(Decode(body, options).alerts.size(), 5u);
}

TEST(AlertDecoderTest, NothingIsNoError) {
  for (const char* body : {"null", "[]", " [ ] "}) {
    EXPECT_TRUE(Decode(body).alerts.empty()) << body;
  }
}

TEST(AlertDecoderTest, TheBodyAsAWholeIsRefused) {
  const std::string syntax = "parsing alerts body from \"\" failed, because ";
  const struct {
    const char* body;
    int code;
    std::string message;  // Its beginning.
  } cases[] = {
      {"", 602, "alerts in body is required"},
      {" \n", 602, "alerts in body is required"},
      {"{", 400, syntax},
      {"[{\"labels\":{\"a\":\"b\"}", 400, syntax},
      {"[1,]", 400, syntax},
      {"{}", 400, syntax + "an array of alerts is expected"},
      {"\"x\"", 400, syntax + "an array of alerts is expected"},
  };
  for (const auto& c : cases) {
    const BodyError error = Refused(c.body);
    EXPECT_EQ(error.code, c.code) << c.body;
    EXPECT_EQ(error.message.substr(0, c.message.size()), c.message) << c.body;
  }
}

TEST(AlertDecoderTest, WhatIsNoAlertIsNamedAsAlertmanagerDoes) {
  const std::string syntax = "parsing alerts body from \"\" failed, because ";
  const struct {
    const char* body;
    int code;
    std::string first;  // Error.
    std::size_t good = 0;
  } cases[] = {
      {R"([{"labels":{"a":"b"}},1])", 400, syntax + "1: an object is expected", 1},
      {R"([{"labels":{"a":1}}])", 400, syntax + "0.labels: a string is expected as value of \"a\""},
      {R"([{"labels":["a"]}])", 400, syntax + "0.labels: an object is expected"},
      {R"([{"labels":{"a":"b"},"annotations":"x"}])", 400,
       syntax + "0.annotations: an object is expected"},
      {R"([{"labels":{"a":"b"},"startsAt":"yesterday"}])", 400,
       syntax + "0.startsAt: \"yesterday\" is not a timestamp"},
      {R"([{"labels":{"a":"b"},"endsAt":12}])", 400, syntax + "0.endsAt: a string is expected"},
      {R"([{"labels":{"a":"b"},"generatorURL":12}])", 400,
       syntax + "0.generatorURL: a string is expected"},
      {R"([{"labels":{"a":"b"}},{}])", 602, "1.labels in body is required", 1},
      {R"([null])", 602, "0.labels in body is required"},
      {R"([{"labels":null}])", 602, "0.labels in body is required"},
      {R"([{},{"generatorURL":"x"}])", 602, "0.labels in body is required"},
      {R"([{"labels":{"a":"b"},"generatorURL":"x"}])", 601,
       "0.generatorURL in body must be of type uri: \"x\""},
      // Alertmanager finds a wrong type further on first.
      {R"([{},{"labels":1},{"labels":{"a":"b"}}])", 400, "0.labels in body is required", 1},
  };
  for (const auto& c : cases) {
    const DecodedAlerts decoded = Decode(c.body);
    EXPECT_EQ(decoded.malformed_code, c.code) << c.body;
    ASSERT_FALSE(decoded.errors.empty()) << c.body;
    EXPECT_EQ(decoded.errors[0], c.first) << c.body;
    EXPECT_EQ(decoded.invalid, decoded.errors.size());
    EXPECT_EQ(decoded.alerts.size(), c.good) << c.body;
  }
}

TEST(AlertDecoderTest, AnElementThatIsNoJsonCostsNoneOfTheOthers) {
  const struct {
    const char* rest;  // Of an array that begins with a good alert.
    const char* where;
    std::size_t good;
  } cases[] = {
      {R"(,{"labels":{"a":NaN}},{"labels":{"a":"c"}}])", "1: ", 2},
      {R"(,{"labels":{"a":"\x"}},{"labels":{"a":"c"}}])", "1: ", 2},
      {",{\"labels\":{\"a\":\"x\ny\"}},{\"labels\":{\"a\":\"c\"}}]", "1: ", 2},
      {R"(,,{"labels":{"a":"c"}}])", "1: ", 2},
      {R"(,{"labels":{"a":"c"},])", "1: ", 1},
      {R"( {"labels":{"a":"c"}},{"labels":{"a":"d"}}])", "1: a comma is expected before it", 3},
      {R"({"labels":{"a":"c"})", "1: a comma is expected before it", 1},
      {R"(},{"labels":{"a":"c"}}])", "1: a comma is expected before it", 2},
      {R"( x,{"labels":{"a":"c"}}])", "1: a comma is expected before it", 2},
      {R"(,{"labels":{"a":"c"}} NaN ["x", 1] "y" {"labels":{"a":"d"}}])", "2: a comma", 3},
      {R"(,,{"labels":{"a":"c"},"annotations":{"d":"x\ud83d"},"n":1e999}])", "1: ", 2},
      {R"(,{"lab)", "1: ", 1},
      {",]", "1: ", 1},
      {",", "1: ", 1},
      {"", "the array of alerts does not end", 1},
      {"}", "1: a comma is expected before it", 1},
  };
  for (const auto& c : cases) {
    const DecodedAlerts decoded = Decode(R"([{"labels":{"a":"b"}})" + std::string(c.rest));
    EXPECT_EQ(decoded.alerts.size(), c.good) << c.rest;
    EXPECT_EQ(decoded.malformed_code, 400) << c.rest;
    ASSERT_FALSE(decoded.errors.empty()) << c.rest;
    EXPECT_THAT(decoded.errors[0], testing::HasSubstr("failed, because " + std::string(c.where)));
  }
}

TEST(AlertDecoderTest, WhatFollowsTheArrayIsNotLookedAt) {
  for (const char* after : {" x", "\n}", "]", "{\"labels\":1}"}) {
    const DecodedAlerts decoded = Decode(R"([{"labels":{"a":"b,]}"}}])" + std::string(after));
    EXPECT_EQ(decoded.alerts.size(), 1u) << after;
    EXPECT_EQ(decoded.malformed_code, 0) << after;
  }
}

TEST(AlertDecoderTest, AnAbsentGeneratorUrlIsFine) {
  for (const char* url : {"null", R"("")"}) {
    const DecodedAlerts decoded =
        Decode(R"([{"labels":{"a":"b"},"generatorURL":)" + std::string(url) + "}]");
    ASSERT_EQ(decoded.alerts.size(), 1u);
    EXPECT_EQ(decoded.alerts[0]->generator_url, "");
  }
}

TEST(AlertDecoderTest, DepthBombsAndGarbageAreErrors) {
  std::string bomb;
  for (int i = 0; i < 500'000; ++i) bomb += R"([{"labels":)";
  EXPECT_EQ(Refused(bomb).code, 400);
  EXPECT_EQ(Refused(std::string(100'000, '[') + std::string(100'000, ']')).code, 400);
  EXPECT_EQ(Refused(std::string(1'000'000, '\xFF')).code, 400);
  EXPECT_EQ(Refused(std::string(1'000'000, '\0')).code, 400);
  const DecodedAlerts decoded =
      Decode(R"([{"labels":{"a":"b"},"startsAt":")" + std::string(100'000, 'x') + "\"}]");
  EXPECT_LT(decoded.errors.at(0).size(), 400u);
}

TEST(AlertDecoderTest, KeepsTheFirstErrorsOfMany) {
  std::string body = "[";
  for (int i = 0; i < 5000; ++i) body += R"({"labels":{}},)";
  body += R"({"labels":{"a":"b"}}])";
  const DecodedAlerts decoded = Decode(body);
  EXPECT_EQ(decoded.alerts.size(), 1u);
  EXPECT_EQ(decoded.errors.size(), DecodedAlerts::kErrorsMax);
  EXPECT_EQ(decoded.invalid, 5000u);
}

TEST(AlertDecoderTest, TakesALargeBatch) {
  std::string body = "[";
  const std::string text(10'000, 'x');
  for (int i = 0; i < 5000; ++i) {
    if (i > 0) body += ',';
    body +=
        R"({"labels":{"a":")" + std::to_string(i) + R"("},"annotations":{"t":")" + text + "\"}}";
  }
  body += "]";
  ASSERT_GT(body.size(), 50'000'000u);
  EXPECT_EQ(Decode(body).alerts.size(), 5000u);
}

}  // namespace
}  // namespace tocsin::api
