#include "app/wire_sender.h"

#include "notifiers/field_templates.h"
#include "notifiers/slack.h"
#include "notifiers/webhook.h"
#include "tests/notifiers/test_notification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

namespace tocsin::app {
namespace {

class FixedClock final : public Clock {
 public:
  Time Now() const override { return notifiers::At("2026-03-01T10:25:01Z"); }
};

// Answers everything with the same response, at once or when it is told to.
class FakeHttpClient final : public net::HttpClient {
 public:
  net::CallHandle Send(net::HttpCall call, net::HttpCallback done) override {
    urls.push_back(call.request.url.Reveal());
    bodies.push_back(std::move(call.request.body));
    threads.push_back(std::this_thread::get_id());
    if (redirects) call.on_lost_post();
    holds ? held.push_back(std::move(done)) : done(result);
    return {};
  }
  net::HttpResult result = HttpResponse{200, {}, ""};
  bool redirects = false;
  bool holds = false;
  std::vector<net::HttpCallback> held;
  std::vector<std::string> urls, bodies;
  std::vector<std::thread::id> threads;
};

class WireSenderTest : public testing::Test {
 protected:
  WireSenderTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-wire-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    templates_.Set(templates::NotificationTemplates::Defaults());
  }
  ~WireSenderTest() override { std::filesystem::remove_all(folder_); }

  notifiers::Outcome Send(const config::WebhookConfig& config) {
    return SendBy([&](const model::IntegrationId& id, notifiers::FieldCompiler* compiler) {
      return notifiers::MakeWebhook(id, config, compiler);
    });
  }
  notifiers::Outcome SendBy(const std::function<notifiers::IntegrationPtr(
                                const model::IntegrationId&, notifiers::FieldCompiler*)>& make) {
    config::Diagnostics diagnostics;
    const model::IntegrationId id{"team", "webhook", 0};
    notifiers::FieldCompiler compiler(templates::NotificationTemplates::Defaults(), id, {},
                                      &diagnostics);
    std::vector<notifiers::Outcome> outcomes;
    sender_.Send(make(id, &compiler), std::make_shared<const model::Notification>(notification_),
                 std::chrono::seconds(30),
                 [&](notifiers::Outcome outcome) { outcomes.push_back(std::move(outcome)); });
    EmptyInbox();
    EXPECT_EQ(outcomes.size(), 1U) << "no answer";
    return outcomes.empty() ? notifiers::Outcome() : outcomes.front();
  }

  // Hands over one more than are built at a time, and then another; none is answered.
  void SendMoreThanAreBuilt(std::vector<notifiers::Outcome>* outcomes) {
    http_.holds = true;
    config::WebhookConfig config;
    config.url = Secret("http://hook.example/in");
    config::Diagnostics diagnostics;
    const model::IntegrationId id{"team", "webhook", 0};
    notifiers::FieldCompiler compiler(templates::NotificationTemplates::Defaults(), id, {},
                                      &diagnostics);
    const notifiers::IntegrationPtr webhook = notifiers::MakeWebhook(id, config, &compiler);
    for (std::size_t i = 0; i < WireSender::kUnderWayMax + 2; ++i) {
      sender_.Send(webhook, std::make_shared<const model::Notification>(notification_),
                   std::chrono::seconds(30), [outcomes](notifiers::Outcome outcome) {
                     outcomes->push_back(std::move(outcome));
                   });
    }
    OnNetThread([] {});
  }
  void OnNetThread(const std::function<void()>& what) {
    std::promise<void> done;
    net_thread_.Post([&] {
      what();
      done.set_value();
    });
    done.get_future().get();
  }
  void EmptyInbox() {
    std::vector<core::Inbox::Task> tasks;
    EXPECT_TRUE(inbox_.Wait(std::chrono::seconds(20), &tasks));
    for (const auto& task : tasks) task();
  }

