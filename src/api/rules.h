#pragma once

// `/api/v1/rules` and `/api/v1/alerts`: the rules and their alerts, as Prometheus shows them.

#include "api/exchange.h"
#include "api/rule_selector.h"
#include "rules/ruler.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::api {

void GetRules(const ExchangePtr& exchange);
void GetRuleAlerts(const ExchangePtr& exchange);

// Which rules a request asks for. Empty lists ask for all.
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

// `groups` in the order of their files and names. Fails if the query's token names none of them.
Result<std::string> SerializeRules(const std::vector<rules::GroupView>& groups,
                                   const RulesQuery& query);
std::string SerializeRuleAlerts(const std::vector<rules::GroupView>& groups);

}  // namespace tocsin::api
