#pragma once

// `/api/v2/receivers`.

#include "api/exchange.h"
#include "config/config.h"

#include <string>
#include <vector>

namespace tocsin::api {

void GetReceivers(const ExchangePtr& exchange);

// The JSON array of those whose labels match, in the order of the configuration.
std::string SerializeReceivers(const std::vector<config::ReceiverConfig>& receivers,
                               const model::Matchers& matchers);

}  // namespace tocsin::api
