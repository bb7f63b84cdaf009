#pragma once

// When a group is evaluated, as a function of time: Prometheus's phase, derived from the group's
// identity, so that two servers of one configuration ask at the same instants. Pure.

#include "base/time.h"

#include <cstdint>
#include <string_view>

namespace tocsin::rules {

// Offset of a group within its interval, in [0, interval): xxHash64 over the label set {file, name}
// as Prometheus serialises it. Precondition: interval > 0.
Duration GroupOffset(std::string_view file, std::string_view name, Duration interval);

// The latest instant of the group's phase at or before `now`.
Time Slot(Time now, Duration offset, Duration interval);

struct NextEvaluation {
  Time ts{};
  std::int64_t missed = 0;  // Iterations that were skipped because the one before took too long.
};

// The evaluation that follows the one at `previous`, begun at `now` (at or after previous +
// interval, unless the clock went back). Skipped slots are counted and never evaluated later.
NextEvaluation EvaluationAfter(Time previous, Time now, Duration interval);

}  // namespace tocsin::rules
