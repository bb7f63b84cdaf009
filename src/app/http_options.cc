#include "app/http_options.h"

#include "app/file_limit.h"
#include "app/systemd_sockets.h"
#include "base/log.h"

namespace tocsin::app {

Result<net::HttpServer::Options> HttpOptions(const ServeOptions& options,
                                             std::uint64_t file_limit) {
  net::HttpServer::Options http;
  http.answer_timeout = options.web_timeout;
  http.connections_max = ConnectionsMax(file_limit, http.connections_max);
  if (file_limit < kFileLimitMin) {
    log::Warn("Too few files may be open; raise the hard limit (ulimit -Hn, LimitNOFILE)",
              {{"limit", file_limit},
               {"wanted", kFileLimitMin},
               {"http_connections", std::uint64_t{http.connections_max}}});
  }
  if (!options.systemd_sockets) {
    http.listen_addresses = options.listen_addresses;
    return http;
  }
  Result<std::vector<int>> sockets = TakeSystemdSockets();
  if (!sockets) return tl::unexpected(sockets.error());
  http.listen_sockets = std::move(*sockets);
  return http;
}

}  // namespace tocsin::app
