#pragma once

// Hands requests of Prometheus's query API on to a datasource, for tools that ask for rules and
// series at the same place (Grafana). It neither touches the core nor takes turns of the rules'
// queries. Safe from any thread.
//
// The datasource sees the parameters and nothing else of the client: no header, so no credentials
// and no address. It sees ours: whoever may ask this server may query its datasources.

#include "base/http_message.h"
#include "base/published.h"
#include "config/config.h"
#include "net/http_client.h"
#include "net/http_server.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace tocsin::datasource {

struct ProxyError {
  int status = 502;
  std::string message;
};

class QueryProxy {
 public:
  using Done = std::function<void(tl::expected<HttpResponse, ProxyError>)>;

  // Answers in memory: of each, and how many may be on their way from one datasource.
  static constexpr std::size_t kResponseBytesMax = 32 * 1024 * 1024;
  static constexpr std::size_t kConcurrency = 8;
  // How many wait for their turn at a datasource; the others are refused with 503.
  static constexpr std::size_t kWaitingMax = 64;

  // Both outlive this.
  QueryProxy(net::HttpClient* http, const Published<config::Config>* config, std::string user_agent)
      : http_(http), config_(config), user_agent_(std::move(user_agent)) {}

  // Calls `done` once, with the datasource's answer, whatever its status; here or on the HTTP
  // client's thread. The datasource is the one that the parameter `datasource` of the URL names,
  // else the first.
  void Handle(const net::ServerRequest& request, Done done) const;

 private:
  net::HttpClient* const http_;
  const Published<config::Config>* const config_;
  const std::string user_agent_;
};

// The request to the datasource. Its own parameters, those in its URL too, replace those of the
// client with the same names: a filter that it forces stays forced. Exposed for tests.
HttpRequest BuildProxyRequest(const config::DatasourceConfig& config,
                              const net::ServerRequest& request);

}  // namespace tocsin::datasource
