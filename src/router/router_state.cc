// The router's state as a value: put in when a configuration is installed or the server starts,
// taken out by a reload.

#include "router/router.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tocsin::router {
namespace {

// Of a group whose route is gone.
GroupIdentityPtr IdentityOf(const GroupState& saved) {
  auto identity = std::make_shared<GroupIdentity>();
  identity->id = saved.id;
  identity->key = saved.route_key + ":" + saved.labels.ToString();
  identity->route_id = saved.route_id;
  identity->receiver = saved.receiver;
  identity->labels = saved.labels;
  return identity;
}

// What a source sent again in the last seconds before a kill is not written. Whoever seems to have
// ended about then without being said to have, and of whose end nobody was told, is taken to have
// been sent again at the last sign of life, for as long as before.
void SupposeSentAgain(const NotificationLog::Entries& log, Duration resolve_timeout,
                      RouterState* state) {
  // A commit comes some time after what it writes.
  constexpr Duration kInDoubt = Router::kWriteLater + std::chrono::seconds(1);
  const Time since = *state->stopped_at - kInDoubt;
  const Time until = *state->stopped_at + kInDoubt;
  const auto in_doubt = [&](const model::Alert& alert) {
    return alert.updated_at < alert.ends_at && alert.ends_at > since && alert.ends_at <= until;
  };
  boost::unordered_flat_set<model::LabelSet, model::LabelSetHash> grouped;
  for (const GroupState& group : state->groups) {
    for (const model::AlertPtr& member : group.members) {
      if (in_doubt(*member)) grouped.insert(member->labels);
    }
  }
  if (grouped.empty()) return;
  boost::unordered_flat_set<std::uint64_t> told;
  for (const auto& [key, entry] : log) {
    if (entry->timestamp >= since) told.insert(entry->resolved.begin(), entry->resolved.end());
  }
  for (AlertState& saved : state->alerts) {
    const model::Alert& alert = *saved.alert;
    if (!grouped.contains(alert.labels) || told.contains(AlertHash(alert.labels))) continue;
    const Time ends_at =
        *state->stopped_at + std::min(alert.ends_at - alert.updated_at, resolve_timeout);
    if (ends_at <= alert.ends_at) continue;
    auto sent_again = std::make_shared<model::Alert>(alert);
    sent_again->ends_at = ends_at;
    saved.alert = std::move(sent_again);
    saved.unwritten = std::max(saved.unwritten, UnwrittenAlerts::Need::kEnd);
  }
}

// The wall clock was set back while no process was there to notice: as Router::ClockWentBack does.
void SetClockBack(RouterState* state, Time now) {
  const Duration by = *state->stopped_at - now;
  state->stopped_at = now;
  for (AlertState& saved : state->alerts) saved.alert = ByAnEarlierClock(saved.alert, now, by);
  for (GroupState& saved : state->groups) {
    saved.next_flush -= by;
    if (saved.broken_off) *saved.broken_off -= by;
  }
}

// The routes that saved groups belong to now.
class RouteFinder {
 public:
  explicit RouteFinder(const RouteTree& tree) {
    const auto& routes = tree.routes();
    for (std::size_t i = 0; i < routes.size(); ++i) {
      const auto index = static_cast<RouteIndex>(i);
      by_id_.emplace(Key(routes[i].id, routes[i].receiver), index);
      by_key_.emplace(Key(routes[i].key, routes[i].receiver), index);
    }
  }

  std::optional<RouteIndex> Find(const GroupState& saved) const {
    auto route = by_id_.find(Key(saved.route_id, saved.receiver));
    if (route != by_id_.end()) return route->second;
    // It may only have moved among its siblings; its groups and log entries are the same then.
    route = by_key_.find(Key(saved.route_key, saved.receiver));
    return route == by_key_.end() ? std::nullopt : std::optional(route->second);
  }

 private:
  using Key = std::pair<std::string_view, std::string_view>;

  // The first one of each, in the order of the configuration.
  boost::unordered_flat_map<Key, RouteIndex> by_id_, by_key_;
};

}  // namespace

