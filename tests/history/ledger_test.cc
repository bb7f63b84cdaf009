#include "history/ledger.h"

#include "tests/history/examples.h"
#include "tests/history/ledger_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace tocsin::history {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

class LedgerTest : public LedgerFixture {
 protected:
  // What is too old is looked for now and then.
  void FlushUntil(const std::string& expected) {
    const Duration deadline = MonotonicNow() + seconds(30);
    do {
      Flush();
    } while (Read() != expected && MonotonicNow() < deadline);
    EXPECT_EQ(Read(), expected);
  }
};

TEST_F(LedgerTest, WhatIsFlushedIsThereForOthersAndAfterARestart) {
  Open();
  Receive(1, 3);
  Flush();
  EXPECT_EQ(Read(), "started name-1 name-2 name-3");
  Open();
  Receive(4, 4);
  ledger->Stop();
  EXPECT_EQ(Read(), "started name-1 name-2 name-3 stopped started name-4 stopped");
  EXPECT_EQ(ledger->stats().dropped, 0u);
}

TEST_F(LedgerTest, AProcessThatEndedUnnoticedIsNoticedByTheNext) {
  Open();
  Receive(1, 1);
  Flush();
  // As it is on the disk when it is killed now.
  const auto kept = folder / "kept.db";
  Result<Reader> reader = Reader::Open(options.path, seconds(30));
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->Alive(), kNoon);
  reader = tl::unexpected(Error{});
  std::filesystem::copy(options.path, kept);
  std::filesystem::copy(options.path + "-wal", kept.string() + "-wal");
  ledger->Stop();
  ledger.reset();
  std::filesystem::rename(kept, options.path);
  std::filesystem::rename(kept.string() + "-wal", options.path + "-wal");
  now = kNoon + hours(1);
  Open();
  ledger->Stop();
  EXPECT_EQ(Read(), "started name-1 ended_unnoticed started stopped");
  reader = Reader::Open(options.path, seconds(30));
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->Alive(), std::nullopt) << "it has stopped";
  reader = tl::unexpected(Error{});
  Open();
  ledger->Stop();
  EXPECT_EQ(Read(), "started name-1 ended_unnoticed started stopped started stopped");
}

TEST_F(LedgerTest, AnAlertIsDroppedOnce) {
  Open();
  const auto drop = [this](std::size_t position, Time ends_at) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = {{"alertname", "A"}};
    alert->ends_at = ends_at;
    ledger->OnAlertDropped(kNoon, {std::move(alert), position});
  };
  const Time later = kNoon + hours(1);
  drop(1, later);
  drop(1, later);
  Flush();
  EXPECT_EQ(Read(), "started A");
  drop(2, later);
  drop(2, kNoon);
  drop(2, later);
  Flush();
  EXPECT_EQ(Read(), "started A A A") << "by another rule, and once more after its end";
}

TEST_F(LedgerTest, FurtherAlertmanagersAreNewsWhenTheyChange) {
  Open();
  using Answer = core::AlertTarget::Answer;
  const auto answers = [this](Answer answer, const char* error) {
    ledger->OnAlertTargets({{"http://am:9093", answer, error}});
    Flush();
  };
  answers(Answer::kNone, "");
  answers(Answer::kFailed, "refused");
  answers(Answer::kFailed, "refused");
  answers(Answer::kTaken, "");
  answers(Answer::kTaken, "");
  EXPECT_EQ(Read(), "started alert_targets alert_targets alert_targets");
}

TEST_F(LedgerTest, SmallBlocksBecomeOne) {
  options.block_events = 6;
  Open();
  for (int i = 1; i <= 4; ++i) {
    Receive(i, i);
    Flush();
  }
  EXPECT_GE(Blocks(), 4u);
  Receive(5, 7);
  Flush();
  EXPECT_EQ(Read(), "started name-1 name-2 name-3 name-4 name-5 name-6 name-7");
  EXPECT_EQ(Blocks(), 2u);
}

TEST_F(LedgerTest, AReaderSelects) {
  options.block_events = 4;
  Open();
  Receive(1, 10);
  ledger->Stop();
  Reader::Query query;
  query.from = kNoon + seconds(2);
  query.to = kNoon + seconds(4);
  EXPECT_EQ(Read(query), "name-2 name-3 name-4");
  query = {};
  query.keys = {KeyOfLabel("alertname", "name-5")};
  EXPECT_EQ(Read(query), "name-4 name-5 name-6 name-7") << "its block";
  query.keys.push_back(KeyOfLabel("alertname", "name-10"));
  EXPECT_EQ(Read(query), "");
  query = {};
  query.first = 3;
  query.last = 5;
  EXPECT_EQ(Read(query), "name-2 name-3 name-4");
}

