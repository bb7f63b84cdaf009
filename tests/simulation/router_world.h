#pragma once

// The world around the router on virtual time: sources of alerts with all their habits, receivers
// that fail, refuse and hang, reloads with the same and with another configuration, a clock that is
// set, restarts. Everything follows from the seed. It drives core::Control as the server does, and
// the reference model beside it.

#include "base/random.h"
#include "base/timer_queue.h"
#include "core/control.h"
#include "core/store.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/model_checker.h"
#include "tests/simulation/reference_routes.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tocsin::simulation {

class RouterWorld final : public core::NotificationSender, public core::Store {
 public:
  // The process may end at any moment and begin again with what was durable. In such a world the
  // disk is sound.
  enum class Process { kStays, kRestarts };

  // `also` is told of every decision, if it is not null.
  explicit RouterWorld(std::uint64_t seed, core::EventSink* also = nullptr,
                       Process process = Process::kStays);
  ~RouterWorld() override;

  // Runs for that long; stops at the first difference.
  void Run(Duration duration);

  const ModelChecker& checker() const { return checker_; }
  void KeepHappenings() { checker_.KeepHappenings(); }
  // Configuration and what happened, for a failure's message.
  std::string Describe() const;

  void Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
            Duration timeout, core::NotificationSender::Callback done) override;
  void Write(core::StoreBatch batch, core::Store::Callback done) override;
  void SetRewriteRequest(std::function<void()>) override {}
  bool behind() const override { return false; }

 private:
  enum class Health { kAnswers, kFails, kRefuses, kHangs };
  struct Source {
    model::LabelSet labels;
    Time starts_at{}, until{};
    Duration refresh{};
    bool timeout = false;  // It gives no end.
  };

  // What waits to be durable, and what the model was when it was written; null if no restart is
  // near.
  struct Unwritten {
    std::uint64_t number = 0;
    std::vector<core::StoreBatch> batches;
    std::shared_ptr<const ReferenceModel> model;
  };

  void After(Duration delay, std::function<void()> event);
  Duration Between(Duration low, Duration high);
  // All that is due at this instant.
  void Turn();

  void Install(bool changed);
  core::Generation MakeGeneration() const;
  void ReloadLater();
  void Reload(bool changed);
  void FiresLater(std::size_t source);
  void Fires(std::size_t source);
  void Refreshes(std::size_t source);
  void Ends(std::size_t source);
  model::AlertPtr MakeAlert(const Source& source, Time starts_at, Time ends_at) const;
  void Post(std::vector<model::AlertPtr> alerts);
  void DisturbLater(const std::string& receiver);
  void SilenceLater();
  void Silences();
  void Expires(const std::string& id);
  void EditsOne(model::Silence* silence);
  void ClockJumpsLater();
  void ClockJumps();

  // router_restart.cc
  std::unique_ptr<core::Control> NewControl();
  void RestartLater();
  // Nothing if it is another process by then.
  void StopLater(Duration delay, bool in_good_order);
  void StopProcess(bool in_good_order);
  void StartProcess();
  // Keeps it until it is durable, under the number that it returns.
  std::uint64_t Remember(core::StoreBatch batch);
  // The model has only followed now to what was written last.
  void RememberModel();
  // What was written at one instant becomes durable together.
  void EndOfWrite();
  void CommitUpTo(std::uint64_t number);
  void CheckAcknowledged();

  Random random_;
  const std::uint64_t seed_;
  core::EventSink* const also_;
  const Process process_;
  bool disk_is_slow_ = false;
  bool over_ = false;
  Time last_write_{};  // Batches are answered in order.
  Time now_;
  const Time start_;
  TimerQueue<std::function<void()>> events_;
  ReferenceSetup setup_;
  std::vector<Source> sources_;
  std::vector<std::string> silence_ids_;
  std::map<std::string, model::Silence> silences_before_;  // The last change of them.
  bool setting_silence_ = false;                           // A call about one is going on.
  bool silences_changed_ = false;                          // In this turn.
  bool silences_fail_ = false;  // The change cannot be made durable, but nobody knows yet.
  std::map<std::string, Health> health_;  // By receiver.
  ModelChecker checker_;

  Disk disk_;
  std::deque<Unwritten> unwritten_;
  std::shared_ptr<const ReferenceModel> durable_;  // What the model was when that was written.
  std::uint64_t last_number_ = 0;
  bool one_write_ = false;  // Whatever is written now becomes durable together.
  bool one_write_begun_ = false;
  bool restart_is_near_ = false;
  Time dispatch_from_ = kZeroTime;
  std::set<std::string> acknowledged_;  // Silences.
  std::uint64_t process_number_ = 0;
  std::unique_ptr<core::Control> control_;  // Null while no process runs.
};

}  // namespace tocsin::simulation
