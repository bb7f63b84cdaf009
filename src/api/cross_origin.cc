#include "api/cross_origin.h"

#include "base/text.h"

#include <string>

namespace tocsin::api {
namespace {

constexpr std::string_view kRequestMethod = "Access-Control-Request-Method";

bool MayRead(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

// `host:port` of `https://host:port/path` in lower case, without the scheme's own port.
std::string Authority(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return "";
  const std::string scheme = AsciiLower(url.substr(0, colon));
  url.remove_prefix(colon + 3);
  std::string authority = AsciiLower(url.substr(0, url.find_first_of("/?#")));
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.resize(authority.size() - port.size());
  return authority;
}

}  // namespace

bool IsForeignOrigin(const net::ServerRequest& request, std::string_view external_url) {
  const std::string_view origin = FindHeader(request.headers, "Origin");
  if (origin.empty()) return false;
  const std::string authority = Authority(origin);
  if (authority.empty()) return true;  // `null`: a sandboxed page.
  const std::string scheme(origin.substr(0, origin.find("://")));
  const std::string_view host = FindHeader(request.headers, "Host");
  return authority != Authority(scheme + "://" + std::string(host)) &&
         authority != Authority(external_url);
}

void AddCrossOriginHeaders(const net::ServerRequest& request, HttpResponse* response) {
  response->headers.push_back({"Vary", "Origin"});
  const bool asked = !FindHeader(request.headers, "Origin").empty();
  const std::string_view method =
      IsPreflight(request) ? FindHeader(request.headers, kRequestMethod) : request.method;
  if (asked && MayRead(method)) response->headers.push_back({"Access-Control-Allow-Origin", "*"});
}

bool IsPreflight(const net::ServerRequest& request) {
  return request.method == "OPTIONS" && !FindHeader(request.headers, kRequestMethod).empty();
}

HttpResponse PreflightResponse(const net::ServerRequest& request) {
  HttpResponse response;
  response.status = 204;
  // To a page that wants to write, silence means no.
  if (MayRead(FindHeader(request.headers, kRequestMethod))) {
    response.headers.push_back({"Access-Control-Allow-Methods", "GET, HEAD"});
    response.headers.push_back(
        {"Access-Control-Allow-Headers", "accept, content-type, x-requested-with"});
  }
  return response;
}

}  // namespace tocsin::api
