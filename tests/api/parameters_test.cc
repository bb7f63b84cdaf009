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

// Each as Alertmanager answers.
TEST(MediaTypeTest, Accept) {
  EXPECT_TRUE(AcceptsJson({}));
  EXPECT_TRUE(AcceptsJson({{"Content-Type", "text/html"}}));
  for (const char* accept :
       {"*/*", "application/json", "text/html, application/json;q=0.5", "application/*",
        "text/html,*/*;q=0.1", "Application/JSON", "application/json;q=0,*/*"}) {
    EXPECT_TRUE(AcceptsJson({{"accept", accept}})) << accept;
  }
  for (const char* accept :
       {"", " ", "text/html", "application/xml, text/*", "application/json;q=0",
        "application/json; q=0.000", "json", ",", "*"}) {
    EXPECT_FALSE(AcceptsJson({{"Accept", accept}})) << accept;
  }
  EXPECT_TRUE(AcceptsJson({{"Accept", "text/html"}, {"Accept", "application/json"}}));
}

// Each as Alertmanager answers.
TEST(MediaTypeTest, MediaTypes) {
  const struct {
    const char* header;
    const char* type;
  } cases[] = {
      {"application/json", "application/json"},
      {"Application/JSON ; charset=utf-8", "application/json"},
      {"application/json;", "application/json"},
      {"application/json; a=b; a=b", "application/json"},
      {R"(application/json; a="b;\"c")", "application/json"},
      {"text/plain", "text/plain"},
      {"foo", "foo"},
      {"application/*", "application/*"},
      {";", "mime: no media type"},
      {"/", "mime: no media type"},
      {"a b/c", "mime: expected slash after first token"},
      {"application/", "mime: expected token after slash"},
      {"application/ json", "mime: expected token after slash"},
      {"application/json/x", "mime: unexpected content after media subtype"},
      {"application/json foo", "mime: unexpected content after media subtype"},
      {"application/json, text/plain", "mime: unexpected content after media subtype"},
      {"application/json; x", "mime: invalid media parameter"},
      {"application/json; charset=", "mime: invalid media parameter"},
      {"application/json; a=\"", "mime: invalid media parameter"},
      {"application/json; a=\u00e9", "mime: invalid media parameter"},
      {"application/json; a=b; a=c", "mime: duplicate parameter name"},
  };
  for (const auto& c : cases) {
    const Result<std::string> type = ParseMediaType(c.header);
    EXPECT_EQ(type ? *type : type.error().message, c.type) << c.header;
  }
}

}  // namespace
}  // namespace tocsin::api
