#pragma once

// `/api/v1/alertmanagers`: the further Alertmanagers that hear of the alerts of rules, and those
// that relabelling has dropped.

#include "api/exchange.h"

#include <string>

namespace tocsin::api {

void GetAlertmanagers(const ExchangePtr& exchange);

std::string SerializeAlertmanagers(const Alertmanagers& alertmanagers);

}  // namespace tocsin::api