Router::Router(RouterConfig config, RouterState state, Time now, Output* out)
    : routes_(std::move(config.routes)),
      options_(config.options),
      alertname_limit_(config.options.alerts_per_alertname),
      inhibitor_(std::move(config.inhibit_rules)),
      silences_(config.options.silences, config.options.retention, state.silences),
      log_(std::move(state.log)),
      next_id_(state.next_id),
      next_alerts_gc_(state.next_alerts_gc.value_or(NextBeat(now, options_.alerts_gc_interval))),
      next_log_gc_(state.next_log_gc.value_or(NextBeat(now, options_.log_gc_interval))) {
  for (Receiver& receiver : config.receivers) {
    std::string name = receiver.name;
    receivers_.emplace(std::move(name), std::move(receiver));
  }
  pending_.insert(std::make_move_iterator(state.pending.begin()),
                  std::make_move_iterator(state.pending.end()));
  next_write_ = state.next_write.value_or(now + kWriteLater);
  rewrite_ = state.rewrite;
  again_since_ = now;
  options_.dispatch_from = state.dispatch_from.value_or(options_.dispatch_from);
  if (state.stopped_at && state.killed) {
    SupposeSentAgain(log_.entries(), options_.resolve_timeout, &state);
  }
  const bool clock_went_back = state.stopped_at && *state.stopped_at > now;
  if (clock_went_back) {
    log_.Shift(now - *state.stopped_at);
    silences_.ClockWentBack(now, *state.stopped_at - now);
    SetClockBack(&state, now);
  }
  for (AlertState& saved : state.alerts) RestoreAlert(std::move(saved), state.stopped_at, now);
  out->decisions.emplace_back(RoutesInstalled{routes_});
  RestoreGroups(std::move(state.groups), state.stopped_at, now, out);
  WriteChanges(out);
  // Together with the first sign of life: if the process ends again at once, who is waited for
  // since this start must not seem to have ended before it.
  if (state.stopped_at && store_.size() > 0) WriteAllEnds(out);
  // Together with the new time: the store must not have one without the other.
  if (clock_went_back) AppendState(&out->changes);
}

void Router::RestoreAlert(AlertState saved, std::optional<Time> stopped_at, Time now) {
  if (stopped_at) {
    if (model::AlertPtr waited_for = WaitedFor(*saved.alert, *stopped_at, now)) {
      saved.alert = std::move(waited_for);
      saved.unwritten = std::max(saved.unwritten, UnwrittenAlerts::Need::kEnd);
    }
  }
  const AlertSlot slot = store_.Add(std::move(saved.alert));
  const model::AlertPtr& added = store_[slot];
  unwritten_.Add(slot, saved.id, saved.unwritten);
  if (!added->ResolvedAt(now)) {
    alertname_limit_.Add(added->labels.Get(model::kAlertNameLabel), slot);
  }
  inhibitor_.OnFiring(slot, added->labels);
  TakeRoutes(slot);
}

// Its source could not be heard. It gets the time that was left at `since`, however short that is
// ago: an end that is told now and then taken back is a second page. An end that was given for long
// from now stays.
model::AlertPtr Router::WaitedFor(const model::Alert& alert, Time since, Time now) const {
  if (alert.ResolvedAt(since)) return nullptr;
  const Time ends_at = now + std::min(alert.ends_at - since, options_.resolve_timeout);
  if (alert.ends_at >= ends_at) return nullptr;
  auto waited_for = std::make_shared<model::Alert>(alert);
  waited_for->ends_at = ends_at;
  return waited_for;
}

void Router::NotHeardSince(Time now, Time since, Output* out) {
  for (std::size_t i = 0; i < store_.slot_end(); ++i) {
    const auto slot = static_cast<AlertSlot>(i);
    if (!store_[slot]) continue;
    if (model::AlertPtr waited_for = WaitedFor(*store_[slot], since, now)) {
      store_.Replace(slot, std::move(waited_for));
    }
  }
  // Together with the first sign of life since then, as at a start.
  if (store_.size() > 0) WriteAllEnds(out);
}

