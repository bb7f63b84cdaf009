#pragma once

// Query parameters in the readings that Alertmanager and Prometheus give them.

#include "base/result.h"
#include "model/matcher.h"
#include "net/request_target.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

// All values under that name, in order.
std::vector<std::string> ParamValues(const std::vector<net::QueryParam>& query,
                                     std::string_view name);
// The last value under that name, or null.
const std::string* LastParam(const std::vector<net::QueryParam>& query, std::string_view name);

// Alertmanager's: one of a few words for true, anything else is false; absent or empty is the
// default.
bool BoolParam(const std::vector<net::QueryParam>& query, std::string_view name, bool fallback);
// Go's strconv.ParseBool.
std::optional<bool> ParseGoBool(std::string_view text);

// Each value under that name is one matcher.
Result<model::Matchers> MatcherParams(const std::vector<net::QueryParam>& query,
                                      std::string_view name, model::MatcherSyntax syntax);

}  // namespace tocsin::api
