#include "history/recorder.h"

#include "router/route_tree.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tocsin::history {
namespace {

// Of more it is said again that they are.
constexpr std::size_t kRefusedMax = 100'000;
// Of more further Alertmanagers nobody wants to read.
constexpr std::size_t kTargetsMax = 100;
constexpr Duration kRepeatAfter = std::chrono::hours(24);

SilenceName NameOf(const model::Silence& silence) {
  return {silence.id, silence.created_by, silence.comment, silence.ends_at};
}

std::vector<std::string> NamesOf(const std::vector<const model::NamedTimeInterval*>& intervals) {
  std::vector<std::string> names;
  for (const model::NamedTimeInterval* interval : intervals) names.push_back(interval->name);
  return names;
}

const model::LabelSet& SentAs(const model::LabelSet& labels, const model::LabelSet& sent_as) {
  return sent_as.empty() ? labels : sent_as;
}

std::vector<Route> RoutesOf(const router::RouteTree& tree) {
  std::vector<Route> routes;
  for (const router::Route& route : tree.routes()) {
    Route& made = routes.emplace_back();
    made.id = route.id;
    made.receiver = route.receiver;
    for (const model::Matcher& matcher : route.matchers) {
      made.matchers.push_back({matcher.name(), matcher.op(), matcher.value()});
    }
    made.continue_matching = route.continue_matching;
    made.group_wait = route.group_wait;
    made.group_interval = route.group_interval;
    made.repeat_interval = route.repeat_interval;
    made.mute_times = NamesOf(route.mute_times);
    made.active_times = NamesOf(route.active_times);
  }
  for (std::size_t i = 0; i < routes.size(); ++i) {
    for (const router::RouteIndex child : tree.routes()[i].children) {
      routes[static_cast<std::size_t>(child)].parent = static_cast<std::uint32_t>(i);
    }
  }
  return routes;
}

}  // namespace

Rule RuleOf(const rules::RuleDefinition& definition) {
  return {
      definition.name(),        definition.expr,
      definition.position.file, static_cast<std::uint32_t>(std::max(definition.position.line, 0)),
      definition.hold,          definition.group};
}

void Recorder::Record(Time now, const router::Decision& decision, Out* out) {
  now_ = now;
  out_ = out;
  std::visit([this](const auto& d) { On(d); }, decision);
}

void Recorder::Record(Time now, const rules::Decision& decision, Out* out) {
  now_ = now;
  out_ = out;
  if (const auto* changed = std::get_if<rules::AlertStateChanged>(&decision)) {
    Add(RuleAlertChanged{RuleOf(*changed->rule), SentAs(changed->labels, changed->sent_as),
                         changed->from, changed->to, changed->ts, changed->value});
  } else if (const auto* kept = std::get_if<rules::AlertKeptFiring>(&decision)) {
    Add(RuleAlertKept{RuleOf(*kept->rule), SentAs(kept->labels, kept->sent_as)});
  } else if (const auto* forgotten = std::get_if<rules::AlertForgotten>(&decision)) {
    Add(RuleAlertForgotten{RuleOf(*forgotten->rule), SentAs(forgotten->labels, forgotten->sent_as),
                           forgotten->state});
  } else if (const auto* failed = std::get_if<rules::RuleFailed>(&decision)) {
    Add(RuleFails{RuleOf(*failed->rule), failed->error});
  } else if (const auto* evaluated = std::get_if<rules::RuleEvaluated>(&decision)) {
    Add(RuleWorksAgain{RuleOf(*evaluated->rule)});
  }
}

void Recorder::Record(Time now, const core::AttemptEnded& attempt, Out* out) {
  now_ = now;
  out_ = out;
  const model::Notification& notification = *attempt.notification;
  AttemptEnded ended;
  if (const auto it = in_flight_.find(attempt.id); it != in_flight_.end()) {
    ended.group = it->second;
  } else {
    // Begun before there was a ledger.
    auto identity = std::make_shared<router::GroupIdentity>();
    identity->key = notification.group_key;
    identity->receiver = notification.integration.receiver;
    identity->labels = notification.group_labels;
    ended.group = std::move(identity);
  }
  ended.integration = notification.integration;
  ended.attempt = static_cast<std::uint32_t>(attempt.attempt);
  ended.took = attempt.took;
  ended.outcome = attempt.outcome.kind;
  ended.status = static_cast<std::uint32_t>(std::max(attempt.outcome.status, 0));
  ended.error = attempt.outcome.error;
  ended.next_attempt = attempt.next_attempt.value_or(kZeroTime);
  Add(std::move(ended));
}

