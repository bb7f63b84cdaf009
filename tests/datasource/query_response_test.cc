#include "datasource/query_response.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace tocsin::datasource {
namespace {

Result<rules::QueryResult> Decode(std::string body, int status = 200,
                                  std::string_view type = "application/json") {
  return DecodeQueryResponse(std::move(body), status, type);
}

std::string Success(const std::string& type, const std::string& result) {
  return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + "}}";
}

std::string ErrorOf(std::string body, int status = 200,
                    std::string_view type = "application/json") {
  const auto result = Decode(std::move(body), status, type);
  return result ? "(no error)" : result.error().message;
}

TEST(QueryResponseTest, DecodesAVectorInOrder) {
  const auto result = Decode(Success(
      "vector",
      R"([{"metric":{"__name__":"up","job":"node"},"value":[1435781451.781,"1"]},)"
      R"({"metric":{"job":"\u00fc"},"value":[1435781451,"0.25"]},{"metric":{},"value":[1,"3"]},)"
      R"({"value":[1,"4"]}])"));
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->vector.size(), 4u);
  EXPECT_EQ(result->vector[0].labels, (model::LabelSet{{"__name__", "up"}, {"job", "node"}}));
  EXPECT_EQ(result->vector[0].value, 1);
  EXPECT_EQ(result->vector[1].labels, (model::LabelSet{{"job", "ü"}}));
  EXPECT_EQ(result->vector[1].value, 0.25);
  EXPECT_TRUE(result->vector[2].labels.empty());
  EXPECT_EQ(result->vector[3].value, 4);
  EXPECT_TRUE(result->warnings.empty());
}

// As texts, so that they can be told apart in a failure.
std::string Shown(const Result<rules::QueryResult>& result) {
  if (!result) return "error";
  std::string shown;
  for (const rules::Sample& sample : result->vector) {
    shown += sample.labels.ToString() + " " + std::to_string(sample.value) + "\n";
  }
  for (const std::string& warning : result->warnings) shown += "warning " + warning + "\n";
  return shown;
}

// What is not written as servers write it, here by a blank in front, is read by somebody else.
void ExpectTheSameBehindABlank(const std::string& body) {
  EXPECT_EQ(Shown(Decode(body)), Shown(Decode(" " + body))) << body;
}

TEST(QueryResponseTest, HowItIsWrittenMakesNoDifference) {
  const std::string up = R"({"metric":{"__name__":"up","job":"node"},"value":[1.781,"1"]})";
  for (const std::string& series : {
           up,
           up + "," + up,
           std::string(R"({"metric":{},"value":[0,"NaN"]})"),
           std::string(R"({"metric":{"b":"1","a":"2","b":"3","c":""},"value":[0.5,"+Inf"]})"),
           std::string(R"({"metric":{"a":"ü\u00fc"},"value":[1,"1"]},)") + up,
           std::string(R"({"metric":{"a":"üü, \"quoted\", \\"},"value":[1,"1e3"]})"),
           std::string("{\"metric\":{\"a\":\"tab\t\"},\"value\":[1,\"1\"]}"),
           std::string("{\"metric\":{\"a\":\"\xFF\"},\"value\":[1,\"1\"]}"),
           std::string(R"({"value":[1,"1"],"metric":{"a":"1"}})"),
           std::string(R"({"metric":{"a":"1"},"value":[1,"1"],"more":true})"),
           std::string(R"({"metric":{"a":"1"},"value":[1,2]})"),
           std::string(R"({"metric":{"a":"1"},"value":[01,"2"]})"),
           std::string(R"({"metric":{"a":"1"},"value":[1.,"2"]})"),
           std::string(R"({"metric":{"a":"1"},"value":[-1e3,"2"]})"),
           std::string(R"({"metric":{"a":"1",},"value":[1,"2"]})"),
           std::string(R"({"metric":{"a":1},"value":[1,"2"]})"),
           std::string(R"({"metric":{"a":"1"},"value":[1,"two"]})"),
       }) {
    ExpectTheSameBehindABlank(Success("vector", "[" + series + "]"));
    ExpectTheSameBehindABlank(Success("vector", "[" + series + ",]"));
    ExpectTheSameBehindABlank(Success("scalar", "[" + series + "]"));
    for (const char* rest : {R"(,"stats":{"seriesFetched":"2"}},"warnings":["w"]})",
                             R"(},"isPartial":true})", R"(,"result":[]}})", "}", "}}}", "}},"}) {
      ExpectTheSameBehindABlank(R"({"status":"success","data":{"resultType":"vector","result":[)" +
                                series + "]" + rest);
      ExpectTheSameBehindABlank(
          R"({"status":"success","isPartial":false,"data":{"resultType":"vector","result":[)" +
          series + "]" + rest);
    }
  }
  EXPECT_EQ(Shown(Decode(Success("vector", "[" + up + "]"))),
            "{__name__=\"up\", job=\"node\"} 1.000000\n");
}

