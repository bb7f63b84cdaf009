#include "router/router.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tocsin::router {
namespace {

AlertReceived::Change ChangeOf(const model::Alert& before, const model::Alert& after, Time now) {
  using Change = AlertReceived::Change;
  const bool ended_before = before.ResolvedAt(now);
  if (!after.ResolvedAt(now)) {
    const bool started = ended_before || after.starts_at != before.starts_at;
    return started ? Change::kStarted : Change::kNothing;
  }
  if (!ended_before) return Change::kEnded;
  return after.ends_at != before.ends_at ? Change::kEndedAgain : Change::kNothing;
}

}  // namespace

model::AlertPtr ByAnEarlierClock(const model::AlertPtr& alert, Time now, Duration by) {
  const bool ended = alert->ResolvedAt(now + by);
  if (!ended && !alert->timeout) return alert;
  auto shifted = std::make_shared<model::Alert>(*alert);
  shifted->ends_at = SaturatingAdd(alert->ends_at, -by);
  if (ended) {
    shifted->starts_at = SaturatingAdd(alert->starts_at, -by);
    shifted->updated_at = SaturatingAdd(alert->updated_at, -by);
  } else {
    // It fires, so it has begun.
    shifted->starts_at = std::min(alert->starts_at, now);
  }
  return shifted;
}

GroupIdentityPtr MakeIdentity(GroupId id, const Route& route, model::LabelSet labels) {
  auto identity = std::make_shared<GroupIdentity>();
  identity->id = id;
  identity->key = GroupKey(route, labels);
  identity->route_id = route.id;
  identity->receiver = route.receiver;
  identity->labels = std::move(labels);
  return identity;
}

void Router::Ingest(Time now, std::span<const model::AlertPtr> alerts, Output* out) {
  for (const model::AlertPtr& alert : alerts) IngestOne(now, alert, out);
  WriteChanges(out);
}

void Router::IngestOne(Time now, const model::AlertPtr& incoming, Output* out) {
  const std::string_view alertname = incoming->labels.Get(model::kAlertNameLabel);
  const std::optional<AlertSlot> known = store_.Find(incoming->labels);
  if (!known) {
    if (!incoming->ResolvedAt(now) && !alertname_limit_.HasRoom(alertname, store_, now)) {
      out->decisions.emplace_back(AlertRefused{incoming});
      return;
    }
    if (store_.size() == 0) next_write_ = now + kWriteLater;
    const AlertSlot slot = store_.Add(incoming);
    unwritten_.Add(slot, static_cast<AlertId>(next_id_++), UnwrittenAlerts::Need::kNow);
    if (!incoming->ResolvedAt(now)) alertname_limit_.Add(alertname, slot);
    inhibitor_.OnFiring(slot, incoming->labels);
    TakeRoutes(slot);
    out->decisions.emplace_back(AlertReceived{incoming, /*created=*/true, /*merged=*/false,
                                              AlertReceived::Change::kCreated});
    JoinGroups(now, slot, out);
    return;
  }
  const AlertSlot slot = *known;
  const bool ended_before = store_[slot]->ResolvedAt(now);
  if (!incoming->ResolvedAt(now) && !alertname_limit_.HasRoomFor(alertname, slot, store_, now)) {
    out->decisions.emplace_back(AlertRefused{incoming});
    return;
  }
  model::AlertPtr result = model::Merge(store_[slot], incoming, now);
  const bool merged = result != incoming;
  const bool ended = result->ResolvedAt(now);
  const bool ends_sooner = result->ends_at < store_[slot]->ends_at;
  const AlertReceived::Change change = ChangeOf(*store_[slot], *result, now);
  const model::AlertPtr before = store_[slot];
  store_.Replace(slot, result);
  NoteUpdate(slot, *before, now);
  if (ended || ends_sooner) alertname_limit_.OnEnded(alertname);
  if (!ended && ended_before) {
    alertname_limit_.Add(alertname, slot);
    inhibitor_.OnFiring(slot, result->labels);
  }
  out->decisions.emplace_back(AlertReceived{std::move(result), /*created=*/false, merged, change});
  // Sources repeat for minutes that an alert has ended. Once announced, that is no news.
  if (!(ended_before && ended)) JoinGroups(now, slot, out);
}

void Router::TakeRoutes(AlertSlot alert) {
  taken_.clear();
  routes_->Match(store_[alert]->labels, &taken_);
  groups_.SetRoutes(alert, taken_);
}

void Router::JoinGroups(Time now, AlertSlot alert, Output* out) {
  groups_.ForEachMembership(alert, [&](Membership& membership) {
    if (membership.group != Membership::kNone) return;
    const GroupSlot group = FindOrCreateGroup(now, membership.route, store_[alert], out);
    groups_.Join(alert, &membership, group);
    unwritten_.Raise(alert, UnwrittenAlerts::Need::kNow);
    out->decisions.emplace_back(AlertGrouped{groups_.Get(group)->identity, store_[alert]});
  });
}

