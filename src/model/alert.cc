#include "model/alert.h"

#include <algorithm>

namespace tocsin::model {

namespace {

bool RangesOverlap(const Alert& stored, const Alert& incoming) {
  const bool ends_inside = incoming.ends_at > stored.starts_at && incoming.ends_at < stored.ends_at;
  const bool starts_inside =
      incoming.starts_at > stored.starts_at && incoming.starts_at < stored.ends_at;
  return ends_inside || starts_inside;
}

Time MergedEnd(const Alert& newer, const Alert& older, Time clock) {
  const Time later = std::max(newer.ends_at, older.ends_at);
  if (newer.ResolvedAt(clock)) return older.ResolvedAt(clock) ? later : newer.ends_at;
  // An end that was only assumed from resolve_timeout does not outlast the one that was sent.
  return older.timeout ? newer.ends_at : later;
}

}  // namespace

AlertPtr Merge(const AlertPtr& stored, const AlertPtr& incoming, Time clock) {
  if (stored == nullptr || !RangesOverlap(*stored, *incoming)) return incoming;
  // What is stored from later than now was written before the clock was set back.
  const bool incoming_is_newer =
      incoming->updated_at >= stored->updated_at || stored->updated_at > clock;
  const Alert& newer = incoming_is_newer ? *incoming : *stored;
  const Alert& older = incoming_is_newer ? *stored : *incoming;
  const auto merged = std::make_shared<Alert>(newer);
  merged->starts_at = std::min(newer.starts_at, older.starts_at);
  merged->ends_at = MergedEnd(newer, older, clock);
  return merged;
}

}  // namespace tocsin::model
