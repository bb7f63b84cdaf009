#pragma once

// The conclusions of an explanation: whether somebody was paged, or what kept that from happening.

#include "explain/explanation.h"

namespace tocsin::explain {

// Of an explanation that has everything else.
std::vector<Conclusion> Conclude(const Explanation& explanation);

// `delivered in 120ms, status 200, at attempt 2`; `failed after 3s: ...`
std::string AttemptText(const history::AttemptEnded& attempt);
// `silenced by 5f2f (somebody: "planned work") until ...`
std::string SuppressionText(const history::AlertSuppressed& suppressed);
std::string ReasonText(model::NotifyReason reason);
// A time in text: to the millisecond.
std::string TimeText(Time time);
// When the group of a stay is flushed next: known from an earlier flush, and its interval.
std::optional<Time> NextFlush(const Stay& stay, const Chain& chain);

}  // namespace tocsin::explain
