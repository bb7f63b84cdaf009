#pragma once

// URLs that somebody wrote into a configuration: checked and normalised as Go's net/url does, which
// is what Alertmanager shows (`a b` becomes `a%20b`). Error texts are Alertmanager's.

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
// The same URL without user name and password.
std::string WithoutUserInfo(std::string_view url);

}  // namespace tocsin::config
