#include "tests/simulation/reference_model.h"

#include "tests/simulation/happening.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tocsin::simulation {
namespace {

bool EndedAt(const model::Alert& alert, Time now) {
  return alert.ends_at <= now;
}

// The clock was set back by that much, to `now`.
model::AlertPtr AsByAnEarlierClock(model::Alert alert, Time now, Duration by) {
  // What is over stays over, for as long as it has been.
  if (EndedAt(alert, now + by)) {
    alert.starts_at -= by;
    alert.ends_at -= by;
    alert.updated_at -= by;
  } else if (alert.timeout) {
    // This end was reckoned by the clock, not sent. That it fires stays true.
    alert.ends_at -= by;
    if (alert.starts_at > now) alert.starts_at = now;
  }
  return std::make_shared<const model::Alert>(std::move(alert));
}

}  // namespace

void ReferenceModel::Post(Time now, std::span<const model::AlertPtr> alerts) {
  for (const model::AlertPtr& alert : alerts) PostOne(now, alert);
}

void ReferenceModel::PostOne(Time now, const model::AlertPtr& incoming) {
  const auto known = alerts_.find(incoming->labels);
  const model::AlertPtr stored = known == alerts_.end() ? nullptr : known->second;
  if (IsOneTooMany(now, *incoming)) {
    Happened("refused " + LabelText(incoming->labels));
    return;
  }
  const Received received = Receive(stored, incoming, now);
  alerts_[incoming->labels] = received.alert;
  changed_at_[incoming->labels] = now;
  // An end that is only repeated is news to nobody, except for groups that have not told it yet.
  const bool old_news = stored != nullptr && EndedAt(*stored, now) && EndedAt(*received.alert, now);
  std::string change;
  if (stored == nullptr) {
    change = "created";
  } else if (old_news) {
    if (received.alert->ends_at != stored->ends_at) change = "ended again";
  } else if (EndedAt(*received.alert, now)) {
    change = "ended";
  } else if (EndedAt(*stored, now) || received.alert->starts_at != stored->starts_at) {
    change = "started";
  }
  Happened(AlertReceivedLine(*received.alert, change, received.merged));
  for (const ReferenceRoute* route : Walk(*routes_, incoming->labels)) {
    Join(now, *route, received.alert, old_news);
  }
}

bool ReferenceModel::IsOneTooMany(Time now, const model::Alert& incoming) const {
  if (setup_.alerts_per_alertname == 0 || EndedAt(incoming, now)) return false;
  const std::string_view name = incoming.labels.Get("alertname");
  std::uint64_t firing = 0;
  for (const auto& [labels, alert] : alerts_) {
    if (labels.Get("alertname") != name || EndedAt(*alert, now)) continue;
    if (labels == incoming.labels) return false;
    ++firing;
  }
  return firing >= setup_.alerts_per_alertname;
}

void ReferenceModel::Join(Time now, const ReferenceRoute& route, const model::AlertPtr& alert,
                          bool old_news) {
  Group* group = FindGroup(route, GroupLabelsOf(route, alert->labels));
  if (old_news && (group == nullptr || !group->alerts.contains(alert->labels))) return;
  if (group == nullptr) group = &CreateGroup(now, route, alert);
  PutInto(group, alert);
}

void ReferenceModel::PutInto(Group* group, const model::AlertPtr& alert) {
  const bool joins = group->alerts.insert_or_assign(alert->labels, alert).second;
  if (joins) Happened(JoinedLine(group->name, alert->labels));
}

ReferenceModel::Group* ReferenceModel::FindGroup(const ReferenceRoute& route,
                                                 const model::LabelSet& labels) {
  for (auto& [number, group] : groups_) {
    if (!group.gone && group.route == &route && group.labels == labels) return &group;
  }
  return nullptr;
}

std::optional<ReferenceModel::GroupNumber> ReferenceModel::FindGroup(
    const std::string& name, const std::set<GroupNumber>& taken) const {
  for (const auto& [number, group] : groups_) {
    if (!group.gone && group.name == name && !taken.contains(number)) return number;
  }
  return std::nullopt;
}

ReferenceModel::Group& ReferenceModel::CreateGroup(Time now, const ReferenceRoute& route,
                                                   const model::AlertPtr& first) {
  const GroupNumber number = next_number_++;
  Group& group = groups_[number];
  group.number = number;
  group.route = &route;
  group.labels = GroupLabelsOf(route, first->labels);
  group.key = route.key + ":" + LabelText(group.labels);
  group.name = group.key + "@" + route.receiver;
  const bool waited_already = first->starts_at + route.group_wait < now;
  Arm(&group, waited_already ? now : now + route.group_wait);
  Happened(GroupCreatedLine(group.name));
  return group;
}

void ReferenceModel::Arm(Group* group, Time when) {
  group->tick = when;
  group->armed = next_armed_++;
}

