// What has to be made durable of alerts and groups. Whatever matters for the next page is handed
// over by the call that changed it; that alerts were sent again is collected for some seconds.

#include "router/router.h"

#include <algorithm>
#include <utility>

// g++ 12 takes the move of a small vector for a read beyond its own storage.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wstringop-overread"
#endif

namespace tocsin::router {
namespace {

using Need = UnwrittenAlerts::Need;

// So that the lists of ends do not pile up: every five minutes.
constexpr int kListsOfEnds = 60;

Need NeedOf(const model::Alert& before, const model::Alert& after, Time now) {
  if (before.ResolvedAt(now) != after.ResolvedAt(now)) return Need::kNow;
  const bool same_but_end =
      before.starts_at == after.starts_at && before.timeout == after.timeout &&
      before.generator_url == after.generator_url && before.annotations == after.annotations;
  if (!same_but_end) return Need::kLater;
  return before.ends_at == after.ends_at ? Need::kNothing : Need::kEnd;
}

GroupTimer TimerOf(const AggregationGroup& group) {
  GroupTimer timer{group.next_flush, group.flushed, group.broken_off};
  if (group.flush) timer.in_progress = group.flush->due;
  return timer;
}

}  // namespace

void Router::NoteUpdate(AlertSlot slot, const model::Alert& before, Time now) {
  unwritten_.Raise(slot, NeedOf(before, *store_[slot], now));
}

void Router::Note(GroupSlot slot) {
  AggregationGroup* const group = groups_.Get(slot);
  if (!std::exchange(group->unwritten, true)) unwritten_groups_.push_back(slot);
}

AlertStored Router::StoredAlert(AlertSlot slot) const {
  AlertStored stored{unwritten_.IdOf(slot), store_[slot], {}};
  groups_.ForEachMembership(slot, [&](const Membership& membership) {
    if (membership.group == Membership::kNone) return;
    stored.groups.push_back(groups_.Get(membership.group)->identity->id);
  });
  return stored;
}

GroupStored Router::StoredGroup(const AggregationGroup& group) const {
  return {group.identity, (*routes_)[group.route].key, TimerOf(group)};
}

void Router::RemoveGroup(GroupSlot slot, Output* out) {
  out->changes.emplace_back(GroupRemoved{groups_.Get(slot)->identity->id});
  groups_.RemoveGroup(slot);
}

void Router::WriteChanges(Output* out) {
  for (const GroupSlot slot : std::exchange(unwritten_groups_, {})) {
    AggregationGroup* const group = groups_.Get(slot);
    // It may be gone, and another one in its place.
    if (group == nullptr || !std::exchange(group->unwritten, false)) continue;
    out->changes.emplace_back(GroupTimed{group->identity->id, TimerOf(*group)});
  }
  for (const AlertSlot slot : unwritten_.TakeNow()) out->changes.emplace_back(StoredAlert(slot));
}

void Router::WriteLater(Time now, Output* out) {
  next_write_ = now + kWriteLater;
  if (std::exchange(rewrite_, false)) return AppendState(&out->changes);
  for (const AlertSlot slot : unwritten_.TakeLater()) out->changes.emplace_back(StoredAlert(slot));
  if (--writes_until_all_ <= 0) return WriteAllEnds(out);
  AlertEndsMoved moved;
  for (const auto& [id, slot] : unwritten_.TakeEnds()) {
    moved.ends.emplace_back(id, store_[slot]->ends_at);
  }
  // Also if there is none: it is a sign of life.
  out->changes.emplace_back(std::move(moved));
}

void Router::WriteAllEnds(Output* out) {
  writes_until_all_ = kListsOfEnds;
  unwritten_.TakeEnds();
  out->changes.emplace_back(AlertEndsMoved{AllEnds(), /*all=*/true});
}

std::vector<std::pair<AlertId, Time>> Router::AllEnds() const {
  std::vector<std::pair<AlertId, Time>> ends;
  ends.reserve(store_.size());
  for (std::size_t i = 0; i < store_.slot_end(); ++i) {
    const auto slot = static_cast<AlertSlot>(i);
    if (store_[slot]) ends.emplace_back(unwritten_.IdOf(slot), store_[slot]->ends_at);
  }
  std::sort(ends.begin(), ends.end());
  return ends;
}

void Router::WriteDown(Time now, Output* out) {
  if (store_.size() > 0 || rewrite_) WriteLater(now, out);
  WriteChanges(out);
}

void Router::AppendState(std::vector<StateChange>* changes) const {
  for (const model::SilencePtr& silence : *silences_.All()) {
    changes->emplace_back(SilenceStored{silence});
  }
  for (const auto& [key, entry] : log_.entries()) changes->emplace_back(LogEntryStored{key, entry});
  for (std::size_t i = 0; i < groups_.slot_end(); ++i) {
    const AggregationGroup* const group = groups_.Get(static_cast<GroupSlot>(i));
    if (group != nullptr) changes->emplace_back(StoredGroup(*group));
  }
  for (std::size_t i = 0; i < store_.slot_end(); ++i) {
    const auto slot = static_cast<AlertSlot>(i);
    if (store_[slot]) changes->emplace_back(StoredAlert(slot));
  }
}

}  // namespace tocsin::router
