#pragma once

// Holds what the router does against what the reference model says. Both are given the same inputs
// by RouterWorld; outcomes of deliveries pass through here on their way to the model.

#include "core/event_sink.h"
#include "core/store.h"
#include "storage/loaded_state.h"
#include "tests/simulation/reference_model.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tocsin::simulation {

class ModelChecker final : public core::EventSink {
 public:
  ReferenceModel& model() { return model_; }

  // A reload: deliveries to integrations that are gone come to nothing.
  void OnLoad(Time now, const ReferenceSetup& setup);
  // Another process begins: with what is `stored`, and `model` is what it was when that was
  // written.
  void OnRestart(Time now, const ReferenceModel& model, const storage::LoadedState& stored,
                 const ReferenceSetup& setup, Time dispatch_from);
  // What the router wants to have written down; the answer is for those that wait for it.
  std::vector<ReferenceModel::Telling> OnWrite(const core::StoreBatch& batch);
  void OnWritten(Time now, const std::vector<ReferenceModel::Telling>& waiting);
  // The silence that was created or changed last; taken.
  std::string TakeSilenceId() { return std::exchange(silence_id_, {}); }
  // Everything that is due at `now` has been done on both sides.
  void Compare(Time now);

  // core::EventSink
  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time, const rules::Decision&) override {}
  void OnAttempt(Time now, const core::AttemptEnded& attempt) override;
  void OnDeliveryFailed(Time now, const core::DeliveryFailed& failure) override;

  // From now on all that happens, by the model, is kept.
  void KeepHappenings() { keep_ = true; }
  const std::vector<std::pair<Time, std::string>>& kept() const { return kept_; }

  void Violated(Time now, const std::string& what);
  // The first difference, empty while there is none.
  const std::string& difference() const { return difference_; }
  // The last lines of what the router did.
  std::string Trace() const;
  void Trace(Time now, std::string line);
  // How often each kind of thing happened, by the first word of its line.
  const std::map<std::string, std::size_t>& counts() const { return counts_; }

 private:
  struct GroupInfo {
    std::string name;
    ReferenceModel::GroupNumber number = 0;
  };
  struct InFlight {
    ReferenceModel::GroupNumber group = 0;
    model::IntegrationId integration;
  };

  void OnGroupCreated(Time now, const router::GroupCreated& created);
  void Completed(Time now, router::NotificationId id, bool delivered,
                 const std::optional<model::ReceiverData>& data);
  // Whether the store has what was to be durable at once, and the rest but for some seconds.
  void CheckStored(Time now, const ReferenceModel& model, const storage::LoadedState& stored);

  ReferenceModel model_;
  std::map<router::GroupId, GroupInfo> groups_;
  std::set<ReferenceModel::GroupNumber> paired_;
  std::map<router::NotificationId, InFlight> in_flight_;
  std::set<ReferenceModel::Telling> being_written_;
  std::string silence_id_;
  std::vector<std::string> happenings_;
  std::vector<std::pair<Time, std::string>> trace_;
  bool keep_ = false;
  std::vector<std::pair<Time, std::string>> kept_;
  std::map<std::string, std::size_t> counts_;
  std::string difference_;
};

}  // namespace tocsin::simulation