Time ReferenceModel::NextDeadline() const {
  Time next = std::min(next_alerts_collection_, next_log_collection_);
  for (const auto& [number, group] : groups_) {
    if (group.ticking()) next = std::min(next, std::max(group.tick, dispatch_from_));
    if (group.again) next = dispatch_from_;
  }
  return next;
}

void ReferenceModel::Advance(Time now) {
  if (now < dispatch_from_) return;
  std::vector<GroupNumber> again;
  for (const auto& [number, group] : groups_) {
    if (group.again) again.push_back(number);
  }
  for (const GroupNumber number : again) {
    Group& group = groups_.at(number);
    Flush(now, *std::exchange(group.again, std::nullopt), &group);
  }
  for (;;) {
    const Group* due = nullptr;
    for (const auto& [number, group] : groups_) {
      if (!group.ticking() || group.tick > now) continue;
      const bool earlier =
          due == nullptr || std::pair(group.tick, group.armed) < std::pair(due->tick, due->armed);
      if (earlier) due = &group;
    }
    if (due == nullptr) return;
    Tick(now, due->tick, due->number);
  }
}

void ReferenceModel::CollectGarbage(Time now) {
  if (next_alerts_collection_ <= now) {
    CollectAlerts(now);
    next_alerts_collection_ = NextBeat(now, setup_.alerts_gc_interval);
  }
  if (next_log_collection_ <= now) {
    CollectLog(now);
    next_log_collection_ = NextBeat(now, setup_.log_gc_interval);
  }
}

void ReferenceModel::Tick(Time now, Time due, GroupNumber number) {
  Group& group = groups_.at(number);
  if (group.flushing) {
    group.waiting_tick = due;
    return;
  }
  group.waiting_tick.reset();
  Arm(&group, now + group.route->group_interval);
  Flush(now, due, &group);
}

void ReferenceModel::Flush(Time now, Time due, Group* group) {
  if (group->alerts.empty()) return;
  group->flushed = true;
  group->flushing = true;
  group->due = due;
  group->failed = false;
  group->resolved.clear();
  group->untold.clear();
  std::vector<model::NotifiedAlert> alerts;
  for (const auto& [labels, alert] : group->alerts) {
    alerts.push_back({alert, EndedAt(*alert, now)});
    if (alerts.back().resolved) group->resolved.insert(labels);
  }
  Happened(FlushLine(group->name, due, group->tick, alerts.size() - group->resolved.size(),
                     group->resolved.size()));
  Suppress(now, due, group, &alerts);
  if (!alerts.empty()) {
    for (const ReferenceIntegration& integration : setup_.integrations) {
      if (integration.id.receiver != group->route->receiver) continue;
      Tell(now, due, group, integration, alerts);
    }
  }
  if (group->in_flight.empty()) FinishFlush(now, group->number);
}

void ReferenceModel::Tell(Time now, Time due, Group* group, const ReferenceIntegration& integration,
                          const std::vector<model::NotifiedAlert>& alerts) {
  const ReferenceRoute& route = *group->route;
  const auto logged = log_.find({group->key, integration.id});
  std::optional<LastTold> last;
  if (logged != log_.end()) last = logged->second.told;

  InFlight sending;
  model::Notification notification;
  for (const model::NotifiedAlert& alert : alerts) {
    (alert.resolved ? sending.resolved : sending.firing).insert(alert.alert->labels);
    if (!alert.resolved || integration.send_resolved) notification.alerts.push_back(alert);
  }
  const Verdict verdict = Decide(last, sending.firing, sending.resolved, route.repeat_interval,
                                 integration.send_resolved, due);
  if (verdict.reason.empty()) {
    Happened(NotNeededLine(group->name, integration.id, verdict.why_not));
    return;
  }
  sending.reason = verdict.reason;
  sending.keep = std::min(setup_.retention, 2 * route.repeat_interval);
  if (verdict.reason != "first notification") sending.data = logged->second.data;
  if (notification.alerts.empty()) {
    WriteLog(now, group, integration.id, sending, /*sent=*/false);
    return;
  }
  notification.integration = integration.id;
  notification.group_key = group->key;
  notification.group_labels = group->labels;
  notification.now = due;
  notification.deadline = now + std::max<Duration>(std::chrono::seconds(10), route.group_interval);
  notification.data = sending.data;
  SortAsInMessages(&notification.alerts);
  Happened(NotificationLine(notification, verdict.reason));
  group->in_flight[integration.id] = sending;
}

bool ReferenceModel::Completed(Time now, GroupNumber number,
                               const model::IntegrationId& integration, bool delivered,
                               const std::optional<model::ReceiverData>& data) {
  const auto found = groups_.find(number);
  if (found == groups_.end()) return false;
  Group& group = found->second;
  const auto sending = group.in_flight.find(integration);
  if (sending == group.in_flight.end() || sending->second.told) return false;
  if (delivered) {
    if (data) sending->second.data = *data;
    WriteLog(now, &group, integration, sending->second, /*sent=*/true);
    return true;
  }
  group.failed = true;
  Happened(FailedLine(group.name, integration));
  group.in_flight.erase(sending);
  if (group.in_flight.empty()) FinishFlush(now, number);
  return true;
}

