#include "model/silence.h"

#include <gtest/gtest.h>

namespace tocsin::model {

namespace {

using std::chrono::nanoseconds;

TEST(Silence, StateChangesAfterTheLastInstant) {
  Silence silence;
  silence.starts_at = Time(nanoseconds(100));
  silence.ends_at = Time(nanoseconds(200));
  const std::pair<int, std::string_view> cases[] = {
      {99, "pending"}, {100, "active"}, {200, "active"}, {201, "expired"}};
  for (const auto& [at, state] : cases) {
    EXPECT_EQ(ToString(StateAt(silence, Time(nanoseconds(at)))), state) << at;
  }
}

TEST(Silence, MatchesByAnyOfItsSets) {
  Silence silence;
  const auto set = [](std::vector<MatcherText> texts) {
    return *CompileSilenceMatchers(std::move(texts), 0, MatcherSyntax::kFallback);
  };
  silence.matcher_sets = {set({{"job", MatchOp::kEqual, "db"}, {"env", MatchOp::kRegex, "p.*"}}),
                          set({{"job", MatchOp::kEqual, "web"}})};
  EXPECT_TRUE(Matches(silence, {{"env", "prod"}, {"job", "db"}}));
  EXPECT_FALSE(Matches(silence, {{"env", "test"}, {"job", "db"}}));
  EXPECT_TRUE(Matches(silence, {{"env", "test"}, {"job", "web"}}));
  EXPECT_FALSE(Matches(Silence(), {{"job", "web"}}));
}

TEST(Silence, MatchersThatNobodyCanHave) {
  struct Case {
    std::vector<MatcherText> texts;
    MatcherSyntax syntax;
    std::string_view error;
  };
  const MatcherText good{"job", MatchOp::kEqual, "x"};
  const Case cases[] = {
      {{good}, MatcherSyntax::kClassic, ""},
      {{good, {"", MatchOp::kEqual, "x"}},
       MatcherSyntax::kFallback,
       "invalid label matcher 1 in set 3: invalid label name \"\""},
      {{{"a-b", MatchOp::kEqual, "x"}}, MatcherSyntax::kFallback, ""},
      {{{"a-b", MatchOp::kEqual, "x"}},
       MatcherSyntax::kClassic,
       "invalid label matcher 0 in set 3: invalid label name \"a-b\""},
      {{{"a", MatchOp::kNotEqual, "\xFF"}},
       MatcherSyntax::kFallback,
       "invalid label matcher 0 in set 3: invalid label value \"\\xff\""},
      {{{"a", MatchOp::kNotRegex, "(x"}},
       MatcherSyntax::kFallback,
       "invalid label matcher 0 in set 3: invalid regular expression \"(x\": error parsing regexp: "
       "missing closing ): `(x`"},
      // Only the anchors around it would make it one.
      {{{"a", MatchOp::kRegex, "a)(b"}},
       MatcherSyntax::kFallback,
       "invalid label matcher 0 in set 3: invalid regular expression \"a)(b\": error parsing "
       "regexp: unexpected ): `a)(b`"},
  };
  for (const Case& c : cases) {
    const auto matchers = CompileSilenceMatchers(c.texts, 3, c.syntax);
    EXPECT_EQ(matchers ? "" : matchers.error().message, c.error);
    if (matchers) {
      EXPECT_EQ(matchers->size(), c.texts.size());
    }
  }
}

// Twenty bytes can stand for megabytes of program.
TEST(Silence, ExpressionsAreLimitedTogether) {
  const MatcherText large{"a", MatchOp::kRegex, "(\\w{25}){40}"};
  EXPECT_TRUE(CompileSilenceMatchers({large, large}, 0, MatcherSyntax::kFallback));
  const auto many =
      CompileSilenceMatchers(std::vector<MatcherText>(1000, large), 0, MatcherSyntax::kFallback);
  ASSERT_FALSE(many);
  EXPECT_TRUE(many.error().message.ends_with(" in set 0: regular expressions are too large"))
      << many.error().message;
}

}  // namespace

}  // namespace tocsin::model
