#include "datasource/prometheus_client.h"

#include "config/http_client_config.h"
#include "tests/datasource/fake_http_client.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::datasource {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Answer {
  int times = 0;
  std::optional<double> value;
  std::string error;
};

// Bytes of an answer that is not decoded where it arrives.
constexpr std::size_t kLarge = 64 * 1024;

class PrometheusClientTest : public testing::Test {
 protected:
  PrometheusClientTest() {
    config_.url = "http://prometheus:9090";
    config_.max_concurrency = 2;
    Rebuild();
  }

  void Rebuild() {
    PrometheusClient::Dependencies dependencies;
    dependencies.http = &http_;
    dependencies.workers = &workers_;
    dependencies.inbox = &inbox_;
    dependencies.run_after = [this](Duration delay, std::function<void()> function) {
      timers_.push_back({now_ + delay, std::move(function)});
    };
    dependencies.monotonic_now = [this] { return now_; };
    dependencies.user_agent = "tocsin/1.2.3";
    dependencies.stats = stats_;
    client_ = std::make_unique<PrometheusClient>(config_, std::move(dependencies));
  }

  static rules::Query MakeQuery(std::string expr, Duration timeout = seconds(30)) {
    rules::Query query;
    query.expr = std::move(expr);
    query.time = Time(milliseconds(1435781451781));
    query.timeout = timeout;
    return query;
  }

  std::size_t Ask(std::string expr, Duration timeout = seconds(30)) {
    const std::size_t i = answers_.size();
    answers_.emplace_back();
    client_->Query(MakeQuery(std::move(expr), timeout),
                   [this, i](const Result<rules::QueryResult>& result) {
                     ++answers_[i].times;
                     if (result) {
                       answers_[i].value = result->vector.at(0).value;
                     } else {
                       answers_[i].error = result.error().message;
                     }
                   });
    return i;
  }

  // `spaces` make the answer longer, and mean nothing.
  void AnswerValue(std::size_t i, int value, std::size_t spaces = 0) {
    http_.Answer(i,
                 HttpResponse{200,
                              {{"Content-Type", "application/json"}},
                              R"({"status":"success","data":{"resultType":"scalar","result":[1,")" +
                                  std::to_string(value) + R"("]}})" + std::string(spaces, ' ')});
  }

  // Runs what the core thread would run: waits until the decoding in progress has posted.
  void RunCore(std::size_t tasks_min = 1) {
    std::size_t ran = 0;
    while (ran < tasks_min) {
      std::vector<core::Inbox::Task> tasks;
      ASSERT_TRUE(inbox_.Wait(seconds(10), &tasks));
      ASSERT_FALSE(tasks.empty()) << "nothing was posted";
      for (const auto& task : tasks) task();
      ran += tasks.size();
    }
  }

  void AdvanceTo(Duration now) {
    now_ = now;
    std::vector<std::function<void()>> due;
    std::erase_if(timers_, [&](auto& timer) {
      if (timer.first > now_) return false;
      due.push_back(std::move(timer.second));
      return true;
    });
    for (const auto& function : due) function();
    if (!due.empty()) RunCore(due.size());
  }

  Duration now_ = seconds(1000);
  std::vector<std::pair<Duration, std::function<void()>>> timers_;
  FakeHttpClient http_;
  core::Inbox inbox_{0};
  WorkerPool workers_{1, 100};  // Posts to the inbox until it is gone.
  config::DatasourceConfig config_;
  std::shared_ptr<DatasourceStats> stats_ = std::make_shared<DatasourceStats>();
  std::unique_ptr<PrometheusClient> client_;
  std::vector<Answer> answers_;
};

