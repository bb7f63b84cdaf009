#pragma once

// Alerts of one route with equal group labels, and when they are told next. Owned by Router; its
// thread.

#include "base/time.h"
#include "model/alert.h"
#include "router/decision.h"
#include "router/route_tree.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::router {

// A flush whose notifications are not all through yet.
struct FlushInProgress {
  std::uint32_t unfinished = 0;  // Integrations in flight.
  bool failed = false;
  // What was announced as ended. An alert that fires again meanwhile has another updated_at and
  // stays.
  std::vector<model::AlertPtr> resolved;
};

struct AggregationGroup {
  GroupId id{};
  RouteIndex route{};
  model::LabelSet labels;
  std::string key;
  boost::unordered_flat_map<model::LabelSet, model::AlertPtr, model::LabelSetHash> members;

  Time next_flush{};  // Meaningless while a tick is waiting.
  std::uint64_t timer_generation = 0;
  std::optional<FlushInProgress> flush;
  // A tick came while the flush before it was still in progress; it is served right after it.
  std::optional<Time> waiting_tick;
};

}  // namespace tocsin::router
