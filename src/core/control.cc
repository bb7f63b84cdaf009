#include "core/control.h"

#include "base/hash.h"
#include "rules/alerting_rule.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tocsin::core {
namespace {

std::vector<router::Receiver> ReceiversOf(const Generation& generation) {
  std::vector<router::Receiver> receivers;
  for (const std::string& name : generation.receivers) {
    router::Receiver& receiver = receivers.emplace_back();
    receiver.name = name;
    for (const notifiers::IntegrationPtr& integration : generation.integrations) {
      if (integration->id().receiver != name) continue;
      receiver.integrations.push_back({integration->id(), integration->send_resolved()});
    }
  }
  return receivers;
}

// RFC 9562, version 4.
std::string NewUuid(Random* random) {
  std::string uuid = Hex16(random->Next()) + Hex16(random->Next());
  uuid[12] = '4';
  uuid[16] = "89ab"[random->Next() % 4];
  for (const std::size_t at : {20U, 16U, 12U, 8U}) uuid.insert(at, "-");
  return uuid;
}

// The alerts of all rules, as if each had just changed.
std::vector<rules::StateChange> AllAlerts(const rules::Ruler& ruler) {
  std::vector<rules::StateChange> changes;
  for (rules::AlertStored& alert : ruler.State().alerts) changes.emplace_back(std::move(alert));
  return changes;
}

router::SilenceError NotDurable(const Error& why) {
  return {router::SilenceError::Kind::kNotDurable, "the silence cannot be stored: " + why.message};
}

}  // namespace

Control::Control(NotificationSender* sender, std::vector<EventSink*> sinks, Store* store,
                 std::uint64_t seed)
    : sender_(sender),
      sinks_(std::move(sinks)),
      store_(store),
      alive_(std::make_shared<Alive>(Alive{this})),
      random_(seed) {
  if (!store_) return;
  store_->SetRewriteRequest([alive = alive_] {
    if (alive->control) alive->control->RewriteStore();
  });
}

Control::~Control() {
  alive_->control = nullptr;
}

void Control::Install(Time now, Generation generation) {
  now_ = now;
  ++installs_;
  config_ = generation.config;
  templates_ = generation.templates;
  datasources_ = std::move(generation.datasources);
  forwarder_ = std::move(generation.forwarder);
  integrations_.clear();
  for (const notifiers::IntegrationPtr& integration : generation.integrations) {
    integrations_.emplace(integration->id(), integration);
  }
  router::RouterState state =
      router_ ? std::move(*router_).TakeState() : std::exchange(restored_, {});
  router::Output output;
  router::RouterConfig config{generation.routes, ReceiversOf(generation),
                              std::move(generation.inhibit_rules), generation.router_options};
  router_ = std::make_unique<router::Router>(std::move(config), std::move(state), now, &output);
  series_writer_ = std::move(generation.series_writer);
  external_labels_ = generation.ruler_options.external_labels;
  generation.ruler_options.write_series = series_writer_ != nullptr;
  rules::Output of_rules;
  ruler_.Install(std::move(generation.groups), std::move(generation.ruler_options), now, &of_rules);
  // Before what ends with a delivery: what is written last counts.
  Apply(std::move(output));
  RedirectDeliveries();
  Apply(std::move(of_rules));
}

void Control::Ingest(Time now, std::span<const model::AlertPtr> alerts) {
  now_ = now;
  router::Output output;
  router_->Ingest(now, alerts, &output);
  Apply(std::move(output));
}

void Control::Advance(Time now) {
  now_ = now;
  if (winding_down_) return;
  rules::Output rules_output;
  ruler_.Advance(now, &rules_output);
  Apply(std::move(rules_output));
  while (const auto due = delivery_timers_.PopDue(now)) OnDeliveryTimer(due->second);
  router::Output output;
  router_->Advance(now, &output);
  Apply(std::move(output));
}

Time Control::NextDeadline() const {
  if (winding_down_) return Time::max();
  Time next = router_->NextDeadline().value_or(Time::max());
  if (const auto rules = ruler_.NextDeadline()) next = std::min(next, *rules);
  if (const auto delivery = delivery_timers_.NextDeadline()) next = std::min(next, *delivery);
  return next;
}

void Control::ClockWentBack(Time now, Duration by) {
  now_ = now;
  ruler_.ClockWentBack(now, by);
  rules::Output moved;
  moved.changes = AllAlerts(ruler_);
  Apply(std::move(moved));
  router_->ClockWentBack(now, by);
  silence_writes_.ClockWentBack(now, by);
  ShiftDeliveries(-by);
}

