// Files that real Alertmanagers wrote (they are the fuzzer's seeds too), and what may be wrong with
// such files.

#include "storage/snapshot_files.h"

#include "base/clock.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/store_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tocsin::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string WrittenBy(const std::string& name) {
  std::ifstream stream(TOCSIN_SOURCE_DIR "/tests/fuzz/corpus/snapshot_files/" + name,
                       std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  EXPECT_FALSE(content.str().empty()) << name;
  return std::move(content).str();
}

// A field that is a message or a text: its number, its length, its bytes. Short ones only.
std::string Field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
// A field that is a time, by its seconds.
std::string At(int number, std::uint64_t seconds) {
  std::string varint;
  for (; seconds >= 0x80; seconds >>= 7) varint += static_cast<char>((seconds & 0x7f) | 0x80);
  return Field(number, "\x08" + varint + static_cast<char>(seconds));
}
constexpr std::uint64_t kStart = 1'700'000'000;
// One that is taken over.
const std::string& kLasts = *new std::string(At(3, kStart) + At(4, kStart + 60));

std::string Message(const std::string& content, const std::string& beside = "") {
  const std::string message = Field(1, content) + beside;
  return static_cast<char>(message.size()) + message;
}

TEST(AlertmanagerFiles, SilencesOfOldAndNewOnes) {
  for (const char* file : {"silences-0.25", "silences-new"}) {
    AlertmanagerState state;
    ReadSilences(WrittenBy(file), &state);
    EXPECT_THAT(state.problems, IsEmpty()) << file;
    ASSERT_EQ(state.silences.size(), 2u) << file;
    const auto quiet = std::find_if(state.silences.begin(), state.silences.end(),
                                    [](const auto& s) { return s->comment == "c \"q\""; });
    ASSERT_NE(quiet, state.silences.end()) << file;
    const model::Silence& silence = **quiet;
    EXPECT_EQ(silence.id.size(), 36u);
    EXPECT_EQ(silence.created_by, "me");
    ASSERT_EQ(silence.matcher_sets.size(), 1u);
    EXPECT_EQ(ToString(silence.matcher_sets[0]),
              R"({alertname="quiet",instance=~"a.*|b",env!="dev",x!~"y.+"})");
    EXPECT_EQ(silence.starts_at, silence.updated_at);
    EXPECT_LT(silence.ends_at - silence.starts_at, std::chrono::hours(48));
    EXPECT_GT(silence.ends_at - silence.starts_at, std::chrono::hours(47));
  }
}

TEST(AlertmanagerFiles, NotificationLog) {
  AlertmanagerState state;
  ReadNotificationLog(WrittenBy("nflog-0.25"), SystemClock().Now(), &state);
  EXPECT_THAT(state.problems, IsEmpty());
  ASSERT_EQ(state.log_entries.size(), 2u);
  EXPECT_EQ(state.log_entries[0].first, R"({}/{team="a"}:{alertname="A"}:team/webhook/0)");
  EXPECT_EQ(state.log_entries[1].first, R"({}:{alertname="B"}:team/webhook/0)");
  const router::LogEntry& entry = *state.log_entries[1].second;
  EXPECT_EQ(entry.firing,
            router::AlertHashes{router::AlertHash({{"alertname", "B"}, {"instance", "i1"}})});
  EXPECT_THAT(entry.resolved, IsEmpty());
  EXPECT_EQ(entry.expires_at - entry.timestamp, std::chrono::hours(2));
}

// One that matches everything because its matchers are missing would be the worst of all.
TEST(AlertmanagerFiles, WhatIsWrongIsLeftOutAndSaid) {
  const std::string matcher = Field(2, Field(2, "a") + Field(3, "b"));
  const std::string comment = Field(7, Field(1, "old") + Field(2, "why"));
  AlertmanagerState state;
  ReadSilences(
      Message(Field(1, "none") + kLasts) + Message(Field(1, "op") + Field(2, "\x08\x09") + kLasts) +
          Message(Field(1, "re") + Field(2, "\x08\x01" + Field(2, "a") + Field(3, "(")) + kLasts) +
          Message(matcher) + "\x02\x0a\x05" +
          Message(Field(1, "good") + matcher + comment + kLasts) + "\x7f",
      &state);
  ASSERT_EQ(state.silences.size(), 1u);
  EXPECT_EQ(state.silences[0]->id, "good");
  EXPECT_EQ(state.silences[0]->created_by, "old");
  EXPECT_EQ(state.silences[0]->comment, "why");
  EXPECT_EQ(ToString(state.silences[0]->matcher_sets.at(0)), R"({a="b"})");
  EXPECT_THAT(
      state.problems,
      ElementsAre(R"(silences: "none": it has no matchers)", R"(silences: "op": malformed)",
                  HasSubstr(R"(silences: "re": invalid)"), R"(silences: "": malformed)",
                  HasSubstr("silences: malformed message at"), HasSubstr("is cut off or damaged")));
}

