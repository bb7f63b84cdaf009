#include "history/block.h"

#include "tests/history/examples.h"

#include <gtest/gtest.h>

#include <set>

namespace tocsin::history {
namespace {

using std::chrono::seconds;

TEST(Block, EveryKindComesBack) {
  const std::vector<Entry> entries = OneOfEachKind();
  std::set<std::size_t> kinds;
  for (const Entry& entry : entries) kinds.insert(entry.event.index());
  ASSERT_EQ(kinds.size(), std::variant_size_v<Event>) << "a kind without an example";
  const auto decoded = DecodeBlock(EncodeBlock(entries).bytes, 100);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(Shown(*decoded), Shown(entries));
  // JSON leaves out what is empty, and rounds.
  EXPECT_EQ(EncodeBlock(*decoded).bytes, EncodeBlock(entries).bytes);
}

TEST(Block, TheBytesAreOnDisk) {
  // What was written by an earlier version must be read as ever.
  const Time at = kNoon;
  const std::vector<Entry> entries = {{1, at, AlertRefused{{{"a", "b"}}}},
                                      {2, at + Duration(1), AlertRefused{{{"a", "b"}}}}};
  std::string hex;
  for (const char c : EncodeBlock(entries).bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  EXPECT_EQ(hex, "02098080bcc8d0889ffb2f0001000161000162090201");
}

TEST(Block, AnEarlierVersionIsRead) {
  // RuleWorksAgain at the epoch, of rule D of file f, line 7; without the name of its group.
  const std::string_view bytes(
      "\x01\x07\x00\x00\x01"
      "D\x00\x01"
      "e\x00\x01"
      "f\x07\x00",
      14);
  const auto decoded = DecodeBlock(bytes, 5);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(Shown(*decoded), R"({"number":5,"at":"1970-01-01T00:00:00Z","kind":"rule_works_again",)"
                             R"("rule":{"name":"D","expr":"e","file":"f","line":7,"for":0}})"
                             "\n");
}

TEST(Block, BrokenBytesAreReportedOrShorter) {
  const std::vector<Entry> entries = OneOfEachKind();
  const std::string bytes = EncodeBlock(entries).bytes;
  std::size_t shorter = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = DecodeBlock(bytes.substr(0, size), 100);
    if (!decoded) continue;
    ++shorter;
    ASSERT_LT(decoded->size(), entries.size());
    EXPECT_EQ(Shown(*decoded),
              Shown({entries.begin(), entries.begin() + static_cast<int>(decoded->size())}));
  }
  EXPECT_EQ(shorter, entries.size());  // At the ends of events only.
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string wrong = bytes;
      wrong[i] = static_cast<char>(wrong[i] ^ flip);
      if (const auto decoded = DecodeBlock(wrong, 100)) Shown(*decoded);
    }
  }
  EXPECT_FALSE(DecodeBlock("", 1));
  EXPECT_FALSE(DecodeBlock("\x03", 1));
}

TEST(Block, WhatRepeatsCostsLittle) {
  auto group = std::make_shared<router::GroupIdentity>();
  group->key = "{}:{alertname=\"Down\"}";
  group->receiver = "team";
  group->labels = {{"alertname", "Down"}};
  const model::LabelSet alert{{"alertname", "Down"}, {"instance", "host-1.example.org:9100"}};
  std::vector<Entry> entries;
  for (int i = 0; i < 1000; ++i) {
    entries.push_back({static_cast<std::uint64_t>(i + 1), kNoon, AlertGrouped{group, alert}});
  }
  EXPECT_LE(EncodeBlock(entries).bytes.size(), 4 * entries.size() + 100);
}

// Each is written as its difference from another, and must have all of its keys.
TEST(BlockKeys, AreThoseOfEveryAlert) {
  auto group = std::make_shared<router::GroupIdentity>();
  group->key = "{}:{alertname=\"Down\", host=\"1\"}";
  group->receiver = "team";
  group->labels = {{"alertname", "Down"}, {"host", "1"}};
  const std::vector<model::LabelSet> alerts = {
      group->labels,
      {{"alertname", "Down"}, {"host", "2"}},
      {{"alertname", "Up"}, {"host", "2"}},
      {{"alertname", "Up"}, {"job", "2"}},
      {{"host", "2"}, {"job", "2"}},
      {{"host", "3"}, {"job", "2"}},
  };
  std::vector<Entry> entries;
  for (const model::LabelSet& alert : alerts)
    entries.push_back({0, kNoon, AlertGrouped{group, alert}});
  const PackedBlock block = EncodeBlock(entries);
  for (const model::LabelSet& alert : alerts) {
    for (const Key key : KeysOfAlert(alert)) {
      EXPECT_TRUE(HasKey(block.keys, key)) << alert.ToString();
    }
    for (const model::Label label : alert) {
      EXPECT_TRUE(HasKey(block.keys, KeyOfLabel(label.name, label.value))) << alert.ToString();
    }
  }
  EXPECT_FALSE(HasKey(block.keys, KeyOfNamedLabel("Up", "host", "1")));
}

TEST(BlockKeys, NameWhatABlockIsAbout) {
  const std::vector<Entry> entries = OneOfEachKind();
  const std::string keys = EncodeBlock(entries).keys;
  const model::LabelSet alert{{"alertname", "Down"}, {"instance", "a \"1\""}, {"empty", ""}};
  const auto has_alert = [&](const model::LabelSet& labels) {
    return std::ranges::all_of(KeysOfAlert(labels), [&](Key key) { return HasKey(keys, key); });
  };
  EXPECT_TRUE(has_alert(alert));
  EXPECT_TRUE(has_alert({{"q", "r"}})) << "told in a notification";
  EXPECT_TRUE(HasKey(keys, KeyOfLabel("alertname", "Down")));
  EXPECT_TRUE(HasKey(keys, KeyOfNamedLabel("Down", "instance", "a \"1\"")));
  EXPECT_FALSE(HasKey(keys, KeyOfNamedLabel("Up", "instance", "a \"1\"")));
  EXPECT_TRUE(HasKey(keys, KeyOfGroup(*GroupOf(entries[10].event))));
  EXPECT_TRUE(HasKey(keys, KeyOfReceiver("team")));
  EXPECT_TRUE(HasKey(keys, KeyOfRule("Down")));
  EXPECT_TRUE(HasKey(keys, KeyOfRoutes()));
  EXPECT_FALSE(has_alert({{"alertname", "Up"}}));
  EXPECT_FALSE(HasKey(keys, KeyOfLabel("alertname", "Up")));
  EXPECT_FALSE(HasKey(keys, KeyOfReceiver("other")));
  EXPECT_FALSE(HasKey("", KeyOfRoutes()));
}

}  // namespace
}  // namespace tocsin::history