void Control::ShiftDeliveries(Duration by) {
  delivery_timers_.Shift(by);
  for (auto& [id, delivery] : deliveries_) delivery->Shift(by);
}

void Control::NotHeardSince(Time now, Time since) {
  now_ = now;
  // Or each page that is on its way would be given up, and sent again by the next flush.
  ShiftDeliveries(now - since);
  router::Output output;
  router_->NotHeardSince(now, since, &output);
  Apply(std::move(output));
}

void Control::RedirectDeliveries() {
  std::vector<router::NotificationId> gone;
  for (auto& [id, delivery] : deliveries_) {
    const auto integration = integrations_.find(delivery->notification()->integration);
    if (integration == integrations_.end()) {
      gone.push_back(id);
    } else {
      delivery->SetIntegration(integration->second);
    }
  }
  for (const router::NotificationId id : gone) {
    Finish(id,
           {id, false, "the configuration took its integration away while it was being told", {}});
  }
}

std::vector<model::IntegrationId> Control::Integrations() const {
  std::vector<model::IntegrationId> ids;
  for (const auto& [id, integration] : integrations_) ids.push_back(id);
  return ids;
}

Control::Counts Control::counts() const {
  return {router_->alert_count(), router_->group_count(), ruler_.group_count(), deliveries_.size(),
          volatile_silences_};
}

void Control::Apply(router::Output output, std::function<void(const Status&)> stored) {
  for (const router::Decision& decision : output.decisions) {
    for (EventSink* sink : sinks_) sink->OnDecision(now_, decision);
  }
  for (const router::Output::Due& due : output.notifications) StartDelivery(due);
  if (output.changes.empty() && output.waiting.empty() && !stored) return;
  if (!store_ || output.changes.empty()) {
    if (stored) stored({});
    return OnStored(output.waiting, {});
  }
  const Haste haste = stored ? Haste::kNow : !output.waiting.empty() ? Haste::kSoon : Haste::kNone;
  StoreBatch batch{std::move(output.changes), false, now_, haste};
  if (output.waiting.empty() && !stored) return store_->Write(std::move(batch), nullptr);
  store_->Write(std::move(batch), [alive = alive_, waiting = std::move(output.waiting),
                                   stored = std::move(stored)](const Status& status) {
    if (stored) stored(status);
    if (alive->control) alive->control->OnStored(waiting, status);
  });
}

// A page that went out but could not be written down counts all the same: the store says itself
// that it fails, and is rewritten when it works again.
void Control::OnStored(const std::vector<router::NotificationId>& waiting, const Status&) {
  if (waiting.empty()) return;
  router::Output output;
  for (const router::NotificationId id : waiting) router_->Stored(now_, id, &output);
  Apply(std::move(output));
}

StoreBatch Control::Everything() const {
  StoreBatch everything{{}, /*replaces_everything=*/true, now_};
  router_->AppendState(&everything.changes);
  everything.rule_changes = AllAlerts(ruler_);
  return everything;
}

void Control::RewriteStore() {
  store_->Write(Everything(), nullptr);
}

void Control::WindDown(Time now, std::function<void()> idle) {
  now_ = now;
  winding_down_ = true;
  idle_ = std::move(idle);
  Begun();
  Ended();
}

void Control::Ended() {
  if (--under_way_ == 0 && idle_) std::exchange(idle_, nullptr)();
}

void Control::WriteDown(Time now) {
  if (!router_) return;
  now_ = now;
  router::Output output;
  router_->WriteDown(now, &output);
  if (!store_) return;
  // There is no later: what was missed is made good now or never.
  StoreBatch batch =
      store_->behind() ? Everything() : StoreBatch{std::move(output.changes), false, now_};
  batch.last = true;
  store_->Write(std::move(batch), nullptr);
}

void Control::SetSilence(Time now, model::Silence silence, SilenceDone done) {
  now_ = now;
  router::Output output;
  router::SilenceChange change;
  auto id = router_->SetSilence(now, std::move(silence), NewUuid(&random_), &change, &output);
  if (!id) return done(tl::unexpected(std::move(id.error())));
  Apply(std::move(output), Writing(change, *std::move(id), std::move(done)));
}

void Control::ExpireSilence(Time now, std::string id, SilenceDone done) {
  now_ = now;
  router::Output output;
  router::SilenceChange change;
  auto expired = router_->ExpireSilence(now, id, &change, &output);
  if (!expired) return done(tl::unexpected(std::move(expired.error())));
  Apply(std::move(output), Writing(change, std::move(id), std::move(done)));
}

