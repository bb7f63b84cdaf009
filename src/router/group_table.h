#pragma once

// The aggregation groups, and for each alert the routes it takes and the groups it is in. Alerts
// and groups are named by their slots, so that an alert which is sent again touches none of this.
// Router's thread only.

#include "model/label_set.h"
#include "router/aggregation_group.h"
#include "router/alert_store.h"
#include "router/route_tree.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tocsin::router {

enum class GroupSlot : std::uint32_t {};

// What the last flush of a group made of an alert in it.
enum class FlushMark : std::uint8_t { kUnprocessed, kActive, kInhibited, kMuted, kSilenced };
constexpr bool IsSuppressed(FlushMark mark) {
  return mark != FlushMark::kUnprocessed && mark != FlushMark::kActive;
}

// An alert on one of the routes that it takes.
struct Membership {
  static constexpr GroupSlot kNone{0xFFFFFFFF};

  RouteIndex route{};
  GroupSlot group = kNone;     // kNone: it is in no group of the route (any more).
  std::uint32_t position = 0;  // In the group's members.
  std::uint32_t next = 0;      // GroupTable's: the alert's next membership.
  FlushMark mark = FlushMark::kUnprocessed;
  // Tells one cause of the suppression from another: which silences, which inhibiting alert.
  std::uint32_t cause = 0;
};

class GroupTable {
 public:
  // Sets which routes the alert takes, in the order of the walk. Precondition: it has none yet.
  void SetRoutes(AlertSlot alert, std::span<const RouteIndex> routes);
  // Precondition: it is in no group.
  void Forget(AlertSlot alert);

  // Calls `visit(Membership&)` for each route that the alert takes, in the order of the walk.
  template <class Visit>
  void ForEachMembership(AlertSlot alert, Visit visit) {
    for (std::uint32_t at = First(alert); at != kEnd; at = memberships_[at].next) {
      visit(memberships_[at]);
    }
  }
  template <class Visit>
  void ForEachMembership(AlertSlot alert, Visit visit) const {
    for (std::uint32_t at = First(alert); at != kEnd; at = memberships_[at].next) {
      visit(memberships_[at]);
    }
  }
  bool HasRoutes(AlertSlot alert) const { return First(alert) != kEnd; }
  bool InAnyGroup(AlertSlot alert) const;

  // Precondition: `membership` is the alert's, and in no group.
  void Join(AlertSlot alert, Membership* membership, GroupSlot group);
  // Precondition: the alert is a member.
  void Leave(AlertSlot alert, GroupSlot group);
  // The alert's membership in that group; null if there is none.
  Membership* Find(AlertSlot alert, GroupSlot group);

  std::optional<GroupSlot> FindGroup(RouteIndex route, const model::LabelSet& labels) const;
  // Precondition: there is no group of that route with those labels.
  GroupSlot AddGroup(std::unique_ptr<AggregationGroup> group);
  // Precondition: nobody is a member any more.
  void RemoveGroup(GroupSlot slot);
  // Null for a slot that is free.
  AggregationGroup* Get(GroupSlot slot) { return groups_[static_cast<std::size_t>(slot)].get(); }
  const AggregationGroup* Get(GroupSlot slot) const {
    return groups_[static_cast<std::size_t>(slot)].get();
  }
  // All slots are below this; some of them may be free.
  std::size_t slot_end() const { return groups_.size(); }
  std::size_t size() const { return index_.size(); }

 private:
  static constexpr std::uint32_t kEnd = 0xFFFFFFFF;

  struct Key {
    RouteIndex route{};
    model::LabelSet labels;
    bool operator==(const Key&) const = default;
  };
  struct HashKey {
    std::size_t operator()(const Key& key) const;
  };

  std::uint32_t First(AlertSlot alert) const {
    const auto slot = static_cast<std::size_t>(alert);
    return slot < first_.size() ? first_[slot] : kEnd;
  }
  std::uint32_t NewMembership(RouteIndex route);

  std::vector<std::uint32_t> first_;  // By AlertSlot: its first membership.
  std::vector<Membership> memberships_;
  std::vector<std::uint32_t> free_memberships_;
  std::vector<std::unique_ptr<AggregationGroup>> groups_;
  std::vector<GroupSlot> free_groups_;
  boost::unordered_flat_map<Key, GroupSlot, HashKey> index_;
};

}  // namespace tocsin::router
