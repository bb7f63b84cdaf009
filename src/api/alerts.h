#pragma once

// `/api/v2/alerts`: what is firing, and more alerts.

#include "api/exchange.h"
#include "config/config.h"
#include "model/matcher.h"
#include "model/regex.h"
#include "router/router.h"

#include <optional>
#include <string>
#include <vector>

namespace tocsin::api {

void GetAlerts(const ExchangePtr& exchange);
// Answers when the core has taken the batch.
void PostAlerts(const ExchangePtr& exchange);

// Which alerts a request asks for. `unprocessed` is not here: it never had a meaning.
struct AlertsQuery {
  bool active = true;
  bool silenced = true;
  bool inhibited = true;
  model::Matchers filter;
  std::optional<model::Regex> receiver;
  model::Matchers receiver_matchers;  // Of one receiver's labels, all of them.
};

Result<AlertsQuery> ParseAlertsQuery(const std::vector<net::QueryParam>& params,
                                     model::MatcherSyntax syntax);

// The JSON array, ordered by fingerprint. `receivers` of the configuration in effect.
std::string SerializeAlerts(std::vector<router::AlertView> alerts, const AlertsQuery& query,
                            const std::vector<config::ReceiverConfig>& receivers);

}  // namespace tocsin::api
