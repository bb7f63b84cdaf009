#include "tests/simulation/checker.h"

#include "rules/template_queries.h"
#include "tests/simulation/happening.h"

#include <algorithm>

namespace tocsin::simulation {
namespace {

// Latency of a receiver that answers, and of the core's own bookkeeping.
constexpr Duration kSlack = std::chrono::seconds(3);
constexpr std::size_t kTraceLines = 60;
// Of the rules' group.
constexpr Duration kInterval = std::chrono::seconds(15);

Duration FlushTimeout(const router::Route& route) {
  return std::max<Duration>(std::chrono::seconds(10), route.group_interval);
}

}  // namespace

void Checker::Configure(std::shared_ptr<const router::RouteTree> routes,
                        std::vector<notifiers::IntegrationPtr> integrations, Time now) {
  routes_ = std::move(routes);
  integrations_ = std::move(integrations);
  for (const auto& integration : integrations_) {
    health_.try_emplace(integration->id(), Health::kAnswers);
    healthy_since_.try_emplace(integration->id(), now);
  }
  for (auto& [labels, truth] : truths_) truth.places.clear();
  configured_at_ = now;
  Trace(now, "configured");
}

void Checker::OnHealth(Time now, const model::IntegrationId& integration, Health health) {
  if (health == Health::kAnswers && health_[integration] != Health::kAnswers) {
    healthy_since_[integration] = now;
  }
  health_[integration] = health;
  Trace(now, integration.ToString() + " health " + std::to_string(static_cast<int>(health)));
}

void Checker::OnArrived(Time now, const model::Notification& notification, bool by_this_process) {
  ++arrived_;
  Told& told = told_[{notification.group_key, notification.integration}];
  CheckQuiet(now, notification, told);
  std::string line = notification.integration.ToString() + " told " + notification.group_key + " " +
                     std::string(ToString(notification.reason)) + ":";
  told.last_firing.clear();
  told.last_resolved.clear();
  for (const model::NotifiedAlert& alert : notification.alerts) {
    const std::string& labels = LabelText(alert.alert->labels);
    line += (alert.resolved ? " -" : " +") + labels;
    const auto known = told.alerts.find(labels);
    const Truth& truth = truths_[labels];
    const bool ended_before = known != told.alerts.end() && !known->second.firing;
    if (alert.resolved && ended_before && truth.firing_since <= known->second.since &&
        !told.in_doubt) {
      Violated(now, "ended", "announced twice: " + labels);
    }
    (alert.resolved ? told.last_resolved : told.last_firing).insert(labels);
    told.alerts[labels] = {!alert.resolved, std::min(now, notification.now)};
  }
  told.last_time = now;
  if (by_this_process) told.may_repeat = false;
  Trace(now, std::move(line));
}

void Checker::OnEvaluated(Time now, Time ts, const model::LabelSet& alert, bool present,
                          Duration hold) {
  const std::string& labels = LabelText(alert);
  if (!present) present_since_.erase(labels);
  const bool due = present && ts - present_since_.try_emplace(labels, ts).first->second >= hold;
  const auto truth = truths_.find(labels);
  const bool fires =
      truth != truths_.end() && truth->second.alert && !truth->second.alert->ResolvedAt(now);
  if (fires != due) {
    Violated(now, "fired", labels + (due ? " does not fire" : " fires before its time"));
  }
}

void Checker::OnAsked(Time now, const std::string& expr, bool of_template, std::size_t on_the_way) {
  if (on_the_way >= (of_template ? rules::kTemplateQueriesAtOnce : 1)) {
    Violated(now, "turn", expr + " is asked beside " + std::to_string(on_the_way) + " others");
  }
}

void Checker::OnTemplateAnswer(const std::string& instance, const Result<std::string>& answer) {
  template_answers_.try_emplace(instance, TemplateAnswers{answer}).first->second.newest = answer;
}

bool Checker::Shows(const std::string& text, const Result<std::string>& answer) {
  if (answer) return text == *answer;
  return text.starts_with("<error expanding template: ") &&
         text.ends_with("error calling query: " + answer.error().message + ">");
}

void Checker::CheckText(Time now, const model::Alert& alert) {
  if (!alert.annotations.Has(kQueriedAnnotation)) return;
  const std::string text(alert.annotations.Get(kQueriedAnnotation));
  const auto answer = template_answers_.find(std::string(alert.labels.Get("instance")));
  if (answer == template_answers_.end()) return;  // Said by the process before.
  const bool refused = text.ends_with(
      ": the queries of the templates of one evaluation took more "
      "than 30s>");
  const auto& [newest, evaluated] = answer->second;
  // Not evaluated yet: it may show what was answered before that was forgotten.
  const bool right = Shows(text, newest) || !evaluated || Shows(text, *evaluated);
  if (!right && !refused) Violated(now, "text", alert.labels.ToString() + " says " + text);
}

void Checker::CheckQuiet(Time now, const model::Notification& notification, const Told& told) {
  if (IsZero(told.last_time) || told.may_repeat) return;
  std::set<std::string> firing, resolved;
  bool fired_again = false;
  for (const model::NotifiedAlert& alert : notification.alerts) {
    const std::string& labels = LabelText(alert.alert->labels);
    (alert.resolved ? resolved : firing).insert(labels);
    fired_again = fired_again || truths_[labels].firing_since > told.last_time;
  }
  const bool news = fired_again || firing != told.last_firing ||
                    !std::includes(told.last_resolved.begin(), told.last_resolved.end(),
                                   resolved.begin(), resolved.end());
  if (news) return;
  for (const router::Route& route : routes_->routes()) {
    if (route.receiver != notification.integration.receiver ||
        !notification.group_key.starts_with(route.key + ":")) {
      continue;
    }
    if (now - told.last_time < route.repeat_interval) {
      Violated(now, "quiet", "nothing new in " + notification.group_key);
    }
    return;
  }
}

void Checker::OnDecision(Time now, const router::Decision& decision) {
  if (const auto* received = std::get_if<router::AlertReceived>(&decision)) {
    Truth& truth = truths_[LabelText(received->alert->labels)];
    const bool was_firing = truth.alert && !truth.alert->ResolvedAt(now);
    truth.alert = received->alert;
    truth.received = now;
    CheckText(now, *truth.alert);
    // It fired while nobody could hear it.
    if (received->change == router::AlertReceived::Change::kCreated) truth.firing_since = now;
    if (!was_firing && !truth.alert->ResolvedAt(now)) {
      truth.firing_since = now;
      ++firings_;
      Trace(now, "fires " + truth.alert->labels.ToString());
    }
  } else if (const auto* failed = std::get_if<router::NotificationFailed>(&decision)) {
    Trace(now, "failed " + failed->integration.ToString() + " " + failed->error);
  }
}

void Checker::OnDecision(Time now, const rules::Decision& decision) {
  if (const auto* failed = std::get_if<rules::RuleFailed>(&decision)) {
    Trace(now, "rule failed: " + failed->error);
  } else if (const auto* evaluated = std::get_if<rules::RuleEvaluated>(&decision)) {
    if (!evaluated->rule->annotations.contains(kQueriedAnnotation)) return;
    for (auto& [instance, answers] : template_answers_) answers.evaluated = answers.newest;
  } else if (const auto* done = std::get_if<rules::GroupEvaluated>(&decision)) {
    const Time expected = last_slot_.value_or(done->ts) + (done->missed + 1) * kInterval;
    // A reload goes on from the last slot before it.
    if (last_slot_ && done->ts > std::max(expected, configured_at_)) {
      Violated(now, "slot", "passed over " + FormatRfc3339Nano(expected));
    }
    // What was under way when the clock was set back is of no slot.
    last_slot_.reset();
    if (done->started >= set_back_at_) last_slot_ = done->ts;
  }
}

void Checker::OnAttempt(Time, const core::AttemptEnded& attempt) {
  if (attempt.outcome.kind == notifiers::Outcome::Kind::kDelivered) return;
  // Whoever shares the receiver keeps ended alerts in the group until all are told.
  for (const auto& integration : integrations_) {
    if (integration->id().receiver != attempt.notification->integration.receiver) continue;
    told_[{attempt.notification->group_key, integration->id()}].in_doubt = true;
  }
}

void Checker::OnDeliveryFailed(Time, const core::DeliveryFailed&) {}

void Checker::Check(Time now) {
  for (auto& [labels, truth] : truths_) {
    if (!truth.alert) continue;
    if (truth.places.empty()) truth.places = PlacesOf(truth.alert->labels);
    for (const Place& place : truth.places) CheckPlace(now, labels, truth, place);
  }
}

std::vector<Checker::Place> Checker::PlacesOf(const model::LabelSet& alert) const {
  std::vector<router::RouteIndex> taken;
  routes_->Match(alert, &taken);
  std::vector<Place> places;
  for (const router::RouteIndex index : taken) {
    Place& place = places.emplace_back();
    place.route = &(*routes_)[index];
    const std::string key =
        router::GroupKey(*place.route, router::GroupLabels(*place.route, alert));
    for (const auto& integration : integrations_) {
      if (integration->id().receiver != place.route->receiver) continue;
      place.whom.emplace_back(integration, ToldKey(key, integration->id()));
    }
  }
  return places;
}

void Checker::OnClockWentBack(Time now, Duration by) {
  for (auto& [labels, truth] : truths_) {
    truth.received -= by;
    truth.firing_since -= by;
    if (!truth.alert || !truth.alert->ResolvedAt(now + by)) continue;
    auto ended = std::make_shared<model::Alert>(*truth.alert);
    ended->ends_at -= by;
    truth.alert = std::move(ended);
  }
  for (auto& [key, told] : told_) {
    told.last_time = SaturatingAdd(told.last_time, -by);
    for (auto& [labels, belief] : told.alerts) belief.since -= by;
  }
  for (auto& [labels, since] : present_since_) since -= by;
  last_slot_.reset();
  set_back_at_ = now;
  configured_at_ = SaturatingAdd(configured_at_, -by);
  stopped_at_ = SaturatingAdd(stopped_at_, -by);
  for (auto& [integration, since] : healthy_since_) since -= by;
  Trace(now, "the clock is put back by " + std::to_string(Seconds(by)));
}

// From when on every integration of the route's receiver answers, and a flush that was begun before
// has run into its deadline.
Time Checker::ReadySince(const Place& place, Time since) const {
  for (const auto& [integration, key] : place.whom) {
    if (health_.at(integration->id()) != Health::kAnswers) return Time::max();
    since = std::max(since, healthy_since_.at(integration->id()) + FlushTimeout(*place.route));
  }
  return since;
}

void Checker::CheckPlace(Time now, const std::string& labels, const Truth& truth,
                         const Place& place) {
  const router::Route& route = *place.route;
  const bool firing = !truth.alert->ResolvedAt(now);
  // An end may be told late, or never and come with time.
  const Time since = firing ? truth.firing_since : std::max(truth.alert->ends_at, truth.received);
  const Time ready = ReadySince(place, since);
  if (ready == Time::max() ||
      now <= ready + std::max(route.group_wait, route.group_interval) + kSlack) {
    return;
  }
  for (const auto& [integration, key] : place.whom) {
    const auto told = told_.find(key);
    const bool known = told != told_.end() && told->second.alerts.contains(labels);
    const bool believed = known && told->second.alerts.at(labels).firing;
    if (firing && !believed) {
      Violated(now, "told",
               integration->id().ToString() + " does not know that " + labels + " fires");
    }
    if (!firing && believed && integration->send_resolved()) {
      Violated(now, "ended", integration->id().ToString() + " does not know the end of " + labels);
    }
    if (!firing && told != told_.end() && now > ready + 2 * route.group_interval) {
      told->second.in_doubt = false;
    }
  }
}

void Checker::Violated(Time now, const char* rule, const std::string& what) {
  violations_.push_back(FormatRfc3339Milli(now) + " " + rule + ": " + what);
}

void Checker::Trace(Time now, std::string line) {
  if (trace_.size() >= 2 * kTraceLines) {
    trace_.erase(trace_.begin(), trace_.begin() + kTraceLines);
  }
  trace_.emplace_back(now, std::move(line));
}

std::string Checker::Trace() const {
  std::string text;
  for (const auto& [time, line] : trace_) text += FormatRfc3339Milli(time) + " " + line + "\n";
  return text;
}

}  // namespace tocsin::simulation
