#include "app/http_metrics.h"

#include "app/metric_text.h"

namespace tocsin::app {

void AppendHttpMetrics(const net::HttpServer::Stats& server, const api::Api::Stats& api,
                       std::string* text) {
  AppendMetric("alertmanager_http_requests_in_flight", "gauge",
               "Current number of HTTP requests being processed.", api.gets, text,
               R"(method="get")");
  AppendMetric("alertmanager_http_concurrency_limit_exceeded_total", "counter",
               "Total number of times an HTTP request failed because the concurrency limit was "
               "reached.",
               static_cast<double>(api.gets_refused), text, R"(method="get")");
  const struct {
    const char* name;
    const char* type;
    const char* help;
    std::uint64_t value;
  } metrics[] = {
      {"tocsin_http_connections", "gauge", "Open connections to the server.", server.connections},
      {"tocsin_http_connections_limit", "gauge", "Connections that may be open.",
       server.connections_max},
      {"tocsin_http_connections_accepted_total", "counter", "Connections since start.",
       server.connections_accepted},
      {"tocsin_http_connections_displaced_total", "counter",
       "Idle connections that were closed to make room for new ones.",
       server.connections_displaced},
      {"tocsin_http_connections_refused_total", "counter",
       "Connections that were refused because all others were busy.", server.connections_refused},
      {"tocsin_http_tls_handshakes_failed_total", "counter",
       "TLS handshakes that failed, or whose client is not allowed.", server.handshakes_failed},
      {"tocsin_http_requests_total", "counter", "Requests since start, without refused ones.",
       server.requests},
      {"tocsin_http_requests_refused_total", "counter",
       "Requests that were malformed, too large, too slow or too much.", server.requests_refused},
      {"tocsin_http_request_bytes", "gauge", "Request bodies in memory.", server.body_bytes},
      {"tocsin_http_response_bytes", "gauge",
       "Large response bodies that their readers have not taken yet.", server.response_bytes},
      {"tocsin_http_responses_refused_total", "counter",
       "Responses that were replaced by a 503 because too many others were being read.",
       server.responses_refused},
  };
  for (const auto& metric : metrics) {
    AppendMetric(metric.name, metric.type, metric.help, static_cast<double>(metric.value), text);
  }
}

}  // namespace tocsin::app
