#include "api/parameters.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace tocsin::api {

std::vector<std::string> ParamValues(const std::vector<net::QueryParam>& query,
                                     std::string_view name) {
  std::vector<std::string> values;
  for (const net::QueryParam& param : query) {
    if (param.name == name) values.push_back(param.value);
  }
  return values;
}

const std::string* LastParam(const std::vector<net::QueryParam>& query, std::string_view name) {
  const auto it = std::find_if(query.rbegin(), query.rend(),
                               [&](const net::QueryParam& param) { return param.name == name; });
  return it == query.rend() ? nullptr : &it->value;
}

bool BoolParam(const std::vector<net::QueryParam>& query, std::string_view name, bool fallback) {
  constexpr std::array<std::string_view, 10> kTrue = {
      "true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"};
  const std::string* value = LastParam(query, name);
  if (!value || value->empty()) return fallback;
  const std::string word = AsciiLower(*value);
  return std::find(kTrue.begin(), kTrue.end(), word) != kTrue.end();
}

std::optional<bool> ParseGoBool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

Result<model::Matchers> MatcherParams(const std::vector<net::QueryParam>& query,
                                      std::string_view name, model::MatcherSyntax syntax) {
  model::Matchers matchers;
  for (const net::QueryParam& param : query) {
    if (param.name != name) continue;
    Result<model::Matcher> matcher = model::ParseMatcher(param.value, syntax);
    if (!matcher) return tl::unexpected(matcher.error());
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

}  // namespace tocsin::api
