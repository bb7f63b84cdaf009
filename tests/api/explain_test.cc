// Explain about now: what a real core has of alerts and rules, as text and as JSON, beside an empty
// history.

#include "history/history_file.h"
#include "notifiers/factory.h"
#include "rules/rule_file.h"
#include "tests/api/api_fixture.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <map>

namespace tocsin::api {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kConfig = R"(
global: {resolve_timeout: 5m}
history: {retention: 30d}
route:
  receiver: dba
  group_by: [alertname]
  group_wait: 10s
  group_interval: 5m
  routes:
  - {matchers: [team="web"], receiver: web, mute_time_intervals: [nights]}
inhibit_rules:
- {source_matchers: [alertname="Outage"], target_matchers: [alertname="Busy"]}
time_intervals:
- {name: nights, time_intervals: [{times: [{start_time: '00:00', end_time: '06:30'}]}]}
receivers:
- {name: dba, webhook_configs: [{url: 'http://127.0.0.1:1'}]}
- {name: web, webhook_configs: [{url: 'http://127.0.0.1:1'}]}
)";

constexpr const char* kRules = R"(
groups:
- name: load
  interval: 1m
  rules:
  - {alert: Busy, expr: busy, labels: {team: db}}
  - {alert: Slow, expr: slow, for: 10m, labels: {team: web}}
  - {alert: Lost, expr: lost}
  - {alert: Calm, expr: calm}
)";

// Answers when it is told to: a query is not answered inside of it.
class Series final : public core::Datasource {
 public:
  explicit Series(std::map<std::string, double> values) : values_(std::move(values)) {}

  void Query(const rules::Query& query, Callback done) override {
    waiting_.emplace_back(query.expr, std::move(done));
  }
  void AnswerAll() {
    while (!waiting_.empty()) {
      const auto [expr, done] = std::move(waiting_.back());
      waiting_.pop_back();
      if (expr == "lost") {
        done(Fail("no route to host"));
        continue;
      }
      rules::QueryResult result;
      if (const auto it = values_.find(expr); it != values_.end()) {
        result.vector.push_back({{{"instance", "a"}}, it->second});
      }
      done(std::move(result));
    }
  }

 private:
  const std::map<std::string, double> values_;
  std::vector<std::pair<std::string, Callback>> waiting_;
};

