#pragma once

// Alertmanager's metrics of what the router holds and of its stores, read when somebody asks. Where
// the design has no counterpart (snapshots, gossip) the nearest thing stands for it, or zero:
// docs/differences.md.

#include "api/options.h"
#include "app/event_metrics.h"
#include "core/control.h"
#include "history/ledger.h"
#include "storage/sqlite_store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::app {

// Taken on the core thread.
struct RouterFigures {
  router::Router::MarkCounts marks;
  std::vector<std::pair<std::string, router::Router::MarkCounts>> marks_by_group;  // By group key.
  router::Silences::Counts silences;
};

// `by_group`: the feature group-key-in-metrics is on.
void AppendAlertCounts(const RouterFigures& figures, bool by_group, std::string* text);
void AppendStoreMetrics(const RouterFigures& figures, const storage::SqliteStore::Stats& store,
                        std::string* text);
void AppendHistoryMetrics(const history::Ledger::Stats& history, std::string* text);
void AppendClusterMetrics(const std::optional<api::ClusterMember>& self, std::string* text);

}  // namespace tocsin::app
