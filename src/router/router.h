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
#include "model/alert.h"
#include "model/notification.h"
#include "model/silence.h"
#include "router/aggregation_group.h"
#include "router/alert_store.h"
#include "router/alertname_limit.h"
#include "router/decision.h"
#include "router/group_table.h"
#include "router/inhibitor.h"
#include "router/notification_log.h"
#include "router/route_tree.h"
#include "router/silences.h"
#include "router/state_change.h"
#include "router/unwritten_alerts.h"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <map>
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
  Duration retention = std::chrono::hours(120);  // Of log entries, at most; of ended silences.
  Duration alerts_gc_interval =
      std::chrono::minutes(30);                         // And how long an ended alert stays known.
  Duration log_gc_interval = std::chrono::minutes(15);  // And of silences.
  // Both at whole intervals since the epoch: a restart moves neither.
  // No group is flushed before: what the sources of alerts have to say first comes together. That
  // of the first router counts.
  Time dispatch_from = kZeroTime;
  SilenceLimits silences;
  std::uint64_t alerts_per_alertname = 0;  // 0: no limit.
  // How long an alert is waited for after a restart, at most, before it counts as ended.
  Duration resolve_timeout = std::chrono::minutes(5);
};

struct RouterConfig {
  std::shared_ptr<const RouteTree> routes;
  std::vector<Receiver> receivers;  // All that the tree names.
  std::vector<InhibitRule> inhibit_rules;
  RouterOptions options;
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
  // To be made durable. When they are, or cannot be, Stored is called with each of `waiting`.
  std::vector<StateChange> changes;
  std::vector<NotificationId> waiting;
};

// Why an alert is not notified about, now.
struct AlertStatus {
  std::vector<std::string> silenced_by;  // Ids of silences.
  model::AlertPtr inhibited_by;          // Null: not inhibited.

  bool suppressed() const { return !silenced_by.empty() || inhibited_by != nullptr; }
};

// An alert with what the API shows beside it.
struct AlertView {
  model::AlertPtr alert;
  boost::container::small_vector<RouteIndex, 2> routes;  // In the order of the walk.
  AlertStatus status;
};

// Where an alert stands in one of its groups.
struct Standing {
  GroupIdentityPtr group;
  RouteIndex route{};
  bool flushing = false;  // A flush is under way; the next one comes when it is through.
  Time next_flush{};
  struct Told {
    model::IntegrationId integration;
    // The last notification that told of the alert; kZeroTime: the last one of the group did not,
    // or there was none.
    Time at = kZeroTime;
    bool resolved = false;
  };
  std::vector<Told> told;  // All integrations of the receiver, in build order.
};

// A group with those of its alerts that have not ended.
struct GroupView {
  RouteIndex route{};
  model::LabelSet labels;
  std::vector<std::string> muted_by;  // Names of time intervals.
  std::vector<AlertView> alerts;
  model::RouteLabelTemplatesPtr route_labels;  // With all alerts. Null if the route has none.
};

// FlushInProgress as the state value holds it.
struct FlushState {
  Time due{};
  std::uint32_t unfinished = 0;
  bool failed = false;
  std::vector<model::AlertPtr> resolved;
  AlertHashes untold;
};

// A group as the state value holds it. A route is named by its id, so that the group finds its
// place in another configuration's tree.
struct GroupState {
  GroupId id{};
  std::string route_id, route_key;
  std::string receiver;
  model::LabelSet labels;
  bool flushed = false;
  Time next_flush{};
  std::optional<Time> waiting_tick;
  std::optional<FlushState> flush;
  // The due time of a flush that a stop of the process broke off: it is done again.
  std::optional<Time> broken_off;
  std::vector<model::AlertPtr> members;
  // What the last flush made of them, in their order. Empty where that is not known: after a start.
  std::vector<FlushMark> marks;
};

struct AlertState {
  AlertId id{};
  model::AlertPtr alert;
  UnwrittenAlerts::Need unwritten = UnwrittenAlerts::Need::kNothing;
};

