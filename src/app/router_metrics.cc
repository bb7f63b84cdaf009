#include "app/router_metrics.h"

#include "app/metric_text.h"

#include <initializer_list>

namespace tocsin::app {
namespace {

constexpr const char* kCounter = "counter";
constexpr const char* kGauge = "gauge";

struct Named {
  const char* name;
  const char* help;
};

// Counters of things that do not happen here.
void AppendNever(std::initializer_list<Named> metrics, std::string* text) {
  for (const Named& metric : metrics) AppendMetric(metric.name, kCounter, metric.help, 0, text);
}

void AppendMessages(const char* name, const char* help, std::string* text) {
  AppendMetric(name, kCounter, help, {{R"(msg_type="full_state")", 0}, {R"(msg_type="update")", 0}},
               text);
}

}  // namespace

void AppendAlertCounts(const RouterFigures& figures, bool by_group, std::string* text) {
  constexpr const char* kName = "alertmanager_alerts";
  constexpr const char* kHelp = "How many alerts by state.";
  const auto count = [](std::size_t n) { return static_cast<double>(n); };
  if (!by_group) {
    return AppendMetric(kName, kGauge, kHelp,
                        {{R"(state="active")", count(figures.marks.active)},
                         {R"(state="suppressed")", count(figures.marks.suppressed)},
                         {R"(state="unprocessed")", count(figures.marks.unprocessed)}},
                        text);
  }
  AppendMetric(kName, kGauge, kHelp, {}, text);
  for (const auto& [key, marks] : figures.marks_by_group) {
    const std::string group = "group_key=\"" + EscapedLabelValue(key) + "\",state=";
    for (const auto& [state, n] :
         {std::pair{"active", marks.active}, std::pair{"suppressed", marks.suppressed},
          std::pair{"unprocessed", marks.unprocessed}}) {
      AppendSample(kName, {group + '"' + state + '"', count(n)}, text);
    }
  }
}

void AppendStoreMetrics(const RouterFigures& figures, const storage::SqliteStore::Stats& store,
                        std::string* text) {
  const auto commits = static_cast<double>(store.commits);
  const auto failures = static_cast<double>(store.failures);
  AppendMetric("alertmanager_silences", kGauge, "How many silences by state.",
               {{R"(state="active")", static_cast<double>(figures.silences.active)},
                {R"(state="expired")", static_cast<double>(figures.silences.expired)},
                {R"(state="pending")", static_cast<double>(figures.silences.pending)}},
               text);
  const double silences = static_cast<double>(figures.silences.active + figures.silences.expired +
                                              figures.silences.pending);
  for (const char* name :
       {"alertmanager_silences_state_size", "alertmanager_silences_matcher_index_size",
        "alertmanager_silences_version_index_size"}) {
    AppendMetric(name, kGauge, "The number of silences that are kept.", silences, text);
  }
  for (const char* name :
       {"alertmanager_nflog_snapshot_size_bytes", "alertmanager_silences_snapshot_size_bytes"}) {
    AppendMetric(name, kGauge, "Size of the database, which holds both silences and the log.",
                 static_cast<double>(store.file_bytes), text);
  }
  // Both are parts of one database: a transaction is what a snapshot is there.
  AppendSummary("alertmanager_nflog_snapshot_duration_seconds",
                "Duration of the transactions that write the notification log.",
                store.commit_seconds, store.commits, text);
  AppendSummary("alertmanager_silences_snapshot_duration_seconds",
                "Duration of the transactions that write silences.", store.commit_seconds,
                store.commits, text);
  AppendMetric("alertmanager_nflog_maintenance_total", kCounter,
               "Transactions that wrote the notification log.", commits, text);
  AppendMetric("alertmanager_nflog_maintenance_errors_total", kCounter,
               "Writes of the notification log that failed.", failures, text);
  AppendMetric("alertmanager_silences_maintenance_total", kCounter,
               "Transactions that wrote silences.", commits, text);
  AppendMetric("alertmanager_silences_maintenance_errors_total", kCounter,
               "Writes of silences that failed.", failures, text);
  AppendSummary("alertmanager_nflog_gc_duration_seconds",
                "Not measured: what has expired goes in passing.", 0, 0, text);
  AppendSummary("alertmanager_silences_gc_duration_seconds",
                "Not measured: what has expired goes in passing.", 0, 0, text);
  AppendNever({{"alertmanager_silences_gc_errors_total", "Cannot fail."},
               {"alertmanager_silences_queries_total", "Not counted: every alert is one."},
               {"alertmanager_silences_query_errors_total", "Cannot fail."},
               {"alertmanager_silences_query_silences_scanned_total", "Not counted."},
               {"alertmanager_silences_query_silences_skipped_total", "Not counted."},
               {"alertmanager_dispatcher_aggregation_group_limit_reached_total",
                "There is no limit on groups."},
               {"alertmanager_dispatcher_aggregation_group_creation_retries_total",
                "A group is created at once."},
               {"alertmanager_dispatcher_aggregation_group_creation_given_up_total",
                "A group is created at once."}},
              text);
  AppendMetric("alertmanager_silences_matcher_compile_errors_total", kCounter,
               "Silences whose matchers are wrong are refused.",
               {{R"(stage="index")", 0}, {R"(stage="load_snapshot")", 0}}, text);
  AppendMetric("tocsin_storage_health", kGauge,
               "2: all state is stored; 1: something is still to be rewritten; 0: the last write "
               "failed.",
               store.health == storage::SqliteStore::Health::kGood     ? 2
               : store.health == storage::SqliteStore::Health::kBehind ? 1
                                                                       : 0,
               text);
  AppendSummary("tocsin_storage_commit_duration_seconds", "Duration of transactions.",
                store.commit_seconds, store.commits, text);
  AppendMetric("tocsin_storage_changes_total", kCounter, "Changes of state made durable.",
               static_cast<double>(store.changes), text);
  AppendMetric("tocsin_storage_failures_total", kCounter,
               "Batches of changes that could not be written, or not in time.", failures, text);
  AppendMetric("tocsin_storage_queue_bytes", kGauge, "Changes that wait to be written.",
               static_cast<double>(store.queue_bytes), text);
  AppendMetric("tocsin_storage_queue_batches", kGauge,
               "Batches of changes that wait to be written.",
               static_cast<double>(store.queue_batches), text);
}

void AppendHistoryMetrics(const history::Ledger::Stats& history, std::string* text) {
  AppendMetric("tocsin_history_health", kGauge,
               "1: decisions are recorded; 0: the last write of the history failed.",
               history.good ? 1 : 0, text);
  AppendMetric("tocsin_history_events_total", kCounter, "Decisions written to the history.",
               static_cast<double>(history.events), text);
  AppendMetric("tocsin_history_dropped_total", kCounter,
               "Decisions that the history lacks, because they came too fast or the disk failed.",
               static_cast<double>(history.dropped), text);
  AppendMetric("tocsin_history_failures_total", kCounter, "Writes of the history that failed.",
               static_cast<double>(history.failures), text);
  AppendMetric("tocsin_history_size_bytes", kGauge, "Size of what the history holds.",
               static_cast<double>(history.bytes), text);
  AppendMetric("tocsin_history_queue_length", kGauge, "Decisions that wait to be written.",
               static_cast<double>(history.queue), text);
}

void AppendClusterMetrics(const std::optional<api::ClusterMember>& self, std::string* text) {
  AppendMetric("alertmanager_cluster_enabled", kGauge,
               "Whether tools are shown a cluster, of this server alone.", self ? 1 : 0, text);
  AppendNever({{"alertmanager_nflog_gossip_messages_propagated_total", "Gossip of log entries."},
               {"alertmanager_silences_gossip_messages_propagated_total", "Gossip of silences."}},
              text);
  if (!self) return;
  AppendMetric("alertmanager_cluster_members", kGauge, "Members of the cluster: this server.", 1,
               text);
  for (const Named& gauge :
       {Named{"alertmanager_cluster_failed_peers", "Peers that failed: there are no others."},
        Named{"alertmanager_cluster_health_score", "0: healthy."},
        Named{"alertmanager_cluster_messages_queued", "Gossip messages that wait."},
        Named{"alertmanager_peer_position", "Position of this server among the members."}}) {
    AppendMetric(gauge.name, kGauge, gauge.help, 0, text);
  }
  AppendMetric("alertmanager_cluster_peer_info", kGauge, "This server's name, as a label.", 1, text,
               "peer=\"" + EscapedLabelValue(self->name) + "\"");
  AppendNever({{"alertmanager_cluster_peers_joined_total", "Peers that joined."},
               {"alertmanager_cluster_peers_left_total", "Peers that left."},
               {"alertmanager_cluster_peers_update_total", "Peers that changed."},
               {"alertmanager_cluster_reconnections_total", "Reconnections to peers."},
               {"alertmanager_cluster_reconnections_failed_total", "Failed reconnections."},
               {"alertmanager_cluster_refresh_join_total", "Joins after a refresh."},
               {"alertmanager_cluster_refresh_join_failed_total", "Failed joins."},
               {"alertmanager_cluster_messages_pruned_total", "Gossip messages pruned."},
               {"alertmanager_cluster_peer_name_conflicts_total", "Peers with our name."}},
              text);
  AppendMessages("alertmanager_cluster_messages_received_total", "Gossip messages received.", text);
  AppendMessages("alertmanager_cluster_messages_received_size_total", "Their bytes.", text);
  AppendMessages("alertmanager_cluster_messages_sent_total", "Gossip messages sent.", text);
  AppendMessages("alertmanager_cluster_messages_sent_size_total", "Their bytes.", text);
}

}  // namespace tocsin::app
