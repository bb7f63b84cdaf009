#include "datasource/remote_writer.h"

#include "tests/datasource/fake_http_client.h"

#include <gtest/gtest.h>
#include <snappy.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

namespace tocsin::datasource {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RemoteWriterTest : public testing::Test {
 protected:
  RemoteWriterTest() {
    RemoteWriter::Dependencies dependencies;
    dependencies.http = &http_;
    dependencies.workers = &workers_;
    dependencies.inbox = &inbox_;
    dependencies.run_after = [this](Duration delay, std::function<void()> function) {
      timers_.emplace_back(now_ + delay, std::move(function));
    };
    dependencies.monotonic_now = [this] { return now_; };
    dependencies.user_agent = "tocsin/1.2.3";
    writer_ = std::make_unique<RemoteWriter>(std::move(dependencies));
  }

  static config::RemoteWriteConfig Endpoint(const std::string& name,
                                            const std::string& datasource = "main") {
    config::RemoteWriteConfig config;
    config.name = name;
    config.url = "http://user:secret@" + name + "/write";
    config.datasource = datasource;
    return config;
  }

  void SetEndpoints(const std::vector<config::RemoteWriteConfig>& endpoints) {
    writer_->SetEndpoints(endpoints, "main", {{"cluster", "lab"}});
  }

  // What comes of it goes to heard_.
  void Write(const std::string& metric, const std::string& datasource = "") {
    rules::SeriesWrite write;
    write.datasource = datasource;
    write.samples.push_back({{{"__name__", metric}}, Time(seconds(5)), 1});
    writer_->Write(std::move(write), [this, metric](const Status& status) {
      heard_.push_back(metric + ": " + (status ? "ok" : status.error().message));
    });
  }

  // The one worker has encoded and sent what it was given.
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

  // Runs what the core thread would run until nothing is left.
  void RunCore() {
    std::vector<core::Inbox::Task> tasks;
    while (inbox_.Wait(Duration::zero(), &tasks) && !tasks.empty()) {
      for (const auto& task : tasks) task();
      tasks.clear();
    }
  }

  void Advance(Duration by) {
    now_ += by;
    const auto timers = std::exchange(timers_, {});
    for (const auto& [due, function] : timers) {
      if (due <= now_) {
        function();
      } else {
        timers_.emplace_back(due, function);
      }
    }
    RunCore();
  }

  std::string Body(std::size_t i) {
    const std::string& body = http_[i].call.request.body;
    std::string message;
    EXPECT_TRUE(snappy::Uncompress(body.data(), body.size(), &message));
    return message;
  }

  using Strings = std::vector<std::string>;

