#include "storage/alert_pack_codec.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tocsin::storage {
namespace {

struct Packed {
  router::AlertId id{};
  std::int64_t ends_after = 0;
  model::Alert alert;
  std::vector<router::GroupId> groups;
};

Packed Make(std::uint64_t id, model::LabelSet labels, model::LabelSet annotations = {}) {
  Packed one;
  one.id = router::AlertId{id};
  one.alert.labels = std::move(labels);
  one.alert.annotations = std::move(annotations);
  return one;
}

std::string Pack(const std::vector<Packed>& alerts) {
  AlertPackWriter writer;
  for (const Packed& one : alerts) {
    writer.Add(one.id, one.ends_after, std::make_shared<model::Alert>(one.alert), one.groups);
  }
  EXPECT_EQ(writer.count(), alerts.size());
  return writer.Take();
}

// How many alerts can be read, and are those.
std::size_t ReadAsFarAs(std::string_view bytes, const std::vector<Packed>& want, bool* finished) {
  AlertPackReader reader(bytes);
  std::size_t count = 0;
  while (reader.Next()) {
    const AlertPackReader::Entry& read = reader.entry();
    const model::Alert alert = read.ToAlert();
    const Packed& one = want.at(count++);
    EXPECT_EQ(read.id, one.id);
    EXPECT_EQ(read.ends_after, one.ends_after);
    EXPECT_EQ(read.groups, one.groups);
    EXPECT_EQ(alert.labels, one.alert.labels);
    EXPECT_EQ(alert.annotations, one.alert.annotations);
    EXPECT_EQ(alert.starts_at, one.alert.starts_at);
    EXPECT_EQ(alert.ends_at, one.alert.ends_at);
    EXPECT_EQ(alert.updated_at, one.alert.updated_at);
    EXPECT_EQ(alert.timeout, one.alert.timeout);
    EXPECT_EQ(alert.generator_url.view(), one.alert.generator_url.view());
  }
  *finished = reader.finished();
  return count;
}

void ExpectToComeBack(const std::vector<Packed>& alerts) {
  bool finished = false;
  EXPECT_EQ(ReadAsFarAs(Pack(alerts), alerts, &finished), alerts.size());
  EXPECT_TRUE(finished);
}

TEST(AlertPackCodec, WhateverAnAlertHoldsComesBack) {
  Packed odd = Make(1ULL << 63, {{"a", std::string("\0\xff", 2)}}, {{"empty", ""}, {"ü", "\n"}});
  odd.ends_after = 1'000'000;
  odd.alert.starts_at = Time::min();
  odd.alert.ends_at = Time::max();
  odd.alert.updated_at = Time(Duration(-1));
  odd.alert.timeout = true;
  odd.alert.generator_url = std::string_view("http://x");
  odd.groups = {router::GroupId{1}, router::GroupId{~0ULL}};
  ExpectToComeBack({odd});
  // Beside others that share nothing, or everything.
  ExpectToComeBack({Make(3, {{"a", "b"}}), odd, Make(2, {{"a", "b"}}), odd, odd});
}

TEST(AlertPackCodec, NamesAndValuesThatAreSharedComeBack) {
  ExpectToComeBack({Make(1, {{"a", "1"}, {"b", "2"}}, {{"s", "x"}}),
                    Make(2, {{"a", "1"}, {"b", "3"}}, {{"s", ""}}),
                    Make(3, {{"a", "2"}, {"b", "3"}}, {{"s", "x"}}), Make(4, {{"a", "2"}}),
                    Make(5, {{"a", "2"}, {"b", "3"}}, {{"s", "x"}})});
}

TEST(AlertPackCodec, AnAlertLikeTheOneBeforeTakesFewBytes) {
  const model::LabelSet labels{{"alertname", "InstanceDown"},
                               {"cluster", "production-eu-1"},
                               {"instance", "host-0001"},
                               {"severity", "critical"}};
  const model::LabelSet annotations{{"summary", "An instance is down"}};
  const std::size_t one = Pack({Make(1, labels, annotations)}).size();
  const std::size_t two = Pack({Make(1, labels, annotations), Make(2, labels, annotations)}).size();
  EXPECT_LE(two - one, 16u);
}

// Cut off or overwritten it is not read at all: an alert is found by those before it.
TEST(AlertPackCodec, DamageIsNoticed) {
  const std::vector<Packed> alerts = {Make(1, {{"a", "1"}, {"b", "2"}}, {{"s", "x"}}),
                                      Make(2, {{"a", "1"}, {"b", "3"}}, {{"s", "y"}})};
  const std::string whole = Pack(alerts);
  const auto expect_nothing = [](const std::string& bytes, std::size_t at) {
    AlertPackReader reader(bytes);
    EXPECT_FALSE(reader.Next()) << at;
    EXPECT_FALSE(reader.finished()) << at;
  };
  for (std::size_t size = 0; size < whole.size(); ++size)
    expect_nothing(whole.substr(0, size), size);
  for (std::size_t at = 1; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    expect_nothing(bytes, at);
  }
  expect_nothing(whole + "x", whole.size());
  expect_nothing("\x02whatever", 0);
}

// Bytes of a row of before, by itself; whatever stands there nothing is read beyond the end.
TEST(AlertPackCodec, DamageOfASingleAlertIsNoticed) {
  std::string single = "0" + std::string(19, '0') + "3" + std::string(20, '0');
  single += std::string(1 + 3 * 8, '\0') + std::string("\1\1a\1b\0\1u\1\2", 10);
  AlertPackReader reader(single);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.entry().id, router::AlertId{3});
  EXPECT_TRUE(reader.finished());
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = single.substr(0, 1 + random() % single.size());
    for (int i = 0; i < 2; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    AlertPackReader damaged(bytes);
    while (damaged.Next()) EXPECT_FALSE(damaged.entry().ToAlert().labels.empty());
  }
}

}  // namespace
}  // namespace tocsin::storage
