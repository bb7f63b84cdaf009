#pragma once

// What operators and orchestrators ask: alive, ready, reload, metrics.

#include "api/exchange.h"

namespace tocsin::api {

void GetHealthy(const ExchangePtr& exchange);
void GetReady(const ExchangePtr& exchange);
void PostReload(const ExchangePtr& exchange);
void GetMetrics(const ExchangePtr& exchange);

}  // namespace tocsin::api
