#pragma once

// Which proxy a request goes through: `proxy_url`, `no_proxy`, `proxy_from_environment`, with the
// meaning that Go programs give them.

#include "base/secret.h"
#include "config/http_client_config.h"
#include "net/url.h"

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::net {

struct ProxyEnvironment {
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;
};

// From HTTP_PROXY, HTTPS_PROXY and NO_PROXY, upper case first, then lower case.
ProxyEnvironment ReadProxyEnvironment();

// The proxy's URL, or nothing for a direct connection. With a `no_proxy` list or from the
// environment, loopback is always direct; with a bare `proxy_url` everything is proxied.
std::optional<Secret> ChooseProxy(const config::ProxyConfig& config,
                                  const ProxyEnvironment& environment, const Url& url);

// Comma-separated: `*`, addresses, CIDR blocks, `example.com` (itself and below), `.example.com`
// (below only), each but CIDR with an optional port.
bool MatchesNoProxy(std::string_view no_proxy, const Url& url);

}  // namespace tocsin::net