TEST(AlertmanagerFiles, SilencesWithoutTimesAreLeftOut) {
  const std::string matcher = Field(2, Field(2, "a") + Field(3, "b"));
  constexpr std::uint64_t kYearZero = static_cast<std::uint64_t>(-62'135'596'800),
                          kYear9999 = 253'402'300'799;
  const auto silence = [&](const char* id, const std::string& times) {
    return Message(Field(1, id) + matcher + times);
  };
  AlertmanagerState state;
  ReadSilences(silence("no end", At(3, kStart)) + silence("no start", At(4, kStart)) +
                   silence("zero", At(3, kYearZero) + At(4, kStart)) +
                   silence("backwards", At(3, kStart) + At(4, kStart - 1)) +
                   silence("far", At(3, kYear9999) + At(4, kYear9999)) +
                   silence("expired before it began", At(3, kStart) + At(4, kStart)) +
                   silence("for ever", At(3, kStart) + At(4, kYear9999)),
               &state);
  std::vector<std::string> taken;
  for (const auto& one : state.silences) taken.push_back(one->id);
  EXPECT_THAT(taken, ElementsAre("expired before it began", "for ever"));
  EXPECT_EQ(state.problems.size(), 5u);
  EXPECT_THAT(state.problems,
              testing::Contains(R"(silences: "no end": it has no times that make sense)"));
}

TEST(AlertmanagerFiles, TimesOfTheNotificationLog) {
  const auto entry = [](const char* group, const std::string& times, const std::string& expires) {
    return Message(Field(1, group) + Field(2, Field(1, "r") + Field(2, "webhook")) + times,
                   expires);
  };
  const std::string good = At(2, kStart + 1000);
  AlertmanagerState state;
  ReadNotificationLog(entry("ahead", At(5, kStart + 300), good) +
                          entry("past", At(5, kStart - 300), good) + entry("none", "", good) +
                          entry("far", At(5, 1ull << 40), good) +
                          entry("never expires", At(5, kStart), ""),
                      Time(std::chrono::seconds(kStart)), &state);
  ASSERT_EQ(state.log_entries.size(), 2u);
  EXPECT_EQ(state.log_entries[0].first, "ahead:r/webhook/0");
  EXPECT_EQ(state.log_entries[0].second->timestamp, Time(std::chrono::seconds(kStart)));
  EXPECT_EQ(state.log_entries[1].second->timestamp, Time(std::chrono::seconds(kStart - 300)));
  EXPECT_THAT(
      state.problems,
      ElementsAre(R"(nflog: "none:r/webhook/0": it has no times that make sense)",
                  R"(nflog: "far:r/webhook/0": it has no times that make sense)",
                  R"(nflog: "never expires:r/webhook/0": it has no times that make sense)"));
}

TEST(AlertmanagerFiles, NothingIsReadBeyondACut) {
  for (const char* file : {"silences-new", "nflog-0.25"}) {
    const std::string whole = WrittenBy(file);
    for (std::size_t n = 1; n < whole.size(); ++n) {
      AlertmanagerState state;
      ReadSilences(whole.substr(0, n), &state);
      ReadNotificationLog(whole.substr(0, n), SystemClock().Now(), &state);
      EXPECT_LT(state.silences.size() + state.log_entries.size(), 4u);
    }
  }
}

class ImportTest : public StoreFixture {
 protected:
  ImportTest() {
    std::filesystem::create_directories(options.folder);
    Put("silences", WrittenBy("silences-new"));
    Put("nflog", WrittenBy("nflog-0.25"));
    // As the core does it, which has all of it in memory.
    on_rewrite = [this] {
      std::vector<router::StateChange> changes;
      for (const auto& silence : loaded.silences) changes.push_back(router::SilenceStored{silence});
      for (const auto& [key, entry] : loaded.log_entries) {
        changes.push_back(router::LogEntryStored{key, entry});
      }
      store->Write({std::move(changes), true}, [](const Status&) {});
    };
  }
  void Put(const std::string& name, const std::string& content) {
    std::ofstream(options.folder + "/" + name, std::ios::binary) << content;
  }
};

TEST_F(ImportTest, OnceAtTheFirstStart) {
  Open();
  EXPECT_EQ(Describe(loaded).size(), 4u);
  EXPECT_EQ(Events(StoreEvent::Kind::kImported), 1u);
  EXPECT_THAT(LastEvent(StoreEvent::Kind::kImported), HasSubstr("2 silences and 2 log entries"));
  EXPECT_EQ(Reopened().size(), 4u) << "it was written before anything else";
  ASSERT_TRUE(Write({router::SilenceRemoved{loaded.silences[0]->id}}));
  EXPECT_EQ(Reopened().size(), 3u);
  EXPECT_EQ(Events(StoreEvent::Kind::kImported), 1u);
  EXPECT_EQ(Files("silences").size() + Files("nflog").size(), 2u) << "they stay";
}

TEST_F(ImportTest, ABrokenFileCostsNothingBesideIt) {
  Put("nflog", "\xff\xff");
  Open();
  EXPECT_EQ(loaded.silences.size(), 2u);
  EXPECT_THAT(loaded.skipped, ElementsAre(HasSubstr("nflog: what follows byte 0")));
}

TEST_F(ImportTest, NothingTakenOverIsNotAnImport) {
  Put("silences", "\xff\xff");
  Put("nflog", "\xff\xff");
  Open();
  EXPECT_EQ(Events(StoreEvent::Kind::kImported), 0u);
  EXPECT_EQ(loaded.skipped.size(), 2u);
}

struct StartFault {
  const char* name;
  std::atomic<int> FaultVfs::* where;
  int code;
};

class ImportFaultTest : public ImportTest, public testing::WithParamInterface<StartFault> {
 protected:
  ImportFaultTest() { Fail(true); }
  void Fail(bool fails) { FaultVfs::Get().*GetParam().where = fails ? GetParam().code : SQLITE_OK; }
};

TEST_P(ImportFaultTest, IsInMemoryAtOnceAndOnDiskOnceThatWorks) {
  Open();
  EXPECT_EQ(Describe(loaded).size(), 4u);
  EXPECT_EQ(health(), SqliteStore::Health::kFailed);
  EXPECT_EQ(Events(StoreEvent::Kind::kFailed), 1u);
  EXPECT_THAT(LastEvent(StoreEvent::Kind::kImported), HasSubstr("in memory only"));
  Fail(false);
  RunUntil([&] { return Events(StoreEvent::Kind::kRecovered) == 1; });
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u) << LastEvent(StoreEvent::Kind::kSetAside);
  EXPECT_EQ(Reopened().size(), 4u);
  EXPECT_EQ(Events(StoreEvent::Kind::kImported), 1u) << "once";
}

