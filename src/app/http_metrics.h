#pragma once

// What the HTTP server and the API count of themselves.

#include "api/api.h"
#include "net/http_server.h"

#include <string>

namespace tocsin::app {

void AppendHttpMetrics(const net::HttpServer::Stats& server, const api::Api::Stats& api,
                       std::string* text);

}  // namespace tocsin::app
