#pragma once

// The ids of alerts, and which of them are not as the store has them. What matters at once (an
// alert is new, ends, joins or leaves a group) is written at the end of the call that changed it;
// what a source says anew every minute waits, so that it is written once for many alerts and at
// most every some seconds for one. Router's thread only.

#include "router/alert_store.h"
#include "router/state_change.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tocsin::router {

class UnwrittenAlerts {
 public:
  // What has to be written of an alert, in the order of urgency.
  enum class Need : std::uint8_t {
    kNothing,
    kEnd,    // Its end, some time.
    kLater,  // All of it, some time.
    kNow,
  };

  // An alert has become known.
  void Add(AlertSlot slot, AlertId id, Need need);
  // It needs this at least.
  void Raise(AlertSlot slot, Need need);
  // The slot is free from now on.
  void Remove(AlertSlot slot);

  AlertId IdOf(AlertSlot slot) const { return entries_[static_cast<std::size_t>(slot)].id; }
  Need NeedOf(AlertSlot slot) const { return entries_[static_cast<std::size_t>(slot)].need; }

  // Those that need it now. From here on they need nothing.
  std::vector<AlertSlot> TakeNow() { return Take(&now_, Need::kNow); }
  // Those that need all of it, and those that need their end alone, by ascending id.
  std::vector<AlertSlot> TakeLater() { return Take(&later_, Need::kLater); }
  std::vector<std::pair<AlertId, AlertSlot>> TakeEnds();

 private:
  struct Entry {
    AlertId id{};
    Need need = Need::kNothing;
  };

  // An entry stays in a list when it is raised into the next, or removed: need tells which counts.
  std::vector<AlertSlot> Take(std::vector<AlertSlot>* listed, Need need);

  std::vector<Entry> entries_;  // By slot.
  std::vector<AlertSlot> ends_, later_, now_;
};

}  // namespace tocsin::router