std::function<void(const Status&)> Control::Writing(const router::SilenceChange& change,
                                                    std::string id, SilenceDone done) {
  return [alive = alive_, write = silence_writes_.Begin(change), id = std::move(id),
          done = std::move(done)](const Status& status) {
    const bool stands =
        alive->control ? alive->control->OnSilenceWritten(write, status) : status.has_value();
    if (!stands) return done(tl::unexpected(NotDurable(status.error())));
    done(SilenceTaken{id, status.has_value()});
  };
}

bool Control::OnSilenceWritten(SilenceWrites::Id write, const Status& status) {
  // The store knows that it is behind, and is rewritten when it works again.
  if (!status && config_->storage.volatile_when_disk_fails) ++volatile_silences_;
  if (status || config_->storage.volatile_when_disk_fails) {
    silence_writes_.Stored(write);
    return true;
  }
  router::Output output;
  for (const auto& [id, silence] : silence_writes_.Failed(write)) {
    router_->PutBackSilence(now_, id, silence, &output);
  }
  Apply(std::move(output));
  return false;
}

void Control::Apply(rules::Output output) {
  for (rules::Decision& decision : output.decisions) {
    std::visit(
        [this](auto& of_alert) {
          if constexpr (requires { of_alert.sent_as; }) {
            of_alert.sent_as = GoOut(of_alert.labels).labels;
          }
        },
        decision);
    for (EventSink* sink : sinks_) sink->OnDecision(now_, decision);
  }
  // Before the alerts: what the router makes of them is not written earlier.
  if (store_ && !output.changes.empty()) {
    StoreBatch batch;
    batch.now = now_;
    batch.rule_changes = std::move(output.changes);
    store_->Write(std::move(batch), nullptr);
  }
  for (rules::SeriesWrite& write : output.writes) StartWrite(std::move(write));
  for (const rules::Query& query : output.queries) StartQuery(query);
  if (output.alerts.empty()) return;
  Relabel(&output.alerts);
  if (forwarder_) forwarder_->Forward(output.alerts);
  if (!config_->only_rules) Ingest(now_, output.alerts);
}

// What the rules drop goes.
void Control::Relabel(std::vector<model::AlertPtr>* alerts) {
  const model::RelabelRules& rules = config_->alerting.alert_relabel_configs;
  if (rules.empty()) return;
  std::vector<model::AlertPtr> relabelled;
  relabelled.reserve(alerts->size());
  for (const model::AlertPtr& alert : *alerts) {
    OutgoingAlert outgoing = core::GoOut(rules, alert->labels);
    if (outgoing.dropped_by) {
      for (EventSink* sink : sinks_) sink->OnAlertDropped(now_, {alert, *outgoing.dropped_by});
      continue;
    }
    auto changed = std::make_shared<model::Alert>(*alert);
    changed->labels = std::move(outgoing.labels);
    relabelled.push_back(std::move(changed));
  }
  *alerts = std::move(relabelled);
}

OutgoingAlert Control::GoOut(const model::LabelSet& labels) const {
  return core::GoOut(config_->alerting.alert_relabel_configs,
                     rules::WithExternalLabels(labels, external_labels_));
}

bool Control::TakeRules(const RuleQuestion& question, rules::RuleWalk* walk,
                        std::vector<RuleInQuestion>* taken) const {
  bool asks_for_names = false;
  for (const model::Matcher& matcher : question.matchers) {
    asks_for_names = asks_for_names || matcher.name() == model::kAlertNameLabel;
  }
  const auto has_name = [&](const rules::RuleDefinition& rule) {
    return std::all_of(
        question.matchers.begin(), question.matchers.end(), [&](const model::Matcher& matcher) {
          return matcher.name() != model::kAlertNameLabel || matcher.MatchesValue(rule.alert);
        });
  };
  // Relabelling may change it.
  const bool keeps_names = config_->alerting.alert_relabel_configs.empty();
  rules::RuleSearch search;
  search.known = question.known;
  search.may_have = [&](const rules::RuleDefinition& rule) {
    return !keeps_names || has_name(rule);
  };
  search.wants_rule = [&](const rules::RuleDefinition& rule) {
    return asks_for_names && has_name(rule);
  };
  search.wants_alert = [&](const model::LabelSet& labels) {
    return MatchesAll(question.matchers, GoOut(labels).labels);
  };
  std::vector<rules::RuleFound> found;
  const bool all = ruler_.Find(search, walk, &found);
  for (rules::RuleFound& rule : found) {
    RuleInQuestion& in_question = taken->emplace_back();
    for (const rules::RuleAlert& alert : rule.view.alerts) {
      in_question.outgoing.push_back(GoOut(alert.labels));
    }
    in_question.found = std::move(rule);
  }
  return all;
}

