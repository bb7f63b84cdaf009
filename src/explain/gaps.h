#pragma once

// When nothing was decided, or not recorded: often the very answer to why nobody was paged. Read
// from the ledger, which says when a process began to record and when it ended in order.

#include "base/result.h"
#include "base/time.h"
#include "history/reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::explain {

struct Gap {
  enum class Why {
    kStopped,  // tocsin was stopped.
    kEnded,    // It ended without being stopped: a crash, a kill, the machine.
    kLost,     // Decisions could not be recorded.
  };
  Why why{};
  Time from{};                // kEnded: up to then all that was decided is on record.
  std::optional<Time> until;  // When it ran again; none: not since, or kLost.
  std::uint64_t lost = 0;     // kLost: decisions.
};

inline constexpr std::size_t kGapsMax = 20;

// Those that touch the span, both ends included, in their order; of many the last kGapsMax.
Result<std::vector<Gap>> FindGaps(history::Reader* reader, Time from, Time to);

std::string GapText(const Gap& gap);
std::string_view ToString(Gap::Why why);

}  // namespace tocsin::explain
