#pragma once

// URLs that somebody wrote into a configuration: checked and normalised as Go's net/url does, which
// is what Alertmanager shows (`a b` becomes `a%20b`). Error texts are Alertmanager's, but repeat
// nothing of the URL: a `#` or `/` in a password makes any part of it look like a host or a port.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::config {

// http or https with a host.
Result<std::string> ParseHttpUrl(std::string_view text);
// http, https, socks5 or socks5h with a host.
Result<std::string> ParseProxyUrl(std::string_view text);
// The same URL with its password (if it has one) replaced by `xxxxx`.
std::string HideUrlPassword(std::string_view url);
// The same URL with a slash at the end of its path.
std::string WithTrailingSlash(std::string_view url);
// The same URL without what may be a credential: user name, password, query and fragment.
std::string WithoutCredentials(std::string_view url);

}  // namespace tocsin::config