class ExplainApi : public ApiFixture {
 protected:
  ExplainApi() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-explain-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.history_path = (folder_ / "history.db").string();
    options_.flush_history = [] {};
    options_.history_unwritten_since = [] { return kZeroTime; };
    EXPECT_TRUE(history::HistoryFile::Open(options_.history_path, ""));
  }
  ~ExplainApi() override { std::filesystem::remove_all(folder_); }

  // Rules are evaluated for five minutes, up to now.
  void Begin(const model::LabelSet& external_labels = {}) {
    core::Generation generation = GenerationOf(kConfig);
    ASSERT_TRUE(generation.config);
    const auto& config = *generation.config;
    config_.Set(generation.config);
    config::Diagnostics diagnostics;
    for (const config::ReceiverConfig& receiver : config.receivers) {
      for (auto& made :
           notifiers::BuildIntegrations(receiver, generation.templates, &diagnostics)) {
        generation.integrations.push_back(std::move(made));
      }
    }
    generation.groups = rules::Ruler::Compile(
        rules::ParseRuleFile(kRules, "load.rules", &diagnostics), &diagnostics);
    ASSERT_FALSE(diagnostics.HasErrors());
    generation.ruler_options.datasources = {{"", "", seconds(30)}};
    generation.ruler_options.external_labels = external_labels;
    auto series =
        std::make_shared<Series>(std::map<std::string, double>{{"busy", 97}, {"slow", 3}});
    generation.datasources = {{"", series}};
    const Time begin = kNow - minutes(5);
    control_.Install(begin, std::move(generation));
    for (Time now = begin; now <= kNow; now = std::max(now, control_.NextDeadline())) {
      control_.SetNow(now);
      control_.Advance(now);
      series->AnswerAll();
      sender_.AnswerAll();
    }
    Start();
  }

  std::string Explain(const std::string& question, const std::string& more = "&output=text") {
    return Get("/api/tocsin/v1/explain?matchers=" + question + more).body;
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(ExplainApi, WhatFiresWithItsRuleItsGroupAndWhoWasTold) {
  Begin();
  const std::string text = Explain("Busy");
  EXPECT_THAT(text, StartsWith("Unknown: it is there, but what was decided about it is not on "
                               "record; nothing at all is recorded.\n"));
  EXPECT_THAT(text, HasSubstr("  {alertname=\"Busy\", instance=\"a\", team=\"db\"} fires since "
                              "2026-11-21T01:1"));
  EXPECT_THAT(text, HasSubstr("    by rule Busy (load.rules:6, group load) it fires, active "
                              "since 2026-11-21T01:1"));
  EXPECT_THAT(text, HasSubstr(", value 97\n    its group {}:{alertname=\"Busy\"} is flushed next "
                              "at 2026-11-21T01:1"));
  EXPECT_THAT(text, HasSubstr("\n    dba/webhook[0] was told at 2026-11-21T01:1"));
  EXPECT_THAT(text, HasSubstr(" that it fires\n\nRules now:\n  Busy (load.rules:6, group load): "
                              "ok; evaluated last at 2026-11-21T01:1"));
  const std::string json = Explain("Busy", "");
  EXPECT_THAT(json, HasSubstr(R"("groups":[{"group":{"key":"{}:{alertname=\"Busy\"}")"));
  EXPECT_THAT(json, HasSubstr(R"("flushing":false,"nextFlush":"2026-11-21T01:1)"));
  EXPECT_THAT(json, HasSubstr(R"("integrations":[{"receiver":"dba","type":"webhook","index":0,)"
                              R"("toldAt":"2026-11-21T01:1)"));
  EXPECT_THAT(json, HasSubstr(R"("rules":[{"rule":0,"state":"firing","activeAt":"2026-11-21T01)"));
  EXPECT_THAT(json, HasSubstr(R"("rules":[{"name":"Busy","file":"load.rules","line":6,)"
                              R"("group":"load","expr":"busy","for":0,"interval":60,)"
                              R"("health":"ok","lastEvaluation":"2026-11-21T01:1)"));
}

TEST_F(ExplainApi, WhatIsPendingAndWhenItFires) {
  Begin();
  const std::string text = Explain("{team=\"web\"}");
  EXPECT_THAT(
      text,
      HasSubstr(
          "{alertname=\"Slow\", instance=\"a\", team=\"web\"}\n    by rule Slow (load.rules:7, "
          "group load) it is pending since 2026-11-21T01:1"));
  EXPECT_THAT(text, HasSubstr(", value 3, and fires at 2026-11-21T01:2"));
  // What nothing was found of was not asked about.
  EXPECT_THAT(text, Not(HasSubstr("Calm")));
}

TEST_F(ExplainApi, ARuleThatFailsOrFindsNothing) {
  Begin();
  EXPECT_THAT(
      Explain("Lost"),
      StartsWith(
          "Not paged: no such alert is pending or fires; rule Lost (load.rules:8, group load): "
          "fails: no route to host; evaluated last at 2026-11-21T01:1"));
  EXPECT_THAT(
      Explain("Calm"),
      StartsWith(
          "Not paged: no such alert is pending or fires; rule Calm (load.rules:9, group load): "
          "ok; evaluated last at 2026-11-21T01:1"));
}

TEST_F(ExplainApi, ExternalLabelsAreThoseOfTheAlert) {
  Begin({{"site", "x"}});
  EXPECT_THAT(Explain("{site=\"x\",alertname=\"Slow\"}"), HasSubstr("it is pending since"));
  EXPECT_THAT(Explain("{site=\"y\",alertname=\"Slow\"}"), Not(HasSubstr("it is pending since")));
}

TEST_F(ExplainApi, WhatMutesItAndUntilWhen) {
  Begin();
  EXPECT_EQ(PostAlerts(R"([{"labels":{"alertname":"Odd\n","team":"web"}}])").status, 200);
  const std::string text = Explain("{team=\"web\"}");
  EXPECT_THAT(text, HasSubstr("; muted by its route's mute_time_intervals nights now, until "
                              "2026-11-21T06:30:00.000Z\n    web/webhook[0] has not been told"));
  EXPECT_THAT(Explain("{team=\"web\"}", ""),
              HasSubstr(R"("mutedBy":["nights"],"outsideActiveTimes":false,)"
                        R"("mutedUntil":"2026-11-21T06:30:00Z")"));
}

TEST_F(ExplainApi, WhatInhibitsItByItsLabels) {
  Begin();
  EXPECT_THAT(Explain("Busy", ""), Not(HasSubstr("inhibitedBy")));
  EXPECT_EQ(PostAlerts(R"([{"labels":{"alertname":"Outage","site":"x"}}])").status, 200);
  EXPECT_THAT(Explain("Busy"), HasSubstr(R"(; inhibited by {alertname="Outage", site="x"})"));
  EXPECT_THAT(Explain("Busy", ""), HasSubstr(R"("inhibitedBy":{"alertname":"Outage","site":"x"})"));
}

TEST_F(ExplainApi, WhatIsToComeIsAnsweredAsOfNow) {
  Begin();
  const std::string later = "&at=2026-11-21T02:00:00Z";
  EXPECT_THAT(Explain("Busy", later + "&output=text"), HasSubstr("In the server now:\n"));
  EXPECT_THAT(Explain("Busy", later), HasSubstr(R"("at":"2026-11-21T01:15:23.902Z",)"
                                                R"("asked":"2026-11-21T02:00:00Z")"));
  EXPECT_THAT(Explain("Busy", ""), Not(HasSubstr("asked")));
  EXPECT_THAT(Explain("Busy", "&at=2026-11-21T01:00:00Z"), HasSubstr(R"("live":[],"rules":[])"));
}

}  // namespace
}  // namespace tocsin::api
