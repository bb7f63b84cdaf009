#pragma once

// What has kept an alert back and does so no longer, although no flush of its group has come since:
// a silence that was expired or has run out, an inhibiting alert that has ended. What ends without
// a decision (a time interval, an alert that nobody sends any more) is not on record.

#include "base/result.h"
#include "base/time.h"
#include "history/event.h"
#include "history/reader.h"

#include <cstdint>
#include <map>
#include <vector>

namespace tocsin::explain {

// By the number of an AlertSuppressed among `events`, which are in their order: since when nothing
// of it keeps the alert back. Only for the last one of each group, whose silences are made what
// they are at that time.
Result<std::map<std::uint64_t, Time>> FindLifted(history::Reader* reader, Time at,
                                                 std::vector<history::Entry>* events);

}  // namespace tocsin::explain
