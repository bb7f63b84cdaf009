#include "api/cross_origin.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace tocsin::api {
namespace {

constexpr std::string_view kRequestMethod = "Access-Control-Request-Method";

bool MayRead(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

std::string Scheme(std::string_view url) {
  const std::size_t end = url.find("://");
  return end == std::string_view::npos ? "" : AsciiLower(url.substr(0, end));
}

// `host:port` in lower case, without the scheme's own port.
std::string NormalAuthority(std::string_view scheme, std::string_view authority) {
  std::string normal = AsciiLower(authority);
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (normal.ends_with(port)) normal.resize(normal.size() - port.size());
  return normal;
}

// That of `https://user@host:port/path`; "" for what is no URL.
std::string Authority(std::string_view url) {
  const std::string scheme = Scheme(url);
  if (scheme.empty()) return "";
  url.remove_prefix(scheme.size() + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  return NormalAuthority(scheme, url.substr(url.rfind('@') + 1));
}

// `127.0.0.1:80` and `[::1]`: no name that anybody could have pointed elsewhere.
bool IsAddress(std::string_view host) {
  unsigned char bytes[sizeof(in6_addr)];
  if (host.starts_with('[') && host.ends_with(']')) {
    return inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), bytes) == 1;
  }
  return inet_pton(AF_INET, std::string(host).c_str(), bytes) == 1;
}

std::string_view WithoutPort(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool bracketed = authority.ends_with(']');
  return colon == std::string_view::npos || bracketed ? authority : authority.substr(0, colon);
}

}  // namespace

bool IsForeignOrigin(const net::ServerRequest& request, std::string_view external_url,
                     const std::vector<std::string>& own_hosts) {
  const std::string_view origin = FindHeader(request.headers, "Origin");
  const std::string site = AsciiLower(FindHeader(request.headers, "Sec-Fetch-Site"));
  if (site == "same-origin") return false;
  if (origin.empty()) return site == "cross-site" || site == "same-site";
  const std::string scheme = Scheme(origin);
  const std::string authority = Authority(origin);
  if (authority.empty()) return true;  // `null`: a sandboxed page.
  const std::string external = Authority(external_url);
  if (authority == external && scheme == Scheme(external_url)) return false;
  if (authority != NormalAuthority(scheme, FindHeader(request.headers, "Host"))) return true;
  const std::string_view host = WithoutPort(authority);
  return authority != external && host != "localhost" && !IsAddress(host) &&
         std::find(own_hosts.begin(), own_hosts.end(), host) == own_hosts.end();
}

bool IsTrustedOrigin(const net::ServerRequest& request,
                     const std::optional<model::Regex>& trusted) {
  const std::string_view origin = FindHeader(request.headers, "Origin");
  return trusted && !origin.empty() && trusted->Matches(origin);
}

void AddCrossOriginHeaders(const net::ServerRequest& request, bool trusted,
                           HttpResponse* response) {
  response->headers.push_back({"Vary", "Origin"});
  const bool asked = !FindHeader(request.headers, "Origin").empty();
  const std::string_view method =
      IsPreflight(request) ? FindHeader(request.headers, kRequestMethod) : request.method;
  if (asked && (trusted || MayRead(method))) {
    response->headers.push_back({"Access-Control-Allow-Origin", "*"});
  }
}

void AddReadOnlyCrossOriginHeaders(const net::ServerRequest& request, HttpResponse* response) {
  response->headers.push_back({"Vary", "Origin"});
  if (FindHeader(request.headers, "Origin").empty()) return;
  response->headers.push_back({"Access-Control-Allow-Origin", "*"});
  response->headers.push_back({"Access-Control-Allow-Methods", "GET, POST, OPTIONS"});
  response->headers.push_back(
      {"Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin"});
  response->headers.push_back({"Access-Control-Expose-Headers", "Date"});
}

bool IsPreflight(const net::ServerRequest& request) {
  return request.method == "OPTIONS" && !FindHeader(request.headers, kRequestMethod).empty();
}

HttpResponse PreflightResponse(const net::ServerRequest& request, bool trusted) {
  HttpResponse response;
  response.status = 204;
  // To a page that wants to write, silence means no.
  if (trusted || MayRead(FindHeader(request.headers, kRequestMethod))) {
    response.headers.push_back(
        {"Access-Control-Allow-Methods", trusted ? "GET, HEAD, POST, DELETE" : "GET, HEAD"});
    response.headers.push_back(
        {"Access-Control-Allow-Headers", "accept, content-type, x-requested-with"});
  }
  return response;
}

}  // namespace tocsin::api
