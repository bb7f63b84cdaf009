#pragma once

// Which alerts a request asks for: the parameters that `/api/v2/alerts` and `/api/v2/alerts/groups`
// have in common. `unprocessed` is accepted and means nothing, as in Alertmanager.

#include "config/config.h"
#include "model/matcher.h"
#include "model/regex.h"
#include "net/request_target.h"
#include "router/route_tree.h"
#include "router/router.h"

#include <optional>
#include <string>
#include <vector>

namespace tocsin::api {

struct AlertsQuery {
  bool active = true;
  bool silenced = true;
  bool inhibited = true;
  bool muted = true;  // Groups only.
  model::Matchers filter;
  std::optional<model::Regex> receiver;
  model::Matchers receiver_matchers;  // Of one receiver's labels, all of them.

  bool TakesState(const router::AlertStatus& status) const;
};

Result<AlertsQuery> ParseAlertsQuery(const std::vector<net::QueryParam>& params,
                                     model::MatcherSyntax syntax);

// Which routes lead to a receiver that `query` asks for.
class RouteFilter {
 public:
  RouteFilter(const AlertsQuery& query, const router::RouteTree& routes,
              const std::vector<config::ReceiverConfig>& receivers);

  bool Takes(router::RouteIndex route) const { return HasName(route) && HasLabels(route); }
  // As in Alertmanager, the one with the name need not be the one with the labels.
  bool TakesAny(const router::AlertView& alert) const;

 private:
  bool HasName(router::RouteIndex route) const { return named_[static_cast<std::size_t>(route)]; }
  bool HasLabels(router::RouteIndex route) const {
    return labelled_[static_cast<std::size_t>(route)];
  }

  std::vector<bool> named_, labelled_;  // By RouteIndex.
};

}  // namespace tocsin::api