  model::Notification notification_ = notifiers::TestNotification();
  std::string folder_;
  FixedClock clock_;
  std::atomic<Duration> elapsed_{Duration::zero()};
  Duration each_look_{};  // What passes from one look at the clock to the next.
  FakeHttpClient http_;
  core::Inbox inbox_{0};
  WorkerPool workers_{1, 10};
  net::NetThread net_thread_;
  Published<templates::NotificationTemplates> templates_;
  WireSender sender_{{&workers_, &inbox_, &net_thread_, &http_, nullptr, &clock_, &templates_,
                      "http://tocsin", "host", [this] {
                        const Duration now = elapsed_;
                        elapsed_ = now + each_look_;
                        return now;
                      }}};
};

TEST_F(WireSenderTest, ReadsTheFilesThatAnIntegrationNames) {
  config::WebhookConfig config;
  config.url_file = folder_ + "/url";
  std::ofstream(config.url_file) << "http://hook.example/in\n";
  EXPECT_EQ(Send(config).kind, notifiers::Outcome::Kind::kDelivered);
  EXPECT_EQ(http_.urls, std::vector<std::string>{"http://hook.example/in"});
}

TEST_F(WireSenderTest, AnAnswerThatBreaksOffHasDeliveredIfItsStatusSaysSo) {
  using Kind = notifiers::Outcome::Kind;
  config::WebhookConfig webhook;
  webhook.url = Secret("http://hook.example/in");
  const auto failed = [](net::HttpFailure::Kind kind, int status) {
    return tl::unexpected(net::HttpFailure{kind, "closed", status});
  };
  http_.result = failed(net::HttpFailure::Kind::kOther, 200);
  EXPECT_EQ(Send(webhook).kind, Kind::kDelivered);
  http_.result = failed(net::HttpFailure::Kind::kOther, 500);
  EXPECT_EQ(Send(webhook).kind, Kind::kRetry);
  http_.result = failed(net::HttpFailure::Kind::kTimeout, 0);
  EXPECT_EQ(Send(webhook).kind, Kind::kRetry);
  http_.result = failed(net::HttpFailure::Kind::kTimeout, 200);
  EXPECT_EQ(Send(webhook).kind, Kind::kDelivered);
  // What Slack's body says matters.
  http_.result = failed(net::HttpFailure::Kind::kOther, 200);
  config::SlackConfig slack;
  slack.api_url = Secret("http://hook.example/in");
  EXPECT_EQ(SendBy([&](const model::IntegrationId& id, notifiers::FieldCompiler* compiler) {
              return notifiers::MakeSlack(id, slack, compiler);
            }).kind,
            Kind::kRetry);
}

TEST_F(WireSenderTest, WhatIsBuiltTooLateIsNotSent) {
  config::WebhookConfig config;
  config.url = Secret("http://hook.example/in");
  each_look_ = std::chrono::seconds(20);  // The attempt has 30.
  const notifiers::Outcome outcome = Send(config);
  EXPECT_EQ(outcome.kind, notifiers::Outcome::Kind::kRetry);
  EXPECT_EQ(outcome.error, "too much waits to be sent");
  EXPECT_TRUE(http_.urls.empty());
}

TEST_F(WireSenderTest, BuildsOnTheNetThreadOnlyWhatIsQuicklyBuilt) {
  std::promise<std::thread::id> promise;
  net_thread_.Post([&] { promise.set_value(std::this_thread::get_id()); });
  const std::thread::id net = promise.get_future().get();
  config::WebhookConfig plain;
  plain.url = Secret("http://hook.example/in");
  config::WebhookConfig with_template;
  with_template.url = Secret("http://hook.example/{{ .Status }}");
  Send(plain);
  Send(with_template);
  notification_.alerts.resize(100, notification_.alerts.front());
  Send(plain);
  ASSERT_EQ(http_.threads.size(), 3U);
  EXPECT_EQ(http_.threads[0], net);
  EXPECT_NE(http_.threads[1], net);
  EXPECT_NE(http_.threads[2], net);
}

TEST_F(WireSenderTest, BuildsNoMoreThanCanBeSent) {
  std::vector<notifiers::Outcome> outcomes;
  SendMoreThanAreBuilt(&outcomes);
  EXPECT_EQ(http_.bodies.size(), WireSender::kUnderWayMax);
  for (std::size_t sent = 0; sent < WireSender::kUnderWayMax + 2; ++sent) {
    OnNetThread([&] { http_.held.at(sent)(http_.result); });
    EmptyInbox();
    OnNetThread([] {});
    ASSERT_EQ(outcomes.size(), sent + 1);
    ASSERT_EQ(http_.bodies.size(),
              std::min(WireSender::kUnderWayMax + sent + 1, WireSender::kUnderWayMax + 2));
  }
}

TEST_F(WireSenderTest, BuildsNothingThatIsTooLate) {
  std::vector<notifiers::Outcome> outcomes;
  SendMoreThanAreBuilt(&outcomes);
  elapsed_ = std::chrono::seconds(30);
  OnNetThread([&] { http_.held.front()(http_.result); });
  for (int answer = 0; answer < 3; ++answer) EmptyInbox();
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0].kind, notifiers::Outcome::Kind::kDelivered);
  EXPECT_EQ(outcomes[1].kind, notifiers::Outcome::Kind::kRetry);
  EXPECT_EQ(outcomes[2].error, "too much waits to be sent");
  EXPECT_EQ(http_.bodies.size(), WireSender::kUnderWayMax);
}

