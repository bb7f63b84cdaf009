#include "api/route_prefix.h"

#include "net/request_target.h"

namespace tocsin::api {
namespace {

std::string Decode(std::string_view encoded) {
  const auto target = net::ParseRequestTarget(encoded);
  return target ? target->path : std::string(encoded);
}

HttpResponse RedirectResponse(int status, std::string location) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Location", std::move(location)});
  return response;
}

}  // namespace

RoutePrefix::RoutePrefix(std::string_view encoded) : encoded_(encoded), decoded_(Decode(encoded)) {}

bool RoutePrefix::Strip(std::string* path) const {
  if (encoded_.empty()) return true;
  if (!path->starts_with(decoded_) || path->size() == decoded_.size()) return false;
  if ((*path)[decoded_.size()] != '/') return false;
  path->erase(0, decoded_.size());
  return true;
}

std::optional<HttpResponse> RoutePrefix::Redirect(std::string_view path) const {
  if (path == decoded_) return RedirectResponse(301, encoded_ + "/");
  if (path == "/") return RedirectResponse(302, encoded_);
  return std::nullopt;
}

}  // namespace tocsin::api
