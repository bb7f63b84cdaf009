#include "model/label_set.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace tocsin::model {

namespace {

TEST(LabelSet, SortsAndLetsTheLastOfEqualNamesWin) {
  const LabelSet set{{"job", "x"}, {"alertname", "Down"}, {"job", "y"}, {"Z", ""}};
  ASSERT_EQ(set.size(), 3u);
  EXPECT_EQ(set[0], (Label{"Z", ""}));
  EXPECT_EQ(set[1], (Label{"alertname", "Down"}));
  EXPECT_EQ(set[2], (Label{"job", "y"}));
  EXPECT_EQ(set.ToString(), R"({Z="", alertname="Down", job="y"})");
}

TEST(LabelSet, GetIsEmptyForWhatIsAbsent) {
  const LabelSet set{{"a", "1"}, {"empty", ""}};
  EXPECT_EQ(set.Get("a"), "1");
  EXPECT_EQ(set.Get("b"), "");
  EXPECT_EQ(set.Get(""), "");
  EXPECT_TRUE(set.Has("empty"));
  EXPECT_FALSE(set.Has("b"));
}

TEST(LabelSet, EmptySetAllocatesNothing) {
  const LabelSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.begin(), set.end());
  EXPECT_EQ(set.HeapBytes(), 0u);
  EXPECT_EQ(set.ToString(), "{}");
  EXPECT_EQ(ToString(set.Fingerprint()), "cbf29ce484222325");
  EXPECT_EQ(LabelSet::FromUnsorted({}), set);
}

TEST(LabelSet, FingerprintIsAlertmanagers) {
  struct Case {
    LabelSet set;
    std::string_view fingerprint;
  };
  const Case cases[] = {
      {{{"severity", "warning"}, {"job", "foo"}}, "9266ef3da838ad95"},
      {{{"severity", "critical"}, {"job", "foo"}}, "3b15fd163d36582e"},
      {{{"severity", "critical"}, {"job", "bar"}}, "c7e68cb08e3e67f9"},
      {{{"alertname", "A"},
        {"env", "prod1"},
        {"severity", "critical"},
        {"svc", "x"},
        {"team", "a"}},
       "977a817a68c7f06c"},
      {{{"alertname", "A"}, {"severity", "warning"}}, "25c2cdb12d31dc50"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ToString(c.set.Fingerprint()), c.fingerprint);
  }
  // The separator keeps apart what would run together.
  EXPECT_NE(LabelSet({{"a", "bc"}}).Fingerprint(), LabelSet({{"ab", "c"}}).Fingerprint());
}

TEST(LabelSet, CopiesShareTheBlock) {
  LabelSet copy;
  const char* characters = nullptr;
  {
    const LabelSet original{{"a", "1"}, {"b", "2"}};
    characters = original[0].name.data();
    copy = original;
    EXPECT_EQ(copy, original);
  }
  EXPECT_EQ(copy[0].name.data(), characters);
  EXPECT_EQ(copy.Get("b"), "2");
  const LabelSet moved = std::move(copy);
  EXPECT_EQ(moved[0].name.data(), characters);
  LabelSet self = moved;
  const LabelSet& alias = self;
  self = alias;
  EXPECT_EQ(self, moved);
}