void Control::StartQuery(const rules::Query& query) {
  const auto datasource = datasources_.find(query.datasource);
  assert(datasource != datasources_.end() && "the ruler names only configured datasources");
  // Not the datasource itself: it holds this callback, and answers even when a reload has dropped
  // it.
  Begun();
  datasource->second->Query(
      query, [alive = alive_, id = query.id](Result<rules::QueryResult> result) {
        if (!alive->control) return;
        rules::Output output;
        alive->control->ruler_.Complete(alive->control->now_, id, std::move(result), &output);
        alive->control->Apply(std::move(output));
        alive->control->Ended();
      });
}

void Control::StartWrite(rules::SeriesWrite write) {
  const rules::WriteId id = write.id;
  const auto done = [alive = alive_, id](const Status& status) {
    if (!alive->control) return;
    rules::Output output;
    alive->control->ruler_.Written(alive->control->now_, id, status, &output);
    alive->control->Apply(std::move(output));
    alive->control->Ended();
  };
  Begun();
  // An evaluation from before a reload may still write.
  if (!series_writer_) return done({});
  series_writer_->Write(std::move(write), done);
}

void Control::StartDelivery(const router::Output::Due& due) {
  const auto integration = integrations_.find(due.notification->integration);
  assert(integration != integrations_.end() && "the router was built from the same list");
  const auto [it, inserted] = deliveries_.emplace(
      due.id, std::make_unique<Delivery>(due.id, due.notification, integration->second));
  assert(inserted);
  delivery_timers_.Set(due.notification->deadline, {due.id, DeliveryTimer::Kind::kDeadline});
  StartAttempt(it->second.get());
}

void Control::StartAttempt(Delivery* delivery) {
  Begun();
  const Duration timeout = delivery->Begin(now_);
  sender_->Send(delivery->integration(), delivery->notification(), timeout,
                [alive = alive_, id = delivery->id(),
                 attempt = delivery->attempts()](const notifiers::Outcome& outcome) {
                  if (!alive->control) return;
                  alive->control->OnOutcome(id, attempt, outcome);
                  alive->control->Ended();
                });
}

void Control::OnOutcome(router::NotificationId id, int attempt, const notifiers::Outcome& outcome) {
  const auto it = deliveries_.find(id);
  // Given up at the deadline while the answer was on its way.
  if (it == deliveries_.end() || it->second->attempts() != attempt) return;
  AttemptEnded ended;
  const Delivery::Next next = it->second->OnOutcome(now_, outcome, &random_, &ended);
  for (EventSink* sink : sinks_) sink->OnAttempt(now_, ended);
  switch (next.kind) {
    case Delivery::Next::Kind::kDelivered:
      Finish(id, {id, true, {}, outcome.data});
      return;
    case Delivery::Next::Kind::kRetryAt:
      delivery_timers_.Set(next.retry_at, {id, DeliveryTimer::Kind::kRetry});
      return;
    case Delivery::Next::Kind::kWait:
      return;
    case Delivery::Next::Kind::kFailed:
      Fail(it->second->OnGivenUp());
      return;
  }
}

void Control::OnDeliveryTimer(const DeliveryTimer& timer) {
  const auto it = deliveries_.find(timer.id);
  if (it == deliveries_.end()) return;
  // A turn may come late. What is sent after the deadline would arrive and not count.
  const bool in_time = now_ < it->second->notification()->deadline;
  if (timer.kind == DeliveryTimer::Kind::kRetry && in_time) {
    StartAttempt(it->second.get());
  } else {
    Fail(it->second->OnDeadline());
  }
}

void Control::Fail(const DeliveryFailed& failure) {
  for (EventSink* sink : sinks_) sink->OnDeliveryFailed(now_, failure);
  Finish(failure.id, {failure.id, false, failure.error, {}});
}

void Control::Finish(router::NotificationId id, router::Delivery result) {
  deliveries_.erase(id);
  router::Output output;
  router_->Complete(now_, result, &output);
  Apply(std::move(output));
}

}  // namespace tocsin::core