TEST_P(ImportFaultTest, IsDoneAgainByTheNextStart) {
  for (std::size_t start = 1; start <= 3; ++start) {
    if (start == 3) Fail(false);
    EXPECT_EQ(Reopened().size(), 4u) << start;
    EXPECT_EQ(Events(StoreEvent::Kind::kImported), start);
  }
  EXPECT_THAT(LastEvent(StoreEvent::Kind::kImported), testing::Not(HasSubstr("memory")));
  EXPECT_EQ(Reopened().size(), 4u);
  EXPECT_EQ(Events(StoreEvent::Kind::kImported), 3u);
}

// The process ends after something else was stored, and before the rewrite.
TEST_P(ImportFaultTest, IsStoredWithTheFirstThingThatIs) {
  on_rewrite = [] {};
  Open();
  Fail(false);
  RunUntil([&] { return rewrites_asked > 0; });
  ASSERT_TRUE(Write({router::SilenceStored{MakeSilence("new", "")}}));
  EXPECT_EQ(Reopened().size(), 5u);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ImportFaultTest,
    testing::Values(StartFault{"full", &FaultVfs::write_error, SQLITE_FULL},
                    StartFault{"eio", &FaultVfs::write_error, SQLITE_IOERR_WRITE},
                    StartFault{"sync", &FaultVfs::sync_error, SQLITE_IOERR_FSYNC},
                    StartFault{"no_file", &FaultVfs::open_error, SQLITE_CANTOPEN}),
    [](const auto& test) { return test.param.name; });

// What was there was newer.
TEST_F(ImportTest, NotInsteadOfWhatWasSetAside) {
  Put("tocsin.db", std::string(5000, 'x'));
  Open();
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 1u);
  EXPECT_TRUE(Describe(loaded).empty());
}

}  // namespace
}  // namespace tocsin::storage
