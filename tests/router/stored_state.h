#pragma once

// What a store makes of the router's changes, as values: applied one after the other, and given
// back as the state that the next process begins with.

#include "router/router.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tocsin::router {

class StoredState {
 public:
  void Apply(const std::vector<StateChange>& changes, Time now) {
    for (const StateChange& change : changes) {
      std::visit([this](const auto& c) { Apply(c); }, change);
    }
    alive_at_ = now;
  }

  RouterState Load(bool killed = true) const {
    RouterState state;
    for (const auto& [id, silence] : silences_) state.silences.push_back(silence);
    for (const auto& [key, entry] : log_) state.log.emplace(key, entry);
    for (const auto& [id, group] : groups_) {
      GroupState& loaded = state.groups.emplace_back();
      loaded.id = id;
      loaded.route_id = group.group->route_id;
      loaded.route_key = group.route_key;
      loaded.receiver = group.group->receiver;
      loaded.labels = group.group->labels;
      loaded.next_flush = group.timer.next_flush;
      loaded.flushed = group.timer.flushed;
      loaded.broken_off = group.timer.in_progress;
      state.next_id = std::max(state.next_id, static_cast<std::uint64_t>(id) + 1);
    }
    for (const auto& [id, alert] : alerts_) {
      state.alerts.push_back({id, alert.alert});
      for (GroupState& group : state.groups) {
        const auto& in = alert.groups;
        if (std::find(in.begin(), in.end(), group.id) != in.end()) {
          group.members.push_back(alert.alert);
        }
      }
      state.next_id = std::max(state.next_id, static_cast<std::uint64_t>(id) + 1);
    }
    state.stopped_at = alive_at_;
    state.killed = killed;
    return state;
  }

  const std::map<AlertId, AlertStored>& alerts() const { return alerts_; }
  const std::map<GroupId, GroupStored>& groups() const { return groups_; }

 private:
  void Apply(const SilenceStored& c) { silences_[c.silence->id] = c.silence; }
  void Apply(const SilenceRemoved& c) { silences_.erase(c.id); }
  void Apply(const LogEntryStored& c) { log_[c.key] = c.entry; }
  void Apply(const LogEntryRemoved& c) { log_.erase(c.key); }
  void Apply(const AlertStored& c) { alerts_[c.id] = c; }
  void Apply(const AlertRemoved& c) { alerts_.erase(c.id); }
  void Apply(const AlertEndsMoved& c) {
    for (const auto& [id, end] : c.ends) {
      const auto stored = alerts_.find(id);
      if (stored == alerts_.end()) continue;
      auto moved = std::make_shared<model::Alert>(*stored->second.alert);
      moved->ends_at = end;
      stored->second.alert = std::move(moved);
    }
  }
  void Apply(const GroupStored& c) { groups_[c.group->id] = c; }
  void Apply(const GroupTimed& c) { groups_.at(c.id).timer = c.timer; }
  void Apply(const GroupRemoved& c) { groups_.erase(c.id); }

  std::map<std::string, model::SilencePtr> silences_;
  std::map<std::string, LogEntryPtr> log_;
  std::map<AlertId, AlertStored> alerts_;
  std::map<GroupId, GroupStored> groups_;
  std::optional<Time> alive_at_;
};

}  // namespace tocsin::router
