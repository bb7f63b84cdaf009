#pragma once

// Which rules a request asks for: the parameters of `/api/v1/rules`, and what Prometheus says of
// bad ones.

#include "api/rule_selector.h"
#include "base/result.h"
#include "net/request_target.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

// Empty lists ask for all.
struct RulesQuery {
  enum class Type { kAll, kAlerting, kRecording };
  Type type = Type::kAll;
  std::vector<std::string> rules, groups, files;
  std::vector<RuleSelector> selectors;  // One of them has to match.
  bool exclude_alerts = false;
  std::int32_t group_limit = 0;  // 0: no pages.
  std::string next_token;        // Of the page; "" is the first.
};

Result<RulesQuery> ParseRulesQuery(const std::vector<net::QueryParam>& params);

// `invalid parameter "type": ...`
Error BadParameter(std::string_view name, std::string_view why);

}  // namespace tocsin::api
