#pragma once

// Makes events of decisions, and leaves out what is no news: a flush that finds everything as the
// one before left it, an integration that has nothing new to hear for the same reason as last time,
// alerts that a notification repeats. For that it remembers what it recorded last of each group
// that there is. Pure; one thread.

#include "core/alert_forwarder.h"
#include "core/delivery.h"
#include "core/event_sink.h"
#include "history/event.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::history {

Rule RuleOf(const rules::RuleDefinition& definition);

class Recorder {
 public:
  struct Timed {
    Time at{};
    Event event;
  };
  using Out = std::vector<Timed>;

  void Record(Time now, const router::Decision& decision, Out* out);
  void Record(Time now, const rules::Decision& decision, Out* out);
  void Record(Time now, const core::AttemptEnded& attempt, Out* out);
  void Record(Time now, const core::AlertDropped& dropped, Out* out);
  void Record(Time now, const std::vector<core::AlertTarget>& targets, Out* out);
  // So many decisions never came here: what is remembered may be wrong.
  void RecordLoss(Time now, std::uint64_t count, Out* out);
  // What is in force, once more, if it was recorded long ago.
  void RepeatDaily(Time now, Out* out);
  void RepeatRoutes(Time now, Out* out);
  void RepeatTargets(Time now, Out* out);

 private:
  // By the hash of the alert's labels: whether it was told as resolved.
  using ToldAlerts = boost::unordered_flat_map<std::uint64_t, bool>;
  struct IntegrationMemory {
    std::optional<router::NothingNew> nothing_new;
    ToldAlerts told;
  };
  struct GroupMemory {
    std::uint32_t firing = 0, resolved = 0;
    bool flushed = false;
    std::map<model::IntegrationId, IntegrationMemory> integrations;
  };

  void On(const router::RoutesInstalled& decision);
  void On(const router::AlertReceived& decision);
  void On(const router::AlertRefused& decision);
  void On(const router::GroupCreated& decision);
  void On(const router::AlertGrouped& decision);
  void On(const router::AlertLeftGroup& decision);
  void On(const router::FlushStarted& decision);
  void On(const router::AlertsSuppressed& decision);
  void On(const router::AlertUnsuppressed& decision);
  void On(const router::NotificationDue& decision);
  void On(const router::NotificationNotNeeded& decision);
  void On(const router::NotificationLogged& decision);
  void On(const router::NotificationFailed& decision);
  void On(const router::SilenceChanged& decision);
  void On(const router::GroupEnded& decision);

  void Add(Event event);
  // The flush at hand has something to say.
  void AddFlush();

  boost::unordered_flat_map<router::GroupId, GroupMemory> groups_;
  // Alerts that were refused and have not been taken since, by their fingerprints.
  boost::unordered_flat_set<std::uint64_t> refused_;
  boost::unordered_flat_map<router::NotificationId, router::GroupIdentityPtr> in_flight_;
  std::vector<Route> routes_;
  Time routes_recorded_ = kZeroTime;
  std::vector<AlertTargets::Target> targets_;
  Time targets_recorded_ = kZeroTime;

  // Of the call at hand.
  Time now_{};
  Out* out_ = nullptr;
  // A flush is recorded with the first thing that is new in it.
  std::optional<GroupFlushed> flush_;
};

}  // namespace tocsin::history
