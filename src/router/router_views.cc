// What readers see of the router.

#include "router/route_mute.h"
#include "router/router.h"

#include <algorithm>
#include <utility>

namespace tocsin::router {
AlertStatus Router::StatusOf(Time now, AlertSlot slot) {
  AlertStatus status;
  const model::LabelSet& labels = store_[slot]->labels;
  matching_.clear();
  silences_.ActiveFor(now, slot, labels, &matching_);
  for (const model::Silence* silence : matching_) status.silenced_by.push_back(silence->id);
  std::sort(status.silenced_by.begin(), status.silenced_by.end());
  if (const auto source = inhibitor_.InhibitedBy(labels, store_, now)) {
    status.inhibited_by = store_[source->source];
  }
  return status;
}

AlertView Router::ViewOf(Time now, AlertSlot slot) {
  AlertView view;
  view.alert = store_[slot];
  groups_.ForEachMembership(
      slot, [&](const Membership& membership) { view.routes.push_back(membership.route); });
  view.status = StatusOf(now, slot);
  return view;
}

bool Router::TakeActiveAlerts(Time now, const model::Matchers& filter, std::size_t* next,
                              std::vector<AlertView>* alerts) {
  selected_.clear();
  const bool through = store_.SelectSlice(filter, next, &selected_);
  for (const AlertSlot slot : selected_) {
    if (!store_[slot]->ResolvedAt(now)) alerts->push_back(ViewOf(now, slot));
  }
  return through;
}

std::vector<Standing> Router::StandingsOf(const model::LabelSet& labels) const {
  std::vector<Standing> standings;
  const auto slot = store_.Find(labels);
  if (!slot) return standings;
  const std::uint64_t hash = AlertHash(labels);
  groups_.ForEachMembership(*slot, [&](const Membership& membership) {
    if (membership.group == Membership::kNone) return;
    const AggregationGroup& group = *groups_.Get(membership.group);
    Standing& standing = standings.emplace_back();
    standing.group = group.identity;
    standing.route = group.route;
    standing.flushing = group.flush.has_value();
    const Time tick = group.waiting_tick ? *group.waiting_tick : group.next_flush;
    standing.next_flush = std::max(tick, options_.dispatch_from);
    for (const auto& integration : FindReceiver(group.identity->receiver).integrations) {
      standing.told.push_back({integration.id, kZeroTime, false});
      const LogEntryPtr entry = log_.Find(LogKey(group.identity->key, integration.id));
      if (!entry) continue;
      const auto has = [hash](const AlertHashes& hashes) {
        return std::binary_search(hashes.begin(), hashes.end(), hash);
      };
      Standing::Told& told = standing.told.back();
      told.resolved = has(entry->resolved);
      if (told.resolved || has(entry->firing)) told.at = entry->timestamp;
    }
  });
  return standings;
}

GroupView Router::ViewOf(Time now, const AggregationGroup& group, const model::Matchers& filter) {
  GroupView view{group.route, group.identity->labels, {}, {}, nullptr};
  for (const AlertSlot member : group.members) {
    const model::AlertPtr& alert = store_[member];
    if (alert->ResolvedAt(now) || !model::MatchesAll(filter, alert->labels)) continue;
    view.alerts.push_back(ViewOf(now, member));
  }
  if (view.alerts.empty()) return view;
  view.muted_by = MutedBy((*routes_)[group.route], now);
  view.route_labels = RouteLabelsOf(now, group);
  return view;
}

bool Router::TakeGroups(Time now, const model::Matchers& filter, std::size_t* next,
                        std::vector<GroupView>* groups) {
  for (std::size_t looks = 0; *next < groups_.slot_end() && looks < AlertStore::kSliceLooks;
       ++looks, ++*next) {
    const AggregationGroup* const group = groups_.Get(static_cast<GroupSlot>(*next));
    if (!group) continue;
    looks += group->members.size();
    GroupView view = ViewOf(now, *group, filter);
    if (!view.alerts.empty()) groups->push_back(std::move(view));
  }
  return *next >= groups_.slot_end();
}

model::RouteLabelTemplatesPtr Router::RouteLabelsOf(Time now, const AggregationGroup& group) const {
  if (!(*routes_)[group.route].labels) return nullptr;
  std::vector<model::NotifiedAlert> alerts;
  for (const AlertSlot member : group.members) {
    alerts.push_back({store_[member], store_[member]->ResolvedAt(now)});
  }
  return RouteLabels(group.route, alerts);
}

namespace {

// As Alertmanager counts: a time interval mutes the group, not the alert.
bool CountsAsSuppressed(FlushMark mark) {
  return mark == FlushMark::kInhibited || mark == FlushMark::kSilenced;
}
bool CountsAsActive(FlushMark mark) {
  return mark == FlushMark::kActive || mark == FlushMark::kMuted;
}

}  // namespace

bool Router::TakeMarkCounts(Time now, std::size_t* next, MarkCounts* counts) const {
  const std::size_t end = std::min(*next + AlertStore::kSliceLooks, store_.slot_end());
  for (; *next < end; ++*next) {
    const auto slot = static_cast<AlertSlot>(*next);
    if (!store_[slot] || store_[slot]->ResolvedAt(now)) continue;
    bool grouped = false, active = false, suppressed = false;
    groups_.ForEachMembership(slot, [&](const Membership& membership) {
      if (membership.group == Membership::kNone) return;
      grouped = true;
      active = active || CountsAsActive(membership.mark);
      suppressed = suppressed || CountsAsSuppressed(membership.mark);
    });
    if (!grouped) continue;
    ++(suppressed ? counts->suppressed : active ? counts->active : counts->unprocessed);
  }
  return *next >= store_.slot_end();
}

std::vector<std::pair<std::string, Router::MarkCounts>> Router::CountMarksByGroup(Time now) {
  std::vector<std::pair<std::string, MarkCounts>> by_group;
  for (std::size_t i = 0; i < groups_.slot_end(); ++i) {
    const auto slot = static_cast<GroupSlot>(i);
    const AggregationGroup* const group = groups_.Get(slot);
    if (!group) continue;
    MarkCounts& counts = by_group.emplace_back(group->identity->key, MarkCounts()).second;
    for (const AlertSlot member : group->members) {
      if (store_[member]->ResolvedAt(now)) continue;
      const FlushMark mark = groups_.Find(member, slot)->mark;
      ++(CountsAsActive(mark)       ? counts.active
         : CountsAsSuppressed(mark) ? counts.suppressed
                                    : counts.unprocessed);
    }
  }
  return by_group;
}

}  // namespace tocsin::router
