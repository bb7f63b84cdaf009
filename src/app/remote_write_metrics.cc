#include "app/remote_write_metrics.h"

#include "app/metric_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>

namespace tocsin::app {
namespace {

using datasource::RemoteWriteView;
using datasource::RequestDurations;

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

double None(const RemoteWriteView&) {
  return 0;
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
    {"prometheus_remote_storage_enqueue_retries_total", kCounter,
     "Samples that had to wait for room in the queue: the oldest go instead.", None},
};

// What rules do not write. Prometheus's dashboards add it to the samples.
constexpr Metric kNotWritten[] = {
    {"prometheus_remote_storage_exemplars_total", kCounter, "Exemplars sent.", None},
    {"prometheus_remote_storage_exemplars_failed_total", kCounter, "Exemplars refused.", None},
    {"prometheus_remote_storage_exemplars_retried_total", kCounter, "Exemplars sent again.", None},
    {"prometheus_remote_storage_exemplars_pending", kGauge, "Exemplars that wait.", None},
    {"prometheus_remote_storage_histograms_total", kCounter, "Histograms sent.", None},
    {"prometheus_remote_storage_histograms_failed_total", kCounter, "Histograms refused.", None},
    {"prometheus_remote_storage_histograms_retried_total", kCounter, "Histograms sent again.",
     None},
    {"prometheus_remote_storage_histograms_pending", kGauge, "Histograms that wait.", None},
    {"prometheus_remote_storage_metadata_total", kCounter, "Metadata sent.", None},
    {"prometheus_remote_storage_metadata_failed_total", kCounter, "Metadata refused.", None},
    {"prometheus_remote_storage_metadata_retried_total", kCounter, "Metadata sent again.", None},
    {"prometheus_remote_storage_metadata_bytes_total", kCounter, "Bytes of metadata sent.", None},
};

void AppendEach(std::span<const Metric> metrics, const std::vector<RemoteWriteView>& endpoints,
                std::string* text) {
  for (const Metric& metric : metrics) {
    AppendMetric(metric.name, metric.type, metric.help, {}, text);
    for (const RemoteWriteView& endpoint : endpoints) {
      AppendSample(metric.name, {LabelsOf(endpoint), metric.value(endpoint)}, text);
    }
  }
}

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
  AppendMetric(name, "histogram", "Duration of requests.", {}, text);
  for (const RemoteWriteView& endpoint : endpoints) {
    const std::string labels = LabelsOf(endpoint);
    const RequestDurations& requests = endpoint.stats->requests;
    const std::uint64_t count = requests.count();
    for (std::size_t i = 0; i < RequestDurations::kBounds.size(); ++i) {
      char bound[16];
      std::snprintf(bound, sizeof bound, "%g", RequestDurations::kBounds[i]);
      // A request that ends meanwhile is not above what is there in all.
      const double up_to = Number(std::min(requests.CountUpTo(i), count));
      AppendSample(name + "_bucket", {labels + ",le=\"" + bound + "\"", up_to}, text);
    }
    AppendSample(name + "_bucket", {labels + ",le=\"+Inf\"", Number(count)}, text);
    AppendSample(name + "_sum", {labels, Seconds(requests.sum())}, text);
    AppendSample(name + "_count", {labels, Number(count)}, text);
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
  AppendMetric("prometheus_remote_storage_exemplars_in_total", kCounter, "Exemplars given.", 0,
               text);
  AppendMetric("prometheus_remote_storage_histograms_in_total", kCounter, "Histograms given.", 0,
               text);
  AppendEach(kMetrics, endpoints, text);
  AppendEach(kNotWritten, endpoints, text);
  AppendDropped(endpoints, text);
  AppendDurations(endpoints, text);
}

}  // namespace tocsin::app