TEST(QueryResponseTest, WhatIsBrokenAnywhereMakesNoDifference) {
  const std::string body =
      Success("vector",
              R"([{"metric":{"__name__":"up","host":"a-long-name.example.net"},"value":[1.7,"1"]},)"
              R"({"metric":{"job":"ü"},"value":[12,"0.25"]}])");
  for (std::size_t i = 0; i < body.size(); ++i) {
    ExpectTheSameBehindABlank(body.substr(0, i));
    ExpectTheSameBehindABlank(body.substr(0, i) + body.substr(i + 1));
    for (const char c : {'"', '\\', '\x01', ' ', ',', '}', ']', '0', '\xC3', '\0'}) {
      std::string broken = body;
      broken[i] = c;
      ExpectTheSameBehindABlank(broken);
      ExpectTheSameBehindABlank(body.substr(0, i) + c + body.substr(i));
    }
  }
}

TEST(QueryResponseTest, AnEmptyVectorIsNoError) {
  for (const char* empty : {"[]", "null"}) {
    const auto result = Decode(Success("vector", empty));
    ASSERT_TRUE(result) << empty;
    EXPECT_TRUE(result->vector.empty());
  }
}

TEST(QueryResponseTest, AScalarIsOneSampleWithoutLabels) {
  const auto result = Decode(Success("scalar", R"([1435781451.781,"1.5"])"));
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->vector.size(), 1u);
  EXPECT_TRUE(result->vector[0].labels.empty());
  EXPECT_EQ(result->vector[0].value, 1.5);
}

TEST(QueryResponseTest, ReadsEveryWayToWriteAValue) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const struct {
    const char* json;
    double value;
  } cases[] = {
      {R"("0")", 0},
      {R"("-1.5")", -1.5},
      {R"("+2")", 2},
      {R"("1e+21")", 1e21},
      {R"("1e-07")", 1e-7},
      {R"("1E5")", 1e5},
      {R"("+Inf")", kInf},
      {R"("-Inf")", -kInf},
      {R"("Inf")", kInf},
      {R"("inf")", kInf},
      {"7", 7},
      {"-2.5", -2.5},
      {"1e3", 1000},
      {R"("5e-324")", 5e-324},
      {"18446744073709551615", 0x1p64},
      {R"("\u0031")", 1},
  };
  for (const auto& c : cases) {
    const auto result =
        Decode(Success("vector", R"([{"metric":{},"value":[1,)" + std::string(c.json) + "]}]"));
    ASSERT_TRUE(result) << c.json << ": " << result.error().message;
    EXPECT_EQ(result->vector[0].value, c.value) << c.json;
  }
  for (const char* nan : {R"("NaN")", R"("nan")"}) {
    const auto result =
        Decode(Success("vector", R"([{"metric":{},"value":[1,)" + std::string(nan) + "]}]"));
    ASSERT_TRUE(result) << nan;
    EXPECT_TRUE(std::isnan(result->vector[0].value)) << nan;
  }
}