TEST_F(WireSenderTest, KeepsNothingThatIsTooLateBehindASilentReceiver) {
  std::vector<notifiers::Outcome> outcomes;
  SendMoreThanAreBuilt(&outcomes);
  elapsed_ = std::chrono::seconds(30);
  SendMoreThanAreBuilt(&outcomes);
  EmptyInbox();
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[1].error, "too much waits to be sent");
  EXPECT_EQ(http_.bodies.size(), WireSender::kUnderWayMax);
}

TEST_F(WireSenderTest, RendersTheLabelsOfTheRoute) {
  auto labels = std::make_shared<model::RouteLabelTemplates>();
  labels->texts = std::make_shared<const std::map<std::string, std::string>>(
      std::map<std::string, std::string>{{"alerts", "{{ len .Alerts }}"}, {"bad", "{{"}});
  notification_.route_labels = {};
  notification_.route_label_templates = labels;
  config::WebhookConfig config;
  config.url = Secret("http://hook.example/in");
  EXPECT_EQ(Send(config).kind, notifiers::Outcome::Kind::kDelivered);
  EXPECT_NE(http_.bodies.at(0).find(R"("routeLabels":{"alerts":"0"})"), std::string::npos)
      << http_.bodies.at(0);
}

TEST_F(WireSenderTest, WaitsForNoPipeAndReadsNoDevice) {
  config::WebhookConfig config;
  config.url_file = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(config.url_file.c_str(), 0600), 0);
  EXPECT_EQ(Send(config).error, "url_file: read " + config.url_file + ": not a regular file");
  config.url_file = "/dev/zero";
  EXPECT_EQ(Send(config).error, "url_file: read /dev/zero: not a regular file");
  config.url_file = folder_ + "/large";
  std::ofstream(config.url_file) << std::string(2 * 1024 * 1024, 'x');
  EXPECT_EQ(Send(config).error, "url_file: read " + config.url_file + ": larger than 1 MiB");
  EXPECT_TRUE(http_.urls.empty());
}

// As in Alertmanager it counts as delivered.
TEST_F(WireSenderTest, WarnsWhereARedirectLeavesTheMessageOut) {
  config::WebhookConfig config;
  config.url = Secret("http://hook.example/in");
  const auto log_of_sending = [&](bool redirects) {
    http_.redirects = redirects;
    testing::internal::CaptureStderr();
    EXPECT_EQ(Send(config).kind, notifiers::Outcome::Kind::kDelivered);
    return testing::internal::GetCapturedStderr();
  };
  const std::string log = log_of_sending(true);
  EXPECT_NE(log.find("level=WARN msg=\"Redirect took the message away:"), std::string::npos) << log;
  EXPECT_NE(log.find("receiver=team.x/webhook[0]"), std::string::npos) << log;
  EXPECT_EQ(log_of_sending(false), "");
}

TEST_F(WireSenderTest, HidesTheUrlOfAFileInWhatTheReceiverSays) {
  config::WebhookConfig config;
  config.url_file = folder_ + "/url";
  std::ofstream(config.url_file) << "http://hook.example/in/s3cr3t\n";
  http_.result = HttpResponse{404, {}, "no hook at /in/s3cr3t, nor for s3cr3t"};
  EXPECT_EQ(Send(config).error,
            "unexpected status code 404: no hook at <redacted>, nor for <redacted>");
}

// Slack's way to refuse.
TEST_F(WireSenderTest, HidesCredentialsInAnErrorWithStatus200) {
  auto secrets = std::make_shared<Redaction>();
  secrets->Add("xoxb-123");
  config::SlackConfig config;
  config.app_token = Secret("xoxb-123");
  config.app_url = "http://slack.example/api/chat.postMessage";
  http_.result = HttpResponse{200, {}, "no team for xoxb-123"};
  http_.result->sent_secrets = secrets;
  EXPECT_EQ(SendBy([&](const model::IntegrationId& id, notifiers::FieldCompiler* compiler) {
              return notifiers::MakeSlack(id, config, compiler);
            }).error,
            "channel \"\": received an error response from Slack: no team for <redacted>");
}

TEST_F(WireSenderTest, HidesAUrlThatTheShownPartOfAnAnswerEndsIn) {
  config::WebhookConfig config;
  config.url = Secret("http://hook.example/in/s3cr3t-of-the-hook");
  for (std::size_t padding = 4040; padding < 4100; ++padding) {
    http_.result = HttpResponse{404, {}, std::string(padding, '.') + "s3cr3t-of-the-hook"};
    const std::string error = Send(config).error;
    EXPECT_EQ(error.find("s3cr"), std::string::npos) << padding << error.substr(error.size() - 40);
  }
}

}  // namespace
}  // namespace tocsin::app
