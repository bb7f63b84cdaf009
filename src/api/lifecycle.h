#pragma once

// What operators and orchestrators ask: alive, ready, reload, metrics.

#include "api/exchange.h"

namespace tocsin::api {

// Alive, and ready: what comes before all is loaded does not come here, and gets 503.
void GetHealthy(const ExchangePtr& exchange);
void PostReload(const ExchangePtr& exchange);
void GetMetrics(const ExchangePtr& exchange);

}  // namespace tocsin::api
