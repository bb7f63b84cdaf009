#pragma once

// Splits the target of a request line. Lenient as Go's server is, and for the same reason: people
// type `/api/v1/query?query=up{job="x"}` into curl without encoding anything.

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::net {

struct QueryParam {
  std::string name;
  std::string value;
  bool operator==(const QueryParam&) const = default;
};

struct RequestTarget {
  std::string path;
  std::vector<QueryParam> query;
};

// Origin form, absolute form (scheme and authority are dropped) and `*`. Nothing if there is no
// path or it holds a broken % escape.
std::optional<RequestTarget> ParseRequestTarget(std::string_view target);

// `a=1&b=x+y`, as in queries and in form bodies. Pairs with a broken % escape or a semicolon are
// left out.
std::vector<QueryParam> ParseQuery(std::string_view query);

// What Prometheus has against the query of a target; ParseQuery leaves such pairs out.
Status CheckQuery(std::string_view target);

// The first value under that name, or null.
const std::string* FindParam(const std::vector<QueryParam>& params, std::string_view name);

}  // namespace tocsin::net
