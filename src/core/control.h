#pragma once

// Joins the two cores: what the rules fire goes to the router by pointer, what the router has to
// say goes to the sender, answers come back. Still pure: it knows ports, no sockets, no clock, no
// threads; the simulator drives exactly this class. CoreThread drives it in the server. One thread.

#include "base/random.h"
#include "base/time.h"
#include "base/timer_queue.h"
#include "config/config.h"
#include "core/alert_forwarder.h"
#include "core/datasource.h"
#include "core/delivery.h"
#include "core/event_sink.h"
#include "core/notification_sender.h"
#include "core/outgoing_alert.h"
#include "core/series_writer.h"
#include "core/silence_writes.h"
#include "core/store.h"
#include "notifiers/integration.h"
#include "router/router.h"
#include "rules/ruler.h"
#include "templates/notification_templates.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tocsin::core {

// How long the core walks for a reader before it does what else is due.
inline constexpr Duration kWalkTime = std::chrono::microseconds(250);

// A loaded configuration, built aside and installed in one step.
struct Generation {
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const router::RouteTree> routes;
  std::vector<notifiers::IntegrationPtr> integrations;  // Of all receivers, in build order.
  std::vector<std::string> receivers;  // Names, also of those without integrations.
  std::shared_ptr<const templates::NotificationTemplates> templates;
  std::vector<router::InhibitRule> inhibit_rules;
  router::RouterOptions router_options;
  rules::RuleGroups groups;
  rules::RulerOptions ruler_options;
  std::map<std::string, std::shared_ptr<Datasource>> datasources;  // By name.
  std::shared_ptr<AlertForwarder> forwarder;    // Null: alerts of rules stay here.
  std::shared_ptr<SeriesWriter> series_writer;  // Null: what rules record goes nowhere.
};

class Control {
 public:
  // `sender`, the sinks and `store` outlive this object; without a store nothing is kept. `seed`
  // feeds the jitter of retries and the ids of silences.
  Control(NotificationSender* sender, std::vector<EventSink*> sinks, Store* store,
          std::uint64_t seed);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // What was stored when the server stopped. Before the first Install.
  void Restore(router::RouterState state, rules::RulesState of_rules) {
    of_rules.stopped_at = state.stopped_at;
    restored_ = std::move(state);
    ruler_.Restore(std::move(of_rules));
  }
  // Alerts, timers, rule state and sends in flight carry over from the generation before.
  void Install(Time now, Generation generation);
  // Before the process ends: nothing is due any more, no evaluation, flush or retry. Calls `idle`
  // once, maybe inside this call, when what had begun is over: the other rules of an evaluation and
  // the flush that waited for the end of one before belong to it.
  void WindDown(Time now, std::function<void()> idle);
  // After that: hands over to the store what would have waited.
  void WriteDown(Time now);
  bool installed() const { return router_ != nullptr; }

  // Precondition of all below: a generation is installed.
  void Ingest(Time now, std::span<const model::AlertPtr> alerts);
  struct SilenceTaken {
    std::string id;       // That is in effect.
    bool durable = true;  // False: the disk fails, and storage.volatile_when_disk_fails allows it.
  };
  using SilenceDone = std::function<void(tl::expected<SilenceTaken, router::SilenceError>)>;
  // Creates a silence, or changes the one with its id. `done` is called once, as soon as it is
  // durable; if it cannot be, and must be, nothing has changed.
  void SetSilence(Time now, model::Silence silence, SilenceDone done);
  void ExpireSilence(Time now, std::string id, SilenceDone done);
  // Does all that is due.
  void Advance(Time now);
  Time NextDeadline() const;
  // The wall clock was set back by that much, to `now`.
  void ClockWentBack(Time now, Duration by);
  // From `since`, the turn before, to `now` nobody could be heard: see Router::NotHeardSince. Rules
  // end nothing before their next answer.
  void NotHeardSince(Time now, Time since);

