#include "router/silence_size.h"

#include <gtest/gtest.h>

namespace tocsin::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

model::Matchers Set(std::vector<model::MatcherText> texts) {
  return *model::CompileSilenceMatchers(std::move(texts), 0, model::MatcherSyntax::kFallback);
}

Time At(std::int64_t unix_seconds) {
  return Time(seconds(unix_seconds));
}

// The numbers were made by writing the messages out, field by field, with another program.
TEST(SilenceSize, IsThatOfAlertmanagersMessage) {
  using model::MatchOp;
  model::Silence silence;
  EXPECT_EQ(EncodedSize(silence, At(432000)), 14U);

  silence.id = "001d9e6b-d283-4121-84b4-a66a52ea7add";
  silence.matcher_sets = {Set({{"team", MatchOp::kEqual, "a"}})};
  silence.starts_at = At(1700000000);
  silence.ends_at = At(1700003600);
  silence.updated_at = At(1700000000) + milliseconds(902);
  silence.created_by = "me";
  silence.comment = "c";
  EXPECT_EQ(EncodedSize(silence, At(1700432000) + nanoseconds(5)), 100U);

  silence.matcher_sets = {Set({{"team", MatchOp::kRegex, "a.*"}, {"x", MatchOp::kNotEqual, ""}}),
                          Set({{"y", MatchOp::kNotRegex, std::string(200, 'z')}})};
  silence.starts_at = kZeroTime;
  silence.updated_at = Time(nanoseconds(-1));
  silence.comment = std::string(300, 'c');
  silence.annotations = {{"k", ""}, {"k2", "v"}};
  EXPECT_EQ(EncodedSize(silence, At(1700432000)), 650U);
}

}  // namespace
}  // namespace tocsin::router
