#pragma once

// Prometheus's query API, answered by a datasource: /api/v1/query and what else a tool needs that
// takes this server for a Prometheus.

#include "api/exchange.h"

namespace tocsin::api {

void HandleQuery(const ExchangePtr& exchange);

}  // namespace tocsin::api
