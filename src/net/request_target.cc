#include "net/request_target.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace tocsin::net {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> DecodePath(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

}  // namespace

std::vector<QueryParam> ParseQuery(std::string_view query) {
  std::vector<QueryParam> params;
  for (std::string_view pair : Split(query, '&')) {
    // As Go reads it: what cannot be decoded, or has a semicolon, is no parameter.
    if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    Result<std::string> name = QueryUnescape(pair.substr(0, equals));
    Result<std::string> value = QueryUnescape(pair.substr(std::min(equals + 1, pair.size())));
    if (name && value) params.push_back({std::move(*name), std::move(*value)});
  }
  return params;
}

Status CheckQuery(std::string_view target) {
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos) return {};
  Status status;
  for (const std::string_view pair : Split(target.substr(question + 1), '&')) {
    // The last semicolon is said before the first escape.
    if (pair.find(';') != std::string_view::npos) {
      status = Fail("invalid semicolon separator in query");
      continue;
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const Result<std::string> name = QueryUnescape(pair.substr(0, equals));
    const Result<std::string> value = QueryUnescape(pair.substr(std::min(equals + 1, pair.size())));
    if (status && !name) status = tl::unexpected(name.error());
    if (status && !value) status = tl::unexpected(value.error());
  }
  return status;
}

std::optional<RequestTarget> ParseRequestTarget(std::string_view target) {
  if (!target.starts_with('/') && target != "*") {
    const std::size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    const std::size_t path = target.find_first_of("/?", scheme_end + 3);
    if (path == std::string_view::npos) return RequestTarget{"/", {}};
    target.remove_prefix(path);
  }
  const std::size_t question = target.find('?');
  std::optional<std::string> path = DecodePath(target.substr(0, question));
  if (!path) return std::nullopt;
  RequestTarget result;
  result.path = path->empty() ? "/" : std::move(*path);
  if (question != std::string_view::npos) result.query = ParseQuery(target.substr(question + 1));
  return result;
}

const std::string* FindParam(const std::vector<QueryParam>& params, std::string_view name) {
  for (const QueryParam& param : params) {
    if (param.name == name) return &param.value;
  }
  return nullptr;
}

}  // namespace tocsin::net