GroupSlot Router::FindOrCreateGroup(Time now, RouteIndex route, const model::AlertPtr& first,
                                    Output* out) {
  const Route& options = (*routes_)[route];
  model::LabelSet labels = GroupLabels(options, first->labels);
  if (const auto slot = groups_.FindGroup(route, labels)) return *slot;

  auto group = std::make_unique<AggregationGroup>();
  group->identity = MakeIdentity(static_cast<GroupId>(next_id_++), options, std::move(labels));
  group->route = route;
  const GroupSlot slot = groups_.AddGroup(std::move(group));
  // An alert that has been firing for longer than group_wait (after a restart, say) has waited
  // enough.
  const bool overdue = first->starts_at < now - options.group_wait;
  Arm(slot, overdue ? now : now + options.group_wait);
  const AggregationGroup& added = *groups_.Get(slot);
  out->decisions.emplace_back(GroupCreated{added.identity, added.next_flush});
  out->changes.emplace_back(StoredGroup(added));
  return slot;
}

void Router::Arm(GroupSlot slot, Time when) {
  AggregationGroup* const group = groups_.Get(slot);
  group->next_flush = when;
  group->timer_generation = next_timer_generation_++;
  timers_.Set(when, Timer{slot, group->timer_generation});
}

void Router::Advance(Time now, Output* out) {
  if (now >= options_.dispatch_from) Dispatch(now, out);
  CollectGarbage(now, out);
  if ((store_.size() > 0 || rewrite_) && now >= next_write_) WriteLater(now, out);
  WriteChanges(out);
}

void Router::Dispatch(Time now, Output* out) {
  DoAgain(now, out);
  while (const auto due = timers_.PopDue(now)) {
    const Timer& timer = due->second;
    const AggregationGroup* const group = groups_.Get(timer.group);
    if (!group || group->timer_generation != timer.generation) continue;
    OnTick(now, due->first, timer.group, out);
  }
}

void Router::DoAgain(Time now, Output* out) {
  // None of them is gone meanwhile: a group goes at the end of a flush.
  for (const GroupSlot slot : std::exchange(again_, {})) {
    const Time due = *std::exchange(groups_.Get(slot)->broken_off, std::nullopt);
    MakeFlush(now, due, slot, out);
  }
}

void Router::OnTick(Time now, Time due, GroupSlot slot, Output* out) {
  AggregationGroup* const group = groups_.Get(slot);
  if (group->flush) {
    group->waiting_tick = due;
    return;
  }
  StartFlush(now, due, slot, out);
}

void Router::CollectGarbage(Time now, Output* out) {
  if (now >= next_alerts_gc_) {
    next_alerts_gc_ = NextBeat(now, options_.alerts_gc_interval);
    // Not what ended just now: its source may still repeat that it has, which must stay no news.
    if (!forgetting_) forgetting_ = Forgetting{now, now - options_.alerts_gc_interval};
  }
  if (forgetting_) ForgetEndedAlerts(out);
  if (now >= next_log_gc_) {
    next_log_gc_ = NextBeat(now, options_.log_gc_interval);
    // To know which keys live is dear.
    if (log_.HasExpired(now)) {
      for (std::string& key : log_.CollectGarbage(now, LiveLogKeys())) {
        out->changes.emplace_back(LogEntryRemoved{std::move(key)});
      }
    }
    SilenceChanges changes;
    silences_.CollectGarbage(now, &changes);
    for (std::string& id : changes.removed) {
      out->changes.emplace_back(SilenceRemoved{std::move(id)});
    }
  }
}

void Router::ForgetEndedAlerts(Output* out) {
  std::size_t& next = forgetting_->next;
  const std::size_t end = std::min(next + kGarbageSlice, store_.slot_end());
  for (; next < end; ++next) {
    const auto slot = static_cast<AlertSlot>(next);
    const model::AlertPtr alert = store_[slot];
    // What is in a group has not been announced yet.
    if (!alert || !alert->ResolvedAt(forgetting_->ended_before) || groups_.InAnyGroup(slot)) {
      continue;
    }
    alertname_limit_.Forget(alert->labels.Get(model::kAlertNameLabel), slot);
    inhibitor_.Forget(slot, alert->labels);
    silences_.Forget(slot);
    groups_.Forget(slot);
    out->changes.emplace_back(AlertRemoved{unwritten_.IdOf(slot)});
    unwritten_.Remove(slot);
    store_.Remove(slot);
  }
  if (next == store_.slot_end()) forgetting_.reset();
}