TEST_F(PrometheusClientTest, AsksAsConfigured) {
  config_.http_config = std::make_shared<const config::HttpClientConfig>();
  Rebuild();
  Ask("up");
  ASSERT_EQ(http_.size(), 1u);
  const net::HttpCall& call = http_[0].call;
  EXPECT_EQ(call.request.url.Reveal(), "http://prometheus:9090/api/v1/query");
  EXPECT_EQ(call.request.body.substr(0, 9), "query=up&");
  EXPECT_EQ(call.client, config_.http_config);
  EXPECT_EQ(call.user_agent, "tocsin/1.2.3");
  EXPECT_TRUE(call.accept_encoding);
  EXPECT_EQ(call.timeout, seconds(30));
  EXPECT_EQ(call.deadline, seconds(30));
}

TEST_F(PrometheusClientTest, AnswersOnceThroughTheInbox) {
  Ask("up");
  AnswerValue(0, 7);
  EXPECT_EQ(answers_[0].times, 0);
  RunCore();
  EXPECT_EQ(answers_[0].times, 1);
  EXPECT_EQ(answers_[0].value, 7);
  // The deadline that passes later has nothing to say.
  AdvanceTo(now_ + seconds(60));
  EXPECT_EQ(answers_[0].times, 1);
}

TEST_F(PrometheusClientTest, ErrorsNameTheDatasource) {
  Ask("up");
  Ask("up");
  http_.AnswerFailure(0, net::HttpFailure::Kind::kTls, R"(Post "<redacted>": bad certificate)");
  http_.Answer(1,
               HttpResponse{400, {}, R"({"status":"error","errorType":"bad_data","error":"x"})"});
  RunCore(2);
  EXPECT_EQ(answers_[0].error, R"(datasource "default": Post "<redacted>": bad certificate)");
  EXPECT_EQ(answers_[1].error, "bad_data: x");
}

// A page that a proxy shows instead has status 200 often enough.
TEST_F(PrometheusClientTest, CredentialsThatAnAnswerRepeatsAreRedacted) {
  auto secrets = std::make_shared<Redaction>();
  secrets->Add("hunter2");
  Ask("up");
  HttpResponse answer{200, {}, "please log in, not as hunter2"};
  answer.sent_secrets = secrets;
  http_.Answer(0, answer);
  RunCore();
  EXPECT_NE(answers_[0].error.find("not as <redacted>"), std::string::npos) << answers_[0].error;
}