void Recorder::RecordLoss(Time now, std::uint64_t count, Out* out) {
  groups_.clear();
  in_flight_.clear();
  refused_.clear();
  flush_.reset();
  out->push_back({now, EventsLost{count}});
}

void Recorder::RepeatDaily(Time now, Out* out) {
  // What was never recorded has no time to subtract.
  const auto is_old = [now](const auto& recorded, Time at) {
    return !recorded.empty() && now - at >= kRepeatAfter;
  };
  if (is_old(routes_, routes_recorded_)) RepeatRoutes(now, out);
  if (is_old(targets_, targets_recorded_)) RepeatTargets(now, out);
}

void Recorder::RepeatRoutes(Time now, Out* out) {
  if (routes_.empty()) return;
  routes_recorded_ = now;
  out->push_back({now, RoutesInForce{routes_, true}});
}

void Recorder::RepeatTargets(Time now, Out* out) {
  if (targets_.empty()) return;
  targets_recorded_ = now;
  out->push_back({now, AlertTargets{targets_, true}});
}

void Recorder::Record(Time now, const core::AlertDropped& dropped, Out* out) {
  out->push_back(
      {now, AlertDropped{dropped.alert->labels, static_cast<std::uint32_t>(dropped.position)}});
}

void Recorder::Record(Time now, const std::vector<core::AlertTarget>& targets, Out* out) {
  std::vector<AlertTargets::Target> are;
  for (const core::AlertTarget& target : targets) {
    if (are.size() == kTargetsMax) break;
    const auto known = std::find_if(targets_.begin(), targets_.end(), [&](const auto& before) {
      return before.url == target.url && before.answer == target.answer &&
             before.error == target.error;
    });
    are.push_back(
        {target.url, target.answer, target.error, known == targets_.end() ? now : known->since});
  }
  const auto same = [](const auto& a, const auto& b) {
    return a.url == b.url && a.since == b.since && a.answer == b.answer && a.error == b.error;
  };
  if (std::equal(are.begin(), are.end(), targets_.begin(), targets_.end(), same)) return;
  targets_ = std::move(are);
  targets_recorded_ = now;
  out->push_back({now, AlertTargets{targets_, false}});
}

void Recorder::On(const router::RoutesInstalled& decision) {
  routes_ = RoutesOf(*decision.routes);
  routes_recorded_ = now_;
  Add(RoutesInForce{routes_, false});
}

void Recorder::On(const router::AlertReceived& decision) {
  if (decision.change == AlertReceived::Change::kNothing) return;
  if (!refused_.empty()) refused_.erase(static_cast<std::uint64_t>(decision.alert->fingerprint()));
  Add(AlertReceived{decision.alert->labels, decision.change, decision.merged,
                    decision.alert->starts_at, decision.alert->ends_at});
}

void Recorder::On(const router::AlertRefused& decision) {
  if (refused_.size() >= kRefusedMax) refused_.clear();
  if (!refused_.insert(static_cast<std::uint64_t>(decision.alert->fingerprint())).second) return;
  Add(AlertRefused{decision.alert->labels});
}

void Recorder::On(const router::GroupCreated& decision) {
  groups_[decision.group->id] = {};
  Add(GroupCreated{decision.group, decision.first_flush});
}

void Recorder::On(const router::AlertGrouped& decision) {
  // That there is nothing new is news of whoever joins.
  if (const auto group = groups_.find(decision.group->id); group != groups_.end()) {
    for (auto& [integration, memory] : group->second.integrations) memory.nothing_new.reset();
  }
  Add(AlertGrouped{decision.group, decision.alert->labels});
}

