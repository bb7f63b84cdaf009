#pragma once

// `/api/v2/alerts/groups`: the aggregation groups with their alerts.

#include "api/alerts_query.h"
#include "api/exchange.h"

#include <functional>
#include <string>
#include <vector>

namespace tocsin::api {

void GetAlertGroups(const ExchangePtr& exchange);

// The labels of a group whose route has some.
using RouteLabelRenderer = std::function<model::LabelSet(const router::GroupView& group)>;

// The JSON array: by group labels, then by receiver; alerts as in a message.
std::string SerializeAlertGroups(std::vector<router::GroupView> groups, const AlertsQuery& query,
                                 const router::RouteTree& routes,
                                 const std::vector<config::ReceiverConfig>& receivers,
                                 const RouteLabelRenderer& render_labels);

}  // namespace tocsin::api
