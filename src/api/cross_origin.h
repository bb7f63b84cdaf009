#pragma once

// What pages of other sites may do: read the API, and change nothing. A browser sends a page's
// origin with every POST; tools send none.

#include "base/http_message.h"
#include "model/regex.h"
#include "net/http_server.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

// The request comes from a page that is not ours. Ours was loaded from `external_url`, or from
// where the request goes to: an address, `localhost`, one of `own_hosts` or the host of
// `external_url`. The Host header alone says nothing: a name that an attacker first points at
// himself and then at us makes his page look as if it came from here. Nor is a page foreign that
// wrote to its own server over TLS, which handed the request on (karma does, and so do other
// proxies): the browser says so, and its page cannot.
bool IsForeignOrigin(const net::ServerRequest& request, std::string_view external_url,
                     const std::vector<std::string>& own_hosts);

// The request comes from a page of an origin that `trusted` matches.
bool IsTrustedOrigin(const net::ServerRequest& request, const std::optional<model::Regex>& trusted);

// `Vary: Origin` always; leave to read where a page asks for it, and to do all to a trusted one.
void AddCrossOriginHeaders(const net::ServerRequest& request, bool trusted, HttpResponse* response);

// The same for Prometheus's API: nothing that is asked there changes anything.
void AddReadOnlyCrossOriginHeaders(const net::ServerRequest& request, HttpResponse* response);

// The question of a browser whether a page may send a request.
bool IsPreflight(const net::ServerRequest& request);
HttpResponse PreflightResponse(const net::ServerRequest& request, bool trusted);

}  // namespace tocsin::api
