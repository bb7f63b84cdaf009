#pragma once

// `/api/tocsin/v1/explain` and `/api/tocsin/v1/history`: what the ledger tells, read from its file
// on a reader, never on the core thread.

#include "api/exchange.h"
#include "explain/listing.h"
#include "explain/search.h"

namespace tocsin::api {

// `matchers`, `at` (default: now), `output` (json or text).
void GetExplain(const ExchangePtr& exchange);
// `matchers`, `receiver`, `kind`, `from`, `to`, `limit`, `cursor`, `output`.
void GetHistory(const ExchangePtr& exchange);

Result<explain::Question> ParseExplainQuery(const std::vector<net::QueryParam>& params, Time now,
                                            model::MatcherSyntax syntax);
Result<explain::ListQuery> ParseHistoryQuery(const std::vector<net::QueryParam>& params,
                                             model::MatcherSyntax syntax);

}  // namespace tocsin::api
