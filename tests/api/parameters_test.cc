#include "api/parameters.h"

#include "api/media_type.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::api {
namespace {

TEST(ParametersTest, BooleanWords) {
  const auto value = [](std::string text, bool fallback) {
    return BoolParam({{"active", std::move(text)}}, "active", fallback);
  };
  for (const char* yes : {"true", "TRUE", "1", "yes", "ok", "y", "on", "selected", "checked", "t",
                          "T", "enabled", "Enabled"}) {
    EXPECT_TRUE(value(yes, false)) << yes;
  }
  for (const char* no : {"false", "0", "no", "off", "2", "tru", "nonsense", " true"}) {
    EXPECT_FALSE(value(no, true)) << no;
  }
  for (const bool fallback : {true, false}) {
    EXPECT_EQ(value("", fallback), fallback);
    EXPECT_EQ(BoolParam({{"other", "x"}}, "active", fallback), fallback);
  }
}

TEST(ParametersTest, TheLastScalarWinsAndListsAccumulate) {
  const std::vector<net::QueryParam> query = {{"a", "1"}, {"b", "x"}, {"a", "0"}};
  EXPECT_FALSE(BoolParam(query, "a", true));
  EXPECT_EQ(*LastParam(query, "a"), "0");
  EXPECT_EQ(LastParam(query, "c"), nullptr);
  EXPECT_EQ(ParamValues(query, "a"), (std::vector<std::string>{"1", "0"}));
}

TEST(ParametersTest, GoBooleans) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) EXPECT_EQ(ParseGoBool(yes), true);
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    EXPECT_EQ(ParseGoBool(no), false);
  }
  for (const char* bad : {"", "yes", "tRUE", "2"}) EXPECT_EQ(ParseGoBool(bad), std::nullopt);
}

TEST(ParametersTest, MatchersOneAValue) {
  const auto matchers = MatcherParams({{"filter", "a=\"b,c\""}, {"x", "?"}, {"filter", "d=~\"e\""}},
                                      "filter", model::MatcherSyntax::kFallback);
  ASSERT_TRUE(matchers) << matchers.error().message;
  EXPECT_EQ(model::ToString(*matchers), "{a=\"b,c\",d=~\"e\"}");
  EXPECT_FALSE(MatcherParams({{"filter", "nonsense"}}, "filter", model::MatcherSyntax::kFallback));
}

TEST(MediaTypeTest, Accept) {
  for (const char* accept :
       {"", " ", "*/*", "application/json", "text/html, application/json;q=0.5", "application/*",
        "text/html,*/*;q=0.1", "Application/JSON"}) {
    EXPECT_TRUE(AcceptsJson(accept)) << accept;
  }
  for (const char* accept : {"text/html", "application/xml, text/*", "application/json;q=0",
                             "application/json; q=0.000", "json"}) {
    EXPECT_FALSE(AcceptsJson(accept)) << accept;
  }
}

TEST(MediaTypeTest, MediaType) {
  EXPECT_EQ(MediaType("application/json"), "application/json");
  EXPECT_EQ(MediaType(" Application/JSON ; charset=utf-8"), "application/json");
  EXPECT_EQ(MediaType(""), "");
}

}  // namespace
}  // namespace tocsin::api
