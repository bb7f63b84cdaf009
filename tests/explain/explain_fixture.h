#pragma once

// Explanations of small ledgers that are told event by event.

#include "explain/answer_text.h"
#include "explain/listing.h"
#include "explain/search.h"
#include "history/event.h"
#include "history/history_file.h"
#include "storage/database.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace tocsin::explain {

using history::Event;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline const Time kStart = Time(std::chrono::hours(24 * 20'000));
inline const model::LabelSet kAlert{{"alertname", "Down"}, {"instance", "a"}, {"team", "db"}};
inline const model::IntegrationId kSlack{"dba", "slack", 0};

class ExplainFixture : public testing::Test {
 public:
  ExplainFixture() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-explain-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    auto identity = std::make_shared<router::GroupIdentity>();
    identity->key = R"({}/{team="db"}:{alertname="Down"})";
    identity->route_id = R"({}/{team="db"}/0)";
    identity->receiver = "dba";
    identity->labels = {{"alertname", "Down"}};
    group_ = std::move(identity);
  }
  ~ExplainFixture() override { std::filesystem::remove_all(folder_); }

  ExplainFixture& At(Duration at, Event event) {
    entries_.push_back({entries_.size() + 1, kStart + at, std::move(event)});
    return *this;
  }
  // The usual beginning: routes, received, group created and joined; the flush is at 30s.
  ExplainFixture& Joins(Duration at = {}) {
    history::RoutesInForce routes;
    routes.routes = {{"{}", 0, "default", {}, false, seconds(30), minutes(5), minutes(240), {}, {}},
                     {R"({}/{team="web"}/0)",
                      0,
                      "web",
                      {{"team", model::MatchOp::kEqual, "web"}},
                      false,
                      seconds(30),
                      minutes(5),
                      minutes(240),
                      {},
                      {}},
                     {R"({}/{team="db"}/0)",
                      0,
                      "dba",
                      {{"team", model::MatchOp::kEqual, "db"}},
                      false,
                      seconds(30),
                      minutes(5),
                      minutes(240),
                      {},
                      {}}};
    At(at, routes);
    At(at, history::AlertReceived{kAlert, history::AlertReceived::Change::kCreated, false,
                                  kStart + at, kStart + at + minutes(5)});
    At(at, history::GroupCreated{group_, kStart + at + seconds(30)});
    return At(at, history::AlertGrouped{group_, kAlert});
  }
  ExplainFixture& Flushes(Duration at) {
    return At(at, history::GroupFlushed{group_, kStart + at, kStart + at + minutes(5), 1, 0});
  }
  ExplainFixture& Due(Duration at, bool resolved = false) {
    return At(at, history::NotificationDue{group_,
                                           kSlack,
                                           model::NotifyReason::kFirstNotification,
                                           1,
                                           0,
                                           kStart + at + minutes(5),
                                           {{kAlert, resolved}}});
  }
  ExplainFixture& Attempt(Duration at, int status, std::uint32_t number = 1) {
    using Outcome = history::AttemptEnded::Outcome;
    history::AttemptEnded ended{group_,
                                kSlack,
                                number,
                                milliseconds(120),
                                Outcome::kDelivered,
                                static_cast<std::uint32_t>(status),
                                "",
                                kZeroTime};
    if (status != 200) {
      ended.outcome = Outcome::kRetry;
      ended.error = "unexpected status";
      ended.next_attempt = kStart + at + seconds(1);
    }
    return At(at, ended);
  }
  ExplainFixture& Logged(Duration at) {
    return At(at, history::NotificationLogged{group_, kSlack,
                                              model::NotifyReason::kFirstNotification, true});
  }
  // The block that begins with that event; each has three.
  ExplainFixture& Damaged(std::size_t block) {
    damaged_ = block;
    return *this;
  }
  history::AlertSuppressed Suppressed(router::Suppression why) const {
    history::AlertSuppressed suppressed;
    suppressed.group = group_;
    suppressed.alert = kAlert;
    suppressed.why = why;
    return suppressed;
  }

  Answer Ask(Duration at, const char* question = R"({alertname="Down",instance="a"})") {
    Result<history::Reader> reader = Read();
    const auto matchers = ParseQuestion(question, model::MatcherSyntax::kUtf8Strict);
    EXPECT_TRUE(matchers) << matchers.error().message;
    auto answer = FindAndExplain(&*reader, {*matchers, kStart + at, kStart + at});
    EXPECT_TRUE(answer) << answer.error().message;
    return *std::move(answer);
  }
  // States and sentences of the first alert.
  std::string Conclusions(Duration at) {
    const Answer answer = Ask(at);
    if (answer.alerts.empty()) return "none";
    std::string text;
    for (const Conclusion& conclusion : answer.alerts.front().conclusions) {
      text += std::string(ToString(conclusion.state)) + ": " + conclusion.text + "\n";
    }
    return text;
  }
  std::string ListText(ListQuery query) {
    Result<history::Reader> reader = Read();
    const auto page = List(&*reader, query);
    EXPECT_TRUE(page) << page.error().message;
    return ToText(*page);
  }

  router::GroupIdentityPtr group_;

 private:
  Result<history::Reader> Read() {
    const std::string path = (folder_ / "history.db").string();
    std::filesystem::remove(path);
    {
      auto file = history::HistoryFile::Open(path, "");
      EXPECT_TRUE(file) << file.error().message;
      // Small blocks, so that all is read across them.
      for (std::size_t i = 0; i < entries_.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, entries_.size() - i);
        const auto done = file->Append(std::span(entries_).subspan(i, count), false);
        EXPECT_TRUE(done) << done.error().message;
      }
    }
    if (damaged_ > 0) Damage(path);
    auto reader = history::Reader::Open(path, minutes(1));
    EXPECT_TRUE(reader) << reader.error().message;
    return reader;
  }

  void Damage(const std::string& path) const {
    auto file = storage::Database::Open(path, storage::Database::Mode::kReadWrite, "");
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE(
        file->Execute("UPDATE body SET bytes = x'00' WHERE id = " + std::to_string(damaged_)));
  }

  std::filesystem::path folder_;
  std::vector<history::Entry> entries_;
  std::size_t damaged_ = 0;
};

}  // namespace tocsin::explain
