// From the configuration to the Alertmanagers that get alerts, and what they get.

#include "core/inbox.h"
#include "datasource/alert_request.h"
#include "datasource/alert_sender.h"
#include "datasource/alert_target_discovery.h"
#include "datasource/alert_targets.h"
#include "tests/datasource/fake_http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace tocsin::datasource {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

model::RelabelRule Rule(model::RelabelFields fields) {
  return *model::RelabelRule::Create(std::move(fields));
}

model::AlertPtr Alert(const std::string& name) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = {{"alertname", name}, {"job", "<x>"}};
  alert->annotations = {{"summary", ""}};
  alert->starts_at = Time(milliseconds(1'700'000'000'250));
  alert->ends_at = Time(seconds(1'700'000'240));
  alert->generator_url = "http://p/graph?g0.expr=up&g0.tab=1";
  return alert;
}

Strings Urls(const AlertmanagerTargets& targets) {
  Strings urls;
  for (const AlertmanagerTarget& target : targets.active) urls.push_back(target.url);
  return urls;
}

TEST(EncodeAlerts, MakesWhatAlertmanagersApiTakes) {
  EXPECT_EQ(EncodeAlerts({Alert("a")}, {}).json,
            R"([{"labels":{"alertname":"a","job":"\u003cx\u003e"},"annotations":{"summary":""},)"
            R"("startsAt":"2023-11-14T22:13:20.25Z","endsAt":"2023-11-14T22:17:20Z",)"
            R"("generatorURL":"http://p/graph?g0.expr=up\u0026g0.tab=1"}])");
}

TEST(EncodeAlerts, EachHasItsOwnTimesAndUrl) {
  std::string expected;
  std::vector<model::AlertPtr> alerts;
  for (const int i : {1, 1, 2, 1}) {
    auto alert = std::make_shared<model::Alert>(*Alert("a"));
    alert->starts_at = Time(seconds(i));
    alert->ends_at = i == 2 ? Time() : Time(seconds(10 + i));
    alert->generator_url = i == 2 ? "" : "u" + std::to_string(i);
    const std::string json = EncodeAlerts({alert}, {}).json;
    expected += (expected.empty() ? "" : ",") + json.substr(1, json.size() - 2);
    alerts.push_back(std::move(alert));
  }
  EXPECT_EQ(EncodeAlerts(alerts, {}).json, "[" + expected + "]");
}

TEST(EncodeAlerts, RelabelsForThisAlertmanagerAlone) {
  model::RelabelFields drop;
  drop.action = "drop";
  drop.source_labels = Strings{"alertname"};
  drop.regex = "a";
  const AlertBody body = EncodeAlerts({Alert("a"), Alert("b")}, {Rule(drop)});
  EXPECT_EQ(body.alerts, 1U);
  EXPECT_NE(body.json.find(R"("alertname":"b")"), std::string::npos);
  EXPECT_EQ(body.json.find(R"("alertname":"a")"), std::string::npos);
}

TEST(AlertmanagerTargets, AreMadeOfAddressSchemeAndPath) {
  auto config = std::make_shared<config::AlertmanagerConfig>();
  config->scheme = "https";
  config->path_prefix = "am/";
  AlertmanagerTargets targets;
  AddTargets(config, 0, {{{"a:9093", "a:9093", "[::1]:9093"}, {{"__scheme__", "http"}}}}, &targets);
  AddTargets(config, 1, {{{"b"}, {{"__alerts_path__", "x"}}}}, &targets);
  config->path_prefix = "/";
  AddTargets(config, 2, {{{"c:1"}, {}}}, &targets);
  EXPECT_EQ(Urls(targets),
            (Strings{"http://a:9093/am/api/v2/alerts", "http://[::1]:9093/am/api/v2/alerts",
                     "https://b/x", "https://c:1/api/v2/alerts"}));
}

TEST(AlertmanagerTargets, AreRelabelled) {
  auto config = std::make_shared<config::AlertmanagerConfig>();
  model::RelabelFields keep;
  keep.action = "keep";
  keep.source_labels = Strings{"zone"};
  keep.regex = "here";
  model::RelabelFields path;
  path.target_label = "__alerts_path__";
  path.replacement = "/p";
  config->relabel_configs = {Rule(keep), Rule(path)};
  AlertmanagerTargets targets;
  AddTargets(config, 0, {{{"a:1"}, {{"zone", "here"}}}, {{"b:1"}, {{"zone", "there"}}}}, &targets);
  EXPECT_EQ(Urls(targets), Strings{"http://a:1/p"});
  EXPECT_EQ(targets.dropped, Strings{"http://b:1/api/v2/alerts"});
}

// Keeps what is found, for a test that waits for it.
class Discovered {
 public:
  void Set(const AlertmanagerTargets& targets) {
    const std::lock_guard lock(mutex_);
    urls_ = Urls(targets);
    changed_.notify_all();
  }
  bool Await(const Strings& urls) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(30), [&] { return urls_ == urls; });
  }
  Strings urls() {
    const std::lock_guard lock(mutex_);
    return urls_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Strings urls_;
};

class DiscoveryTest : public testing::Test {
 protected:
  DiscoveryTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("tocsin-discovery-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~DiscoveryTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / (name + ".new")) << text;
    std::filesystem::rename(folder_ / (name + ".new"), folder_ / name);
  }
  AlertmanagerDiscovery::Options Options() {
    AlertmanagerDiscovery::Options options;
    options.found = [this](const AlertmanagerTargets& targets) { found_.Set(targets); };
    options.file_interval = milliseconds(20);
    return options;
  }
  config::AlertmanagerConfig FileConfig() {
    config::AlertmanagerConfig config;
    config.static_configs = {{{"static:1"}, {}}};
    config.file_sd_configs.push_back({{(folder_ / "*.json").string()}, seconds(1)});
    return config;
  }

  const std::filesystem::path folder_;
  Discovered found_;
};

TEST_F(DiscoveryTest, FilesAreReadAtOnceAndWhenTheyChange) {
  Write("a.json", R"([{"targets": ["a:1"]}])");
  AlertmanagerDiscovery discovery(Options());
  discovery.SetConfigs({FileConfig()});
  EXPECT_EQ(found_.urls(), (Strings{"http://static:1/api/v2/alerts", "http://a:1/api/v2/alerts"}));
  Write("a.json", R"([{"targets": ["b:1"]}])");
  EXPECT_TRUE(found_.Await({"http://static:1/api/v2/alerts", "http://b:1/api/v2/alerts"}));
  Write("a.json", "[{");
  Write("c.json", R"([{"targets": ["c:1"], "labels": {"__scheme__": "https"}}])");
  EXPECT_TRUE(found_.Await(
      {"http://static:1/api/v2/alerts", "http://b:1/api/v2/alerts", "https://c:1/api/v2/alerts"}))
      << "what cannot be read stays as it was";
}

TEST_F(DiscoveryTest, NamesAreResolvedOnTheSide) {
  // The thread that looks up may end after the discovery.
  const auto fails = std::make_shared<std::atomic<bool>>(false);
  AlertmanagerDiscovery::Options options = Options();
  options.look_up = [fails](const std::string& name,
                            net::DnsType) -> Result<std::vector<net::DnsRecord>> {
    if (*fails) return Fail("no server answers");
    return std::vector<net::DnsRecord>{{name == "srv" ? "am" : "::1", 9094}};
  };
  AlertmanagerDiscovery discovery(std::move(options));
  config::AlertmanagerConfig config;
  config::DnsDiscovery srv, aaaa;
  srv.names = {"srv"};
  srv.refresh_interval = aaaa.refresh_interval = milliseconds(20);
  aaaa.names = {"aaaa"};
  aaaa.type = config::DnsDiscovery::Type::kAaaa;
  aaaa.port = 9093;
  config.dns_sd_configs = {srv, aaaa};
  discovery.SetConfigs({config});
  const Strings both = {"http://am:9094/api/v2/alerts", "http://[::1]:9093/api/v2/alerts"};
  EXPECT_TRUE(found_.Await(both));
  *fails = true;
  discovery.SetConfigs({config});
  EXPECT_EQ(found_.urls(), both) << "as they were known before";
  discovery.Stop();
}

class AlertSenderTest : public testing::Test {
 protected:
  AlertSenderTest() {
    AlertSender::Dependencies dependencies;
    dependencies.http = &http_;
    dependencies.workers = &workers_;
    dependencies.inbox = &inbox_;
    dependencies.run_after = [this](Duration delay, std::function<void()> function) {
      timers_.emplace_back(now_ + delay, std::move(function));
    };
    dependencies.monotonic_now = [this] { return now_; };
    dependencies.user_agent = "tocsin/1.2.3";
    dependencies.observe = [this](const std::vector<core::AlertTarget>& targets) {
      constexpr const char* kAnswers[] = {"-", "taken", "refused", "failed"};
      std::string text;
      for (const core::AlertTarget& target : targets) {
        text += (text.empty() ? "" : ", ") + target.url + " " +
                kAnswers[static_cast<std::size_t>(target.answer)] + target.error;
      }
      observed_.push_back(text);
    };
    sender_ = std::make_unique<AlertSender>(std::move(dependencies));
  }

  static AlertmanagerTargets Targets(const Strings& urls) {
    AlertmanagerTargets targets;
    for (const std::string& url : urls) {
      targets.active.push_back({url, std::make_shared<const config::AlertmanagerConfig>(), 0});
    }
    return targets;
  }
  void AwaitSent(std::size_t count) {
    std::promise<void> reached;
    ASSERT_TRUE(workers_.TryRun([&reached] { reached.set_value(); }));
    reached.get_future().get();
    ASSERT_EQ(http_.size(), count);
  }
  void Answer(std::size_t i, int status) {
    http_.Answer(i, HttpResponse{status, {}, "why"});
    RunCore();
  }
  void RunCore() {
    std::vector<core::Inbox::Task> tasks;
    while (inbox_.Wait(Duration::zero(), &tasks) && !tasks.empty()) {
      for (const auto& task : tasks) task();
      tasks.clear();
    }
  }
  void Advance(Duration by) {
    now_ += by;
    for (const auto& [due, function] : std::exchange(timers_, {})) function();
    RunCore();
  }
  void Forward(const std::string& name) {
    const std::vector<model::AlertPtr> alerts = {Alert(name)};
    sender_->Forward(alerts);
  }

  Duration now_ = seconds(1000);
  std::vector<std::pair<Duration, std::function<void()>>> timers_;
  FakeHttpClient http_;
  core::Inbox inbox_{0};
  WorkerPool workers_{1, 100};
  Strings observed_;
  std::unique_ptr<AlertSender> sender_;
};

TEST_F(AlertSenderTest, WhatATargetAnswersIsSaidWhenItChanges) {
  sender_->SetTargets(Targets({"http://u:p@a"}));
  std::size_t sent = 0;
  for (const int status : {200, 200, 503, 503, 200, 400}) {
    Forward("x");
    Advance(seconds(120));
    AwaitSent(++sent);
    Answer(sent - 1, status);
  }
  EXPECT_EQ(observed_,
            (Strings{"http://a -", "http://a taken", "http://a failedHTTP status 503: why",
                     "http://a taken", "http://a refusedHTTP status 400: why"}));
}

TEST_F(AlertSenderTest, OneThatIsAwayHoldsUpNoOther) {
  sender_->SetTargets(Targets({"http://u:p@a/api/v2/alerts", "http://b/api/v2/alerts"}));
  Forward("x");
  AwaitSent(2);
  EXPECT_EQ(http_[0].call.request.url.Reveal(), "http://u:p@a/api/v2/alerts");
  EXPECT_EQ(FindHeader(http_[0].call.request.headers, "Content-Type"), "application/json");
  EXPECT_EQ(http_[0].call.timeout, seconds(10));
  Answer(1, 200);
  Forward("y");
  AwaitSent(2);
  Advance(milliseconds(10));
  AwaitSent(3);
  Answer(2, 200);
  Answer(0, 503);
  Advance(milliseconds(100));
  AwaitSent(4);
  EXPECT_NE(http_[3].call.request.body.find(R"("x")"), std::string::npos);
  EXPECT_NE(http_[3].call.request.body.find(R"("y")"), std::string::npos);
  Answer(3, 200);
  const auto views = sender_->targets();
  EXPECT_EQ(views->active[0].url, "http://a/api/v2/alerts");
  EXPECT_EQ(views->active[0].stats->sent, 2U);
  EXPECT_EQ(views->active[0].stats->failed, 1U);
  EXPECT_EQ(views->active[1].stats->sent, 2U);
  EXPECT_EQ(views->active[1].stats->waiting, 0U);
}

TEST_F(AlertSenderTest, WhatWaitsForATargetThatStaysIsKept) {
  sender_->SetTargets(Targets({"http://a", "http://b"}));
  Forward("x");
  AwaitSent(2);
  Answer(0, 500);
  sender_->SetTargets(Targets({"http://a"}));
  Answer(1, 500);
  Advance(seconds(1));
  AwaitSent(3);
  EXPECT_EQ(http_[2].call.request.url.Reveal(), "http://a");
}

TEST_F(AlertSenderTest, WhatWaitsIsKeptWhenTargetsMoveAmongTheEntries) {
  AlertmanagerTargets targets = Targets({"http://a", "http://b", "http://b"});
  targets.active[1].set = 1;
  targets.active[2].set = 2;
  sender_->SetTargets(targets);
  Forward("x");
  AwaitSent(3);
  for (const std::size_t i : {0U, 1U, 2U}) Answer(i, 500);
  std::swap(targets.active[0].set, targets.active[1].set);
  std::swap(targets.active[0], targets.active[1]);
  targets.active.insert(targets.active.begin(), Targets({"http://new"}).active[0]);
  for (std::size_t i = 1; i < 4; ++i) ++targets.active[i].set;
  sender_->SetTargets(targets);
  Advance(seconds(1));
  AwaitSent(6);
  std::vector<std::string> again;
  for (const std::size_t i : {3U, 4U, 5U}) again.push_back(http_[i].call.request.url.Reveal());
  EXPECT_THAT(again, testing::UnorderedElementsAre("http://a", "http://b", "http://b"));
}

TEST_F(AlertSenderTest, ARefusalIsFinal) {
  sender_->SetTargets(Targets({"http://a"}));
  Forward("x");
  AwaitSent(1);
  Answer(0, 400);
  Advance(seconds(60));
  AwaitSent(1);
  EXPECT_EQ(sender_->targets()->active[0].stats->dropped, 1U);
}

TEST_F(AlertSenderTest, BeforeTheEndEachGetsWhatItTakes) {
  sender_->SetTargets(Targets({"http://a", "http://b", "http://away"}));
  int drained = 0;
  const auto count = [&drained] { ++drained; };
  sender_->Drain(count);
  EXPECT_EQ(drained, 1) << "nothing waits";
  Forward("x");
  AwaitSent(3);
  Forward("y");
  Answer(2, 503);
  sender_->Drain(count);
  AwaitSent(4);
  EXPECT_EQ(http_[3].call.request.url.Reveal(), "http://away") << "once more, without a pause";
  Answer(3, 503);
  Answer(1, 200);
  AwaitSent(5);
  Answer(4, 400);
  Answer(0, 200);
  AwaitSent(6);
  EXPECT_EQ(drained, 1) << "y is on its way to a";
  Answer(5, 200);
  EXPECT_EQ(drained, 2);
  EXPECT_EQ(sender_->targets()->active[0].stats->sent, 2U);
}

}  // namespace
}  // namespace tocsin::datasource
