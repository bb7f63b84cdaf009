#pragma once

// Events packed in a block: what is written to the disk together, and read together. Names, label
// sets and groups are written once in a block, times as steps from one event to the next. A block
// needs nothing outside itself. Beside it go its keys, small numbers that say what it is about, so
// that a reader passes over all others. Pure.

#include "base/result.h"
#include "history/event.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::history {

struct PackedBlock {
  std::string bytes;
  std::string keys;  // Sorted, none twice, four bytes each.
};
PackedBlock EncodeBlock(std::span<const Entry> entries);
// The events of a block whose first has that number. Fails if the bytes are no such block: the file
// may be anybody's.
Result<std::vector<Entry>> DecodeBlock(std::string_view bytes, std::uint64_t first_number);

// What a block is about, as numbers. Two things may have the same: whoever looks for one of them
// reads a block for nothing.
using Key = std::uint32_t;
// A block about that alert has all of them.
std::vector<Key> KeysOfAlert(const model::LabelSet& labels);
Key KeyOfLabel(std::string_view name, std::string_view value);  // Of an alert, or of a group.
// An alert of that alertname has it: says more than both labels by themselves, which are in many
// blocks.
Key KeyOfNamedLabel(std::string_view alertname, std::string_view name, std::string_view value);
Key KeyOfGroup(const router::GroupIdentity& group);
Key KeyOfReceiver(std::string_view receiver);  // Of a notification.
Key KeyOfSilence(std::string_view id);         // SilenceChanged.
Key KeyOfRule(std::string_view name);          // That fails, or works again.
Key KeyOfRoutes();                             // RoutesInForce.
Key KeyOfAlertTargets();                       // AlertTargets.
Key KeyOfProcess();                            // Started, Stopped, EndedUnnoticed, EventsLost.

bool HasKey(std::string_view keys, Key key);

}  // namespace tocsin::history