TEST_F(PrometheusClientTest, WhatMayPassIsTriedAgainForTheSameTime) {
  Ask("up");
  http_.AnswerFailure(0, net::HttpFailure::Kind::kConnect, "refused");
  RunCore();
  EXPECT_EQ(http_.size(), 1u) << "not at once";
  AdvanceTo(now_ + milliseconds(150));
  ASSERT_EQ(http_.size(), 2u);
  EXPECT_NE(http_[1].call.request.body.find("&time=1435781451.781&"), std::string::npos);
  EXPECT_EQ(http_[1].call.deadline, milliseconds(29'850));
  http_.Answer(1, HttpResponse{503, {{"Retry-After", "2"}}, "starting"});
  RunCore();
  AdvanceTo(now_ + milliseconds(1999));
  EXPECT_EQ(http_.size(), 2u);
  AdvanceTo(now_ + milliseconds(1));
  ASSERT_EQ(http_.size(), 3u);
  AnswerValue(2, 7);
  RunCore();
  EXPECT_EQ(answers_[0].value, 7);
  EXPECT_EQ(stats_->queries, 1U);
  EXPECT_EQ(stats_->retries, 2U);
  EXPECT_EQ(stats_->failures, 0U);
}

TEST_F(PrometheusClientTest, TheThirdFailureIsTheAnswer) {
  Ask("up");
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(http_.size(), i + 1);
    http_.AnswerFailure(i, net::HttpFailure::Kind::kConnect, "refused");
    RunCore();
    if (i < 2) AdvanceTo(now_ + milliseconds(300));
  }
  EXPECT_EQ(answers_[0].times, 1);
  EXPECT_EQ(answers_[0].error, "datasource \"default\": refused");
  EXPECT_EQ(stats_->failures, 1U);
}

TEST_F(PrometheusClientTest, NothingIsTriedAgainLateInItsTime) {
  Ask("up", seconds(10));
  now_ += seconds(8);
  http_.AnswerFailure(0, net::HttpFailure::Kind::kConnect, "refused");
  RunCore();
  EXPECT_EQ(answers_[0].error, "datasource \"default\": refused");
}

TEST_F(PrometheusClientTest, ADatasourceThatIsAwayGetsNoMoreThanOneRequestAQuery) {
  config_.max_concurrency = 100;
  Rebuild();
  for (int i = 0; i < 30; ++i) Ask("up");
  for (std::size_t i = 0; i < 30; ++i) {
    http_.AnswerFailure(i, net::HttpFailure::Kind::kConnect, "refused");
  }
  RunCore(30);
  EXPECT_EQ(stats_->failures, 20U) << "ten may be tried again";
  AdvanceTo(now_ + milliseconds(150));
  EXPECT_EQ(http_.size(), 40u);
}

TEST_F(PrometheusClientTest, KeepsToItsConcurrencyInOrder) {
  for (const char* expr : {"a", "b", "c", "d"}) Ask(expr);
  ASSERT_EQ(http_.size(), 2u);
  AnswerValue(1, 2);
  RunCore();
  ASSERT_EQ(http_.size(), 3u);
  EXPECT_EQ(http_[2].call.request.body.substr(0, 8), "query=c&");
  http_.AnswerFailure(0, net::HttpFailure::Kind::kTooLarge, "too large");
  RunCore();
  ASSERT_EQ(http_.size(), 4u);
  EXPECT_EQ(http_[3].call.request.body.substr(0, 8), "query=d&");
}

TEST_F(PrometheusClientTest, TheHostsLimitIsNotOurs) {
  config_.name = "main";
  config_.max_concurrency = 200;
  Rebuild();
  for (int i = 0; i < 201; ++i) Ask("x");
  ASSERT_EQ(http_.size(), 200U);
  EXPECT_EQ(http_[199].call.turns.queue, "datasource main");
  EXPECT_EQ(http_[199].call.turns.concurrency, 200U);
}

TEST_F(PrometheusClientTest, WaitingCountsAgainstTheTimeout) {
  for (const char* expr : {"a", "b", "c"}) Ask(expr);
  now_ += milliseconds(12'500);
  AnswerValue(0, 1);
  RunCore();
  ASSERT_EQ(http_.size(), 3u);
  EXPECT_EQ(http_[2].call.deadline, milliseconds(17'500));
  EXPECT_NE(http_[2].call.request.body.find("&timeout=17s500ms"), std::string::npos);
}

TEST_F(PrometheusClientTest, TimesOutOnTheWireAndInTheQueue) {
  const Duration start = now_;
  for (const char* expr : {"a", "b", "c"}) Ask(expr);
  AdvanceTo(start + seconds(30) - Duration(1));
  EXPECT_EQ(answers_[0].times, 0);
  AdvanceTo(start + seconds(30));
  for (const Answer& answer : answers_) {
    EXPECT_EQ(answer.times, 1);
    EXPECT_EQ(answer.error, "query timed out after 30s");
  }
  EXPECT_TRUE(http_[0].cancelled);
  // Their places are free when the calls have ended, and not before.
  Ask("d");
  EXPECT_EQ(http_.size(), 2u);
  http_.AnswerFailure(0, net::HttpFailure::Kind::kCancelled, "cancelled");
  RunCore();
  ASSERT_EQ(http_.size(), 3u);
  EXPECT_EQ(http_[2].call.request.body.substr(0, 8), "query=d&");
  // An answer that comes after the timeout is dropped.
  AnswerValue(1, 2);
  RunCore();
  EXPECT_EQ(answers_[1].times, 1);
}

TEST_F(PrometheusClientTest, TheClientsOwnTimeoutReadsTheSame) {
  Ask("a");
  http_.AnswerFailure(0, net::HttpFailure::Kind::kTimeout, "deadline");
  RunCore();
  EXPECT_EQ(answers_[0].error, "query timed out after 30s");
}

TEST_F(PrometheusClientTest, AShorterTimeoutIsNotHeldUpByALongerOne) {
  const Duration start = now_;
  Ask("a", seconds(30));
  Ask("b", seconds(5));
  AdvanceTo(start + seconds(5));
  EXPECT_EQ(answers_[0].times, 0);
  EXPECT_EQ(answers_[1].error, "query timed out after 5s");
  AdvanceTo(start + seconds(30));
  EXPECT_EQ(answers_[0].error, "query timed out after 30s");
}

TEST_F(PrometheusClientTest, OneTimerServesManyQueries) {
  for (int i = 0; i < 100; ++i) Ask("a");
  EXPECT_EQ(timers_.size(), 1u);
}

TEST_F(PrometheusClientTest, WakesAWorkerForALargeAnswerAlone) {
  Ask("small");
  Ask("large");
  AnswerValue(0, 1);
  AnswerValue(1, 2, kLarge);
  RunCore(2);
  EXPECT_EQ(answers_[0].value, 1);
  EXPECT_EQ(answers_[1].value, 2);
  workers_.Stop();
  EXPECT_EQ(workers_.stats().finished, 1u);
}

TEST_F(PrometheusClientTest, DecodesEvenIfTheWorkersAreBusy) {
  workers_.Stop();  // Refuses from now on.
  Ask("a");
  AnswerValue(0, 3, kLarge);
  RunCore();
  EXPECT_EQ(answers_[0].value, 3);
}

TEST_F(PrometheusClientTest, AnswersWhatWasAskedBeforeItWentAway) {
  for (const char* expr : {"a", "b", "c"}) Ask(expr);
  client_.reset();
  AnswerValue(0, 1);
  RunCore();
  AnswerValue(1, 2);
  AnswerValue(2, 3);
  RunCore(2);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answers_[static_cast<std::size_t>(i)].value, i + 1);
}

TEST_F(PrometheusClientTest, AttemptsLeaveNoTimersBehind) {
  const Duration deadline = now_ + seconds(30);
  Ask("hangs");
  for (std::size_t i = 1; i < 20; i += 2) {
    Ask("up");
    http_.AnswerFailure(i, net::HttpFailure::Kind::kConnect, "refused");
    RunCore();
    AdvanceTo(now_ + milliseconds(200));
    ASSERT_EQ(http_.size(), i + 2);
    AnswerValue(i + 1, 1);
    RunCore();
  }
  // The first deadline was armed for before and after each attempt.
  AdvanceTo(deadline);
  EXPECT_EQ(timers_.size(), 1U);
}

// A reload makes new clients: who asked the old one still gets its answer.
TEST_F(PrometheusClientTest, TriesAgainWhatItWasAskedBeforeItWentAway) {
  Ask("up");
  Ask("hangs");
  http_.AnswerFailure(0, net::HttpFailure::Kind::kConnect, "refused");
  RunCore();
  client_.reset();
  AdvanceTo(now_ + milliseconds(150));
  ASSERT_EQ(http_.size(), 3u);
  AnswerValue(2, 7);
  RunCore();
  EXPECT_EQ(answers_[0].value, 7);
  AdvanceTo(now_ + std::chrono::minutes(5));
  EXPECT_EQ(answers_[0].times, 1);
  EXPECT_EQ(answers_[1].times, 1);
}

TEST_F(PrometheusClientTest, ACallbackMayAskAgain) {
  std::optional<double> second;
  client_->Query(MakeQuery("a"), [&](const Result<rules::QueryResult>&) {
    client_->Query(MakeQuery("b"), [&](const Result<rules::QueryResult>& result) {
      second = result->vector.at(0).value;
    });
  });
  AnswerValue(0, 1);
  RunCore();
  ASSERT_EQ(http_.size(), 2u);
  AnswerValue(1, 2);
  RunCore();
  EXPECT_EQ(second, 2);
}

}  // namespace
}  // namespace tocsin::datasource
