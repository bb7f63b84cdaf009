// A flush of the router, from the tick to its end: what is suppressed, what each integration is
// told, what the log keeps, which alerts leave the group.

#include "base/hash.h"
#include "router/route_mute.h"
#include "router/router.h"

#include <boost/sort/pdqsort/pdqsort.hpp>

#include <algorithm>
#include <utility>

namespace tocsin::router {
namespace {

// A slow receiver gets at least this long, however short group_interval is.
constexpr Duration kMinFlushTimeout = std::chrono::seconds(10);

struct HashedAlerts {
  AlertHashes firing, resolved;
};

HashedAlerts HashAlerts(const std::vector<model::NotifiedAlert>& alerts) {
  HashedAlerts hashes;
  hashes.firing.reserve(alerts.size());
  for (const model::NotifiedAlert& notified : alerts) {
    auto& side = notified.resolved ? hashes.resolved : hashes.firing;
    side.push_back(AlertHash(notified.alert->labels));
  }
  boost::sort::pdqsort(hashes.firing.begin(), hashes.firing.end());
  boost::sort::pdqsort(hashes.resolved.begin(), hashes.resolved.end());
  return hashes;
}

std::vector<model::NotifiedAlert> FiringOnly(const std::vector<model::NotifiedAlert>& alerts) {
  std::vector<model::NotifiedAlert> firing;
  std::copy_if(alerts.begin(), alerts.end(), std::back_inserter(firing),
               [](const model::NotifiedAlert& alert) { return !alert.resolved; });
  return firing;
}

// Membership::cause: a number for what suppresses an alert. That two of them collide costs a line
// in the history.
constexpr std::uint32_t kNoCause = 0;

std::uint64_t Mixed(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kOddFactor = 0x9E3779B97F4A7C15ULL;
  return (a ^ b) * kOddFactor;
}

std::uint32_t Cause(std::uint64_t mixed) {
  return static_cast<std::uint32_t>(Mixed(mixed, 1) >> 32) | 1U;
}

}  // namespace

void Router::StartFlush(Time now, Time due, GroupSlot slot, Output* out) {
  // Before any work, and from the current clock: a late flush does not make the next ones catch up.
  Arm(slot, now + (*routes_)[groups_.Get(slot)->route].group_interval);
  MakeFlush(now, due, slot, out);
}

void Router::MakeFlush(Time now, Time due, GroupSlot slot, Output* out) {
  AggregationGroup* const group = groups_.Get(slot);
  Note(slot);
  Flush flush{now, due, slot, group, group->members, {}, nullptr};
  flush.alerts.reserve(flush.slots.size());
  group->flushed = true;
  group->flush.emplace();
  group->flush->due = due;
  for (const AlertSlot member : flush.slots) {
    const model::AlertPtr& alert = store_[member];
    const bool resolved = alert->ResolvedAt(now);
    if (resolved) group->flush->resolved.push_back(member);
    flush.alerts.push_back({alert, resolved});
  }
  const auto resolved = static_cast<std::uint32_t>(group->flush->resolved.size());
  const auto all = static_cast<std::uint32_t>(flush.alerts.size());
  out->decisions.emplace_back(
      FlushStarted{group->identity, due, group->next_flush, all - resolved, resolved});
  flush.route_labels = RouteLabels(group->route, flush.alerts);
  Suppress(&flush, out);
  if (!flush.alerts.empty()) NotifyIntegrations(std::move(flush), out);
  if (group->flush->unfinished == 0) FinishFlush(now, slot, out);
}

model::RouteLabelTemplatesPtr Router::RouteLabels(
    RouteIndex route, const std::vector<model::NotifiedAlert>& alerts) const {
  const auto& texts = (*routes_)[route].labels;
  if (!texts) return nullptr;
  auto templates = std::make_shared<model::RouteLabelTemplates>();
  templates->texts = texts;
  templates->alerts = alerts;
  model::SortForNotification(&templates->alerts);
  return templates;
}

void Router::Suppress(Flush* flush, Output* out) {
  SuppressByInhibition(flush, out);
  if (flush->alerts.empty() || SuppressByIntervals(flush, out)) return;
  SuppressBySilences(flush, out);
  MarkActive(flush, out);
}

template <class CauseOf, class Describe>
void Router::TakeOut(AlertsSuppressed event, FlushMark mark, CauseOf cause_of, Describe describe,
                     Flush* flush, Output* out) {
  event.group = flush->group->identity;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < flush->alerts.size(); ++i) {
    const std::uint32_t cause = cause_of(flush->slots[i]);
    if (cause == kNoCause) {
      if (kept != i) {
        flush->slots[kept] = flush->slots[i];
        flush->alerts[kept] = std::move(flush->alerts[i]);
      }
      ++kept;
      continue;
    }
    const model::NotifiedAlert& alert = flush->alerts[i];
    ++event.count;
    Membership* const membership = groups_.Find(flush->slots[i], flush->slot);
    const bool was_same = std::exchange(membership->mark, mark) == mark;
    if (std::exchange(membership->cause, cause) != cause || !was_same) {
      event.newly.push_back({alert.alert, nullptr, {}, {}});
      describe(&event.newly.back());
    }
    if (alert.resolved) flush->group->flush->untold.push_back(AlertHash(alert.alert->labels));
  }
  flush->slots.resize(kept);
  flush->alerts.resize(kept);
  if (event.count > 0) out->decisions.emplace_back(std::move(event));
}

