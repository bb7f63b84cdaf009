#pragma once

// What pages of other sites may do: read the API, and change nothing. A browser sends a page's
// origin with every POST; tools send none.

#include "base/http_message.h"
#include "net/http_server.h"

#include <string_view>

namespace tocsin::api {

// The request comes from a page that is neither ours by its Host header nor by `external_url`.
bool IsForeignOrigin(const net::ServerRequest& request, std::string_view external_url);

// `Vary: Origin` always; leave to read where a page asks for it.
void AddCrossOriginHeaders(const net::ServerRequest& request, HttpResponse* response);

// The question of a browser whether a page may send a request.
bool IsPreflight(const net::ServerRequest& request);
HttpResponse PreflightResponse(const net::ServerRequest& request);

}  // namespace tocsin::api