// A notification in flight, or sent and waiting for its log entry to be durable.
struct PendingNotification {
  GroupSlot slot{};
  GroupIdentityPtr group;
  std::string log_key;
  model::NotificationPtr notification;
  AlertHashes firing, resolved;
  Duration repeat_interval{};
  bool sent = false;
};

struct RouterState {
  std::vector<AlertState> alerts;  // No labels twice.
  std::vector<GroupState> groups;
  NotificationLog::Entries log;
  SilenceList silences;
  std::vector<std::pair<NotificationId, PendingNotification>> pending;
  std::uint64_t next_id = 1;  // Above all ids that are in use.
  std::optional<Time> next_alerts_gc, next_log_gc, next_write;
  bool rewrite = false;  // All of it has to be written: the clock was set.
  // Set if it comes from a store: the last sign of life of the process that wrote it. Since then
  // nobody could be heard, and no flush was made.
  std::optional<Time> stopped_at;
  // It had not written all of it: what sources had sent again in its last seconds is missing.
  bool killed = false;
  // Set by a reload: RouterOptions::dispatch_from as it was at the start, by the clock of now.
  std::optional<Time> dispatch_from;
};

// What one request changed of silences, for when it cannot be made durable.
struct SilenceChange {
  struct Part {
    std::string id;
    model::SilencePtr before;  // Null: there was none.
    model::SilencePtr after;
  };
  std::vector<Part> parts;  // No id twice.
};

class Router {
 public:
  // What waits to be written is handed over this long after it waits, at most.
  static constexpr Duration kWriteLater = std::chrono::seconds(5);

  // Every receiver that the tree names must be in `config`. With the state of an earlier router,
  // groups whose route and receiver still stand keep their timers and what is in flight; the alerts
  // of others are routed anew.
  Router(RouterConfig config, RouterState state, Time now, Output* out);

  // Takes alerts in order. Preconditions (the edge's checks): at least one label, no empty values,
  // times set, ends_at not before starts_at.
  void Ingest(Time now, std::span<const model::AlertPtr> alerts, Output* out);

  // Flushes every group that is due at `now`, and collects garbage when that is due: of alerts a
  // slice at a time, kGarbageSlice of them, and is due again at once while some are left.
  void Advance(Time now, Output* out);

  static constexpr std::size_t kGarbageSlice = 1'000;

  // A notification has been delivered or given up. An id that is not in flight is ignored.
  void Complete(Time now, const Delivery& delivery, Output* out);
  // The log entry of a notification is durable, or will not be. Its group is not flushed before.
  void Stored(Time now, NotificationId id, Output* out);

  // `new_id` is taken if it does not become an update of one that is there. Returns the id in
  // effect.
  tl::expected<std::string, SilenceError> SetSilence(Time now, model::Silence silence,
                                                     std::string new_id, SilenceChange* change,
                                                     Output* out);
  tl::expected<void, SilenceError> ExpireSilence(Time now, const std::string& id,
                                                 SilenceChange* change, Output* out);
  // Instead of what is there under that id; null: nothing. Nothing has to be stored for it.
  void PutBackSilence(Time now, const std::string& id, const model::SilencePtr& silence,
                      Output* out);
  const Silences& silences() const { return silences_; }

  // When Advance is to be called next. Nothing happens before it.
  std::optional<Time> NextDeadline() const;

  // The wall clock was set back by that much, to `now`: whatever is waited for, was written down or
  // is over moves along; what has ended does not fire again, nor silence. What people have set by
  // the calendar, and ends that are still to come and were sent with an alert, do not.
  void ClockWentBack(Time now, Duration by);

  // From `since`, when the last turn was made, to `now` no source of alerts could be heard. What
  // had not ended then gets the time that it had left, as after a restart. Before anything else at
  // `now`.
  void NotHeardSince(Time now, Time since, Output* out);

  RouterState TakeState() &&;
  // All that has to be durable, as if it changed now.
  void AppendState(std::vector<StateChange>* changes) const;
  // Before the process ends: what would be written some time later.
  void WriteDown(Time now, Output* out);