void Router::SuppressByInhibition(Flush* flush, Output* out) {
  std::optional<Inhibition> inhibition;  // Of the alert at hand.
  const auto cause_of = [&](AlertSlot slot) {
    inhibition = inhibitor_.InhibitedBy(store_[slot]->labels, store_, flush->now);
    if (!inhibition) return kNoCause;
    const auto source = static_cast<std::uint64_t>(store_[inhibition->source]->fingerprint());
    return Cause(source + inhibition->rule);
  };
  const auto describe = [&](SuppressedAlert* suppressed) {
    suppressed->inhibited_by = store_[inhibition->source];
    suppressed->inhibit_rule = inhibitor_.rule(inhibition->rule).name;
  };
  TakeOut({nullptr, Suppression::kInhibited, {}, {}, 0}, FlushMark::kInhibited, cause_of, describe,
          flush, out);
}

bool Router::SuppressByIntervals(Flush* flush, Output* out) {
  std::optional<RouteMute> mute = MuteOf((*routes_)[flush->group->route], flush->due);
  if (!mute) return false;
  AlertsSuppressed event;
  event.why =
      mute->outside_active_times ? Suppression::kOutsideActiveTimes : Suppression::kMuteTime;
  event.intervals = std::move(mute->intervals);
  std::uint64_t mixed = static_cast<std::uint64_t>(event.why);
  for (const std::string& name : event.intervals) mixed = Mixed(mixed, XxHash64(name));
  TakeOut(
      std::move(event), FlushMark::kMuted, [cause = Cause(mixed)](AlertSlot) { return cause; },
      [](SuppressedAlert*) {}, flush, out);
  return true;
}

void Router::SuppressBySilences(Flush* flush, Output* out) {
  const auto cause_of = [&](AlertSlot slot) {
    matching_.clear();
    silences_.ActiveFor(flush->now, slot, store_[slot]->labels, &matching_);
    if (matching_.empty()) return kNoCause;
    // Whatever their order: one whose end is undone comes last.
    std::uint64_t sum = 0;
    for (const model::Silence* silence : matching_) sum += Mixed(XxHash64(silence->id), 0);
    return Cause(sum);
  };
  const auto describe = [&](SuppressedAlert* suppressed) {
    for (const model::Silence* silence : matching_) {
      suppressed->silenced_by.push_back(silences_.Find(silence->id));
    }
  };
  TakeOut({nullptr, Suppression::kSilenced, {}, {}, 0}, FlushMark::kSilenced, cause_of, describe,
          flush, out);
}

void Router::MarkActive(Flush* flush, Output* out) {
  for (std::size_t i = 0; i < flush->slots.size(); ++i) {
    Membership* const membership = groups_.Find(flush->slots[i], flush->slot);
    if (IsSuppressed(std::exchange(membership->mark, FlushMark::kActive))) {
      out->decisions.emplace_back(
          AlertUnsuppressed{flush->group->identity, flush->alerts[i].alert});
    }
  }
}

void Router::NotifyIntegrations(Flush flush, Output* out) {
  AggregationGroup* const group = flush.group;
  const Route& route = (*routes_)[group->route];
  const HashedAlerts hashes = HashAlerts(flush.alerts);
  const Time deadline = flush.now + std::max(kMinFlushTimeout, route.group_interval);
  bool sorted = false;
  for (const Receiver::Integration& integration : FindReceiver(route.receiver).integrations) {
    std::string log_key = LogKey(group->identity->key, integration.id);
    const LogEntryPtr entry = log_.Find(log_key);
    const NotifyDecision decision =
        DecideNotification(entry.get(), hashes.firing, hashes.resolved, route.repeat_interval,
                           integration.send_resolved, flush.due);
    if (!decision.notify()) {
      out->decisions.emplace_back(
          NotificationNotNeeded{group->identity, integration.id, decision.nothing_new});
      continue;
    }
    if (!std::exchange(sorted, true)) model::SortForNotification(&flush.alerts);
    auto notification = std::make_shared<model::Notification>();
    notification->integration = integration.id;
    notification->group_key = group->identity->key;
    notification->group_labels = group->identity->labels;
    notification->route_label_templates = flush.route_labels;
    notification->reason = decision.reason;
    notification->alerts = integration.send_resolved ? flush.alerts : FiringOnly(flush.alerts);
    notification->now = flush.due;
    notification->deadline = deadline;
    if (entry && decision.reason != model::NotifyReason::kFirstNotification) {
      notification->data = entry->data;
    }
    const auto id = static_cast<NotificationId>(next_id_++);
    ++group->flush->unfinished;
    const bool tell = !notification->alerts.empty();
    pending_.emplace(id, PendingNotification{flush.slot, group->identity, std::move(log_key),
                                             notification, hashes.firing, hashes.resolved,
                                             route.repeat_interval, /*sent=*/false});
    if (tell) {
      out->decisions.emplace_back(NotificationDue{id, group->identity, notification});
      out->notifications.push_back({id, std::move(notification)});
    } else {
      WriteLog(flush.now, id, std::nullopt, out);
    }
  }
}