void Router::RestoreGroups(std::vector<GroupState> groups, std::optional<Time> stopped_at, Time now,
                           Output* out) {
  // What has ended stays where its end has not been announced yet; where it is in no group it was,
  // and grouping it again would announce it twice.
  std::vector<AlertSlot> homeless;
  // Those whose route is where it was go first: none of the others may take their place.
  const RouteFinder finder(*routes_);
  std::stable_partition(groups.begin(), groups.end(), [&](const GroupState& saved) {
    const std::optional<RouteIndex> route = finder.Find(saved);
    return route && (*routes_)[*route].id == saved.route_id;
  });
  for (GroupState& saved : groups) {
    const std::optional<RouteIndex> route = finder.Find(saved);
    if (route && !groups_.FindGroup(*route, saved.labels)) {
      RestoreGroup(*route, std::move(saved), stopped_at, now, &homeless, out);
      continue;
    }
    out->changes.emplace_back(GroupRemoved{saved.id});
    out->decisions.emplace_back(GroupEnded{IdentityOf(saved), GroupEnded::Why::kConfiguration});
    for (const model::AlertPtr& member : saved.members) {
      const std::optional<AlertSlot> slot = store_.Find(member->labels);
      if (!slot) continue;
      homeless.push_back(*slot);
      unwritten_.Raise(*slot, UnwrittenAlerts::Need::kNow);
    }
  }
  RestorePending();
  const std::uint64_t first_new = next_id_;
  for (std::size_t i = 0; i < store_.slot_end(); ++i) {
    const auto slot = static_cast<AlertSlot>(i);
    if (store_[slot] && !store_[slot]->ResolvedAt(now)) JoinGroups(now, slot, out);
  }
  for (const AlertSlot slot : homeless) JoinNewGroups(now, slot, first_new, out);
}

void Router::JoinNewGroups(Time now, AlertSlot alert, std::uint64_t first_new, Output* out) {
  groups_.ForEachMembership(alert, [&](Membership& membership) {
    if (membership.group != Membership::kNone) return;
    const Route& route = (*routes_)[membership.route];
    const auto there =
        groups_.FindGroup(membership.route, GroupLabels(route, store_[alert]->labels));
    if (there && static_cast<std::uint64_t>(groups_.Get(*there)->identity->id) < first_new) return;
    const GroupSlot group = FindOrCreateGroup(now, membership.route, store_[alert], out);
    groups_.Join(alert, &membership, group);
    unwritten_.Raise(alert, UnwrittenAlerts::Need::kNow);
    out->decisions.emplace_back(AlertGrouped{groups_.Get(group)->identity, store_[alert]});
  });
}

void Router::RestoreGroup(RouteIndex index, GroupState saved, std::optional<Time> stopped_at,
                          Time now, std::vector<AlertSlot>* homeless, Output* out) {
  const Route& route = (*routes_)[index];
  auto restored = std::make_unique<AggregationGroup>();
  restored->identity = MakeIdentity(saved.id, route, saved.labels);
  restored->route = index;
  restored->waiting_tick = saved.waiting_tick;
  restored->flushed = saved.flushed;
  const GroupSlot slot = groups_.AddGroup(std::move(restored));
  for (std::size_t i = 0; i < saved.members.size(); ++i) {
    const model::AlertPtr& member = saved.members[i];
    const std::optional<AlertSlot> alert = store_.Find(member->labels);
    if (!alert) continue;
    bool joined = false;
    groups_.ForEachMembership(*alert, [&](Membership& membership) {
      if (membership.route != index || membership.group != Membership::kNone) return;
      if (GroupLabels(route, member->labels) != saved.labels) return;
      groups_.Join(*alert, &membership, slot);
      // Why it was suppressed another configuration numbers in another way: that is told again.
      if (!saved.marks.empty()) membership.mark = saved.marks[i];
      membership.cause = 0;
      joined = true;
    });
    if (joined) continue;
    homeless->push_back(*alert);
    unwritten_.Raise(*alert, UnwrittenAlerts::Need::kNow);
    out->decisions.emplace_back(AlertLeftGroup{groups_.Get(slot)->identity, member});
  }
  AggregationGroup* const group = groups_.Get(slot);
  if (group->members.empty() && !saved.flush) {
    out->decisions.emplace_back(GroupEnded{group->identity, GroupEnded::Why::kConfiguration});
    RemoveGroup(slot, out);
    return;
  }
  if (saved.flush) RestoreFlush(*std::move(saved.flush), slot);
  RestoreSchedule(slot, saved, stopped_at, now);
  // With its timers.
  if (route.id != saved.route_id) out->changes.emplace_back(StoredGroup(*group));
}

