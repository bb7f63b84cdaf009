#include "app/web_url.h"

#include "config/http_url.h"
#include "net/request_target.h"

#include <algorithm>

namespace tocsin::app {
namespace {

std::string_view PathOf(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::size_t begin = url.find('/', scheme_end + 3);
  return begin == std::string_view::npos ? std::string_view() : url.substr(begin);
}

bool IsUnfitForPath(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '?' || c == '#';
}

}  // namespace

Result<std::string> ParseExternalUrl(std::string_view text) {
  Result<std::string> url = config::ParseHttpUrl(text);
  if (!url) return url;
  // Links are made by adding to it.
  if (url->find_first_of("?#") != std::string::npos) {
    return Fail("must have neither query nor fragment");
  }
  while (url->ends_with('/')) url->pop_back();
  return url;
}

Result<std::string> ParseRoutePrefix(std::string_view text, std::string_view external_url) {
  std::string_view path = text.empty() ? PathOf(external_url) : text;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return std::string();
  std::string prefix = "/" + std::string(path);
  if (std::any_of(path.begin(), path.end(), IsUnfitForPath) || !net::ParseRequestTarget(prefix)) {
    return Fail("not the path of a URL");
  }
  return prefix;
}

}  // namespace tocsin::app
