#include "app/datasource_metrics.h"

#include "app/metric_text.h"

#include <atomic>
#include <cstdint>

namespace tocsin::app {

void AppendDatasourceMetrics(const DatasourceStatsByName& datasources, std::string* text) {
  using datasource::DatasourceStats;
  const struct {
    const char* name;
    const char* type;
    const char* help;
    std::atomic<std::uint64_t> DatasourceStats::* value;
  } metrics[] = {
      {"tocsin_datasource_queries_total", "counter", "Queries of rules.",
       &DatasourceStats::queries},
      {"tocsin_datasource_query_failures_total", "counter",
       "Queries that failed, timeouts included.", &DatasourceStats::failures},
      {"tocsin_datasource_query_retries_total", "counter", "Requests that were tried again.",
       &DatasourceStats::retries},
      {"tocsin_datasource_query_warnings_total", "counter",
       "Warnings that came with answers; the log has each once.", &DatasourceStats::warnings},
      {"tocsin_datasource_queries_in_flight", "gauge", "Queries on the wire.",
       &DatasourceStats::on_wire},
      {"tocsin_datasource_queries_waiting", "gauge", "Queries that wait for max_concurrency.",
       &DatasourceStats::waiting},
  };
  for (const auto& metric : metrics) {
    AppendMetric(metric.name, metric.type, metric.help, {}, text);
    for (const auto& [name, stats] : datasources) {
      const std::string labels = "datasource=\"" + EscapedLabelValue(name) + "\"";
      const std::uint64_t value = (*stats).*metric.value;
      AppendSample(metric.name, {labels, static_cast<double>(value)}, text);
    }
  }
}

}  // namespace tocsin::app