void Recorder::On(const router::AlertLeftGroup& decision) {
  // When it comes back, what is told of it is news.
  if (const auto group = groups_.find(decision.group->id); group != groups_.end()) {
    const auto hash = static_cast<std::uint64_t>(decision.alert->fingerprint());
    for (auto& [integration, memory] : group->second.integrations) memory.told.erase(hash);
  }
  Add(AlertLeftGroup{decision.group, decision.alert->labels});
}

void Recorder::On(const router::FlushStarted& decision) {
  flush_ = GroupFlushed{decision.group, decision.due, decision.next_flush, decision.firing,
                        decision.resolved};
  GroupMemory& memory = groups_[decision.group->id];
  const bool same =
      memory.flushed && memory.firing == decision.firing && memory.resolved == decision.resolved;
  memory.flushed = true;
  memory.firing = decision.firing;
  memory.resolved = decision.resolved;
  if (!same) AddFlush();
}

void Recorder::On(const router::AlertsSuppressed& decision) {
  if (decision.newly.empty()) return;
  AddFlush();
  for (const router::SuppressedAlert& alert : decision.newly) {
    AlertSuppressed event;
    event.group = decision.group;
    event.alert = alert.alert->labels;
    event.why = decision.why;
    if (alert.inhibited_by) event.inhibited_by = alert.inhibited_by->labels;
    event.inhibit_rule = alert.inhibit_rule;
    for (const model::SilencePtr& silence : alert.silenced_by) {
      event.silences.push_back(NameOf(*silence));
    }
    event.intervals = decision.intervals;
    Add(std::move(event));
  }
}

void Recorder::On(const router::AlertUnsuppressed& decision) {
  AddFlush();
  Add(AlertUnsuppressed{decision.group, decision.alert->labels});
}

void Recorder::On(const router::NotificationDue& decision) {
  AddFlush();
  in_flight_[decision.id] = decision.group;
  const model::Notification& notification = *decision.notification;
  IntegrationMemory& memory = groups_[decision.group->id].integrations[notification.integration];
  memory.nothing_new.reset();
  NotificationDue due;
  due.group = decision.group;
  due.integration = notification.integration;
  due.reason = notification.reason;
  due.deadline = notification.deadline;
  ToldAlerts told;
  told.reserve(notification.alerts.size());
  for (const model::NotifiedAlert& alert : notification.alerts) {
    ++(alert.resolved ? due.resolved : due.firing);
    const auto hash = static_cast<std::uint64_t>(alert.alert->fingerprint());
    told[hash] = alert.resolved;
    const auto before = memory.told.find(hash);
    if (before != memory.told.end() && before->second == alert.resolved) continue;
    due.told.push_back({alert.alert->labels, alert.resolved});
  }
  memory.told = std::move(told);
  Add(std::move(due));
}

void Recorder::On(const router::NotificationNotNeeded& decision) {
  std::optional<router::NothingNew>& last =
      groups_[decision.group->id].integrations[decision.integration].nothing_new;
  if (last == decision.why) return;
  last = decision.why;
  AddFlush();
  Add(NotificationNotNeeded{decision.group, decision.integration, decision.why});
}

void Recorder::On(const router::NotificationLogged& decision) {
  in_flight_.erase(decision.id);
  Add(NotificationLogged{decision.group, decision.integration, decision.reason, decision.sent});
}

void Recorder::On(const router::NotificationFailed& decision) {
  in_flight_.erase(decision.id);
  Add(NotificationFailed{decision.group, decision.integration, decision.error});
}

void Recorder::On(const router::SilenceChanged& decision) {
  const model::Silence& silence = *decision.silence;
  SilenceChanged changed;
  changed.change = decision.kind;
  changed.silence = NameOf(silence);
  changed.starts_at = silence.starts_at;
  for (const model::Matchers& matchers : silence.matcher_sets) {
    if (!changed.matchers.empty()) changed.matchers += " or ";
    changed.matchers += ToString(matchers);
  }
  Add(std::move(changed));
}

void Recorder::On(const router::GroupEnded& decision) {
  groups_.erase(decision.group->id);
  Add(GroupEnded{decision.group, decision.why});
}

void Recorder::AddFlush() {
  if (!flush_) return;
  out_->push_back({now_, *std::exchange(flush_, std::nullopt)});
}

void Recorder::Add(Event event) {
  out_->push_back({now_, std::move(event)});
}

}  // namespace tocsin::history