boost::unordered_flat_set<std::string> Router::LiveLogKeys() const {
  boost::unordered_flat_set<std::string> keys;
  for (std::size_t i = 0; i < groups_.slot_end(); ++i) {
    const AggregationGroup* const group = groups_.Get(static_cast<GroupSlot>(i));
    if (!group) continue;
    for (const auto& integration : FindReceiver((*routes_)[group->route].receiver).integrations) {
      keys.insert(LogKey(group->identity->key, integration.id));
    }
  }
  return keys;
}

std::optional<Time> Router::NextDeadline() const {
  Time next = std::min(next_alerts_gc_, next_log_gc_);
  if (forgetting_) next = std::min(next, forgetting_->since);
  const Time from = options_.dispatch_from;
  if (const auto flush = timers_.NextDeadline()) next = std::min(next, std::max(*flush, from));
  if (store_.size() > 0 || rewrite_) next = std::min(next, next_write_);
  if (!again_.empty()) next = std::min(next, std::max(again_since_, from));
  return next;
}

void Router::ClockWentBack(Time now, Duration by) {
  timers_.Shift(-by);
  if (options_.dispatch_from > now) options_.dispatch_from -= by;
  log_.Shift(-by);
  silences_.ClockWentBack(now, by);
  for (std::size_t i = 0; i < groups_.slot_end(); ++i) {
    AggregationGroup* const group = groups_.Get(static_cast<GroupSlot>(i));
    if (!group) continue;
    group->next_flush -= by;
    if (group->waiting_tick) *group->waiting_tick -= by;
    if (group->flush) group->flush->due -= by;
    if (group->broken_off) *group->broken_off -= by;
  }
  next_alerts_gc_ -= by;
  if (forgetting_) {
    forgetting_->since -= by;
    forgetting_->ended_before -= by;
  }
  next_log_gc_ -= by;
  next_write_ = now;
  again_since_ = now;
  rewrite_ = true;
  ShiftAlerts(now, by);
  alertname_limit_.OnClockSet();
}

void Router::ShiftAlerts(Time now, Duration by) {
  for (std::size_t i = 0; i < store_.slot_end(); ++i) {
    const auto slot = static_cast<AlertSlot>(i);
    if (store_[slot]) store_.Replace(slot, ByAnEarlierClock(store_[slot], now, by));
  }
}

tl::expected<std::string, SilenceError> Router::SetSilence(Time now, model::Silence silence,
                                                           std::string new_id,
                                                           SilenceChange* change, Output* out) {
  const model::SilencePtr before = silences_.Find(silence.id);
  SilenceChanges changes;
  auto id = silences_.Set(now, std::move(silence), std::move(new_id), &changes);
  if (!id) return id;
  // Instead of a silence that may not be changed, a new one is made, and the old one expired.
  for (const model::SilencePtr& stored : changes.stored) {
    const bool known = before && stored->id == before->id;
    change->parts.push_back({stored->id, known ? before : nullptr, stored});
    const auto kind = !known              ? SilenceChanged::Kind::kCreated
                      : stored->id == *id ? SilenceChanged::Kind::kUpdated
                                          : SilenceChanged::Kind::kExpired;
    out->decisions.emplace_back(SilenceChanged{kind, stored});
    out->changes.emplace_back(SilenceStored{stored});
  }
  return id;
}

tl::expected<void, SilenceError> Router::ExpireSilence(Time now, const std::string& id,
                                                       SilenceChange* change, Output* out) {
  const model::SilencePtr before = silences_.Find(id);
  SilenceChanges changes;
  auto done = silences_.Expire(now, id, &changes);
  if (!done) return done;
  for (const model::SilencePtr& stored : changes.stored) {
    change->parts.push_back({stored->id, before, stored});
    out->decisions.emplace_back(SilenceChanged{SilenceChanged::Kind::kExpired, stored});
    out->changes.emplace_back(SilenceStored{stored});
  }
  if (changes.stored.empty()) {
    // Over already, but perhaps not durably: whoever asked waits for what is.
    change->parts.push_back({id, before, before});
    out->changes.emplace_back(SilenceStored{before});
  }
  return done;
}

void Router::PutBackSilence(Time now, const std::string& id, const model::SilencePtr& silence,
                            Output* out) {
  const model::SilencePtr undone = silences_.Find(id);
  silences_.PutBack(id, silence);
  if (!undone || (silence && SaysTheSame(*undone, *silence))) return;
  model::SilencePtr is = silence;
  if (!is) {
    auto ended = std::make_shared<model::Silence>(*undone);
    ended->starts_at = std::min(ended->starts_at, now);
    ended->ends_at = std::min(ended->ends_at, now);
    is = std::move(ended);
  }
  out->decisions.emplace_back(SilenceChanged{SilenceChanged::Kind::kTakenBack, std::move(is)});
}

const Receiver& Router::FindReceiver(const std::string& name) const {
  const auto it = receivers_.find(name);
  assert(it != receivers_.end() && "validated when the configuration was loaded");
  return it->second;
}

}  // namespace tocsin::router