  // For readers, who walk over everything in slices and let others have their turn in between: what
  // is there all the while is seen once, as it is when the walk passes. `*next` is where the walk
  // has come to, 0 at first; it holds for this router alone. True when the walk is through. Not
  // const, because verdicts are remembered.
  //
  // Appends alerts that match and have not ended at `now`, in no order; routes are indices into
  // routes().
  bool TakeActiveAlerts(Time now, const model::Matchers& filter, std::size_t* next,
                        std::vector<AlertView>* alerts);
  // Of the alert with these labels, in the order of its routes; none if it is in no group.
  std::vector<Standing> StandingsOf(const model::LabelSet& labels) const;
  // Appends groups in no order; of each the alerts that match `filter`, if any do. A group is not
  // divided: the slice is as long as the group is large.
  bool TakeGroups(Time now, const model::Matchers& filter, std::size_t* next,
                  std::vector<GroupView>* groups);

  // Firing alerts in groups, by what the last flush made of them.
  struct MarkCounts {
    std::size_t unprocessed = 0, active = 0, suppressed = 0;
  };
  // Adds to `counts`.
  bool TakeMarkCounts(Time now, std::size_t* next, MarkCounts* counts) const;
  // The same for each group by itself, by its key.
  std::vector<std::pair<std::string, MarkCounts>> CountMarksByGroup(Time now);

  std::shared_ptr<const RouteTree> routes() const { return routes_; }
  // 0: no limit.
  std::uint64_t alerts_per_alertname() const { return alertname_limit_.alerts_max(); }
  std::size_t group_count() const { return groups_.size(); }
  std::size_t alert_count() const { return store_.size(); }
  const NotificationLog& log() const { return log_; }

 private:
  struct Timer {
    GroupSlot group{};
    std::uint64_t generation = 0;
  };
  // A garbage collection of alerts that is not through.
  struct Forgetting {
    Time since{};
    Time ended_before{};
    std::size_t next = 0;  // Slot.
  };
  // The alerts of a flush, on their way through the stages.
  struct Flush {
    Time now{};
    Time due{};
    GroupSlot slot{};
    AggregationGroup* group = nullptr;
    std::vector<AlertSlot> slots;  // Parallel to alerts.
    std::vector<model::NotifiedAlert> alerts;
    model::RouteLabelTemplatesPtr route_labels;
  };

  // router.cc: alerts into groups, timers, garbage.
  void IngestOne(Time now, const model::AlertPtr& incoming, Output* out);
  void TakeRoutes(AlertSlot alert);
  void JoinGroups(Time now, AlertSlot alert, Output* out);
  GroupSlot FindOrCreateGroup(Time now, RouteIndex route, const model::AlertPtr& first,
                              Output* out);
  void Arm(GroupSlot slot, Time when);
  // The flushes that a stop of the process broke off, or prevented.
  void DoAgain(Time now, Output* out);
  void Dispatch(Time now, Output* out);
  void OnTick(Time now, Time due, GroupSlot slot, Output* out);
  void CollectGarbage(Time now, Output* out);
  void ForgetEndedAlerts(Output* out);
  void ShiftAlerts(Time now, Duration by);
  boost::unordered_flat_set<std::string> LiveLogKeys() const;
  const Receiver& FindReceiver(const std::string& name) const;

  // router_flush.cc: a flush from the tick to its end.
  void StartFlush(Time now, Time due, GroupSlot slot, Output* out);
  void MakeFlush(Time now, Time due, GroupSlot slot, Output* out);
  // Null if the route has no labels.
  model::RouteLabelTemplatesPtr RouteLabels(RouteIndex route,
                                            const std::vector<model::NotifiedAlert>& alerts) const;
  void Suppress(Flush* flush, Output* out);
  void SuppressByInhibition(Flush* flush, Output* out);
  bool SuppressByIntervals(Flush* flush, Output* out);
  void SuppressBySilences(Flush* flush, Output* out);
  // Takes the alerts out of the flush that have a cause, `cause_of(slot)`, for it. `event` says
  // why, and `describe` the rest, right after that alert's `cause_of`; `mark` goes with it.
  template <class CauseOf, class Describe>
  void TakeOut(AlertsSuppressed event, FlushMark mark, CauseOf cause_of, Describe describe,
               Flush* flush, Output* out);
  void MarkActive(Flush* flush, Output* out);
  void NotifyIntegrations(Flush flush, Output* out);
  void WriteLog(Time now, NotificationId id, std::optional<model::ReceiverData> data, Output* out);
  void FinishOne(Time now, const PendingNotification& pending, bool failed, Output* out);
  void FinishFlush(Time now, GroupSlot slot, Output* out);
  void ForgetUntold(const AggregationGroup& group, const AlertHashes& untold, Output* out);

