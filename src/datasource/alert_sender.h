#pragma once

// Sends the alerts of rules to further Alertmanagers, each with a queue of its own: one that is
// away holds up no other. Bodies are made on a worker, small ones at once, and sent by the HTTP
// client.
//
// Core thread, but for targets(). Lives across reloads: what waits for a target that stays is kept.
// What it points to must outlive it.

#include "base/clock.h"
#include "base/published.h"
#include "base/worker_pool.h"
#include "core/alert_forwarder.h"
#include "core/inbox.h"
#include "datasource/alert_targets.h"
#include "datasource/request_durations.h"
#include "net/http_client.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::datasource {

// A rule's answer may have that many series, and each is a page.
inline constexpr std::size_t kAlertsWaitingMax = 200'000;

// Of one Alertmanager, since it was found. Read by any thread.
struct AlertSenderStats {
  std::atomic<std::uint64_t> sent{0}, failed{0}, dropped{0}, waiting{0};
  RequestDurations requests;
};

struct AlertSenderView {
  std::string url;  // Without credentials.
  std::shared_ptr<const AlertSenderStats> stats;
};

struct AlertSenderViews {
  std::vector<AlertSenderView> active;
  std::vector<std::string> dropped;  // By relabelling.
};

class AlertSender final : public core::AlertForwarder {
 public:
  struct Dependencies {
    net::HttpClient* http = nullptr;
    WorkerPool* workers = nullptr;
    core::Inbox* inbox = nullptr;
    // Calls the function once, on any thread but not inside this call, after the delay.
    std::function<void(Duration, std::function<void()>)> run_after;
    std::function<Duration()> monotonic_now = MonotonicNow;
    std::string user_agent;
    // When one comes or goes, or answers otherwise than before: how all of them are. Core thread;
    // may be null.
    std::function<void(std::vector<core::AlertTarget>)> observe = nullptr;
  };

  explicit AlertSender(Dependencies dependencies);
  ~AlertSender() override;

  // Who gets alerts from now on.
  void SetTargets(const AlertmanagerTargets& targets);
  void Forward(std::span<const model::AlertPtr> alerts) override;
  // Before the process ends: what waits goes out without a pause, and one that fails is given up.
  // Calls `done` once, maybe inside this call, when nothing is left.
  void Drain(const std::function<void()>& done);

  // Null before the first targets. Any thread.
  std::shared_ptr<const AlertSenderViews> targets() const { return views_.Get(); }

 private:
  class Target;

  void Observe() const;
  // Those that stay keep what waits for them.
  void TakeOver(const std::vector<AlertmanagerTarget>& active);

  const std::shared_ptr<const Dependencies> deps_;
  std::vector<std::shared_ptr<Target>> targets_;
  Published<AlertSenderViews> views_;
};

}  // namespace tocsin::datasource
