#pragma once

// The status line and headers of a response as they go over the wire.

#include "base/http_message.h"
#include "base/time.h"

#include <string>
#include <string_view>

namespace tocsin::net {

// `Not Found`; "" for a status without a standard phrase.
std::string_view ReasonPhrase(int status);

// `Tue, 15 Nov 1994 08:12:31 GMT` (RFC 9110, 5.6.7).
std::string FormatHttpDate(Time time);

// Responses to any method but HEAD have this body.
bool StatusHasBody(int status);

// Content-Length, Connection and Date are ours: the response's own are left out, and so is a header
// that would break the framing.
std::string RenderResponseHead(const HttpResponse& response, bool keep_alive, Time now);

}  // namespace tocsin::net
