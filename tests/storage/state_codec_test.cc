#include "storage/state_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace tocsin::storage {
namespace {

model::Matcher Make(std::string name, model::MatchOp op, std::string value) {
  return *model::Matcher::Create(std::move(name), op, std::move(value));
}

TEST(StateCodec, MatcherSetsComeBackInTheirOrder) {
  const std::vector<std::vector<model::Matchers>> cases = {
      {},
      {{}},
      {{Make("b", model::MatchOp::kEqual, "1"), Make("a", model::MatchOp::kNotEqual, "")}},
      {{Make("a", model::MatchOp::kRegex, "x|y")}, {Make("a", model::MatchOp::kNotRegex, "(?i)z")}},
      {{Make("with space \xff", model::MatchOp::kEqual, std::string("\xfe\0\n\"\\", 5))}},
      {{Make("long", model::MatchOp::kEqual, std::string(100'000, 'x'))}},
  };
  for (const auto& sets : cases) {
    const std::string bytes = EncodeMatcherSets(sets);
    const auto decoded = DecodeMatcherSets(bytes);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, sets);
  }
}

TEST(StateCodec, MatchersThatDoNotCompileSaySo) {
  std::string bytes = EncodeMatcherSets({{Make("a", model::MatchOp::kNotRegex, "(x)")}});
  ASSERT_EQ(bytes.back(), ')');
  bytes.back() = '(';
  const auto decoded = DecodeMatcherSets(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("missing"), std::string::npos) << decoded.error().message;
}

TEST(StateCodec, LabelsComeBack) {
  for (const model::LabelSet& labels :
       {model::LabelSet(),
        model::LabelSet{{"a", ""}, {"b", std::string("\xff\0", 2)}, {"naïve", "ü"}}}) {
    const auto decoded = DecodeLabels(EncodeLabels(labels));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, labels);
  }
}

TEST(StateCodec, HashesAreLittleEndian) {
  const router::AlertHashes hashes = {0x0102030405060708, 0,
                                      std::numeric_limits<std::uint64_t>::max()};
  const std::string bytes = EncodeHashes(hashes);
  EXPECT_EQ(bytes.substr(0, 8), "\x08\x07\x06\x05\x04\x03\x02\x01");
  EXPECT_EQ(bytes.size(), 24u);
  EXPECT_EQ(DecodeHashes(bytes), hashes);
  EXPECT_EQ(DecodeHashes(""), router::AlertHashes());
  EXPECT_EQ(DecodeHashes("1234567"), std::nullopt);
}

TEST(StateCodec, ReceiverDataKeepsItsTypes) {
  const model::ReceiverData data = {{"text", std::string("\0\xff", 2)},
                                    {"", ""},
                                    {"int", std::numeric_limits<std::int64_t>::min()},
                                    {"double", -0.0},
                                    {"infinite", std::numeric_limits<double>::infinity()}};
  const auto decoded = DecodeReceiverData(EncodeReceiverData(data));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, data);
  EXPECT_TRUE(std::signbit(std::get<double>(decoded->at("double"))));
}

TEST(StateCodec, EndsTakeFewBytes) {
  AlertEnds ends;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    ends.emplace_back(static_cast<router::AlertId>(i),
                      Time(std::chrono::seconds(1'700'000'000) + std::chrono::milliseconds(i)));
  }
  EXPECT_LT(EncodeEnds(ends).size(), 5200u);
  ends.emplace_back(static_cast<router::AlertId>(~0ULL - 1), Time::min());
  ends.emplace_back(static_cast<router::AlertId>(~0ULL), Time::max());
  EXPECT_EQ(DecodeEnds(EncodeEnds(ends)), ends);
}

// Whatever is cut off or put behind, it is noticed, and nothing is read or allocated beyond the
// end.
TEST(StateCodec, DamageIsNoticed) {
  const std::string sets = EncodeMatcherSets({{Make("job", model::MatchOp::kRegex, "a+")}});
  const std::string labels = EncodeLabels({{"a", "1"}, {"b", "2"}});
  const std::string data = EncodeReceiverData({{"t", "x"}, {"i", std::int64_t{1}}, {"d", 1.5}});
  for (std::size_t n = 0; n < sets.size(); ++n) {
    EXPECT_FALSE(DecodeMatcherSets(sets.substr(0, n))) << n;
  }
  for (std::size_t n = 0; n < labels.size(); ++n) EXPECT_FALSE(DecodeLabels(labels.substr(0, n)));
  for (std::size_t n = 0; n < data.size(); ++n) EXPECT_FALSE(DecodeReceiverData(data.substr(0, n)));
  const std::string ends = EncodeEnds({{router::AlertId{7}, Time(Duration(300))}});
  const std::string group = EncodeGroup({{}, "", "{}", "team", {{"a", "1"}}}, "{}");
  for (std::size_t n = 0; n < ends.size(); ++n) EXPECT_FALSE(DecodeEnds(ends.substr(0, n)));
  for (std::size_t n = 0; n < group.size(); ++n) EXPECT_FALSE(DecodeGroup(group.substr(0, n)));
  EXPECT_FALSE(DecodeEnds(ends + "x"));
  EXPECT_FALSE(DecodeGroup(group + "x"));
  EXPECT_FALSE(DecodeMatcherSets(sets + "x"));
  EXPECT_FALSE(DecodeLabels(labels + "x"));
  EXPECT_FALSE(DecodeReceiverData(data + "x"));
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
  EXPECT_FALSE(DecodeMatcherSets(huge));
  EXPECT_FALSE(DecodeLabels(huge));
  EXPECT_FALSE(DecodeReceiverData(huge));
  EXPECT_FALSE(DecodeEnds(huge));
  const std::string endless(20, '\xff');
  EXPECT_FALSE(DecodeLabels(endless));
}

}  // namespace
}  // namespace tocsin::storage
