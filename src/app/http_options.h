#pragma once

// What the HTTP server is told: by the flags, and by the limit on open files.

#include "app/options.h"
#include "net/http_server.h"

#include <cstdint>

namespace tocsin::app {

// Warns if `file_limit` is too low. Fails if the sockets that systemd should pass are not there.
Result<net::HttpServer::Options> HttpOptions(const ServeOptions& options, std::uint64_t file_limit);

}  // namespace tocsin::app
