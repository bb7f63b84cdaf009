#include "net/proxy.h"

#include "base/text.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <cstdlib>

namespace tocsin::net {
namespace {

namespace ip = boost::asio::ip;

std::string Environment(const char* upper, const char* lower) {
  for (const char* name : {upper, lower}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

std::optional<ip::address> ParseAddress(const std::string& text) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(text, error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  const std::optional<ip::address> address = ParseAddress(host);
  return address && address->is_loopback();
}

bool InNetwork(const std::string& cidr, const ip::address& address) {
  boost::system::error_code error;
  if (address.is_v4()) {
    const ip::network_v4 network = ip::make_network_v4(cidr, error);
    if (error) return false;
    const ip::network_v4 host(address.to_v4(), network.prefix_length());
    return host.canonical() == network.canonical();
  }
  const ip::network_v6 network = ip::make_network_v6(cidr, error);
  if (error) return false;
  const ip::network_v6 host(address.to_v6(), network.prefix_length());
  return host.canonical() == network.canonical();
}

// Takes `:port` off the end; an IPv6 address needs brackets for that.
void SplitPort(std::string_view* entry, std::string_view* port) {
  if (entry->starts_with('[')) {
    const std::size_t close = entry->find(']');
    if (close == std::string_view::npos) return;
    if (close + 1 < entry->size() && (*entry)[close + 1] == ':') *port = entry->substr(close + 2);
    *entry = entry->substr(1, close - 1);
    return;
  }
  const std::size_t colon = entry->find(':');
  if (colon == std::string_view::npos || entry->find(':', colon + 1) != std::string_view::npos) {
    return;
  }
  *port = entry->substr(colon + 1);
  *entry = entry->substr(0, colon);
}

bool MatchesDomain(std::string_view domain, const std::string& host) {
  if (domain.starts_with("*.")) domain.remove_prefix(1);
  if (domain.empty()) return false;
  if (domain[0] == '.') return host.size() > domain.size() && host.ends_with(domain);
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

bool MatchesEntry(std::string_view entry, const Url& url) {
  const std::optional<ip::address> address = ParseAddress(url.host);
  if (entry.find('/') != std::string_view::npos) {
    return address && InNetwork(std::string(entry), *address);
  }
  std::string_view port;
  SplitPort(&entry, &port);
  if (!port.empty() && port != std::to_string(url.port)) return false;
  if (const std::optional<ip::address> listed = ParseAddress(std::string(entry))) {
    return address == listed;
  }
  return MatchesDomain(entry, url.host);
}

}  // namespace

ProxyEnvironment ReadProxyEnvironment() {
  ProxyEnvironment environment;
  // In a CGI program HTTP_PROXY is a request header that anybody can send.
  if (std::getenv("REQUEST_METHOD") == nullptr) {
    environment.http_proxy = Environment("HTTP_PROXY", "http_proxy");
  }
  environment.https_proxy = Environment("HTTPS_PROXY", "https_proxy");
  environment.no_proxy = Environment("NO_PROXY", "no_proxy");
  return environment;
}

bool MatchesNoProxy(std::string_view no_proxy, const Url& url) {
  for (std::string_view part : Split(no_proxy, ',')) {
    const std::string entry = AsciiLower(TrimSpace(part));
    if (entry.empty()) continue;
    if (entry == "*" || MatchesEntry(entry, url)) return true;
  }
  return false;
}

std::optional<Secret> ChooseProxy(const config::ProxyConfig& config,
                                  const ProxyEnvironment& environment, const Url& url) {
  std::string proxy = config.url.Reveal();
  std::string_view no_proxy = config.no_proxy;
  if (config.from_environment) {
    proxy = url.IsHttps() ? environment.https_proxy : environment.http_proxy;
    no_proxy = environment.no_proxy;
  }
  if (proxy.empty()) return std::nullopt;
  if (config.from_environment || !no_proxy.empty()) {
    if (IsLoopback(url.host) || MatchesNoProxy(no_proxy, url)) return std::nullopt;
  }
  if (proxy.find("://") == std::string::npos) proxy.insert(0, "http://");
  return Secret(std::move(proxy));
}

}  // namespace tocsin::net
