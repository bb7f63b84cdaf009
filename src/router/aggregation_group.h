#pragma once

// Alerts of one route with equal group labels, and when they are told next. Owned by GroupTable;
// the router's thread.

#include "base/time.h"
#include "router/alert_store.h"
#include "router/decision.h"
#include "router/route_tree.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tocsin::router {

// A flush whose notifications are not all through yet.
struct FlushInProgress {
  Time due{};
  std::uint32_t unfinished = 0;  // Notifications in flight, or sent and not yet durable in the log.
  bool failed = false;
  // What had ended when it began, and leaves the group when it succeeds. An alert that fires again
  // meanwhile stays.
  std::vector<AlertSlot> resolved;
  // The hashes of those among them whose end nobody was told, because something suppressed them.
  AlertHashes untold;
};

struct AggregationGroup {
  GroupIdentityPtr identity;  // Never null.
  RouteIndex route{};
  std::vector<AlertSlot> members;  // In no order; see GroupTable.

  bool flushed = false;  // At least once.
  Time next_flush{};     // Meaningless while a tick is waiting.
  std::uint64_t timer_generation = 0;
  std::optional<FlushInProgress> flush;
  // A tick came while the flush before it was still in progress; it is served right after it.
  std::optional<Time> waiting_tick;
  // The due time of a flush that a stop of the process broke off, until it is done again.
  std::optional<Time> broken_off;
  bool unwritten = false;  // When it is flushed is not what the store has.
};

GroupIdentityPtr MakeIdentity(GroupId id, const Route& route, model::LabelSet labels);

}  // namespace tocsin::router
