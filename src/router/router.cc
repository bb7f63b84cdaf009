#include "router/router.h"

#include "base/hash.h"

#include <algorithm>
#include <cassert>

namespace tocsin::router {
namespace {

// A slow receiver gets at least this long, however short group_interval is.
constexpr Duration kMinFlushTimeout = std::chrono::seconds(10);

struct HashedAlerts {
  AlertHashes firing, resolved;
};

HashedAlerts HashAlerts(const std::vector<model::NotifiedAlert>& alerts) {
  HashedAlerts hashes;
  for (const model::NotifiedAlert& notified : alerts) {
    auto& side = notified.resolved ? hashes.resolved : hashes.firing;
    side.push_back(AlertHash(notified.alert->labels));
  }
  std::sort(hashes.firing.begin(), hashes.firing.end());
  std::sort(hashes.resolved.begin(), hashes.resolved.end());
  return hashes;
}

std::vector<model::NotifiedAlert> FiringOnly(const std::vector<model::NotifiedAlert>& alerts) {
  std::vector<model::NotifiedAlert> firing;
  std::copy_if(alerts.begin(), alerts.end(), std::back_inserter(firing),
               [](const model::NotifiedAlert& alert) { return !alert.resolved; });
  return firing;
}

}  // namespace

std::size_t Router::GroupIndexHash::operator()(const GroupIndexKey& key) const {
  const auto labels = static_cast<std::uint64_t>(key.labels.Fingerprint());
  return static_cast<std::size_t>(labels ^
                                  (static_cast<std::uint64_t>(key.route) * 0x9E3779B97F4A7C15ULL));
}

Router::Router(std::shared_ptr<const RouteTree> routes, std::vector<Receiver> receivers,
               RouterOptions options, RouterState state, Time now, Output* out)
    : routes_(std::move(routes)),
      options_(options),
      log_(std::move(state.log)),
      next_id_(state.next_id),
      next_alerts_gc_(state.next_alerts_gc.value_or(now + options.alerts_gc_interval)),
      next_log_gc_(state.next_log_gc.value_or(now + options.log_gc_interval)) {
  for (Receiver& receiver : receivers) {
    std::string name = receiver.name;
    receivers_.emplace(std::move(name), std::move(receiver));
  }
  pending_.insert(std::make_move_iterator(state.pending.begin()),
                  std::make_move_iterator(state.pending.end()));
  for (model::AlertPtr& alert : state.alerts) {
    model::LabelSet labels = alert->labels;
    store_.emplace(std::move(labels), StoredAlert{std::move(alert), {}});
  }
  RestoreGroups(std::move(state.groups), now, out);
}

void Router::RestoreGroups(std::vector<GroupState> groups, Time now, Output* out) {
  const std::uint64_t first_new = next_id_;
  std::vector<model::AlertPtr> homeless;
  for (GroupState& saved : groups) {
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
    const bool taken_over = route != routes.end() &&
                            group_index_.contains(GroupIndexKey{
                                static_cast<RouteIndex>(route - routes.begin()), saved.labels});
    if (route == routes.end() || taken_over) {
      homeless.insert(homeless.end(), saved.members.begin(), saved.members.end());
      continue;
    }
    const auto index = static_cast<RouteIndex>(route - routes.begin());
    auto group = std::make_unique<AggregationGroup>();
    group->id = saved.id;
    group->route = index;
    group->labels = saved.labels;
    group->key = GroupKey(*route, saved.labels);
    group->flush = std::move(saved.flush);
    group->waiting_tick = saved.waiting_tick;
    std::vector<RouteIndex> taken;
    for (model::AlertPtr& member : saved.members) {
      taken.clear();
      routes_->Match(member->labels, &taken);
      const bool stays = std::find(taken.begin(), taken.end(), index) != taken.end() &&
                         GroupLabels(*route, member->labels) == saved.labels;
      if (stays) {
        group->members.emplace(member->labels, member);
      } else {
        homeless.push_back(std::move(member));
      }
    }
    if (group->members.empty() && !group->flush) continue;
    // An interval that became shorter counts from now.
    const Time latest = now + std::max(route->group_wait, route->group_interval);
    Arm(group.get(), std::min(saved.next_flush, latest));
    group_index_.emplace(GroupIndexKey{index, group->labels}, group->id);
    groups_.emplace(group->id, std::move(group));
  }
  // What has ended and is in no group any more was announced: grouping it again would announce it
  // twice.
  std::vector<model::AlertPtr> firing;
  for (const auto& [labels, stored] : store_) {
    if (!stored.alert->ResolvedAt(now)) firing.push_back(stored.alert);
  }
  for (const auto* alerts : {&firing, &homeless}) {
    for (const model::AlertPtr& alert : *alerts) {
      const auto [it, created] = store_.try_emplace(alert->labels, StoredAlert{alert, {}});
      StoredAlert& stored = it->second;
      if (stored.memberships.empty()) {
        std::vector<RouteIndex> taken;
        routes_->Match(alert->labels, &taken);
        for (const RouteIndex index : taken) stored.memberships.push_back({index, GroupId{}});
      }
      for (Membership& membership : stored.memberships) {
        if (alert->ResolvedAt(now) && WasAnnounced(membership, alert->labels, first_new)) continue;
        AddToGroup(now, stored.alert, &membership, out);
      }
    }
  }
}

bool Router::WasAnnounced(const Membership& membership, const model::LabelSet& labels,
                          std::uint64_t first_new) const {
  const auto index = group_index_.find(
      GroupIndexKey{membership.route, GroupLabels((*routes_)[membership.route], labels)});
  if (index == group_index_.end()) return false;
  const bool restored = static_cast<std::uint64_t>(index->second) < first_new;
  return restored && !groups_.at(index->second)->members.contains(labels);
}

void Router::Ingest(Time now, std::span<const model::AlertPtr> alerts, Output* out) {
  for (const model::AlertPtr& alert : alerts) IngestOne(now, alert, out);
}

void Router::IngestOne(Time now, const model::AlertPtr& incoming, Output* out) {
  const auto [it, created] = store_.try_emplace(incoming->labels, StoredAlert{});
  StoredAlert& stored = it->second;
  // Sources repeat for minutes that an alert has ended. Once announced, that is no news.
  const bool ended_before = !created && stored.alert->ResolvedAt(now);
  bool merged = false;
  if (created) {
    stored.alert = incoming;
  } else {
    model::AlertPtr result = model::Merge(stored.alert, incoming, now);
    merged = result != incoming;
    stored.alert = std::move(result);
  }
  if (stored.memberships.empty()) {
    std::vector<RouteIndex> taken;
    routes_->Match(incoming->labels, &taken);
    stored.memberships.reserve(taken.size());
    for (const RouteIndex route : taken) stored.memberships.push_back({route, GroupId{}});
  }
  out->decisions.emplace_back(AlertReceived{stored.alert, created, merged});
  const bool ended_again = ended_before && stored.alert->ResolvedAt(now);
  for (Membership& membership : stored.memberships) {
    if (ended_again && !IsMember(membership, stored.alert->labels)) continue;
    AddToGroup(now, stored.alert, &membership, out);
  }
}

void Router::AddToGroup(Time now, const model::AlertPtr& alert, Membership* membership,
                        Output* out) {
  AggregationGroup* group = FindGroup(membership->group);
  if (!group) {
    group = &FindOrCreateGroup(now, membership->route, alert, out);
    membership->group = group->id;
  }
  const auto [member, joined] = group->members.insert_or_assign(alert->labels, alert);
  if (joined) out->decisions.emplace_back(AlertGrouped{group->id, alert});
}

bool Router::IsMember(const Membership& membership, const model::LabelSet& labels) {
  const AggregationGroup* group = FindGroup(membership.group);
  return group && group->members.contains(labels);
}

AggregationGroup* Router::FindGroup(GroupId id) {
  const auto it = groups_.find(id);
  return it == groups_.end() ? nullptr : it->second.get();
}

AggregationGroup& Router::FindOrCreateGroup(Time now, RouteIndex route,
                                            const model::AlertPtr& first, Output* out) {
  const Route& options = (*routes_)[route];
  model::LabelSet labels = GroupLabels(options, first->labels);
  const auto [index, created] = group_index_.try_emplace(GroupIndexKey{route, labels}, GroupId{});
  if (!created) return *groups_.at(index->second);

  auto group = std::make_unique<AggregationGroup>();
  group->id = static_cast<GroupId>(next_id_++);
  group->route = route;
  group->key = GroupKey(options, labels);
  group->labels = std::move(labels);
  index->second = group->id;
  // An alert that has been firing for longer than group_wait (after a restart, say) has waited
  // enough.
  const bool overdue = first->starts_at < now - options.group_wait;
  Arm(group.get(), overdue ? now : now + options.group_wait);
  out->decisions.emplace_back(
      GroupCreated{group->id, group->key, options.receiver, group->next_flush});
  return *groups_.emplace(group->id, std::move(group)).first->second;
}

void Router::Arm(AggregationGroup* group, Time when) {
  group->next_flush = when;
  timers_.Set(when, Timer{group->id, ++group->timer_generation});
}

void Router::Advance(Time now, Output* out) {
  while (auto due = timers_.PopDue(now)) {
    AggregationGroup* group = FindGroup(due->second.group);
    if (!group || group->timer_generation != due->second.generation) continue;
    OnTick(now, due->first, group, out);
  }
  CollectGarbage(now);
}

void Router::OnTick(Time now, Time due, AggregationGroup* group, Output* out) {
  if (group->flush) {
    group->waiting_tick = due;
    return;
  }
  StartFlush(now, due, group, out);
}

void Router::StartFlush(Time now, Time due, AggregationGroup* group, Output* out) {
  // Before any work, and from the current clock: a late flush does not make the next ones catch up.
  Arm(group, now + (*routes_)[group->route].group_interval);

  std::vector<model::NotifiedAlert> alerts;
  alerts.reserve(group->members.size());
  group->flush.emplace();
  for (const auto& [labels, alert] : group->members) {
    const bool resolved = alert->ResolvedAt(now);
    if (resolved) group->flush->resolved.push_back(alert);
    alerts.push_back({alert, resolved});
  }
  const auto resolved = static_cast<std::uint32_t>(group->flush->resolved.size());
  out->decisions.emplace_back(FlushStarted{
      group->id, group->key, due, static_cast<std::uint32_t>(alerts.size()) - resolved, resolved});
  model::SortForNotification(&alerts);
  NotifyIntegrations(now, due, group, std::move(alerts), out);
  if (group->flush->unfinished == 0) FinishFlush(now, group, out);
}

void Router::NotifyIntegrations(Time now, Time due, AggregationGroup* group,
                                std::vector<model::NotifiedAlert> alerts, Output* out) {
  const Route& route = (*routes_)[group->route];
  const HashedAlerts hashes = HashAlerts(alerts);
  const Time deadline = now + std::max(kMinFlushTimeout, route.group_interval);
  for (const Receiver::Integration& integration : FindReceiver(route.receiver).integrations) {
    std::string log_key = LogKey(group->key, integration.id);
    const LogEntry* entry = log_.Find(log_key);
    const NotifyDecision decision =
        DecideNotification(entry, hashes.firing, hashes.resolved, route.repeat_interval,
                           integration.send_resolved, due);
    if (!decision.notify()) {
      out->decisions.emplace_back(
          NotificationNotNeeded{group->id, integration.id, decision.nothing_new});
      continue;
    }
    auto notification = std::make_shared<model::Notification>();
    notification->integration = integration.id;
    notification->group_key = group->key;
    notification->group_labels = group->labels;
    notification->reason = decision.reason;
    notification->alerts = integration.send_resolved ? alerts : FiringOnly(alerts);
    notification->now = due;
    notification->deadline = deadline;
    if (entry && decision.reason != model::NotifyReason::kFirstNotification) {
      notification->data = entry->data;
    }
    PendingNotification pending{group->id,     std::move(log_key), notification,
                                hashes.firing, hashes.resolved,    route.repeat_interval};
    if (notification->alerts.empty()) {
      WriteLog(now, pending, /*sent=*/false, std::nullopt, out);
      continue;
    }
    const auto id = static_cast<NotificationId>(next_id_++);
    ++group->flush->unfinished;
    pending_.emplace(id, std::move(pending));
    out->decisions.emplace_back(NotificationDue{id, group->id, notification});
    out->notifications.push_back({id, std::move(notification)});
  }
}

void Router::Complete(Time now, const Delivery& delivery, Output* out) {
  const auto it = pending_.find(delivery.id);
  if (it == pending_.end()) return;
  const PendingNotification pending = std::move(it->second);
  pending_.erase(it);
  if (delivery.delivered) {
    WriteLog(now, pending, /*sent=*/true, delivery.data, out);
  } else {
    out->decisions.emplace_back(
        NotificationFailed{pending.group, pending.notification->integration, delivery.error});
  }
  AggregationGroup* group = FindGroup(pending.group);
  if (!group || !group->flush) return;  // Its route is gone since; the log has what was sent.
  group->flush->failed = group->flush->failed || !delivery.delivered;
  if (--group->flush->unfinished == 0) FinishFlush(now, group, out);
}

void Router::WriteLog(Time now, const PendingNotification& pending, bool sent,
                      std::optional<model::ReceiverData> data, Output* out) {
  const model::Notification& notification = *pending.notification;
  LogEntry entry;
  entry.timestamp = now;
  entry.firing = pending.firing;
  entry.resolved = pending.resolved;
  entry.data = data ? std::move(*data) : notification.data;
  entry.expires_at = now + std::min(options_.retention, 2 * pending.repeat_interval);
  log_.Put(pending.log_key, std::move(entry));
  out->decisions.emplace_back(
      NotificationLogged{pending.group, notification.integration, notification.reason, sent});
}

void Router::FinishFlush(Time now, AggregationGroup* group, Output* out) {
  const FlushInProgress flush = std::move(*group->flush);
  group->flush.reset();
  if (!flush.failed) {
    for (const model::AlertPtr& announced : flush.resolved) {
      const auto member = group->members.find(announced->labels);
      // One that fires again meanwhile stays.
      if (member != group->members.end() && member->second->ResolvedAt(now)) {
        group->members.erase(member);
      }
    }
  }
  if (group->members.empty()) {
    out->decisions.emplace_back(GroupEnded{group->id, group->key});
    group_index_.erase(GroupIndexKey{group->route, group->labels});
    groups_.erase(group->id);
    return;
  }
  if (group->waiting_tick) {
    const Time due = *group->waiting_tick;
    group->waiting_tick.reset();
    StartFlush(now, due, group, out);
  }
}

void Router::CollectGarbage(Time now) {
  if (now >= next_alerts_gc_) {
    next_alerts_gc_ = now + options_.alerts_gc_interval;
    // Not what ended just now: its source may still repeat that it has, which must stay no news.
    const Time forgotten = now - options_.alerts_gc_interval;
    boost::unordered::erase_if(
        store_, [&](const auto& item) { return item.second.alert->ResolvedAt(forgotten); });
  }
  if (now >= next_log_gc_) {
    next_log_gc_ = now + options_.log_gc_interval;
    log_.CollectGarbage(now, LiveLogKeys());
  }
}

boost::unordered_flat_set<std::string> Router::LiveLogKeys() const {
  boost::unordered_flat_set<std::string> keys;
  for (const auto& [id, group] : groups_) {
    for (const auto& integration : FindReceiver((*routes_)[group->route].receiver).integrations) {
      keys.insert(LogKey(group->key, integration.id));
    }
  }
  return keys;
}

std::optional<Time> Router::NextDeadline() const {
  const Time gc = std::min(next_alerts_gc_, next_log_gc_);
  const std::optional<Time> flush = timers_.NextDeadline();
  return flush ? std::min(*flush, gc) : gc;
}

void Router::ClockWentBack(Duration by) {
  timers_.Shift(-by);
  log_.Shift(-by);
  for (auto& [id, group] : groups_) {
    group->next_flush -= by;
    if (group->waiting_tick) *group->waiting_tick -= by;
  }
  next_alerts_gc_ -= by;
  next_log_gc_ -= by;
}

RouterState Router::TakeState() && {
  RouterState state;
  state.next_id = next_id_;
  state.next_alerts_gc = next_alerts_gc_;
  state.next_log_gc = next_log_gc_;
  state.log = log_.entries();
  for (auto& [labels, stored] : store_) state.alerts.push_back(std::move(stored.alert));
  for (auto& [id, group] : groups_) {
    const Route& route = (*routes_)[group->route];
    GroupState saved{id,
                     route.id,
                     route.key,
                     route.receiver,
                     group->labels,
                     group->next_flush,
                     group->waiting_tick,
                     std::move(group->flush),
                     {}};
    for (auto& [member_labels, alert] : group->members) saved.members.push_back(alert);
    state.groups.push_back(std::move(saved));
  }
  for (auto& item : pending_) state.pending.emplace_back(item.first, std::move(item.second));
  return state;
}

std::vector<AlertView> Router::ActiveAlerts(Time now) const {
  std::vector<AlertView> views;
  views.reserve(store_.size());
  for (const auto& [labels, stored] : store_) {
    if (stored.alert->ResolvedAt(now)) continue;
    AlertView view{stored.alert, {}};
    for (const Membership& membership : stored.memberships) {
      view.receivers.push_back((*routes_)[membership.route].receiver);
    }
    views.push_back(std::move(view));
  }
  return views;
}

const Receiver& Router::FindReceiver(const std::string& name) const {
  const auto it = receivers_.find(name);
  assert(it != receivers_.end() && "validated when the configuration was loaded");
  return it->second;
}

}  // namespace tocsin::router
