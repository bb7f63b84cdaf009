#pragma once

// `/api/v2/alerts`: what is firing, and more alerts.

#include "api/alerts_query.h"
#include "api/exchange.h"
#include "base/json_writer.h"
#include "config/config.h"
#include "router/router.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

void GetAlerts(const ExchangePtr& exchange);
// Answers when the core has taken the batch.
void PostAlerts(const ExchangePtr& exchange);

// The JSON array, ordered by fingerprint. `receivers` of the configuration in effect.
std::string SerializeAlerts(std::vector<router::AlertView> alerts, const AlertsQuery& query,
                            const router::RouteTree& routes,
                            const std::vector<config::ReceiverConfig>& receivers);

// One alert as both `/api/v2/alerts` and the groups show it; `receivers` as ReceiversJson has them.
void WriteAlert(const router::AlertView& view, std::string_view receivers,
                std::span<const std::string> muted_by, JsonWriter* writer);
// `[{"name":"team"}]`
std::string ReceiversJson(std::span<const std::string_view> names);

}  // namespace tocsin::api
