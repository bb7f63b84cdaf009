#include "router/unwritten_alerts.h"

#include <algorithm>

namespace tocsin::router {

void UnwrittenAlerts::Add(AlertSlot slot, AlertId id, Need need) {
  const auto at = static_cast<std::size_t>(slot);
  if (entries_.size() <= at) entries_.resize(at + 1);
  entries_[at] = {id, Need::kNothing};
  Raise(slot, need);
}

void UnwrittenAlerts::Raise(AlertSlot slot, Need need) {
  Entry& entry = entries_[static_cast<std::size_t>(slot)];
  if (need <= entry.need) return;
  entry.need = need;
  (need == Need::kNow ? now_ : need == Need::kLater ? later_ : ends_).push_back(slot);
}

void UnwrittenAlerts::Remove(AlertSlot slot) {
  entries_[static_cast<std::size_t>(slot)] = {};
}

std::vector<AlertSlot> UnwrittenAlerts::Take(std::vector<AlertSlot>* listed, Need need) {
  std::vector<AlertSlot> taken;
  taken.swap(*listed);
  std::erase_if(taken, [&](AlertSlot slot) {
    Entry& entry = entries_[static_cast<std::size_t>(slot)];
    if (entry.need != need) return true;
    entry.need = Need::kNothing;
    return false;
  });
  return taken;
}

std::vector<std::pair<AlertId, AlertSlot>> UnwrittenAlerts::TakeEnds() {
  std::vector<std::pair<AlertId, AlertSlot>> ends;
  for (const AlertSlot slot : Take(&ends_, Need::kEnd)) ends.emplace_back(IdOf(slot), slot);
  std::sort(ends.begin(), ends.end());
  return ends;
}

}  // namespace tocsin::router