void Router::RestoreFlush(FlushState saved, GroupSlot slot) {
  AggregationGroup* const group = groups_.Get(slot);
  group->flush.emplace();
  group->flush->due = saved.due;
  group->flush->unfinished = saved.unfinished;
  group->flush->failed = saved.failed;
  group->flush->untold = std::move(saved.untold);
  for (const model::AlertPtr& resolved : saved.resolved) {
    const std::optional<AlertSlot> alert = store_.Find(resolved->labels);
    if (alert && groups_.Find(*alert, slot)) group->flush->resolved.push_back(*alert);
  }
}

void Router::RestorePending() {
  if (pending_.empty()) return;
  boost::unordered_flat_map<GroupId, GroupSlot> slots;
  for (std::size_t i = 0; i < groups_.slot_end(); ++i) {
    const auto slot = static_cast<GroupSlot>(i);
    if (const AggregationGroup* group = groups_.Get(slot)) slots.emplace(group->identity->id, slot);
  }
  for (auto& [id, pending] : pending_) {
    const auto slot = slots.find(pending.group->id);
    if (slot != slots.end()) pending.slot = slot->second;
  }
}

void Router::RestoreSchedule(GroupSlot slot, const GroupState& saved,
                             std::optional<Time> stopped_at, Time now) {
  const Route& route = (*routes_)[groups_.Get(slot)->route];
  // An interval that became shorter counts from now.
  const Time latest = now + (saved.flushed ? route.group_interval : route.group_wait);
  Time next = std::min(saved.next_flush, latest);
  std::optional<Time> again = saved.broken_off;
  if (stopped_at && next <= now) {
    // The last of the ticks that were missed is made up for; the others keep their beat.
    again = next + (now - next) / route.group_interval * route.group_interval;
    next = *again + route.group_interval;
  }
  Arm(slot, next);
  groups_.Get(slot)->broken_off = again;
  if (again) again_.push_back(slot);
  if (next != saved.next_flush || again) Note(slot);
}

RouterState Router::TakeState() && {
  RouterState state;
  state.next_id = next_id_;
  state.dispatch_from = options_.dispatch_from;
  // One that is not through begins anew.
  state.next_alerts_gc = forgetting_ ? forgetting_->since : next_alerts_gc_;
  state.next_log_gc = next_log_gc_;
  state.next_write = next_write_;
  state.rewrite = rewrite_;
  state.log = log_.entries();
  state.silences = *silences_.All();
  for (std::size_t i = 0; i < store_.slot_end(); ++i) {
    const auto slot = static_cast<AlertSlot>(i);
    if (!store_[slot]) continue;
    state.alerts.push_back({unwritten_.IdOf(slot), store_[slot], unwritten_.NeedOf(slot)});
  }
  for (std::size_t i = 0; i < groups_.slot_end(); ++i) {
    const auto slot = static_cast<GroupSlot>(i);
    if (groups_.Get(slot) != nullptr) state.groups.push_back(StateOf(slot));
  }
  for (auto& item : pending_) state.pending.emplace_back(item.first, std::move(item.second));
  return state;
}

GroupState Router::StateOf(GroupSlot slot) {
  const AggregationGroup& group = *groups_.Get(slot);
  const Route& route = (*routes_)[group.route];
  GroupState saved;
  saved.id = group.identity->id;
  saved.route_id = route.id;
  saved.route_key = route.key;
  saved.receiver = route.receiver;
  saved.labels = group.identity->labels;
  saved.next_flush = group.next_flush;
  saved.flushed = group.flushed;
  saved.waiting_tick = group.waiting_tick;
  for (const AlertSlot member : group.members) {
    saved.members.push_back(store_[member]);
    saved.marks.push_back(groups_.Find(member, slot)->mark);
  }
  saved.broken_off = group.broken_off;
  if (!group.flush) return saved;
  saved.flush.emplace();
  saved.flush->due = group.flush->due;
  saved.flush->unfinished = group.flush->unfinished;
  saved.flush->failed = group.flush->failed;
  saved.flush->untold = group.flush->untold;
  for (const AlertSlot alert : group.flush->resolved) {
    saved.flush->resolved.push_back(store_[alert]);
  }
  return saved;
}

}  // namespace tocsin::router