std::vector<ReferenceModel::Telling> ReferenceModel::Unwritten(const std::string& log_key) const {
  std::vector<Telling> unwritten;
  for (const auto& [number, group] : groups_) {
    for (const auto& [integration, sending] : group.in_flight) {
      const std::string key = group.key + ":" + integration.receiver + "/" + integration.type +
                              "/" + std::to_string(integration.index);
      if (sending.told && key == log_key) unwritten.emplace_back(number, integration);
    }
  }
  return unwritten;
}

void ReferenceModel::Written(Time now, const Telling& telling) {
  Group& group = groups_.at(telling.first);
  group.in_flight.erase(telling.second);
  if (group.in_flight.empty()) FinishFlush(now, telling.first);
}

void ReferenceModel::WriteLog(Time now, Group* group, const model::IntegrationId& integration,
                              InFlight sending, bool sent) {
  Happened(LoggedLine(group->name, integration, sending.reason, sent));
  sending.told = true;
  group->in_flight[integration] = sending;
  const LogKey key{group->key, integration};
  const auto old = log_.find(key);
  if (old != log_.end() && old->second.told.timestamp > now) return;
  log_[key] = {{sending.firing, sending.resolved, now}, sending.data, now + sending.keep};
}

void ReferenceModel::FinishFlush(Time now, GroupNumber number) {
  Group& group = groups_.at(number);
  group.flushing = false;
  if (group.gone) {
    groups_.erase(number);
    return;
  }
  if (!group.failed) {
    ForgetUntold(group);
    for (const model::LabelSet& labels : group.resolved) {
      const auto member = group.alerts.find(labels);
      // Not if it fires again meanwhile.
      if (member == group.alerts.end() || !EndedAt(*member->second, now)) continue;
      group.alerts.erase(member);
      group.marks.erase(labels);
      Happened(LeftLine(group.name, labels));
    }
  }
  if (group.alerts.empty()) {
    Happened(GroupEndedLine(group.name, /*by_configuration=*/false));
    groups_.erase(number);
    return;
  }
  if (group.waiting_tick) Tick(now, *group.waiting_tick, number);
}

void ReferenceModel::CollectAlerts(Time now) {
  std::erase_if(alerts_, [&](const auto& known) {
    // As long as a group has to tell its end, it is known.
    const bool held = std::any_of(groups_.begin(), groups_.end(), [&](const auto& numbered) {
      return !numbered.second.gone && numbered.second.alerts.contains(known.first);
    });
    return known.second->ends_at + setup_.alerts_gc_interval <= now && !held;
  });
}

void ReferenceModel::CollectLog(Time now) {
  std::erase_if(log_, [&](const auto& logged) {
    const auto& [key, entry] = logged;
    const bool configured = std::any_of(
        setup_.integrations.begin(), setup_.integrations.end(),
        [&](const ReferenceIntegration& integration) { return integration.id == key.second; });
    const bool lives = std::any_of(groups_.begin(), groups_.end(), [&](const auto& numbered) {
      const Group& group = numbered.second;
      return !group.gone && group.key == key.first && group.route->receiver == key.second.receiver;
    });
    return entry.expires_at <= now && !(configured && lives);
  });
  std::erase_if(silences_,
                [&](const auto& kept) { return kept.second.ends_at + setup_.retention <= now; });
}

void SetClockBack(Time now, Duration by, std::map<std::string, model::Silence>* silences) {
  for (auto& [id, silence] : *silences) {
    const bool over = silence.ends_at <= now + by;
    const bool begun = silence.starts_at <= now + by;
    if (over) silence.ends_at -= by;
    if (over) silence.starts_at -= by;
    if (begun && silence.starts_at > now) silence.starts_at = now;
  }
}

void ReferenceModel::ClockWentBack(Time now, Duration by) {
  for (auto& [labels, alert] : alerts_) alert = AsByAnEarlierClock(*alert, now, by);
  for (auto& [labels, time] : changed_at_) time -= by;
  for (auto& [number, group] : groups_) {
    group.tick -= by;
    group.due -= by;
    if (group.again) *group.again -= by;
    if (group.waiting_tick) *group.waiting_tick -= by;
    for (auto& [labels, alert] : group.alerts) alert = AsByAnEarlierClock(*alert, now, by);
  }
  for (auto& [key, entry] : log_) {
    entry.told.timestamp -= by;
    entry.expires_at -= by;
  }
  SetClockBack(now, by, &silences_);
  if (dispatch_from_ > now) dispatch_from_ -= by;
  next_alerts_collection_ -= by;
  next_log_collection_ -= by;
}

}  // namespace tocsin::simulation
