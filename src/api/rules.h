#pragma once

// `/api/v1/rules` and `/api/v1/alerts`: the rules and their alerts, as Prometheus shows them.

#include "api/exchange.h"
#include "api/rules_query.h"
#include "rules/ruler.h"

#include <string>
#include <vector>

namespace tocsin::api {

void GetRules(const ExchangePtr& exchange);
void GetRuleAlerts(const ExchangePtr& exchange);

// `groups` in the order of their files and names. Fails if the query's token names none of them.
Result<std::string> SerializeRules(const std::vector<rules::GroupView>& groups,
                                   const RulesQuery& query);
std::string SerializeRuleAlerts(const std::vector<rules::GroupView>& groups);

}  // namespace tocsin::api