TEST(QueryResponseTest, RefusesValuesThatAreNone) {
  for (const char* json : {R"("")", R"("abc")", R"("1x")", R"("+-1")", R"(" 1")", R"("0x10")",
                           R"("1e999")", "null", "true", "[]", R"("+")"}) {
    const std::string error = ErrorOf(
        Success("vector", R"([{"metric":{"a":"b"},"value":[1,)" + std::string(json) + "]}]"));
    EXPECT_NE(error.find("series {a=\"b\"}: a sample value is not a "), std::string::npos)
        << json << ": " << error;
  }
}

TEST(QueryResponseTest, RefusesSamplesOfAnotherShape) {
  const struct {
    const char* result;
    const char* error;
  } cases[] = {
      {R"({})", "the vector is not an array"},
      {R"([1])", "a series is not an object"},
      {R"([{"metric":{"a":"b"}}])", "series {a=\"b\"} has neither a value nor a histogram"},
      {R"([{"metric":[],"value":[1,"1"]}])", "a series' metric is not an object"},
      {R"([{"metric":{"a":1},"value":[1,"1"]}])", "label \"a\" has a value that is not a string"},
      {R"([{"metric":{},"value":[1]}])", "series {}: a sample is not a pair of time and value"},
      {R"([{"metric":{},"value":["1","1"]}])", "series {}: a sample's time is not a number"},
      {R"([{"metric":{},"value":"1"}])", "series {}: a sample is not a pair of time and value"},
  };
  for (const auto& c : cases) EXPECT_EQ(ErrorOf(Success("vector", c.result)), c.error) << c.result;
  EXPECT_EQ(ErrorOf(Success("scalar", "[1]")), "scalar: a sample is not a pair of time and value");
  EXPECT_EQ(ErrorOf(R"({"status":"success"})"), "the query's answer has no data");
}

TEST(QueryResponseTest, RefusesTypesThatAreNoRuleResult) {
  for (const char* type : {"matrix", "string", "", "streams"}) {
    EXPECT_EQ(ErrorOf(Success(type, "[]")), "rule result is not a vector or scalar") << type;
  }
}

TEST(QueryResponseTest, OfARangeTheLastSamplesCount) {
  const auto decode = [](const std::string& body) {
    return DecodeQueryResponse(body, 200, "", PartialAnswers::kAreErrors, Wanted::kLastSamples);
  };
  const auto result = decode(Success(
      "matrix", R"([{"metric":{"a":"1"},"values":[[1000,"7"],[1015.25,"8"]]},)"
                R"({"metric":{"a":"2"},"histograms":[[1000,{}]]},{"metric":{},"values":[]}])"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->vector.empty());
  ASSERT_EQ(result->last_samples.size(), 1u);
  EXPECT_EQ(result->last_samples[0].labels, (model::LabelSet{{"a", "1"}}));
  EXPECT_EQ(result->last_samples[0].time, Time(std::chrono::milliseconds(1015250)));
  EXPECT_EQ(result->last_samples[0].value, 8);
  EXPECT_TRUE(decode(Success("matrix", "[]")));
  for (const char* bad : {R"([{"values":[[1,"1"],5]}])", R"([{"values":[["x","1"]]}])"}) {
    EXPECT_FALSE(decode(Success("matrix", bad))) << bad;
  }
  EXPECT_FALSE(decode(Success("vector", "[]")));
}

TEST(QueryResponseTest, AHistogramIsTheValue) {
  const auto result = Decode(Success(
      "vector",
      R"([{"metric":{"a":"b"},"histogram":[1,{"count":"6","sum":"3.1",)"
      R"("buckets":[[1,"-2","-1","1"],[3,"-0.5","0.5","2"],[0,"1","2","3"],[2,"2","+Inf","0.5"]]}]},)"
      R"({"metric":{},"histogram":[1.5,{"count":"0","sum":"NaN"}]}])"));
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->vector.size(), 2u);
  EXPECT_EQ(result->vector[0].labels, (model::LabelSet{{"a", "b"}}));
  EXPECT_EQ(result->vector[0].value, 0);
  const model::NativeHistogram& histogram = *result->vector[0].histogram;
  EXPECT_EQ(histogram.count, 6);
  EXPECT_EQ(histogram.sum, 3.1);
  std::string buckets;
  for (const auto& bucket : histogram.buckets) {
    buckets += bucket.includes_lower ? "[" : "(";
    buckets += std::to_string(bucket.lower) + "," + std::to_string(bucket.upper);
    buckets += (bucket.includes_upper ? "]" : ")") + std::to_string(bucket.count) + "\n";
  }
  EXPECT_EQ(buckets,
            "[-2.000000,-1.000000)1.000000\n[-0.500000,0.500000]2.000000\n"
            "(1.000000,2.000000]3.000000\n(2.000000,inf)0.500000\n");
  EXPECT_TRUE(result->vector[1].histogram->buckets.empty());
}

