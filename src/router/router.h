#pragma once

// The router core: alerts in, notifications out. It owns the alerts, their aggregation groups and
// the notification log, and decides to the tick what Alertmanager would: when a group is flushed,
// what is new, what is repeated, what has ended.
//
// Pure: time is an argument, effects and decisions are appended to the caller's Output. One thread.
// The whole state can be taken out and put back as a value, which is what a reload and a restart
// do.
//
//   Ingest ──► store ──► routes ──► group ... Advance ──► flush ──► per integration: log says new?
//                                                                     │ yes: Notification, in
//                                                                     flight
//   Complete ◄────────────────── delivered, or given up ◄─────────────┘
//      └─► log entry; when all integrations of the flush are through: resolved alerts leave the
//      group

#include "base/time.h"
#include "base/timer_queue.h"
#include "config/config.h"
#include "model/alert.h"
#include "model/notification.h"
#include "router/aggregation_group.h"
#include "router/decision.h"
#include "router/notification_log.h"
#include "router/route_tree.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tocsin::router {

// What the router needs to know of a receiver: the integrations to tell, in build order.
struct Receiver {
  struct Integration {
    model::IntegrationId id;
    bool send_resolved = false;
  };
  std::string name;
  std::vector<Integration> integrations;
};

struct RouterOptions {
  Duration retention = std::chrono::hours(120);  // Of log entries, at most.
  Duration alerts_gc_interval =
      std::chrono::minutes(30);  // And how long an ended alert stays known.
  Duration log_gc_interval = std::chrono::minutes(15);
};

// How the delivery of a notification ended. Each notification that Advance returns is completed
// once.
struct Delivery {
  NotificationId id{};
  bool delivered = false;
  std::string error;                        // If not delivered.
  std::optional<model::ReceiverData> data;  // If delivered: replaces what the log keeps.
};

struct Output {
  struct Due {
    NotificationId id{};
    model::NotificationPtr notification;
  };
  std::vector<Due> notifications;
  std::vector<Decision> decisions;
};

// An alert with what the API shows beside it.
struct AlertView {
  model::AlertPtr alert;
  std::vector<std::string_view> receivers;  // In the order of the walk; views into the route tree.
};

// A group as the state value holds it. A route is named by its id, so that the group finds its
// place in another configuration's tree.
struct GroupState {
  GroupId id{};
  std::string route_id, route_key;
  std::string receiver;
  model::LabelSet labels;
  Time next_flush{};
  std::optional<Time> waiting_tick;
  std::optional<FlushInProgress> flush;
  std::vector<model::AlertPtr> members;
};

// A notification in flight.
struct PendingNotification {
  GroupId group{};
  std::string log_key;
  model::NotificationPtr notification;
  AlertHashes firing, resolved;
  Duration repeat_interval{};
};

struct RouterState {
  std::vector<model::AlertPtr> alerts;
  std::vector<GroupState> groups;
  NotificationLog::Entries log;
  std::vector<std::pair<NotificationId, PendingNotification>> pending;
  std::uint64_t next_id = 1;
  std::optional<Time> next_alerts_gc, next_log_gc;
};

class Router {
 public:
  // Every receiver that the tree names must be in `receivers`. With the state of an earlier router,
  // groups whose route and receiver still stand keep their timers and what is in flight; the alerts
  // of others are routed anew.
  Router(std::shared_ptr<const RouteTree> routes, std::vector<Receiver> receivers,
         RouterOptions options, RouterState state, Time now, Output* out);

  // Takes alerts in order. Preconditions (the edge's checks): at least one label, no empty values,
  // times set, ends_at not before starts_at.
  void Ingest(Time now, std::span<const model::AlertPtr> alerts, Output* out);

  // Flushes every group that is due at `now`, and collects garbage when that is due.
  void Advance(Time now, Output* out);

  // A notification has been delivered or given up. An id that is not in flight is ignored.
  void Complete(Time now, const Delivery& delivery, Output* out);

  // When Advance is to be called next. Nothing happens before it.
  std::optional<Time> NextDeadline() const;

  // The wall clock was set back by that much: whatever is waited for, or was written down, moves
  // along.
  void ClockWentBack(Duration by);

  RouterState TakeState() &&;

  // All alerts that have not ended at `now`, in no order. `views` point into this router's routes.
  std::vector<AlertView> ActiveAlerts(Time now) const;
  std::shared_ptr<const RouteTree> routes() const { return routes_; }
  std::size_t group_count() const { return groups_.size(); }
  std::size_t alert_count() const { return store_.size(); }
  const NotificationLog& log() const { return log_; }

 private:
  struct Membership {
    RouteIndex route{};
    GroupId group{};
  };
  struct StoredAlert {
    model::AlertPtr alert;
    std::vector<Membership> memberships;
  };
  struct GroupIndexKey {
    RouteIndex route{};
    model::LabelSet labels;
    bool operator==(const GroupIndexKey&) const = default;
  };
  struct GroupIndexHash {
    std::size_t operator()(const GroupIndexKey& key) const;
  };
  struct Timer {
    GroupId group{};
    std::uint64_t generation = 0;
  };

  void IngestOne(Time now, const model::AlertPtr& incoming, Output* out);
  void AddToGroup(Time now, const model::AlertPtr& alert, Membership* membership, Output* out);
  AggregationGroup* FindGroup(GroupId id);
  bool IsMember(const Membership& membership, const model::LabelSet& labels);
  AggregationGroup& FindOrCreateGroup(Time now, RouteIndex route, const model::AlertPtr& first,
                                      Output* out);
  void RestoreGroups(std::vector<GroupState> groups, Time now, Output* out);
  // An ended alert that a restored group does not hold has left it: its end is known there.
  bool WasAnnounced(const Membership& membership, const model::LabelSet& labels,
                    std::uint64_t first_new) const;
  void Arm(AggregationGroup* group, Time when);
  void OnTick(Time now, Time due, AggregationGroup* group, Output* out);
  void StartFlush(Time now, Time due, AggregationGroup* group, Output* out);
  void NotifyIntegrations(Time now, Time due, AggregationGroup* group,
                          std::vector<model::NotifiedAlert> alerts, Output* out);
  void FinishFlush(Time now, AggregationGroup* group, Output* out);
  void WriteLog(Time now, const PendingNotification& pending, bool sent,
                std::optional<model::ReceiverData> data, Output* out);
  void CollectGarbage(Time now);
  boost::unordered_flat_set<std::string> LiveLogKeys() const;
  const Receiver& FindReceiver(const std::string& name) const;

  // Constant after construction.
  std::shared_ptr<const RouteTree> routes_;
  boost::unordered_flat_map<std::string, Receiver> receivers_;
  RouterOptions options_;

  boost::unordered_flat_map<model::LabelSet, StoredAlert, model::LabelSetHash> store_;
  boost::unordered_flat_map<GroupId, std::unique_ptr<AggregationGroup>> groups_;
  boost::unordered_flat_map<GroupIndexKey, GroupId, GroupIndexHash> group_index_;
  boost::unordered_flat_map<NotificationId, PendingNotification> pending_;
  NotificationLog log_;
  TimerQueue<Timer> timers_;
  std::uint64_t next_id_ = 1;
  Time next_alerts_gc_;
  Time next_log_gc_;
};

}  // namespace tocsin::router