  // Snapshots for readers. The first ones are walks in slices, which see Router; a walk begins anew
  // when installs() has changed.
  bool TakeActiveAlerts(Time now, const model::Matchers& filter, std::size_t* next,
                        std::vector<router::AlertView>* alerts) {
    return router_->TakeActiveAlerts(now, filter, next, alerts);
  }
  bool TakeAlertGroups(Time now, const model::Matchers& filter, std::size_t* next,
                       std::vector<router::GroupView>* groups) {
    return router_->TakeGroups(now, filter, next, groups);
  }
  bool TakeMarkCounts(Time now, std::size_t* next, router::Router::MarkCounts* counts) const {
    return router_->TakeMarkCounts(now, next, counts);
  }
  // How many generations have been installed.
  std::uint64_t installs() const { return installs_; }
  std::shared_ptr<const std::vector<model::SilencePtr>> Silences() const {
    return router_->silences().All();
  }
  std::vector<rules::GroupView> RuleGroups() const { return ruler_.Snapshot(); }
  std::vector<rules::GroupView> RuleOverview() const { return ruler_.Overview(); }
  // A rule that is asked about, and what becomes of those of its alerts that are.
  struct RuleInQuestion {
    rules::RuleFound found;
    std::vector<OutgoingAlert> outgoing;  // Of the alerts in found.view.
  };
  struct RuleQuestion {
    model::Matchers matchers;
    std::vector<model::LabelSet> known;  // Of alerts that are asked about, as they go out.
  };
  // A walk in slices, too. Appends, in no order, rules that have such alerts (which match as they
  // go out), and those whose alertname is asked for, even without any.
  bool TakeRules(const RuleQuestion& question, rules::RuleWalk* walk,
                 std::vector<RuleInQuestion>* taken) const;
  // Where the alert with these labels stands in its groups.
  std::vector<router::Standing> StandingsOf(const model::LabelSet& labels) const {
    return router_->StandingsOf(labels);
  }
  std::shared_ptr<const config::Config> config() const { return config_; }
  std::shared_ptr<const templates::NotificationTemplates> templates() const { return templates_; }
  // The routes in the views of alerts and groups are indices into this.
  std::shared_ptr<const router::RouteTree> routes() const { return router_->routes(); }
  std::uint64_t alerts_per_alertname() const { return router_->alerts_per_alertname(); }

  struct Counts {
    std::size_t alerts = 0, groups = 0, rule_groups = 0, deliveries = 0;
    std::uint64_t volatile_silences = 0;  // Changes, since the start.
  };
  Counts counts() const;
  std::vector<model::IntegrationId> Integrations() const;
  // These walk everything: for whoever reads the metrics, not for every turn.
  std::vector<std::pair<std::string, router::Router::MarkCounts>> CountMarksByGroup(Time now) {
    return router_->CountMarksByGroup(now);
  }
  router::Silences::Counts CountSilences(Time now) const {
    return router_->silences().CountByState(now);
  }

  // The time that answers are stamped with: callbacks of ports have no time of their own. Set by
  // the driver once a turn, before anything else happens in it.
  void SetNow(Time now) { now_ = now; }

 private:
  struct DeliveryTimer {
    router::NotificationId id{};
    enum class Kind { kRetry, kDeadline } kind = Kind::kRetry;
  };
  // Callbacks outlive a Control that is destroyed with sends in flight; they look here first.
  struct Alive {
    Control* control;
  };

  // `stored` hears whether the output's changes are durable.
  void Apply(router::Output output, std::function<void(const Status&)> stored = {});
  void OnStored(const std::vector<router::NotificationId>& waiting, const Status& status);
  // What is to be called when the store has answered for the change: `done` afterwards.
  std::function<void(const Status&)> Writing(const router::SilenceChange& change, std::string id,
                                             SilenceDone done);
  // Does the change stand?
  bool OnSilenceWritten(SilenceWrites::Id write, const Status& status);
  // All state, as one batch.
  StoreBatch Everything() const;
  void RewriteStore();
  void Apply(rules::Output output);
  void Relabel(std::vector<model::AlertPtr>* alerts);
  // Of a rule's alert.
  OutgoingAlert GoOut(const model::LabelSet& labels) const;
  void StartQuery(const rules::Query& query);
  void StartWrite(rules::SeriesWrite write);
  // A call of a port that ends in a callback: has begun, has ended.
  void Begun() { ++under_way_; }
  void Ended();
  void StartDelivery(const router::Output::Due& due);
  // After a reload: each delivery gets its integration of now, or ends if there is none.
  void RedirectDeliveries();
  void StartAttempt(Delivery* delivery);
  void OnOutcome(router::NotificationId id, int attempt, const notifiers::Outcome& outcome);
  void ShiftDeliveries(Duration by);
  void OnDeliveryTimer(const DeliveryTimer& timer);
  void Finish(router::NotificationId id, router::Delivery result);
  void Fail(const DeliveryFailed& failure);

  // Constant after construction.
  NotificationSender* const sender_;
  const std::vector<EventSink*> sinks_;
  Store* const store_;
  std::shared_ptr<Alive> alive_;

  router::RouterState restored_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const templates::NotificationTemplates> templates_;
  std::map<std::string, std::shared_ptr<Datasource>> datasources_;
  std::shared_ptr<AlertForwarder> forwarder_;
  std::shared_ptr<SeriesWriter> series_writer_;  // May be null.
  std::map<model::IntegrationId, notifiers::IntegrationPtr> integrations_;
  model::LabelSet external_labels_;  // Of alerts of rules.
  rules::Ruler ruler_;
  std::unique_ptr<router::Router> router_;
  boost::unordered_flat_map<router::NotificationId, std::unique_ptr<Delivery>> deliveries_;
  TimerQueue<DeliveryTimer> delivery_timers_;
  SilenceWrites silence_writes_;
  std::uint64_t volatile_silences_ = 0;
  Random random_;
  std::size_t under_way_ = 0;  // Queries, writes of series, attempts.
  bool winding_down_ = false;
  std::function<void()> idle_;  // Of WindDown, until it is called.
  std::uint64_t installs_ = 0;
  Time now_{};
};

}  // namespace tocsin::core
