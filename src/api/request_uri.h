#pragma once

// Format `uri` of Alertmanager's API: what Go's net/url takes for the URI of a request.

#include <string_view>

namespace tocsin::api {

// An absolute path, or anything with a scheme; with `//`, the authority must be one, too. No
// control characters, no broken % escapes outside the query.
bool IsRequestUri(std::string_view text);

}  // namespace tocsin::api
