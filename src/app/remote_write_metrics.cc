#include "app/remote_write_metrics.h"

#include "app/metric_text.h"

#include <algorithm>
#include <cstdint>

namespace tocsin::app {
namespace {

using datasource::RemoteWriteView;

constexpr const char* kCounter = "counter";
constexpr const char* kGauge = "gauge";

std::string LabelsOf(const RemoteWriteView& endpoint) {
  return "remote_name=\"" + EscapedLabelValue(endpoint.name) + "\",url=\"" +
         EscapedLabelValue(endpoint.url) + "\"";
}

struct Metric {
  const char* name;
  const char* type;
  const char* help;
  double (*value)(const RemoteWriteView& endpoint);
};

double Number(std::uint64_t value) {
  return static_cast<double>(value);
}

double MillisAsSeconds(std::int64_t millis) {
  return static_cast<double>(millis) / 1000;
}

// One request at a time for each endpoint, which keeps the order: one shard.
double OneShard(const RemoteWriteView&) {
  return 1;
}

constexpr Metric kMetrics[] = {
    {"prometheus_remote_storage_samples_total", kCounter,
     "Samples sent to remote storage, those that are sent again included.",
     [](const RemoteWriteView& e) { return Number(e.stats->sent); }},
    {"prometheus_remote_storage_samples_failed_total", kCounter,
     "Samples that remote storage refused.",
     [](const RemoteWriteView& e) { return Number(e.stats->refused); }},
    {"prometheus_remote_storage_samples_retried_total", kCounter,
     "Samples sent again after a failure.",
     [](const RemoteWriteView& e) { return Number(e.stats->retried); }},
    {"prometheus_remote_storage_samples_pending", kGauge,
     "Samples that wait to be sent or acknowledged.",
     [](const RemoteWriteView& e) { return Number(e.stats->pending); }},
    {"prometheus_remote_storage_bytes_total", kCounter, "Bytes sent, compressed.",
     [](const RemoteWriteView& e) { return Number(e.stats->bytes); }},
    {"prometheus_remote_storage_queue_highest_timestamp_seconds", kGauge,
     "Timestamp of the newest sample that was given to the endpoint's queue.",
     [](const RemoteWriteView& e) { return MillisAsSeconds(e.stats->newest_taken); }},
    {"prometheus_remote_storage_queue_highest_sent_timestamp_seconds", kGauge,
     "Timestamp of the newest sample that the endpoint has acknowledged.",
     [](const RemoteWriteView& e) { return MillisAsSeconds(e.stats->newest_accepted); }},
    {"prometheus_remote_storage_shard_capacity", kGauge, "Samples that may wait.",
     [](const RemoteWriteView& e) { return Number(e.capacity); }},
    {"prometheus_remote_storage_max_samples_per_send", kGauge, "Samples in a request at most.",
     [](const RemoteWriteView& e) { return Number(e.max_samples_per_send); }},
    {"prometheus_remote_storage_shards", kGauge, "Requests at a time.", OneShard},
    {"prometheus_remote_storage_shards_min", kGauge, "Requests at a time at least.", OneShard},
    {"prometheus_remote_storage_shards_max", kGauge, "Requests at a time at most.", OneShard},
    {"prometheus_remote_storage_shards_desired", kGauge, "Requests at a time.", OneShard},
};

void AppendDropped(const std::vector<RemoteWriteView>& endpoints, std::string* text) {
  constexpr const char* kName = "prometheus_remote_storage_samples_dropped_total";
  AppendMetric(kName, kCounter, "Samples that were not sent.", {}, text);
  for (const RemoteWriteView& endpoint : endpoints) {
    const std::string labels = LabelsOf(endpoint) + ",reason=";
    AppendSample(kName, {labels + "\"dropped_series\"", Number(endpoint.stats->relabelled_away)},
                 text);
    AppendSample(kName, {labels + "\"queue_full\"", Number(endpoint.stats->overflowed)}, text);
  }
}

void AppendDurations(const std::vector<RemoteWriteView>& endpoints, std::string* text) {
  const std::string name = "prometheus_remote_storage_sent_batch_duration_seconds";
  AppendMetric(name, "summary", "Duration of requests.", {}, text);
  for (const RemoteWriteView& endpoint : endpoints) {
    const std::string labels = LabelsOf(endpoint);
    const Duration spent(endpoint.stats->request_nanos);
    AppendSample(name + "_sum", {labels, Seconds(spent)}, text);
    AppendSample(name + "_count", {labels, Number(endpoint.stats->requests)}, text);
  }
}

}  // namespace

void AppendRemoteWriteMetrics(const std::vector<RemoteWriteView>& endpoints, std::string* text) {
  std::int64_t newest = 0;
  std::uint64_t taken = 0;
  for (const RemoteWriteView& endpoint : endpoints) {
    newest = std::max<std::int64_t>(newest, endpoint.stats->newest_taken);
    taken = std::max<std::uint64_t>(taken, endpoint.stats->taken);
  }
  AppendMetric("prometheus_remote_storage_samples_in_total", kCounter,
               "Samples that rules gave to remote storage.", Number(taken), text);
  AppendMetric("prometheus_remote_storage_highest_timestamp_in_seconds", kGauge,
               "Timestamp of the newest sample that rules gave to remote storage.",
               MillisAsSeconds(newest), text);
  for (const Metric& metric : kMetrics) {
    AppendMetric(metric.name, metric.type, metric.help, {}, text);
    for (const RemoteWriteView& endpoint : endpoints) {
      AppendSample(metric.name, {LabelsOf(endpoint), metric.value(endpoint)}, text);
    }
  }
  AppendDropped(endpoints, text);
  AppendDurations(endpoints, text);
}

}  // namespace tocsin::app
