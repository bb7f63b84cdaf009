#pragma once

// `/api/v2/silences`.

#include "api/exchange.h"

namespace tocsin::api {

// There are none; tools that list them before anything else get an empty list.
void GetSilences(const ExchangePtr& exchange);

}  // namespace tocsin::api
