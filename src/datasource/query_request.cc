#include "datasource/query_request.h"

#include "base/duration.h"
#include "base/text.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

namespace tocsin::datasource {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// `1435781451.781`
std::string FormatUnixMillis(Time t) {
  const long long millis = UnixMillis(t);
  const long long magnitude = millis < 0 ? -millis : millis;
  char text[48];
  std::snprintf(text, sizeof text, "%s%lld.%03lld", millis < 0 ? "-" : "", magnitude / 1000,
                magnitude % 1000);
  return text;
}

template <class Same>
bool HasName(const Pairs& pairs, std::string_view name, Same same) {
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const auto& pair) { return same(pair.first, name); });
}

bool SameParam(std::string_view a, std::string_view b) {
  return a == b;
}

bool SameHeader(std::string_view a, std::string_view b) {
  return AsciiLower(a) == AsciiLower(b);
}

// Those of `below` whose name is not in `above`, and `above`.
template <class Same>
Pairs Over(const Pairs& below, const Pairs& above, Same same) {
  Pairs all;
  for (const auto& pair : below) {
    if (!HasName(above, pair.first, same)) all.push_back(pair);
  }
  all.insert(all.end(), above.begin(), above.end());
  return all;
}

// The query of a configured URL without the parameters of these names.
std::string Without(std::string_view query, const Pairs& params) {
  std::string left;
  if (query.empty()) return left;
  for (const std::string_view part : Split(query, '&')) {
    const std::string_view name = part.substr(0, part.find('='));
    const Result<std::string> plain = QueryUnescape(name);
    const bool replaced = plain && HasName(params, *plain, SameParam);
    if (replaced) continue;
    if (!left.empty()) left += '&';
    left += part;
  }
  return left;
}

std::string WithoutParams(std::string_view url, const Pairs& params) {
  if (params.empty()) return std::string(url);
  const std::string query = Without(QueryOf(url), params);
  return std::string(url.substr(0, url.find('?'))) + (query.empty() ? "" : "?" + query);
}

}  // namespace

void AppendParam(std::string_view name, std::string_view value, std::string* out) {
  if (!out->empty()) *out += '&';
  *out += QueryEscape(name);
  *out += '=';
  *out += QueryEscape(value);
}

std::string_view QueryOf(std::string_view url) {
  const std::size_t mark = url.find('?');
  return mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
}

std::string ApiUrl(std::string_view base, std::string_view path, std::string_view query) {
  std::string url(base.substr(0, base.find('?')));
  url += path;
  std::string all(QueryOf(base));
  if (!all.empty() && !query.empty()) all += '&';
  all += query;
  if (!all.empty()) url += "?" + all;
  return url;
}

HttpRequest BuildQueryRequest(const config::DatasourceConfig& config, const rules::Query& query,
                              Duration timeout) {
  static const rules::QueryExtras kNone;
  const rules::QueryExtras& extras = query.extras ? *query.extras : kNone;
  const Pairs params = Over(config.params, extras.params, SameParam);
  std::string fixed;
  for (const auto& [name, value] : params) AppendParam(name, value, &fixed);
  std::string form;
  AppendParam("query", query.expr, &form);
  AppendParam("time", FormatUnixMillis(query.time), &form);
  // Zero would mean none.
  const Duration at_least = std::max<Duration>(timeout, std::chrono::milliseconds(1));
  AppendParam("timeout", FormatPrometheusDuration(at_least), &form);
  if (!HasName(params, "partial_response", SameParam)) {
    AppendParam("partial_response", config.partial_answers ? "true" : "false", &form);
  }
  if (!config.partial_answers && !HasName(params, "denyPartialResponse", SameParam)) {
    AppendParam("denyPartialResponse", "1", &form);
  }

  const std::string base = WithoutParams(config.url, extras.params);
  HttpRequest request;
  request.headers.push_back({"Accept", "application/json"});
  if (config.use_get) {
    request.method = "GET";
    if (!fixed.empty()) form = fixed + "&" + form;
    request.url = Secret(ApiUrl(base, "/api/v1/query", form));
  } else {
    request.method = "POST";
    // The configured parameters stay in the URL, where proxies on the way look for them.
    request.url = Secret(ApiUrl(base, "/api/v1/query", fixed));
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    request.body = std::move(form);
  }
  for (const auto& [name, value] : Over(config.headers, extras.headers, SameHeader)) {
    request.headers.push_back({name, value});
  }
  return request;
}

}  // namespace tocsin::datasource
