// The router's state as a value: put in when a configuration is installed or the server starts,
// taken out by a reload.

#include "router/router.h"

#include <algorithm>
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

}  // namespace

Router::Router(RouterConfig config, RouterState state, Time now, Output* out)
    : routes_(std::move(config.routes)),
      options_(config.options),
      alertname_limit_(config.options.alerts_per_alertname),
      inhibitor_(std::move(config.inhibit_rules)),
      silences_(config.options.silences, config.options.retention, state.silences),
      log_(std::move(state.log)),
      next_id_(state.next_id),
      next_alerts_gc_(state.next_alerts_gc.value_or(now + options_.alerts_gc_interval)),
      next_log_gc_(state.next_log_gc.value_or(now + options_.log_gc_interval)) {
  for (Receiver& receiver : config.receivers) {
    std::string name = receiver.name;
    receivers_.emplace(std::move(name), std::move(receiver));
  }
  pending_.insert(std::make_move_iterator(state.pending.begin()),
                  std::make_move_iterator(state.pending.end()));
  for (model::AlertPtr& alert : state.alerts) {
    const AlertSlot slot = store_.Add(std::move(alert));
    const model::AlertPtr& added = store_[slot];
    if (!added->ResolvedAt(now)) {
      alertname_limit_.Add(added->labels.Get(model::kAlertNameLabel), slot);
    }
    inhibitor_.OnFiring(slot, added->labels);
    TakeRoutes(slot);
  }
  out->decisions.emplace_back(RoutesInstalled{routes_});
  RestoreGroups(std::move(state.groups), now, out);
}

void Router::RestoreGroups(std::vector<GroupState> groups, Time now, Output* out) {
  // What has ended stays where its end has not been announced yet; where it is in no group it was,
  // and grouping it again would announce it twice.
  std::vector<AlertSlot> homeless;
  // Those whose route is where it was go first: none of the others may take their place.
  std::stable_partition(groups.begin(), groups.end(), [&](const GroupState& saved) {
    const std::optional<RouteIndex> route = FindRoute(saved);
    return route && (*routes_)[*route].id == saved.route_id;
  });
  for (GroupState& saved : groups) {
    const std::optional<RouteIndex> route = FindRoute(saved);
    if (route && !groups_.FindGroup(*route, saved.labels)) {
      RestoreGroup(*route, std::move(saved), now, &homeless, out);
      continue;
    }
    out->decisions.emplace_back(GroupEnded{IdentityOf(saved), GroupEnded::Why::kConfiguration});
    for (const model::AlertPtr& member : saved.members) {
      if (const auto slot = store_.Find(member->labels)) homeless.push_back(*slot);
    }
  }
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
    out->decisions.emplace_back(AlertGrouped{groups_.Get(group)->identity, store_[alert]});
  });
}

std::optional<RouteIndex> Router::FindRoute(const GroupState& saved) const {
  const auto& routes = routes_->routes();
  auto route = std::find_if(routes.begin(), routes.end(), [&](const Route& candidate) {
    return candidate.id == saved.route_id && candidate.receiver == saved.receiver;
  });
  if (route == routes.end()) {
    // It may only have moved among its siblings; its groups and log entries are the same then.
    route = std::find_if(routes.begin(), routes.end(), [&](const Route& candidate) {
      return candidate.key == saved.route_key && candidate.receiver == saved.receiver;
    });
  }
  if (route == routes.end()) return std::nullopt;
  return static_cast<RouteIndex>(route - routes.begin());
}

void Router::RestoreGroup(RouteIndex index, GroupState saved, Time now,
                          std::vector<AlertSlot>* homeless, Output* out) {
  const Route& route = (*routes_)[index];
  auto restored = std::make_unique<AggregationGroup>();
  restored->identity = MakeIdentity(saved.id, route, saved.labels);
  restored->route = index;
  restored->waiting_tick = saved.waiting_tick;
  restored->flushed = saved.flushed;
  const GroupSlot slot = groups_.AddGroup(std::move(restored));
  for (const model::AlertPtr& member : saved.members) {
    const std::optional<AlertSlot> alert = store_.Find(member->labels);
    if (!alert) continue;
    bool joined = false;
    groups_.ForEachMembership(*alert, [&](Membership& membership) {
      if (membership.route != index) return;
      if (GroupLabels(route, member->labels) != saved.labels) return;
      groups_.Join(*alert, &membership, slot);
      joined = true;
    });
    if (joined) continue;
    homeless->push_back(*alert);
    out->decisions.emplace_back(AlertLeftGroup{groups_.Get(slot)->identity, member});
  }
  AggregationGroup* const group = groups_.Get(slot);
  if (group->members.empty() && !saved.flush) {
    out->decisions.emplace_back(GroupEnded{group->identity, GroupEnded::Why::kConfiguration});
    groups_.RemoveGroup(slot);
    return;
  }
  if (saved.flush) {
    group->flush.emplace();
    group->flush->unfinished = saved.flush->unfinished;
    group->flush->failed = saved.flush->failed;
    group->flush->untold = std::move(saved.flush->untold);
    for (const model::AlertPtr& resolved : saved.flush->resolved) {
      const std::optional<AlertSlot> alert = store_.Find(resolved->labels);
      if (alert && groups_.Find(*alert, slot)) group->flush->resolved.push_back(*alert);
    }
    for (auto& [id, pending] : pending_) {
      if (pending.group->id == saved.id) pending.slot = slot;
    }
  }
  // An interval that became shorter counts from now.
  const Time latest = now + (saved.flushed ? route.group_interval : route.group_wait);
  Arm(slot, std::min(saved.next_flush, latest));
}

RouterState Router::TakeState() && {
  RouterState state;
  state.next_id = next_id_;
  state.next_alerts_gc = next_alerts_gc_;
  state.next_log_gc = next_log_gc_;
  state.log = log_.entries();
  state.silences = *silences_.All();
  for (std::size_t i = 0; i < store_.slot_end(); ++i) {
    if (const model::AlertPtr& alert = store_[static_cast<AlertSlot>(i)]) {
      state.alerts.push_back(alert);
    }
  }
  for (std::size_t i = 0; i < groups_.slot_end(); ++i) {
    const AggregationGroup* const group = groups_.Get(static_cast<GroupSlot>(i));
    if (!group) continue;
    const Route& route = (*routes_)[group->route];
    GroupState& saved = state.groups.emplace_back();
    saved.id = group->identity->id;
    saved.route_id = route.id;
    saved.route_key = route.key;
    saved.receiver = route.receiver;
    saved.labels = group->identity->labels;
    saved.next_flush = group->next_flush;
    saved.flushed = group->flushed;
    saved.waiting_tick = group->waiting_tick;
    for (const AlertSlot member : group->members) saved.members.push_back(store_[member]);
    if (!group->flush) continue;
    saved.flush.emplace();
    saved.flush->unfinished = group->flush->unfinished;
    saved.flush->failed = group->flush->failed;
    saved.flush->untold = group->flush->untold;
    for (const AlertSlot alert : group->flush->resolved) {
      saved.flush->resolved.push_back(store_[alert]);
    }
  }
  for (auto& item : pending_) state.pending.emplace_back(item.first, std::move(item.second));
  return state;
}

}  // namespace tocsin::router
