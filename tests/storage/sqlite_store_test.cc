#include "storage/sqlite_store.h"

#include "tests/storage/store_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::storage {
namespace {

using router::LogEntryRemoved;
using router::LogEntryStored;
using router::SilenceRemoved;
using router::SilenceStored;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

using SqliteStoreTest = StoreFixture;

TEST_F(SqliteStoreTest, WhatWasWrittenIsThereAgain) {
  Open();
  EXPECT_TRUE(Describe(loaded).empty());
  const auto silence = MakeSilence("s1", "it's \"raining\"; DROP TABLE silence\n");
  const auto entry = MakeLogEntry(42);
  const std::string key = "{}/{a=\"\\\"\"}:{x=\"ü\"}:team/slack/0";
  ASSERT_TRUE(Write({SilenceStored{silence}, LogEntryStored{key, entry}}));
  EXPECT_THAT(Reopened(),
              UnorderedElementsAre(Pair("s1", Describe(*silence)), Pair(key, Describe(*entry))));
  EXPECT_EQ(Describe(*loaded.silences.at(0)), Describe(*silence));
  EXPECT_EQ(health(), SqliteStore::Health::kGood);
}

TEST_F(SqliteStoreTest, ChangesApplyInOrder) {
  Open();
  ASSERT_TRUE(
      Write({SilenceStored{MakeSilence("gone", "")}, SilenceStored{MakeSilence("kept", "1")},
             SilenceRemoved{"gone"}, SilenceStored{MakeSilence("kept", "2")},
             LogEntryStored{"k", MakeLogEntry(1)}}));
  ASSERT_TRUE(Write({LogEntryRemoved{"k"}, LogEntryStored{"k", MakeLogEntry(2)},
                     LogEntryStored{"other", MakeLogEntry(3)}, LogEntryRemoved{"other"},
                     SilenceRemoved{"was never there"}}));
  EXPECT_THAT(Reopened(), UnorderedElementsAre(Pair("kept", Describe(*MakeSilence("kept", "2"))),
                                               Pair("k", Describe(*MakeLogEntry(2)))));
}

TEST_F(SqliteStoreTest, AlertsAndGroupsAreThereAgain) {
  Open();
  const router::GroupTimer first{Time(Duration(70)), false, {}};
  const router::GroupTimer later{Time(Duration(80)), true, Time(Duration(75))};
  ASSERT_TRUE(Write({MakeGroup(1, first), MakeGroup(2, first), MakeGroup(3, first),
                     MakeAlert(4, "a", 100, {1, 2}), MakeAlert(5, "b", 101, {1}),
                     MakeAlert(6, "c", 100, {}), MakeAlert(7, "d", 100, {99})}));
  ASSERT_TRUE(Write({router::GroupTimed{router::GroupId{1}, later},
                     router::GroupRemoved{router::GroupId{3}},
                     router::AlertRemoved{router::AlertId{6}}, MakeAlert(5, "b", 90, {2})}));
  const auto stored = Reopened();
  EXPECT_THAT(
      stored,
      UnorderedElementsAre(
          Pair(
              "group 1",
              R"({}/{team="a"}/0 {}/{team="a"} team {alertname="Down1"} 80 flushed in progress 75)"),
          Pair("group 2", R"({}/{team="a"}/0 {}/{team="a"} team {alertname="Down2"} 70)"),
          Pair("alert 4", Describe(*MakeAlert(4, "a", 100, {}).alert) + " in 1 2"),
          Pair("alert 5", Describe(*MakeAlert(5, "b", 90, {}).alert) + " in 2"),
          Pair("alert 7", Describe(*MakeAlert(7, "d", 100, {}).alert) + " in")));
  EXPECT_TRUE(loaded.skipped.empty());
}

TEST_F(SqliteStoreTest, AlertsOfRulesAreThereAgain) {
  Open();
  const auto rule = std::make_shared<const rules::RuleIdentity>("rules.yml;hosts", "Down{}");
  rules::StoredAlert alert;
  alert.state = rules::AlertState::kFiring;
  alert.labels = {{"alertname", "Down"}, {"instance", "a"}};
  alert.sample_labels = {{"instance", "a"}};
  alert.value = 0.5;
  alert.seen_at = Time(Duration(1));
  alert.active_at = Time(Duration(2));
  alert.fired_at = Time(Duration(3));
  rules::StoredAlert pending = alert;
  pending.state = rules::AlertState::kPending;
  pending.labels = {{"alertname", "Down"}, {"instance", "b"}};
  pending.annotations = model::LabelSet{{"summary", ""}};
  rules::StoredAlert changed = pending;
  changed.active_at = Time(Duration(7));
  core::StoreBatch batch;
  batch.rule_changes = {rules::AlertStored{rule, alert}, rules::AlertStored{rule, pending}};
  store->Write(batch, nullptr);
  batch.rule_changes = {rules::AlertStored{rule, changed}, rules::AlertRemoved{rule, alert.labels}};
  store->Write(batch, nullptr);
  const auto stored = Reopened();
  const std::string zero = " " + std::to_string(kZeroTime.time_since_epoch().count());
  EXPECT_THAT(stored, UnorderedElementsAre(Pair(
                          R"(rules.yml;hosts Down{}{alertname="Down", instance="b"})",
                          R"(pending{instance="a"}0.5{summary=""} 1 7 3)" + zero + zero + zero)));
}

// The process that wrote it missed removals, and died before it could make that good.
TEST_F(SqliteStoreTest, WhatContradictsItselfIsLoadedAsTheLaterRowsHaveIt) {
  Open();
  const router::GroupTimer timer{Time(Duration(70)), false, {}};
  router::GroupStored again = MakeGroup(1, {Time(Duration(80)), false, {}});
  auto identity = std::make_shared<router::GroupIdentity>(*again.group);
  identity->id = router::GroupId{3};
  again.group = std::move(identity);
  ASSERT_TRUE(Write({MakeGroup(1, timer), MakeAlert(2, "a", 100, {1}), again,
                     MakeAlert(4, "a", 110, {3}), MakeAlert(5, "b", 110, {1, 3})}));
  Close();
  Open();
  EXPECT_TRUE(loaded.contradictory);
  EXPECT_THAT(Describe(loaded),
              UnorderedElementsAre(
                  Pair("group 3", R"({}/{team="a"}/0 {}/{team="a"} team {alertname="Down1"} 80)"),
                  Pair("alert 4", Describe(*MakeAlert(4, "a", 110, {}).alert) + " in 3"),
                  Pair("alert 5", Describe(*MakeAlert(5, "b", 110, {}).alert) + " in 3")));
  RunUntil([&] { return rewrites_asked > 0; });
}

// An end in a list counts until the whole alert is written again, and after that no older list.
TEST_F(SqliteStoreTest, EndsMove) {
  const auto moved = [](std::vector<std::pair<std::uint64_t, int>> ends, bool all) {
    router::AlertEndsMoved change{{}, all};
    for (const auto& [id, end] : ends) {
      change.ends.emplace_back(static_cast<router::AlertId>(id), Time(Duration(end)));
    }
    return change;
  };
  const auto ends = [this] {
    std::string text;
    for (const router::AlertState& alert : loaded.alerts) {
      text += std::to_string(alert.alert->ends_at.time_since_epoch().count()) + " ";
    }
    return text;
  };
  Open();
  ASSERT_TRUE(Write({MakeAlert(1, "a", 10, {}), MakeAlert(2, "b", 20, {})}));
  ASSERT_TRUE(Write({moved({{1, 11}, {2, 21}, {99, 5}}, true)}));
  ASSERT_TRUE(Write({moved({{2, 19}}, false), moved({}, false)}));
  Reopened();
  EXPECT_EQ(ends(), "11 19 ");
  ASSERT_TRUE(Write({MakeAlert(2, "b", 15, {})}));
  Reopened();
  EXPECT_EQ(ends(), "11 15 ");
  ASSERT_TRUE(Write({moved({{2, 16}}, false)}));
  Reopened();
  EXPECT_EQ(ends(), "11 16 ");
  ASSERT_TRUE(Write({moved({{1, 12}, {2, 17}}, true), MakeAlert(1, "a", 13, {})}));
  ASSERT_TRUE(Write({moved({}, true)}));
  Reopened();
  ASSERT_TRUE(Write({moved({{1, 14}}, false)})) << "numbers go on although no list is left";
  Reopened();
  EXPECT_EQ(ends(), "14 15 ") << "the row of an alert is as old as it was written";
}

TEST_F(SqliteStoreTest, KnowsWhenTheProcessLived) {
  Open();
  EXPECT_FALSE(loaded.alive_at);
  store->Write({{SilenceRemoved{"x"}}, false, Time(Duration(7))}, nullptr);
  store->Write({{SilenceRemoved{"x"}}, false, Time(Duration(8))}, nullptr);
  Reopened();
  EXPECT_EQ(loaded.alive_at, Time(Duration(8)));
}

TEST_F(SqliteStoreTest, KnowsWhetherItEndedInGoodOrder) {
  Open();
  EXPECT_FALSE(loaded.in_good_order);
  core::StoreBatch last;
  last.last = true;
  store->Write(last, nullptr);
  Reopened();
  EXPECT_TRUE(loaded.in_good_order);
  ASSERT_TRUE(Write({SilenceRemoved{"x"}}));
  store->Write(last, nullptr);
  ASSERT_TRUE(Write({SilenceRemoved{"x"}}));
  Reopened();
  EXPECT_FALSE(loaded.in_good_order) << "something came behind it";
}

// What somebody waits for does not wait for the rest.
TEST_F(SqliteStoreTest, HasteEndsAPause) {
  options.soon_interval = std::chrono::minutes(30);
  options.commit_interval = std::chrono::hours(1);
  Open();
  bool answered = false;
  store->Write(Batch({LogEntryStored{"k", MakeLogEntry(7)}}), nullptr);
  store->Write({{LogEntryRemoved{"l"}}, false, {}, core::Haste::kSoon}, nullptr);
  store->Write({{SilenceRemoved{"x"}}, false, {}, core::Haste::kNow},
               [&](const Status& status) { answered = status.has_value(); });
  RunUntil([&] { return answered; });
  EXPECT_EQ(store->stats().commits, 1u);
  EXPECT_EQ(Reopened().size(), 1u);
}

TEST_F(SqliteStoreTest, ARewriteReplacesEverything) {
  Open();
  ASSERT_TRUE(
      Write({SilenceStored{MakeSilence("old", "")}, LogEntryStored{"old", MakeLogEntry(1)}}));
  ASSERT_TRUE(Write({SilenceStored{MakeSilence("new", "")}}, true));
  ASSERT_TRUE(Write({LogEntryStored{"after", MakeLogEntry(2)}}));
  EXPECT_THAT(Reopened(), UnorderedElementsAre(Pair("new", testing::_), Pair("after", testing::_)));
}

TEST_F(SqliteStoreTest, ManyBatchesShareCommitsAndAreAnsweredInOrder) {
  options.commit_interval = std::chrono::milliseconds(50);
  Open();
  std::vector<int> answered;
  constexpr int kBatches = 500;
  for (int i = 0; i < kBatches; ++i) {
    store->Write(Batch({LogEntryStored{"k" + std::to_string(i), MakeLogEntry(7)}}),
                 [&answered, i](const Status& status) {
                   EXPECT_TRUE(status);
                   answered.push_back(i);
                 });
  }
  RunUntil([&] { return answered.size() == kBatches; });
  EXPECT_TRUE(std::is_sorted(answered.begin(), answered.end()));
  const SqliteStore::Stats stats = store->stats();
  EXPECT_LE(stats.commits, 20u);
  EXPECT_GT(stats.commit_seconds, 0);
  EXPECT_EQ(stats.changes, 500u);
  EXPECT_EQ(stats.failures, 0u);
  EXPECT_EQ(stats.queue_bytes, 0u);
  EXPECT_EQ(Reopened().size(), 500u);
}

TEST_F(SqliteStoreTest, StopWritesWhatWaits) {
  Open();
  for (int i = 0; i < 100; ++i) {
    store->Write(Batch({LogEntryStored{"k" + std::to_string(i), MakeLogEntry(7)}}),
                 [](const Status&) {});
  }
  EXPECT_EQ(Reopened().size(), 100u);
}

TEST_F(SqliteStoreTest, ClosedItLeavesOneFile) {
  Open();
  ASSERT_TRUE(Write({SilenceStored{MakeSilence("s", "")}}));
  Close();
  EXPECT_THAT(Files("tocsin.db"), UnorderedElementsAre("tocsin.db"));
}

TEST_F(SqliteStoreTest, ASecondProcessIsRefused) {
  Open();
  // The lock belongs to the open file, so that a second one in this process stands for another's.
  const auto second = SqliteStore::Open(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, options.folder + "/tocsin.lock: in use by another process " +
                                        "(process " + std::to_string(getpid()) + ")");
  Close();
  Open();
  EXPECT_TRUE(Write({SilenceStored{MakeSilence("s", "")}}));
}

TEST_F(SqliteStoreTest, ASilenceThatNoLongerCompilesIsSkippedAndNamed) {
  Open();
  ASSERT_TRUE(Write({SilenceStored{MakeSilence("bad", "")}, SilenceStored{MakeSilence("good", "")},
                     LogEntryStored{"torn", MakeLogEntry(1)}}));
  Close();
  {
    Outcome<Database> db = Database::Open(path(), Database::Mode::kReadWrite, "");
    ASSERT_TRUE(db);
    ASSERT_TRUE(
        db->Execute("UPDATE silence SET matcher_sets = x'01010301610128' WHERE id = 'bad';"
                    "UPDATE log_entry SET firing = x'01'"));
  }
  Open();
  EXPECT_THAT(Describe(loaded), UnorderedElementsAre(Pair("good", testing::_)));
  EXPECT_THAT(loaded.skipped,
              testing::ElementsAre(HasSubstr("silence bad: "), "log entry torn: malformed"));
}

// Somebody looks at the file with SQLite's shell.
TEST_F(SqliteStoreTest, AReaderDoesNotStopIt) {
  Open();
  ASSERT_TRUE(Write({SilenceStored{MakeSilence("s1", "")}}));
  Outcome<Database> reader = Database::Open(path(), Database::Mode::kReadOnly, "");
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->Execute("BEGIN"));
  EXPECT_EQ(reader->QueryInt("SELECT count(*) FROM silence").value_or(-1), 1);
  ASSERT_TRUE(Write({SilenceStored{MakeSilence("s2", "")}}));
  EXPECT_EQ(reader->QueryInt("SELECT count(*) FROM silence").value_or(-1), 1);
  ASSERT_TRUE(reader->Execute("COMMIT"));
  EXPECT_EQ(reader->QueryInt("SELECT count(*) FROM silence").value_or(-1), 2);
  EXPECT_EQ(Reopened().size(), 2u);
}

}  // namespace
}  // namespace tocsin::storage