TEST(QueryResponseTest, RefusesHistogramsThatAreNone) {
  for (const char* bad : {R"(5)", R"([1])", R"(["1",{"count":"1","sum":"1"}])",
                          R"([1,{"sum":"1"}])", R"([1,{"count":"1","sum":"x"}])",
                          R"([1,{"count":"1","sum":"1","buckets":[[4,"1","2","1"]]}])",
                          R"([1,{"count":"1","sum":"1","buckets":[[0,"1","2"]]}])",
                          R"([1,{"count":"1","sum":"1","buckets":[[0,"1","x","2"]]}])"}) {
    EXPECT_FALSE(
        Decode(Success("vector", std::string(R"([{"metric":{},"histogram":)") + bad + "}]")))
        << bad;
  }
}

TEST(QueryResponseTest, HandsOnAnnotations) {
  const auto result =
      Decode(R"({"status":"success","data":{"resultType":"vector","result":[]},)"
             R"("warnings":["w1","w2"],"infos":["i"],"stats":{"seriesFetched":"0"}})");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->warnings, (std::vector<std::string>{"w1", "w2"}));
  EXPECT_EQ(result->infos, (std::vector<std::string>{"i"}));
}

TEST(QueryResponseTest, APartialAnswerIsAnErrorUnlessItIsWanted) {
  const std::string body =
      R"({"status":"success","data":{"resultType":"vector","result":[]},"isPartial":true})";
  EXPECT_EQ(ErrorOf(body), "the answer is partial");
  const auto result = DecodeQueryResponse(body, 200, "", PartialAnswers::kAreWarnings);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->warnings, std::vector<std::string>{"the answer is partial"});
}

TEST(QueryResponseTest, ATimeoutOfTheServerIsNotTransient) {
  EXPECT_TRUE(IsTransientError(503, "unavailable: TSDB not ready"));
  EXPECT_TRUE(IsTransientError(429, "too many requests"));
  EXPECT_TRUE(IsTransientError(502, "HTTP status 502"));
  EXPECT_FALSE(IsTransientError(503, "timeout: query timed out in expression evaluation"));
  EXPECT_FALSE(IsTransientError(422, "execution: many-to-many matching not allowed"));
  EXPECT_FALSE(IsTransientError(500, "internal: x"));
}