TEST_F(LedgerTest, WhatIsTooMuchForTheQueueIsCounted) {
  options.queue_max = 2;
  options.flush_interval = hours(1);
  Open();
  Receive(1, 5);
  EXPECT_EQ(ledger->stats().dropped, 3u);
  Flush();
  EXPECT_EQ(Read(), "started name-1 name-2 events_lost");
}

TEST_F(LedgerTest, ABurstIsWrittenAsItComes) {
  options.block_events = 4;
  options.flush_interval = hours(1);
  Open();
  Receive(1, 4);
  const Duration deadline = MonotonicNow() + seconds(30);
  while (ledger->stats().events < 4 && MonotonicNow() < deadline) std::this_thread::yield();
  EXPECT_GE(ledger->stats().events, 4u);
}

TEST_F(LedgerTest, KeptByAge) {
  options.limits.retention = hours(1);
  now = kNoon - hours(3);
  Open();
  auto alert = std::make_shared<model::Alert>();
  alert->labels = {{"alertname", "old"}};
  for (const Duration age : {hours(3), hours(2)}) {
    ledger->OnDecision(kNoon - age, router::AlertRefused{alert});
  }
  Flush();
  Receive(1, 1);
  Flush();
  now = kNoon;
  Open();  // Looks after it at once.
  Flush();
  EXPECT_EQ(Read(), "name-1 stopped started");
}

TEST_F(LedgerTest, WhatIsKeptForAShortTimeIsLookedAfterMoreOften) {
  options.limits.retention = std::chrono::milliseconds(1);
  now = kNoon - hours(3);
  Open();
  Flush();  // Looks after it for the first time.
  now = kNoon;
  Receive(1, 1);
  FlushUntil("name-1");
}

TEST_F(LedgerTest, WhatStandsIsRecordedAgainWhenItsEventGoes) {
  options.limits.retention = std::chrono::milliseconds(1);
  now = kNoon - hours(3);
  Open();
  core::AlertTarget target;
  target.url = "http://am:9093";
  ledger->OnAlertTargets({target});
  Flush();
  EXPECT_EQ(Read(), "started alert_targets");
  now = kNoon + hours(1);
  FlushUntil("alert_targets");
}

TEST_F(LedgerTest, WhatIsTooOldGoesWithoutAnythingNew) {
  options.limits.retention = std::chrono::milliseconds(1);
  options.block_events = 4;
  now = kNoon - hours(3);
  Open();
  Receive(1, 2);
  Flush();
  now = kNoon + hours(1);
  FlushUntil("");

  // Nor does the block that is complete later bring it back.
  now = kNoon;
  Receive(3, 6);
  Flush();
  EXPECT_EQ(Read(), "name-3 name-4 name-5 name-6");
}

TEST_F(LedgerTest, TwoRulesOfOneNameAndLineFailEachForItself) {
  Open();
  auto rule = [](int column) {
    rules::RuleDefinition definition;
    definition.alert = "A";
    definition.position = {"rules.yml", 7, column};
    return std::make_shared<const rules::RuleDefinition>(definition);
  };
  for (int round = 0; round < 3; ++round) {
    for (const int column : {5, 40}) {
      ledger->OnDecision(kNoon, rules::RuleFailed{"rules.yml;g", rule(column), {}, "away"});
    }
  }
  ledger->OnDecision(kNoon, rules::RuleEvaluated{"rules.yml;g", rule(5), {}, 0, 0, 0});
  ledger->OnDecision(kNoon, rules::RuleFailed{"rules.yml;g", rule(40), {}, "away"});
  Flush();
  EXPECT_EQ(Read(), "started rule_fails rule_fails rule_works_again");
}

TEST_F(LedgerTest, KeptBySize) {
  options.limits.bytes_max = 256 * 1024;
  Open();
  for (int round = 0; round < 20; ++round) {
    Receive(1000 * round, 1000 * round + 999);
    Flush();
  }
  EXPECT_LE(ledger->stats().bytes, 300u * 1024);
  EXPECT_GE(ledger->stats().bytes, 128u * 1024) << "no more goes than has to";
  EXPECT_THAT(Read(), HasSubstr("name-19999"));
  EXPECT_THAT(Read(), testing::Not(HasSubstr("name-1 ")));
}