  // router_state.cc
  void RestoreGroups(std::vector<GroupState> groups, std::optional<Time> stopped_at, Time now,
                     Output* out);
  void RestoreGroup(RouteIndex route, GroupState saved, std::optional<Time> stopped_at, Time now,
                    std::vector<AlertSlot>* homeless, Output* out);
  void JoinNewGroups(Time now, AlertSlot alert, std::uint64_t first_new, Output* out);
  // The same with a later end; null if it stays as it is.
  model::AlertPtr WaitedFor(const model::Alert& alert, Time since, Time now) const;
  void RestoreAlert(AlertState saved, std::optional<Time> stopped_at, Time now);
  void RestoreFlush(FlushState saved, GroupSlot slot);
  // What is on its way ends in the group's new slot.
  void RestorePending();
  void RestoreSchedule(GroupSlot slot, const GroupState& saved, std::optional<Time> stopped_at,
                       Time now);
  GroupState StateOf(GroupSlot slot);

  // router_changes.cc: what has to be made durable.
  void NoteUpdate(AlertSlot slot, const model::Alert& before, Time now);
  void Note(GroupSlot slot);
  AlertStored StoredAlert(AlertSlot slot) const;
  GroupStored StoredGroup(const AggregationGroup& group) const;
  void RemoveGroup(GroupSlot slot, Output* out);
  // At the end of each call that changes something.
  void WriteChanges(Output* out);
  void WriteAllEnds(Output* out);
  std::vector<std::pair<AlertId, Time>> AllEnds() const;
  void WriteLater(Time now, Output* out);

  // router_views.cc
  AlertStatus StatusOf(Time now, AlertSlot slot);
  AlertView ViewOf(Time now, AlertSlot slot);
  GroupView ViewOf(Time now, const AggregationGroup& group, const model::Matchers& filter);
  model::RouteLabelTemplatesPtr RouteLabelsOf(Time now, const AggregationGroup& group) const;

  // Constant after construction.
  std::shared_ptr<const RouteTree> routes_;
  boost::unordered_flat_map<std::string, Receiver> receivers_;
  RouterOptions options_;

  AlertStore store_;
  AlertnameLimit alertname_limit_;
  GroupTable groups_;
  Inhibitor inhibitor_;
  Silences silences_;
  NotificationLog log_;
  boost::unordered_flat_map<NotificationId, PendingNotification> pending_;
  TimerQueue<Timer> timers_;
  std::uint64_t next_id_ = 1;
  std::uint64_t next_timer_generation_ = 1;
  Time next_alerts_gc_;
  std::optional<Forgetting> forgetting_;
  Time next_log_gc_;

  UnwrittenAlerts unwritten_;
  std::vector<GroupSlot> unwritten_groups_;  // Their timers.
  Time next_write_{};                        // Of what waits. Meaningless while no alert is known.
  int writes_until_all_ = 0;                 // Lists of ends until one has them all.
  bool rewrite_ = false;                     // The clock was set: all times are others.
  // Groups with a flush to do again, and since when.
  std::vector<GroupSlot> again_;
  Time again_since_{};
  // Scratch, kept for its capacity.
  std::vector<RouteIndex> taken_;
  std::vector<const model::Silence*> matching_;
  std::vector<AlertSlot> selected_;
};

}  // namespace tocsin::router
