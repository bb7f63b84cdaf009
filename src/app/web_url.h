#pragma once

// Where people reach the server, and below which path it serves. Pure.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::app {

// http or https with a host, without the slashes at its end.
Result<std::string> ParseExternalUrl(std::string_view text);

// `/alerts`, or "" for the root. What is not given is the path of the external URL.
Result<std::string> ParseRoutePrefix(std::string_view text, std::string_view external_url);

}  // namespace tocsin::app
