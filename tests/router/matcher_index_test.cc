#include "router/matcher_index.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace tocsin::router {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Ids = std::vector<MatcherIndex::Id>;

model::Matchers Matching(const std::string& text) {
  auto parsed = model::ParseMatchers(text, model::MatcherSyntax::kFallback);
  EXPECT_TRUE(parsed) << text;
  return parsed ? parsed->matchers : model::Matchers();
}

Ids Candidates(const MatcherIndex& index, const model::LabelSet& labels) {
  Ids ids;
  index.Candidates(labels, &ids);
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(MatcherIndex, FilesUnderWhatCanBeLookedUp) {
  struct Case {
    const char* matchers;
    bool always;
  };
  const Case cases[] = {
      {"", true},
      {"job=db", false},
      {"job=\"\"", true},
      {"job!=web", true},
      {"job!~web", true},
      {"job=~\"db|cache\"", false},
      {"job=~\"db|\"", true},
      {"job=~\"d.*\"", false},
      {"job=~\".*b\"", true},
      {"job=~\"(?i)db\"", true},
      {"env!=prod,job=~\"db|cache\"", false},
  };
  for (const Case& c : cases) {
    MatcherIndex index;
    EXPECT_TRUE(index.empty());
    index.Add(7, Matching(c.matchers));
    EXPECT_FALSE(index.empty());
    EXPECT_EQ(Candidates(index, {{"job", "db"}}), Ids{7}) << c.matchers;
    EXPECT_EQ(!Candidates(index, {{"job", "other"}}).empty(), c.always) << c.matchers;
    EXPECT_EQ(!Candidates(index, {}).empty(), c.always) << c.matchers;
    index.Remove(7, Matching(c.matchers));
    EXPECT_TRUE(index.empty());
    EXPECT_THAT(Candidates(index, {{"job", "db"}}), IsEmpty()) << c.matchers;
  }
}

// What they share must not gather all of them in one place.
TEST(MatcherIndex, SpreadsListsByWhatTellsThemApart) {
  MatcherIndex index;
  for (MatcherIndex::Id id = 0; id < 1000; ++id) {
    index.Add(id, Matching("cluster=prod,host=~\"h" + std::to_string(id) + "-.*\",severity=warn"));
  }
  const Ids ids = Candidates(
      index, {{"cluster", "prod"}, {"host", "h400-x"}, {"other", "y"}, {"severity", "warn"}});
  EXPECT_THAT(ids, testing::Contains(400));
  EXPECT_LE(ids.size(), 80U);
}

TEST(MatcherIndex, AnIdWithSeveralListsComesOnce) {
  MatcherIndex index;
  index.Add(1, Matching("a=x"));
  index.Add(1, Matching("b=y"));
  index.Add(1, Matching("c!=z"));
  index.Add(2, Matching("b=y"));
  const model::LabelSet labels{{"a", "x"}, {"b", "y"}};
  Ids ids{9};
  index.Candidates(labels, &ids);
  EXPECT_THAT(ids, UnorderedElementsAre(9, 1, 2));
  index.Remove(1, Matching("c!=z"));
  index.Remove(1, Matching("b=y"));
  EXPECT_THAT(Candidates(index, {{"b", "y"}}), ElementsAre(2));
  EXPECT_THAT(Candidates(index, labels), ElementsAre(1, 2));
}

// Lists put together at random, of a few names and values, so that they often match and often share
// an id.
class Fuzz {
 public:
  explicit Fuzz(std::uint64_t seed) : random_(seed) {}

  std::uint64_t Below(std::uint64_t bound) { return random_.Below(bound); }

  std::string Name() { return "n" + std::to_string(random_.Below(4)); }

  model::Matchers Matchers() {
    static constexpr std::string_view kPatterns[] = {
        "aa|ab", "a.*", "ab.+|b",  "(?i)AA", "a[ab]", "aab?a*", "",       "aaaa.*",
        ".*b",   "b?",  "[ab]a.*", "a|",     "\\w+",  "aba{2}", "(b|a)b", "abab|aaaa.*"};
    model::Matchers matchers;
    const std::uint64_t count = random_.Below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto op = static_cast<model::MatchOp>(random_.Below(4));
      const bool regex = op == model::MatchOp::kRegex || op == model::MatchOp::kNotRegex;
      std::string value =
          regex ? std::string(kPatterns[random_.Below(std::size(kPatterns))]) : Value();
      matchers.push_back(*model::Matcher::Create(Name(), op, std::move(value)));
    }
    return matchers;
  }

  std::string Value() {
    std::string value;
    const std::uint64_t size = random_.Below(6);
    for (std::uint64_t i = 0; i < size; ++i) value += random_.Below(3) == 0 ? 'b' : 'a';
    return value;
  }

  model::LabelSet Labels() {
    model::LabelSetBuilder builder;
    const std::uint64_t count = random_.Below(5);
    for (std::uint64_t i = 0; i < count; ++i) builder.Set(Name(), Value());
    return builder.Build();
  }

 private:
  Random random_;
};

TEST(MatcherIndex, FindsWhateverMatches) {
  Fuzz fuzz(1);
  MatcherIndex index;
  std::vector<std::pair<MatcherIndex::Id, model::Matchers>> lists;
  std::size_t matching = 0, looked_at = 0, all = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (lists.size() < 20 || fuzz.Below(2) == 0) {
      const auto id = static_cast<MatcherIndex::Id>(fuzz.Below(60));
      lists.emplace_back(id, fuzz.Matchers());
      index.Add(id, lists.back().second);
    } else {
      const auto victim = lists.begin() + static_cast<std::ptrdiff_t>(fuzz.Below(lists.size()));
      index.Remove(victim->first, victim->second);
      lists.erase(victim);
    }
    const model::LabelSet labels = fuzz.Labels();
    const Ids ids = Candidates(index, labels);
    ASSERT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
    std::map<MatcherIndex::Id, bool> want;
    for (const auto& [id, matchers] : lists) want[id] |= model::MatchesAll(matchers, labels);
    for (const MatcherIndex::Id id : ids) ASSERT_TRUE(want.contains(id)) << "removed, but found";
    for (const auto& [id, matches] : want) {
      if (!matches) continue;
      ++matching;
      ASSERT_TRUE(std::binary_search(ids.begin(), ids.end(), id)) << labels.ToString();
    }
    looked_at += ids.size();
    all += want.size();
  }
  EXPECT_GT(matching, 10'000U);
  EXPECT_LT(looked_at, all);
  for (const auto& [id, matchers] : lists) index.Remove(id, matchers);
  EXPECT_TRUE(index.empty());
}

}  // namespace
}  // namespace tocsin::router
