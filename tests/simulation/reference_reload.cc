// A reload: groups follow their routes, and all alerts are routed anew.

#include "tests/simulation/happening.h"
#include "tests/simulation/reference_model.h"

#include <algorithm>

namespace tocsin::simulation {

void ReferenceModel::Load(Time now, ReferenceSetup setup) {
  const auto old = std::exchange(
      routes_, std::make_shared<const std::vector<ReferenceRoute>>(ReadRoutes(setup.route)));
  setup_ = std::move(setup);
  if (old == nullptr) {
    next_alerts_collection_ = NextBeat(now, setup_.alerts_gc_interval);
    next_log_collection_ = NextBeat(now, setup_.log_gc_interval);
  }
  RouteAnew(now);
}

void ReferenceModel::RouteAnew(Time now) {
  Alerts homeless = MoveGroups(now);
  std::set<GroupNumber> moved;
  for (const auto& [number, group] : groups_) moved.insert(number);
  // The end of an alert that has left its groups is known.
  for (const auto& [labels, alert] : alerts_) {
    if (alert->ends_at > now || homeless.contains(labels)) homeless[labels] = alert;
  }
  for (const auto& [labels, alert] : homeless) {
    alerts_[labels] = alert;
    for (const ReferenceRoute* route : Walk(*routes_, labels)) JoinAgain(now, *route, alert, moved);
  }
}

// First those whose route is where it was, then those whose route has moved. Returns the alerts of
// those that have no place any more.
ReferenceModel::Alerts ReferenceModel::MoveGroups(Time now) {
  Alerts homeless;
  std::map<GroupNumber, const ReferenceRoute*> places;
  for (const bool same_place : {true, false}) {
    for (const auto& [number, group] : groups_) {
      if (group.gone || places.contains(number)) continue;
      const ReferenceRoute* const route = NewRouteOf(group, same_place);
      const bool taken = std::any_of(places.begin(), places.end(), [&](const auto& place) {
        return place.second == route && groups_.at(place.first).labels == group.labels;
      });
      if (route != nullptr && !taken) places[number] = route;
    }
  }
  for (auto& [number, group] : groups_) {
    if (group.gone) continue;
    if (!places.contains(number)) {
      group.gone = true;
      Happened(GroupEndedLine(group.name, /*by_configuration=*/true));
      homeless.insert(group.alerts.begin(), group.alerts.end());
      continue;
    }
    group.route = places.at(number);
    KeepMarks(&group);
    std::erase_if(group.alerts, [&](const auto& member) {
      if (BelongsTo(group, member.first)) return false;
      homeless.insert(member);
      group.marks.erase(member.first);
      Happened(LeftLine(group.name, member.first));
      return true;
    });
    if (group.alerts.empty() && !group.flushing) {
      group.gone = true;
      Happened(GroupEndedLine(group.name, /*by_configuration=*/true));
    }
    const Duration longest = group.flushed ? group.route->group_interval : group.route->group_wait;
    if (group.tick > now + longest) Arm(&group, now + longest);
  }
  std::erase_if(groups_, [](const auto& numbered) {
    return numbered.second.gone && !numbered.second.flushing;
  });
  return homeless;
}

const ReferenceRoute* ReferenceModel::NewRouteOf(const Group& group, bool same_place) {
  for (const ReferenceRoute& route : *routes_) {
    if (route.key == group.route->key && route.receiver == group.route->receiver &&
        (!same_place || route.id == group.route->id)) {
      return &route;
    }
  }
  return nullptr;
}

bool ReferenceModel::BelongsTo(const Group& group, const model::LabelSet& alert) const {
  const std::vector<const ReferenceRoute*> taken = Walk(*routes_, alert);
  return std::find(taken.begin(), taken.end(), group.route) != taken.end() &&
         GroupLabelsOf(*group.route, alert) == group.labels;
}

void ReferenceModel::JoinAgain(Time now, const ReferenceRoute& route, const model::AlertPtr& alert,
                               const std::set<GroupNumber>& moved) {
  Group* group = FindGroup(route, GroupLabelsOf(route, alert->labels));
  if (group != nullptr && moved.contains(group->number)) {
    // An ended alert that this group does not have has left it.
    if (alert->ends_at > now) PutInto(group, alert);
    return;
  }
  if (group == nullptr) group = &CreateGroup(now, route, alert);
  PutInto(group, alert);
  const bool waited_already = alert->starts_at + route.group_wait < now;
  group->first_flushes.insert(waited_already ? now : now + route.group_wait);
}

bool ReferenceModel::HasNamesakes() const {
  std::set<std::string> names;
  return std::any_of(groups_.begin(), groups_.end(), [&](const auto& numbered) {
    return !numbered.second.gone && !names.insert(numbered.second.name).second;
  });
}

bool ReferenceModel::SettleFirstFlush(GroupNumber number, Time first_flush) {
  Group& group = groups_.at(number);
  if (group.first_flushes.empty()) return group.tick == first_flush;
  if (!group.first_flushes.contains(first_flush)) return false;
  group.first_flushes.clear();
  group.tick = first_flush;
  return true;
}

}  // namespace tocsin::simulation