void Router::Complete(Time now, const Delivery& delivery, Output* out) {
  const auto it = pending_.find(delivery.id);
  if (it == pending_.end() || it->second.sent) return;
  if (delivery.delivered) {
    it->second.sent = true;
    WriteLog(now, delivery.id, delivery.data, out);
    return;
  }
  const PendingNotification pending = std::move(it->second);
  pending_.erase(it);
  out->decisions.emplace_back(NotificationFailed{
      delivery.id, pending.group, pending.notification->integration, delivery.error});
  FinishOne(now, pending, /*failed=*/true, out);
  WriteChanges(out);
}

void Router::WriteLog(Time now, NotificationId id, std::optional<model::ReceiverData> data,
                      Output* out) {
  PendingNotification& pending = pending_.at(id);
  const model::Notification& notification = *pending.notification;
  auto entry = std::make_shared<LogEntry>();
  entry->timestamp = now;
  entry->firing = std::move(pending.firing);
  entry->resolved = std::move(pending.resolved);
  entry->data = data ? std::move(*data) : notification.data;
  entry->expires_at = now + std::min(options_.retention, 2 * pending.repeat_interval);
  out->decisions.emplace_back(NotificationLogged{id, pending.group, notification.integration,
                                                 notification.reason, pending.sent});
  if (log_.Put(pending.log_key, entry)) {
    out->changes.emplace_back(LogEntryStored{pending.log_key, std::move(entry)});
  }
  out->waiting.push_back(id);
  pending.sent = true;
}

void Router::Stored(Time now, NotificationId id, Output* out) {
  const auto it = pending_.find(id);
  if (it == pending_.end() || !it->second.sent) return;
  const PendingNotification pending = std::move(it->second);
  pending_.erase(it);
  FinishOne(now, pending, /*failed=*/false, out);
  WriteChanges(out);
}

void Router::FinishOne(Time now, const PendingNotification& pending, bool failed, Output* out) {
  if (static_cast<std::size_t>(pending.slot) >= groups_.slot_end()) return;
  AggregationGroup* const group = groups_.Get(pending.slot);
  // Its route may be gone since a reload; the log has what was sent.
  if (!group || group->identity->id != pending.group->id || !group->flush) return;
  group->flush->failed = group->flush->failed || failed;
  if (--group->flush->unfinished == 0) FinishFlush(now, pending.slot, out);
}

void Router::FinishFlush(Time now, GroupSlot slot, Output* out) {
  AggregationGroup* const group = groups_.Get(slot);
  const FlushInProgress flush = std::move(*group->flush);
  group->flush.reset();
  Note(slot);
  if (!flush.failed) {
    ForgetUntold(*group, flush.untold, out);
    for (const AlertSlot announced : flush.resolved) {
      // One that fires again meanwhile stays.
      if (!store_[announced]->ResolvedAt(now)) continue;
      groups_.Leave(announced, slot);
      unwritten_.Raise(announced, UnwrittenAlerts::Need::kNow);
      out->decisions.emplace_back(AlertLeftGroup{group->identity, store_[announced]});
    }
  }
  if (group->members.empty()) {
    out->decisions.emplace_back(GroupEnded{group->identity, GroupEnded::Why::kAllEnded});
    RemoveGroup(slot, out);
    return;
  }
  if (group->waiting_tick) {
    const Time due = *group->waiting_tick;
    group->waiting_tick.reset();
    StartFlush(now, due, slot, out);
  }
}

// Whoever was told that these fire was not told that they ended. When they fire again it is news,
// not something that the receiver knows already. That something fires it still knows: if the rest
// of the group ends, too, it hears that all is over.
void Router::ForgetUntold(const AggregationGroup& group, const AlertHashes& untold, Output* out) {
  if (untold.empty()) return;
  const Receiver& receiver = FindReceiver((*routes_)[group.route].receiver);
  for (const Receiver::Integration& integration : receiver.integrations) {
    const std::string key = LogKey(group.identity->key, integration.id);
    const LogEntryPtr entry = log_.Find(key);
    if (!entry) continue;
    auto changed = std::make_shared<LogEntry>(*entry);
    for (const std::uint64_t hash : untold) {
      const auto it = std::lower_bound(changed->firing.begin(), changed->firing.end(), hash);
      if (it != changed->firing.end() && *it == hash) changed->firing.erase(it);
    }
    if (changed->firing.size() == entry->firing.size()) continue;
    if (changed->firing.empty()) changed->firing.push_back(kOfNoAlert);
    log_.Put(key, changed);
    out->changes.emplace_back(LogEntryStored{key, std::move(changed)});
  }
}

}  // namespace tocsin::router
