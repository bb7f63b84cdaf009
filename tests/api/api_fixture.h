#pragma once

// The API over a real core whose clock stands still.

#include "api/api.h"
#include "api/reads.h"
#include "base/clock.h"
#include "base/worker_pool.h"
#include "core/control.h"
#include "core/core_thread.h"
#include "core/inbox.h"
#include "core/notification_sender.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::api {

inline const Time kNow = *ParseRfc3339("2026-11-21T01:15:23.902Z");

class StoppedClock final : public Clock {
 public:
  Time Now() const override { return kNow; }
};

// Delivers when it is told to.
class WaitingSender final : public core::NotificationSender {
 public:
  void Send(notifiers::IntegrationPtr, model::NotificationPtr, Duration, Callback done) override {
    waiting_.push_back(std::move(done));
  }
  void AnswerAll() {
    notifiers::Outcome delivered;
    delivered.kind = notifiers::Outcome::Kind::kDelivered;
    for (const Callback& done : std::exchange(waiting_, {})) done(delivered);
  }

 private:
  std::vector<Callback> waiting_;
};

class ApiFixture : public testing::Test {
 protected:
  static constexpr std::size_t kInboxBytes = 100 * 1024 * 1024;

  // Without a store everything is durable at once.
  explicit ApiFixture(core::Store* store = nullptr) : control_(&sender_, {}, store, 1) {
    options_.core = &core_;
    options_.workers = &workers_;
    options_.readers = &readers_;
    options_.clock = &clock_;
    options_.config = &config_;
    options_.metrics = [](const std::function<void(std::string)>& done) { done("up 1\n"); };
    options_.answered = [this](const Answered& answered) {
      const std::lock_guard lock(answered_mutex_);
      answered_.push_back(std::string(answered.method) + " " + std::string(answered.handler) + " " +
                          std::to_string(answered.status));
    };
    options_.reload = [](const std::function<void(Status)>& done) { done({}); };
    options_.large_answers_fit = [this] { return large_answers_fit_.load(); };
    options_.alerts_received = [this](const ReceivedAlerts& received) { received_ = received; };
    options_.external_url = "https://alerts.example.org/x";
    options_.started = kNow - std::chrono::hours(1);
    options_.build = {"1.2.3", "0.34.0", "g++ 12"};
  }
  ~ApiFixture() override {
    core_.Stop();
    readers_.Stop();
    workers_.Stop();
  }

  // Without a configuration if it is not valid.
  static core::Generation GenerationOf(const std::string& yaml) {
    const config::LoadResult loaded = config::LoadText(yaml, "tocsin.yml");
    core::Generation generation;
    if (!loaded.config) return generation;
    generation.config = loaded.config;
    generation.templates = templates::NotificationTemplates::Defaults();
    generation.routes = std::make_shared<const router::RouteTree>(loaded.config->route,
                                                                  loaded.config->time_intervals);
    for (const config::InhibitRule& rule : loaded.config->inhibit_rules) {
      generation.inhibit_rules.push_back(
          {rule.name, rule.source.matchers, rule.target.matchers, rule.equal});
    }
    for (const auto& receiver : loaded.config->receivers) {
      generation.receivers.push_back(receiver.name);
    }
    return generation;
  }

  // `yaml` is a whole configuration.
  void Start(const std::string& yaml) {
    core::Generation generation = GenerationOf(yaml);
    ASSERT_TRUE(generation.config);
    config_.Set(generation.config);
    control_.Install(kNow, std::move(generation));
    Start();
  }
  void Start() {
    core_.Start();
    api_ = std::make_unique<Api>(options_);
  }

  static net::ServerRequest Request(std::string method, const std::string& target,
                                    std::string body = "", std::vector<HttpHeader> headers = {}) {
    const auto parsed = net::ParseRequestTarget(target);
    net::ServerRequest request;
    request.method = std::move(method);
    request.target = target;
    request.path = parsed->path;
    request.query = parsed->query;
    request.headers = std::move(headers);
    request.body = std::move(body);
    return request;
  }

  std::future<HttpResponse> Send(net::ServerRequest request) {
    auto promise = std::make_shared<std::promise<HttpResponse>>();
    std::future<HttpResponse> future = promise->get_future();
    api_->Handle(std::move(request),
                 [this, promise](HttpResponse response, net::ResponseClass response_class) {
                   response_class_ = response_class;
                   promise->set_value(std::move(response));
                 });
    return future;
  }
  HttpResponse Ask(std::string method, const std::string& target, std::string body = "",
                   std::vector<HttpHeader> headers = {}) {
    return Send(Request(std::move(method), target, std::move(body), std::move(headers))).get();
  }
  HttpResponse Get(const std::string& target) { return Ask("GET", target); }
  HttpResponse PostAlerts(std::string body) {
    return Ask("POST", "/api/v2/alerts", std::move(body), {{"Content-Type", "application/json"}});
  }

  // Holds up the core thread until it is opened.
  std::function<void()> BlockCore() {
    auto entered = std::make_shared<std::promise<void>>();
    auto opened = std::make_shared<std::promise<void>>();
    EXPECT_TRUE(core_.TryRun(0, [entered, opened](core::Control&, Time) {
      entered->set_value();
      opened->get_future().wait();
    }));
    entered->get_future().wait();
    return [opened] { opened->set_value(); };
  }

  StoppedClock clock_;
  WaitingSender sender_;
  core::Control control_;
  core::Inbox inbox_{kInboxBytes};
  core::CoreThread core_{&control_, &clock_, &inbox_, [](Duration) {}};
  WorkerPool workers_{2, 100};
  Readers readers_;
  Published<config::Config> config_;
  ReceivedAlerts received_;
  std::atomic<bool> large_answers_fit_ = true;
  std::mutex answered_mutex_;
  std::vector<std::string> answered_;                 // `GET /api/v2/alerts 200`
  std::atomic<net::ResponseClass> response_class_{};  // Of the last answer.
  Options options_;
  std::unique_ptr<Api> api_;
};

}  // namespace tocsin::api