TEST_F(LedgerTest, WithoutRetentionNothingIsRecorded) {
  options.limits.retention = {};
  Open();
  Receive(1, 3);
  ledger->Stop();
  EXPECT_FALSE(std::filesystem::exists(options.path));
  EXPECT_EQ(ledger->stats().dropped, 0u);
}

// Nothing of it would be found by its labels.
TEST_F(LedgerTest, OfAFileWithOldKeysNothingIsKept) {
  Open();
  Receive(1, 3);
  ledger->Stop();
  {
    auto db = storage::Database::Open((folder / "history.db").string(),
                                      storage::Database::Mode::kReadWrite, "");
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->Execute("PRAGMA user_version = 1"));
  }
  Open();
  Receive(4, 4);
  ledger->Stop();
  EXPECT_EQ(Read(), "started name-4 stopped");
  Open();
  ledger->Stop();
  EXPECT_EQ(Read(), "started name-4 stopped started stopped") << "once";
}

TEST_F(LedgerTest, ABrokenFileIsSetAside) {
  std::ofstream(options.path) << "this is no database, whatever its name says; and it is long";
  Open();
  Receive(1, 1);
  Flush();
  EXPECT_EQ(Read(), "started name-1");
  EXPECT_THAT(Observed(), ElementsAre(HasSubstr("history.db.corrupt-")));
}

TEST_F(LedgerTest, AFileThatGoesAwayIsMadeAgain) {
  Open();
  Receive(1, 1);
  Flush();
  std::filesystem::rename(options.path, options.path + ".moved");
  std::filesystem::remove(options.path + "-wal");
  std::filesystem::remove(options.path + "-shm");
  Receive(2, 2);
  Flush();
  EXPECT_EQ(Read(), "name-2");
}

TEST_F(LedgerTest, WhatStandsIsRecordedInANewFileToo) {
  Open();
  ledger->OnAlertTargets({{"http://am:9093", core::AlertTarget::Answer::kNone, ""}});
  Receive(1, 5);
  Flush();
  std::filesystem::rename(options.path, options.path + ".moved");
  std::filesystem::remove(options.path + "-wal");
  std::filesystem::remove(options.path + "-shm");
  Receive(6, 6);
  Flush();
  EXPECT_EQ(Read(), "name-6 alert_targets");
}

TEST_F(LedgerTest, WhatStandsIsRecordedAgainAfterALoss) {
  options.queue_max = 2;
  options.flush_interval = hours(1);
  Open();
  ledger->OnAlertTargets({{"http://am:9093", core::AlertTarget::Answer::kNone, ""}});
  Receive(1, 5);
  Flush();
  EXPECT_EQ(Read(), "started alert_targets name-1 events_lost alert_targets");
}

TEST_F(LedgerTest, AFailingDiskIsReportedOnceAndWhatWaitsIsWrittenLater) {
  const std::string path = options.path;
  options.path = (folder / "missing" / "history.db").string();
  Open();
  Receive(1, 1);
  Flush();
  Receive(2, 2);
  Flush();
  EXPECT_FALSE(ledger->stats().good);
  EXPECT_FALSE(IsZero(ledger->stats().unwritten_since));
  EXPECT_GE(ledger->stats().failures, 1u);
  std::filesystem::create_directory(folder / "missing");
  for (int i = 0; i < 1000 && !ledger->stats().good; ++i) Flush();
  EXPECT_TRUE(IsZero(ledger->stats().unwritten_since));
  EXPECT_EQ(Read(), "started name-1 name-2");
  EXPECT_THAT(Observed(), ElementsAre(HasSubstr("bad"), HasSubstr("recorded again")));
  EXPECT_EQ(ledger->stats().dropped, 0u);
}

TEST_F(LedgerTest, WhatWaitsForAFailingDiskIsBounded) {
  options.path = (folder / "missing" / "history.db").string();
  options.block_events = 10;
  Open();
  for (int i = 0; i < 20; ++i) {
    Receive(20 * i, 20 * i + 19);
    Flush();
  }
  EXPECT_GE(ledger->stats().dropped, 200u);
  std::filesystem::create_directory(folder / "missing");
  Receive(1000, 1000);
  for (int i = 0; i < 1000 && !ledger->stats().good; ++i) Flush();
  EXPECT_THAT(Read(), HasSubstr("events_lost"));
  EXPECT_THAT(Read(), HasSubstr("name-1000"));
}

}  // namespace
}  // namespace tocsin::history
