#pragma once

// A router with one route and one receiver, told as a story: what happens at which time, and what
// the router does about it as text.

#include "router/router.h"
#include "tests/router/stored_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::router {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline const Time kStart = Time(hours(24 * 365 * 50));

// Drives a router with one route and one receiver and writes what it does as text, one line an
// effect: `30s first notification [A]`, resolved alerts in parentheses.
class Scenario {
 public:
  explicit Scenario(Duration group_wait = seconds(30), Duration group_interval = minutes(5),
                    Duration repeat_interval = hours(4), bool send_resolved = true) {
    root_.receiver = "team";
    root_.group_by = std::vector<std::string>{"alertname"};
    root_.group_wait = group_wait;
    root_.group_interval = group_interval;
    root_.repeat_interval = repeat_interval;
    BuildRoutes();
    receivers_ = {Receiver{"team", {{{"team", "webhook", 0}, send_resolved}}}};
    Rebuild({}, kStart);
  }

  static model::AlertPtr MakeAlert(const char* instance, Time starts_at, Time ends_at, Time now) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = {{"alertname", "A"}, {"instance", instance}};
    alert->starts_at = starts_at;
    alert->ends_at = ends_at;
    alert->updated_at = now;
    return alert;
  }

  Scenario& Fire(Duration at, const char* instance, Duration started_before = Duration::zero()) {
    AdvanceTo(kStart + at);
    Ingest(MakeAlert(instance, now_ - started_before, now_ + hours(24), now_));
    return *this;
  }
  Scenario& Resolve(Duration at, const char* instance) {
    AdvanceTo(kStart + at);
    Ingest(MakeAlert(instance, kStart, now_, now_));
    return *this;
  }
  Scenario& Post(const model::AlertPtr& alert) {
    Ingest(alert);
    return *this;
  }
  // From the next reload on.
  Scenario& SetGroupInterval(Duration interval) {
    root_.group_interval = interval;
    BuildRoutes();
    return *this;
  }
  Scenario& SetReceiver(const char* name) {
    root_.receiver = name;
    receivers_[0].name = receivers_[0].integrations[0].id.receiver = name;
    BuildRoutes();
    return *this;
  }
  // All the same: what the next reload finds in the configuration.
  Scenario& SetMuteTimes(std::vector<model::NamedTimeInterval> intervals) {
    intervals_ = std::move(intervals);
    root_.mute_time_intervals.clear();
    for (const auto& interval : intervals_) root_.mute_time_intervals.push_back(interval.name);
    BuildRoutes();
    return *this;
  }
  Scenario& SetActiveTimes(std::vector<model::NamedTimeInterval> intervals) {
    intervals_ = std::move(intervals);
    root_.active_time_intervals.clear();
    for (const auto& interval : intervals_) root_.active_time_intervals.push_back(interval.name);
    BuildRoutes();
    return *this;
  }
  Scenario& SetLabels(std::map<std::string, std::string> labels) {
    root_.labels = std::move(labels);
    BuildRoutes();
    return *this;
  }
  // An alert on `source` inhibits those on `target`, both as regular expressions.
  Scenario& SetInhibition(const char* source, const char* target) {
    inhibit_rules_ = {{"", {Instance(source)}, {Instance(target)}, {"alertname"}}};
    return *this;
  }
  Scenario& SetAlertsPerAlertname(std::uint64_t max) {
    options_.alerts_per_alertname = max;
    return *this;
  }
  Scenario& SetDispatchFrom(Duration at) {
    options_.dispatch_from = kStart + at;
    return *this;
  }
  // Until the next call of StoreAll, nothing is durable.
  Scenario& KeepStoring() {
    keep_storing_ = true;
    return *this;
  }
  Scenario& StoreAll() {
    keep_storing_ = false;
    Store(std::exchange(unstored_, {}));
    return *this;
  }
  Scenario& Silence(Duration at, Duration until, const char* instances) {
    AdvanceTo(kStart + at);
    model::Silence silence;
    silence.matcher_sets = {{Instance(instances)}};
    silence.starts_at = now_;
    silence.ends_at = kStart + until;
    silence.created_by = "me";
    Output out;
    SilenceChange change;
    const auto id =
        router_->SetSilence(now_, silence, "id-" + std::to_string(++silences_), &change, &out);
    EXPECT_TRUE(id) << id.error().message;
    EXPECT_EQ(out.changes.size(), 1u);
    return *this;
  }
  Scenario& Until(Duration at) {
    AdvanceTo(kStart + at);
    return *this;
  }
  Scenario& Reload() {
    Rebuild(std::move(*router_).TakeState(), now_);
    return *this;
  }
  // The process ends in good order, and another one begins that much later.
  Scenario& Restart(Duration down) {
    Output out;
    router_->WriteDown(now_, &out);
    stored_.Apply(out.changes, now_);
    return Begin(down, /*killed=*/false);
  }
  // It is killed: what waited to be written, and was in flight, is lost.
  Scenario& Crash(Duration down) { return Begin(down, /*killed=*/true); }
  Scenario& SetClockBack(Duration by) {
    now_ -= by;
    router_->ClockWentBack(now_, by);
    return *this;
  }
  // It stands still, or the clock is put forward: the next turn comes that much later.
  Scenario& Freeze(Duration by) {
    const Time since = now_;
    now_ += by;
    Output out;
    router_->NotHeardSince(now_, since, &out);
    Handle(out);
    return *this;
  }
  // What happens to notifications from now on: answered at once, failed at once, or kept in flight.
  enum class Answer { kDeliver, kFail, kKeep };
  Scenario& Answering(Answer answer) {
    answer_ = answer;
    return *this;
  }
  Scenario& CompleteAll(bool delivered) {
    const auto kept = std::exchange(in_flight_, {});
    for (const NotificationId id : kept) Complete(id, delivered);
    return *this;
  }

  const std::string& log() const { return log_; }
  std::size_t groups() const { return router_->group_count(); }
  Router& router() { return *router_; }
  // What readers see now, each by one walk.
  std::vector<AlertView> ActiveAlerts(const model::Matchers& filter = {}) {
    std::vector<AlertView> alerts;
    for (std::size_t next = 0; !router_->TakeActiveAlerts(now_, filter, &next, &alerts);) {
    }
    return alerts;
  }
  std::vector<GroupView> Groups() {
    std::vector<GroupView> groups;
    for (std::size_t next = 0; !router_->TakeGroups(now_, {}, &next, &groups);) {
    }
    return groups;
  }
  Router::MarkCounts CountMarks() const {
    Router::MarkCounts counts;
    for (std::size_t next = 0; !router_->TakeMarkCounts(now_, &next, &counts);) {
    }
    return counts;
  }
  const StoredState& stored() const { return stored_; }
  Time now() const { return now_; }

 private:
  static model::Matcher Instance(const char* pattern) {
    return *model::Matcher::Create("instance", model::MatchOp::kRegex, pattern);
  }
  Scenario& Begin(Duration down, bool killed) {
    in_flight_.clear();
    unstored_.clear();
    now_ += down;
    Rebuild(stored_.Load(killed), now_);
    return *this;
  }
  void BuildRoutes() { routes_ = std::make_shared<const RouteTree>(root_, intervals_); }
  void Rebuild(RouterState state, Time now) {
    Output out;
    router_ = std::make_unique<Router>(RouterConfig{routes_, receivers_, inhibit_rules_, options_},
                                       std::move(state), now, &out);
    Handle(out);
  }
  void AdvanceTo(Time until) {
    while (router_->NextDeadline() && *router_->NextDeadline() <= until) {
      now_ = std::max(now_, *router_->NextDeadline());
      Output out;
      router_->Advance(now_, &out);
      Handle(out);
    }
    now_ = until;
  }
  void Ingest(const model::AlertPtr& alert) {
    Output out;
    router_->Ingest(now_, std::vector{alert}, &out);
    Handle(out);
  }
  void Complete(NotificationId id, bool delivered) {
    Output out;
    router_->Complete(now_, {id, delivered, delivered ? "" : "refused", {}}, &out);
    Handle(out);
  }
  void Note(const AlertsSuppressed& suppressed) {
    if (suppressed.newly.empty()) return;
    constexpr const char* kWhy[] = {"inhibited", "outside active times", "mute time", "silenced"};
    std::string names;
    for (const SuppressedAlert& newly : suppressed.newly) {
      names += newly.alert->labels.Get("instance");
    }
    std::sort(names.begin(), names.end());
    log_ += At() + kWhy[static_cast<int>(suppressed.why)] + " [" + names + "]\n";
  }
  std::string At() const {
    char at[32];
    std::snprintf(at, sizeof at, "%.0fs ", Seconds(now_ - kStart));
    return at;
  }
  void Handle(const Output& out) {
    stored_.Apply(out.changes, now_);
    for (const Decision& decision : out.decisions) {
      if (const auto* suppressed = std::get_if<AlertsSuppressed>(&decision)) Note(*suppressed);
    }
    for (const Output::Due& due : out.notifications) {
      log_ += At() + std::string(ToString(due.notification->reason)) + " [";
      for (const model::NotifiedAlert& alert : due.notification->alerts) {
        const std::string name(alert.alert->labels.Get("instance"));
        log_ += alert.resolved ? "(" + name + ")" : name;
      }
      log_ += "]";
      if (const auto& labels = due.notification->route_label_templates) {
        log_ += " labels over " + std::to_string(labels->alerts.size());
      }
      log_ += "\n";
    }
    for (const Output::Due& due : out.notifications) {
      if (answer_ == Answer::kKeep) {
        in_flight_.push_back(due.id);
      } else {
        Complete(due.id, answer_ == Answer::kDeliver);
      }
    }
    Store(out.waiting);
  }

  // What was durable at once: these tests are not about the store.
  void Store(const std::vector<NotificationId>& waiting) {
    if (keep_storing_) {
      unstored_.insert(unstored_.end(), waiting.begin(), waiting.end());
      return;
    }
    for (const NotificationId id : waiting) {
      Output out;
      router_->Stored(now_, id, &out);
      Handle(out);
    }
  }

  config::RouteConfig root_;
  std::vector<model::NamedTimeInterval> intervals_;
  std::vector<InhibitRule> inhibit_rules_;
  RouterOptions options_;
  std::shared_ptr<const RouteTree> routes_;
  std::vector<Receiver> receivers_;
  std::unique_ptr<Router> router_;
  StoredState stored_;
  Time now_ = kStart;
  Answer answer_ = Answer::kDeliver;
  std::vector<NotificationId> in_flight_;
  bool keep_storing_ = false;
  std::vector<NotificationId> unstored_;
  int silences_ = 0;
  std::string log_;
};

}  // namespace tocsin::router