TEST(LabelSet, CopiesMayDieOnAnyThread) {
  for (int round = 0; round < 20; ++round) {
    const LabelSet set{{"a", "1"}, {"round", std::to_string(round)}};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([set] {
        for (int k = 0; k < 1000; ++k) {
          const LabelSet copy = set;
          ASSERT_EQ(copy.size(), 2u);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(LabelSet, EqualityComparesPairs) {
  EXPECT_EQ(LabelSet({{"a", "1"}, {"b", "2"}}), LabelSet({{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(LabelSet({{"a", "1"}}), LabelSet({{"a", "2"}}));
  EXPECT_NE(LabelSet({{"a", "1"}}), LabelSet({{"a", "1"}, {"b", ""}}));
  EXPECT_NE(LabelSet({{"a", "1"}}), LabelSet());
}

TEST(LabelSet, ToStringQuotesValuesAsGoDoes) {
  EXPECT_EQ(LabelSet({{"a b", "x\"\n\u00a0\u00e9"}}).ToString(), "{a b=\"x\\\"\\n\\u00a0\u00e9\"}");
}

TEST(LabelSet, HeapBytesGrowWithTheContent) {
  const std::size_t small = LabelSet({{"a", "1"}}).HeapBytes();
  EXPECT_EQ(LabelSet({{"a", "12345"}}).HeapBytes(), small + 4);
}

TEST(LabelSet, HoldsValuesOfAnyLengthAndAnyNumberOfThem) {
  for (const std::size_t size :
       {0U, 1U, 253U, 254U, 255U, 256U, 65533U, 65535U, 65536U, 200'000U}) {
    const std::string value(size, 'x');
    const LabelSet set = {{"a", "first"}, {"b", value}, {"c", ""}, {"d", "last"}};
    EXPECT_EQ(set.Get("a"), "first") << size;
    EXPECT_EQ(set.Get("b"), value) << size;
    EXPECT_TRUE(set.Has("c")) << size;
    EXPECT_EQ(set[2].value, "") << size;
    EXPECT_EQ(set[3], (Label{"d", "last"})) << size;
    EXPECT_EQ(set, LabelSet({{"a", "first"}, {"b", value}, {"c", ""}, {"d", "last"}})) << size;
    EXPECT_NE(set, LabelSet({{"a", "first"}, {"b", value}, {"c", ""}, {"d", "mast"}})) << size;
    EXPECT_GE(set.HeapBytes(), size + 9) << size;
  }
  for (const std::size_t count : {32'765U, 32'766U, 32'767U, 32'768U, 70'000U}) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(std::to_string(1'000'000 + i));
    std::vector<Label> labels;
    for (const std::string& name : names) labels.push_back({name, name == names[7] ? "seven" : ""});
    const LabelSet set = LabelSet::FromSorted(labels);
    ASSERT_EQ(set.size(), count);
    EXPECT_EQ(set.Get(names[7]), "seven");
    EXPECT_EQ(set[count - 1], (Label{names.back(), ""}));
    EXPECT_EQ(set, LabelSet::FromSorted(labels));
  }
}

TEST(LabelSet, OrderIsThatOfTheApi) {
  // Ascending.
  const std::vector<LabelSet> sets = {
      {},
      {{"z", "9"}},
      // The first name that only one of two has puts the other one first.
      {{"b", "1"}},
      {{"a", "1"}},
      {{"a", "2"}},
      {{"a", "\xC3\xA9"}},
      {{"b", "1"}, {"c", "1"}},
      {{"a", "1"}, {"c", "1"}},
      {{"a", "1"}, {"b", "0"}},
      {{"a", "1"}, {"b", "1"}},
  };
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (std::size_t k = 0; k < sets.size(); ++k) {
      EXPECT_EQ(sets[i] <=> sets[k], i <=> k) << sets[i].ToString() << ' ' << sets[k].ToString();
    }
  }
}

// Against a plain list of pairs, at random.
TEST(LabelSetBuilder, AgreesWithAPlainList) {
  Random random(11);
  LabelSetBuilder builder;
  std::vector<std::pair<std::string, std::string>> list;
  for (int i = 0; i < 500; ++i) {
    const std::string name(1, static_cast<char>('a' + random.Below(8)));
    const std::string value = random.Chance(0.3) ? "" : std::to_string(random.Below(5));
    std::erase_if(list, [&](const auto& pair) { return pair.first == name; });
    if (!value.empty()) list.emplace_back(name, value);
    builder.Set(name, value);
    ASSERT_EQ(builder.Get(name), value);
    std::vector<Label> labels;
    for (const auto& [n, v] : list) labels.push_back({n, v});
    ASSERT_EQ(builder.Build(), LabelSet::FromUnsorted(labels));
  }
}

TEST(LabelSetBuilder, StartsFromASet) {
  const LabelSet base{{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(LabelSetBuilder(base).Set("c", "3").Remove("a").Remove("x").Set("b", "").Build(),
            LabelSet({{"c", "3"}}));
  EXPECT_EQ(LabelSetBuilder(base).Build(), base);
  EXPECT_EQ(base.size(), 2u);
}

TEST(Names, Classic) {
  for (const std::string_view name : {"a", "_", "A_9", "__name__"}) {
    EXPECT_TRUE(IsClassicLabelName(name)) << name;
    EXPECT_TRUE(IsClassicMetricName(name)) << name;
  }
  for (const std::string_view name : {"", "9a", "a-b", "a.b", "\u00e9", "a b"}) {
    EXPECT_FALSE(IsClassicLabelName(name)) << name;
    EXPECT_FALSE(IsClassicMetricName(name)) << name;
  }
  EXPECT_FALSE(IsClassicLabelName("a:b"));
  EXPECT_TRUE(IsClassicMetricName(":a:b"));
}

}  // namespace

}  // namespace tocsin::model
