// Files that real Alertmanagers wrote (they are the fuzzer's seeds too), and what may be wrong with
// such files.

#include "storage/snapshot_files.h"

#include "tests/storage/store_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
std::string Message(const std::string& content) {
  const std::string message = Field(1, content);
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
  ReadNotificationLog(WrittenBy("nflog-0.25"), &state);
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
  ReadSilences(Message(Field(1, "none")) + Message(Field(1, "op") + Field(2, "\x08\x09")) +
                   Message(Field(1, "re") + Field(2, "\x08\x01" + Field(2, "a") + Field(3, "("))) +
                   Message(matcher) + "\x02\x0a\x05" +
                   Message(Field(1, "good") + matcher + comment) + "\x7f",
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

TEST(AlertmanagerFiles, NothingIsReadBeyondACut) {
  for (const char* file : {"silences-new", "nflog-0.25"}) {
    const std::string whole = WrittenBy(file);
    for (std::size_t n = 1; n < whole.size(); ++n) {
      AlertmanagerState state;
      ReadSilences(whole.substr(0, n), &state);
      ReadNotificationLog(whole.substr(0, n), &state);
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

// What was there was newer.
TEST_F(ImportTest, NotInsteadOfWhatWasSetAside) {
  Put("tocsin.db", std::string(5000, 'x'));
  Open();
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 1u);
  EXPECT_TRUE(Describe(loaded).empty());
}

}  // namespace
}  // namespace tocsin::storage