TEST(QueryResponseTest, LabelsWithoutValueAreNone) {
  const auto result = Decode(Success("vector", R"([{"metric":{"a":"","b":"x"},"value":[1,"1"]}])"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->vector[0].labels, (model::LabelSet{{"b", "x"}}));
}

TEST(QueryResponseTest, AnErrorOfTheApiIsShownWithItsType) {
  constexpr const char* kBody =
      R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:6: x"})";
  for (const int status : {400, 422, 503, 200}) {
    EXPECT_EQ(ErrorOf(kBody, status), "bad_data: invalid parameter \"query\": 1:6: x") << status;
  }
  EXPECT_EQ(ErrorOf(R"({"status":"error","error":"x"})", 500), "x");
  EXPECT_EQ(ErrorOf(R"({"status":"error"})", 500),
            "HTTP status 500 (application/json), an error without a text: {\"status\":\"error\"}");
}

TEST(QueryResponseTest, ABodyThatIsNoAnswerIsShownWithTheStatus) {
  EXPECT_EQ(ErrorOf("<html>Bad Gateway</html>", 502, "text/html").substr(0, 52),
            "HTTP status 502 (text/html), not an answer of a quer");
  EXPECT_NE(
      ErrorOf("<html>Bad Gateway</html>", 502, "text/html").find(": <html>Bad Gateway</html>"),
      std::string::npos);
  EXPECT_NE(ErrorOf("", 200).find("(empty body)"), std::string::npos);
  EXPECT_EQ(
      ErrorOf(R"({"message":"no"})", 401),
      "HTTP status 401 (application/json), not an answer of a query API: {\"message\":\"no\"}");
  EXPECT_EQ(ErrorOf("[]", 200, ""), "HTTP status 200, not an answer of a query API: []");
  // A proxy's error status is believed.
  EXPECT_NE(ErrorOf(Success("vector", "[]"), 500).find("HTTP status 500"), std::string::npos);
}

TEST(QueryResponseTest, EveryTruncationIsAnError) {
  const std::string body = Success("vector", R"([{"metric":{"a":"b"},"value":[1,"1"]}])");
  for (std::size_t size = 0; size < body.size(); ++size) {
    const std::string error = ErrorOf(body.substr(0, size));
    EXPECT_EQ(error.find("HTTP status 200 (application/json), not an answer of a query API"), 0u)
        << size << ": " << error;
  }
  EXPECT_TRUE(Decode(body));
}

TEST(QueryResponseTest, GarbageIsCutAtWholeRunes) {
  // The 200th byte is inside the rune.
  for (int shift = 0; shift < 4; ++shift) {
    const std::string body =
        std::string(196 + static_cast<std::size_t>(shift), 'x') + "😀" + std::string(10'000, 'y');
    const std::string error = ErrorOf(body, 502, "text/plain");
    EXPECT_TRUE(IsValidUtf8(error)) << shift;
    EXPECT_EQ(error.find("�"), std::string::npos) << shift;
    EXPECT_LT(error.size(), 400u);
  }
  const std::string error = ErrorOf(std::string(1'000'000, '\xFF'), 502, "text/plain");
  EXPECT_TRUE(IsValidUtf8(error));
  EXPECT_LT(error.size(), 800u);
}

TEST(QueryResponseTest, InvalidUtf8InALabelIsNamed) {
  EXPECT_EQ(ErrorOf(Success("vector",
                            "[{\"metric\":{\"a\":\"x\",\"b\":\"y\xFFz\"},\"value\":[1,\"1\"]}]")),
            "label \"b\" is not valid UTF-8: \"y�z\"");
  EXPECT_EQ(ErrorOf(Success("vector", "[{\"metric\":{\"n\xC3\":\"x\"},\"value\":[1,\"1\"]}]")),
            "label \"n�\" is not valid UTF-8: \"x\"");
  // Elsewhere it does no harm.
  const auto result = Decode(
      "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
      "\"result\":[]},\"warnings\":[\"w\xFF\"]}");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->warnings, std::vector<std::string>{"w�"});
  EXPECT_EQ(ErrorOf("{\"status\":\"error\",\"errorType\":\"internal\",\"error\":\"\xFF\"}", 500),
            "internal: �");
}

TEST(QueryResponseTest, DepthBombsAreErrors) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string bomb;
    for (int i = 0; i < 1'000'000; ++i) bomb += open;
    EXPECT_EQ(ErrorOf(bomb).find("HTTP status 200"), 0u);
  }
  const std::string balanced = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_NE(ErrorOf(balanced).find("too deep"), std::string::npos) << ErrorOf(balanced);
}

}  // namespace
}  // namespace tocsin::datasource
