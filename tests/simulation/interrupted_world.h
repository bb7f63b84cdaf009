#pragma once

// A script of alerts, silences, a rule's series and receivers that fail, played to a server that is
// left alone, or to one that is reloaded with the same configuration, stopped and killed on the
// way: whoever is notified must not notice. The script follows from the seed alone, whatever the
// server does.
//
// What a restart may change by definition is kept out of it. It takes no time of the sources: what
// they send, they send at whole seconds, and no process ends around one. A process is killed when
// all that it was given is durable and nothing is on its way, for what is lost otherwise is what a
// client sends again; and soon after its last sign of life, which the next process takes for its
// end; and not while an alert ends, for that may be put off. It is not stopped while a failed
// attempt waits for the next one: the flush is made anew.

#include "base/random.h"
#include "base/timer_queue.h"
#include "core/control.h"
#include "core/event_sink.h"
#include "core/store.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/reference_routes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tocsin::simulation {

class InterruptedWorld final : public core::NotificationSender,
                               public core::Store,
                               public core::EventSink {
 public:
  enum class Interruptions { kNone, kReloads, kReloadsAndRestarts };

  InterruptedWorld(std::uint64_t seed, Interruptions interruptions);
  ~InterruptedWorld() override;

  void Run(Duration duration);

  struct Arrival {
    Time at{};
    std::string alerts;  // What the receiver was told.
  };
  // By the integration and the group key, in the order in which they arrived.
  const std::map<std::string, std::vector<Arrival>>& arrivals() const { return arrivals_; }
  std::size_t reloads() const { return reloads_; }
  std::size_t stops() const { return stops_; }
  std::size_t kills() const { return kills_; }
  Time now() const { return now_; }
  // Configuration and interruptions, for a failure's message.
  std::string Describe() const;

  void Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
            Duration timeout, core::NotificationSender::Callback done) override;
  void Write(core::StoreBatch batch, core::Store::Callback done) override;
  void SetRewriteRequest(std::function<void()>) override {}
  bool behind() const override { return false; }

  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time, const rules::Decision&) override {}
  void OnAttempt(Time, const core::AttemptEnded&) override {}
  void OnDeliveryFailed(Time, const core::DeliveryFailed&) override {}

 private:
  class Series;
  enum class Health { kAnswers, kFails, kRefuses };
  static constexpr std::size_t kSeries = 4;

  void After(Duration delay, std::function<void()> event);
  // At a whole second.
  void AfterAbout(Duration delay, std::function<void()> event);

  // The script.
  void SourceLater(const model::LabelSet& labels);
  void SourcePosts(const model::LabelSet& labels, Time starts_at, Time until, Duration refresh);
  void Post(const model::LabelSet& labels, Time starts_at, Time ends_at);
  void SilenceLater();
  void DisturbLater(const std::string& receiver);
  void ToggleLater(std::size_t series);

  // Interruptions.
  void ReloadLater();
  void RestartLater();
  void StopWhenItMay(bool kill);
  bool MayStop() const;
  bool MayBeKilled() const;
  void Stop();
  void StartProcess();
  void Install();
  void Note(const char* what);

  const std::uint64_t seed_;
  Random random_;         // Of the script alone.
  Random interruptions_;  // And of what the disk takes.
  Time now_;
  TimerQueue<std::function<void()>> events_;
  ReferenceSetup setup_;
  rules::GroupDefinition rules_;
  std::shared_ptr<Series> series_;
  std::array<std::vector<Time>, kSeries> toggles_;  // Absent first.
  std::map<std::string, Health> health_;            // By receiver.
  std::vector<std::string> silence_ids_;            // Empty until it is answered.

  Disk disk_;
  std::deque<core::StoreBatch> unwritten_;
  Time last_written_at_{}, last_durable_{};
  Time last_received_{}, last_ends_written_{};  // Alerts; all of their ends.
  std::map<model::LabelSet, Time> ends_;        // As of the last time that they came.
  std::size_t queries_ = 0, sends_ = 0;         // On their way.
  bool stopping_ = false;
  std::uint64_t process_number_ = 0;
  std::unique_ptr<core::Control> control_;

  std::map<std::string, std::vector<Arrival>> arrivals_;
  std::size_t reloads_ = 0, stops_ = 0, kills_ = 0;
  std::string notes_;
};

}  // namespace tocsin::simulation
