#pragma once

// The world around the core on virtual time: alert sources, a datasource, receivers that fail and
// hang, reloads, a clock that is set, restarts. Everything that happens follows from the seed. It
// drives the same core::Control as the server.

#include "base/random.h"
#include "base/timer_queue.h"
#include "core/control.h"
#include "core/store.h"
#include "tests/simulation/checker.h"
#include "tests/simulation/disk.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tocsin::simulation {

class World final : public core::NotificationSender, public core::Store {
 public:
  explicit World(std::uint64_t seed);
  ~World() override;

  // Runs for that long; stops at the first violation.
  void Run(Duration duration);

  const Checker& checker() const { return checker_; }
  // What happened, for a failure's message.
  std::string Describe() const;

  void Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
            Duration timeout, core::NotificationSender::Callback done) override;
  void Write(core::StoreBatch batch, core::Store::Callback done) override;
  void SetRewriteRequest(std::function<void()>) override {}
  bool behind() const override { return false; }

 private:
  class Series;

  void After(Duration delay, std::function<void()> event);
  Duration Between(Duration low, Duration high);

  core::Generation MakeGeneration();
  void MakeTopology();
  void ReloadSoon();
  void ClockJumpsLater();
  // A source that posts an alert, refreshes it, and resolves it or falls silent.
  void SourceLater(std::size_t source);
  void SourcePosts(std::size_t source, Time until);
  void Post(const model::LabelSet& labels, Time starts_at, Time ends_at);
  void DisturbLater(const model::IntegrationId& integration);

  // world_restart.cc
  void RestartLater();
  void StopProcess(bool in_good_order);
  void StartProcess();
  void CommitUpTo(std::uint64_t number);
  void AbandonQueries();

  std::unique_ptr<core::Control> NewControl();

  Random random_;
  const std::uint64_t seed_;
  Time now_;
  Duration set_back_{};  // The clock was, in all.
  Time next_check_;
  TimerQueue<std::function<void()>> events_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const router::RouteTree> routes_;
  std::vector<notifiers::IntegrationPtr> integrations_;
  std::vector<model::LabelSet> sources_;
  std::shared_ptr<Series> series_;
  std::map<model::IntegrationId, Health> health_;
  Checker checker_;
  bool rules_differ_ = false;  // In something that nobody is paged for.

  Disk disk_;
  std::deque<core::StoreBatch> unwritten_;
  Time last_durable_{};
  std::uint64_t last_written_ = 0;  // The number of the last one of them.
  std::set<std::string> unlogged_;  // Keys of log entries to come, of what was sent.
  std::uint64_t process_number_ = 0;
  std::unique_ptr<core::Control> control_;  // Null while no process runs.
};

}  // namespace tocsin::simulation
