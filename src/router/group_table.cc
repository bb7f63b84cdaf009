#include "router/group_table.h"

#include <cassert>
#include <utility>

namespace tocsin::router {

std::size_t GroupTable::HashKey::operator()(const Key& key) const {
  return static_cast<std::size_t>(key.labels.Hash() ^
                                  (static_cast<std::uint64_t>(key.route) * 0x9E3779B97F4A7C15ULL));
}

std::uint32_t GroupTable::NewMembership(RouteIndex route) {
  std::uint32_t at = 0;
  if (free_memberships_.empty()) {
    at = static_cast<std::uint32_t>(memberships_.size());
    memberships_.emplace_back();
  } else {
    at = free_memberships_.back();
    free_memberships_.pop_back();
  }
  memberships_[at] = Membership{.route = route, .next = kEnd};
  return at;
}

void GroupTable::SetRoutes(AlertSlot alert, std::span<const RouteIndex> routes) {
  assert(!HasRoutes(alert));
  const auto slot = static_cast<std::size_t>(alert);
  if (first_.size() <= slot) first_.resize(slot + 1, kEnd);
  std::uint32_t last = kEnd;
  for (const RouteIndex route : routes) {
    const std::uint32_t at = NewMembership(route);
    (last == kEnd ? first_[slot] : memberships_[last].next) = at;
    last = at;
  }
}

void GroupTable::Forget(AlertSlot alert) {
  for (std::uint32_t at = First(alert); at != kEnd; at = memberships_[at].next) {
    assert(memberships_[at].group == Membership::kNone);
    free_memberships_.push_back(at);
  }
  const auto slot = static_cast<std::size_t>(alert);
  if (slot < first_.size()) first_[slot] = kEnd;
}

bool GroupTable::InAnyGroup(AlertSlot alert) const {
  bool found = false;
  ForEachMembership(alert, [&](const Membership& membership) {
    found = found || membership.group != Membership::kNone;
  });
  return found;
}

void GroupTable::Join(AlertSlot alert, Membership* membership, GroupSlot group) {
  assert(membership->group == Membership::kNone);
  std::vector<AlertSlot>& members = Get(group)->members;
  membership->group = group;
  membership->mark = FlushMark::kUnprocessed;
  membership->position = static_cast<std::uint32_t>(members.size());
  members.push_back(alert);
}

Membership* GroupTable::Find(AlertSlot alert, GroupSlot group) {
  Membership* found = nullptr;
  ForEachMembership(alert, [&](Membership& membership) {
    if (membership.group == group) found = &membership;
  });
  return found;
}

void GroupTable::Leave(AlertSlot alert, GroupSlot group) {
  Membership* const leaving = Find(alert, group);
  assert(leaving);
  std::vector<AlertSlot>& members = Get(group)->members;
  const AlertSlot last = members.back();
  members[leaving->position] = last;
  Find(last, group)->position = leaving->position;
  members.pop_back();
  leaving->group = Membership::kNone;
}

std::optional<GroupSlot> GroupTable::FindGroup(RouteIndex route,
                                               const model::LabelSet& labels) const {
  const auto it = index_.find(Key{route, labels});
  if (it == index_.end()) return std::nullopt;
  return it->second;
}

GroupSlot GroupTable::AddGroup(std::unique_ptr<AggregationGroup> group) {
  GroupSlot slot{};
  if (free_groups_.empty()) {
    slot = static_cast<GroupSlot>(groups_.size());
    groups_.emplace_back();
  } else {
    slot = free_groups_.back();
    free_groups_.pop_back();
  }
  [[maybe_unused]] const bool added =
      index_.emplace(Key{group->route, group->identity->labels}, slot).second;
  assert(added);
  groups_[static_cast<std::size_t>(slot)] = std::move(group);
  return slot;
}

void GroupTable::RemoveGroup(GroupSlot slot) {
  std::unique_ptr<AggregationGroup>& group = groups_[static_cast<std::size_t>(slot)];
  assert(group->members.empty());
  index_.erase(Key{group->route, group->identity->labels});
  group = nullptr;
  free_groups_.push_back(slot);
}

}  // namespace tocsin::router
