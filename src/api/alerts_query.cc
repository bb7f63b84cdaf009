#include "api/alerts_query.h"

#include "api/parameters.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tocsin::api {

bool AlertsQuery::TakesState(const router::AlertStatus& status) const {
  if (!active && !status.suppressed()) return false;
  if (!silenced && !status.silenced_by.empty()) return false;
  return inhibited || !status.inhibited_by;
}

Result<AlertsQuery> ParseAlertsQuery(const std::vector<net::QueryParam>& params,
                                     model::MatcherSyntax syntax) {
  AlertsQuery query;
  query.active = BoolParam(params, "active", true);
  query.silenced = BoolParam(params, "silenced", true);
  query.inhibited = BoolParam(params, "inhibited", true);
  query.muted = BoolParam(params, "muted", true);
  auto filter = MatcherParams(params, "filter", syntax);
  if (!filter) return tl::unexpected(filter.error());
  query.filter = std::move(*filter);
  const std::string* receiver = LastParam(params, "receiver");
  if (receiver && !receiver->empty()) {
    auto regex = model::Regex::Compile(*receiver, model::Regex::Anchor::kFull);
    if (!regex) return Fail("failed to parse receiver param", regex.error());
    query.receiver = std::move(*regex);
  }
  auto receiver_matchers = MatcherParams(params, "receiver_matchers", syntax);
  if (!receiver_matchers) {
    return Fail("failed to parse receiver_matchers param", receiver_matchers.error());
  }
  query.receiver_matchers = std::move(*receiver_matchers);
  return query;
}

RouteFilter::RouteFilter(const AlertsQuery& query, const router::RouteTree& routes,
                         const std::vector<config::ReceiverConfig>& receivers)
    : named_(routes.routes().size(), !query.receiver),
      labelled_(routes.routes().size(), query.receiver_matchers.empty()) {
  if (named_.front() && labelled_.front()) return;
  std::set<std::string_view> named, labelled;
  for (const config::ReceiverConfig& receiver : receivers) {
    if (!query.receiver || query.receiver->Matches(receiver.name)) named.insert(receiver.name);
    std::vector<model::Label> labels;
    for (const auto& [name, value] : receiver.labels) labels.push_back({name, value});
    if (model::MatchesAll(query.receiver_matchers, model::LabelSet::FromUnsorted(labels))) {
      labelled.insert(receiver.name);
    }
  }
  for (std::size_t i = 0; i < named_.size(); ++i) {
    named_[i] = named.contains(routes.routes()[i].receiver);
    labelled_[i] = labelled.contains(routes.routes()[i].receiver);
  }
}

bool RouteFilter::TakesAny(const router::AlertView& alert) const {
  const auto any = [&alert](auto condition) {
    return std::any_of(alert.routes.begin(), alert.routes.end(), condition);
  };
  return any([this](router::RouteIndex route) { return HasName(route); }) &&
         any([this](router::RouteIndex route) { return HasLabels(route); });
}

}  // namespace tocsin::api