  Duration now_ = seconds(1000);
  std::vector<std::pair<Duration, std::function<void()>>> timers_;
  FakeHttpClient http_;
  core::Inbox inbox_{0};
  WorkerPool workers_{1, 100};
  std::unique_ptr<RemoteWriter> writer_;
  Strings heard_;
};

TEST_F(RemoteWriterTest, WritesToAllAndWaitsForTheStoreThatIsQueried) {
  SetEndpoints({Endpoint("a", "other"), Endpoint("b"), Endpoint("c")});
  Write("m");
  AwaitSent(3);
  RunCore();
  EXPECT_EQ(heard_, Strings{});
  Answer(0, 204);
  Answer(2, 204);
  EXPECT_EQ(heard_, Strings{}) << "c has the same store as b, which comes first";
  Answer(1, 204);
  EXPECT_EQ(heard_, Strings{"m: ok"});
  EXPECT_NE(Body(1).find("cluster"), std::string::npos);
  EXPECT_EQ(http_[1].call.user_agent, "tocsin/1.2.3");
  EXPECT_EQ(http_[1].call.timeout, seconds(30));
}

TEST_F(RemoteWriterTest, NobodyWaitsWhereNoStoreBelongsToTheDatasource) {
  SetEndpoints({Endpoint("a")});
  Write("m", "other");
  EXPECT_EQ(heard_, Strings{}) << "not inside the call";
  RunCore();
  EXPECT_EQ(heard_, Strings{"m: ok"});
  AwaitSent(1);
}

TEST_F(RemoteWriterTest, AnEndpointThatIsAwayHoldsUpNoOther) {
  SetEndpoints({Endpoint("a", "other"), Endpoint("b")});
  Write("m");
  AwaitSent(2);
  Answer(1, 204);
  EXPECT_EQ(heard_, Strings{"m: ok"});
  Advance(milliseconds(20));
  Write("n");
  AwaitSent(3);
  EXPECT_NE(Body(2).find('n'), std::string::npos);
  Answer(2, 204);
  EXPECT_EQ(heard_, (Strings{"m: ok", "n: ok"}));
}

TEST_F(RemoteWriterTest, TriesAgainByItself) {
  SetEndpoints({Endpoint("a")});
  Write("m");
  AwaitSent(1);
  Answer(0, 503);
  EXPECT_EQ(heard_, Strings{"m: remote write: HTTP status 503: why"});
  Advance(milliseconds(30));
  AwaitSent(2);
  EXPECT_EQ(FindHeader(http_[1].call.request.headers, "Retry-Attempt"), "1");
  EXPECT_EQ(Body(1), Body(0));
  http_.AnswerFailure(1, net::HttpFailure::Kind::kConnect, "refused");
  RunCore();
  Advance(milliseconds(60));
  AwaitSent(3);
  Answer(2, 200);
  const RemoteWriteView view = writer_->endpoints()->at(0);
  EXPECT_EQ(view.name, "a");
  EXPECT_EQ(view.url, "http://a/write");
  EXPECT_EQ(view.stats->sent, 3U);
  EXPECT_EQ(view.stats->retried, 2U);
  EXPECT_EQ(view.stats->pending, 0U);
  EXPECT_EQ(view.stats->newest_accepted, 5000);
}

TEST_F(RemoteWriterTest, AReloadKeepsWhatWaitsForAnEndpointThatStays) {
  SetEndpoints({Endpoint("a"), Endpoint("b", "other")});
  Write("m");
  AwaitSent(2);
  Write("n");
  config::RemoteWriteConfig moved = Endpoint("a");
  moved.url = "http://elsewhere/write";
  SetEndpoints({moved});
  RunCore();
  Answer(0, 503);
  Answer(1, 503);
  EXPECT_EQ(heard_.size(), 2U);
  Advance(seconds(1));
  AwaitSent(3);
  EXPECT_EQ(http_[2].call.request.url.Reveal(), "http://elsewhere/write");
  Answer(2, 200);
  Advance(seconds(1));
  AwaitSent(4);
  EXPECT_NE(Body(3).find('n'), std::string::npos);
  EXPECT_EQ(writer_->endpoints()->size(), 1U);
}

TEST_F(RemoteWriterTest, WhoWaitsForAnEndpointThatGoesIsTold) {
  SetEndpoints({Endpoint("a")});
  Write("m");
  AwaitSent(1);
  SetEndpoints({});
  RunCore();
  EXPECT_EQ(heard_, Strings{"m: the remote write endpoint is no longer configured"});
  Answer(0, 200);
  EXPECT_EQ(heard_.size(), 1U);
}

TEST_F(RemoteWriterTest, WhatIsRelabelledAwayNeedsNoRequest) {
  config::RemoteWriteConfig config = Endpoint("a");
  model::RelabelFields drop;
  drop.action = "drop";
  config.write_relabel_configs = {*model::RelabelRule::Create(drop)};
  SetEndpoints({config});
  Write("m");
  AwaitSent(0);
  RunCore();
  EXPECT_EQ(heard_, Strings{"m: ok"});
  EXPECT_EQ(writer_->endpoints()->at(0).stats->relabelled_away, 1U);
}

TEST_F(RemoteWriterTest, BeforeTheEndEachGetsWhatItTakes) {
  SetEndpoints({Endpoint("a"), Endpoint("away", "other")});
  int drained = 0;
  const auto count = [&drained] { ++drained; };
  writer_->Drain(count);
  EXPECT_EQ(drained, 1) << "nothing waits";
  Write("m");
  AwaitSent(2);
  Write("n");
  Answer(1, 503);
  writer_->Drain(count);
  AwaitSent(3);
  EXPECT_EQ(http_[2].call.request.url.Reveal(), "http://user:secret@away/write");
  Answer(2, 503);
  Answer(0, 204);
  AwaitSent(4);
  EXPECT_NE(Body(3).find('n'), std::string::npos) << "without a pause";
  EXPECT_EQ(drained, 1);
  Answer(3, 204);
  EXPECT_EQ(drained, 2);
}

}  // namespace
}  // namespace tocsin::datasource
