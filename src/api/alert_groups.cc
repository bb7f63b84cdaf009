#include "api/alert_groups.h"

#include "api/alerts.h"
#include "api/model_json.h"
#include "api/reads.h"
#include "model/notification.h"
#include "templates/route_labels.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace tocsin::api {
namespace {

// The receivers of each alert, in order, over all groups that are asked for: once for each of its
// routes, as karma and others have come to expect.
using Receivers =
    boost::unordered_flat_map<model::LabelSet, std::vector<std::string_view>, model::LabelSetHash>;

Receivers CollectReceivers(const std::vector<router::GroupView>& groups,
                           const router::RouteTree& routes) {
  Receivers receivers;
  for (const router::GroupView& group : groups) {
    const std::string_view name = routes[group.route].receiver;
    for (const router::AlertView& view : group.alerts) {
      std::vector<std::string_view>& names = receivers[view.alert->labels];
      names.insert(std::upper_bound(names.begin(), names.end(), name), name);
    }
  }
  return receivers;
}

void SortAsInMessages(std::vector<router::AlertView>* alerts) {
  std::vector<const model::LabelSet*> sets;
  for (const router::AlertView& view : *alerts) sets.push_back(&view.alert->labels);
  std::vector<router::AlertView> sorted;
  sorted.reserve(alerts->size());
  for (const std::uint32_t i : model::NotificationOrder(sets)) {
    sorted.push_back(std::move((*alerts)[i]));
  }
  *alerts = std::move(sorted);
}

RouteLabelRenderer LabelRenderer(std::shared_ptr<const templates::NotificationTemplates> templates,
                                 std::shared_ptr<const router::RouteTree> routes,
                                 std::string external_url, Time now) {
  return [templates = std::move(templates), routes = std::move(routes),
          external_url = std::move(external_url), now](const router::GroupView& group) {
    model::Notification notification;
    notification.integration.receiver = (*routes)[group.route].receiver;
    notification.group_labels = group.labels;
    notification.route_label_templates = group.route_labels;
    return templates::RenderRouteLabels(*templates, std::move(notification), external_url, now)
        .labels;
  };
}

class GroupsRead final : public Read {
 public:
  GroupsRead(std::shared_ptr<const AlertsQuery> query, std::string external_url)
      : query_(std::move(query)), external_url_(std::move(external_url)) {}

  bool Take(core::Control& control, Time now) override {
    if (!routes_) {
      routes_ = control.routes();
      config_ = control.config();
      render_ = LabelRenderer(control.templates(), routes_, external_url_, now);
    }
    const std::size_t known = groups_.size();
    const bool all = control.TakeAlertGroups(now, query_->filter, &next_, &groups_);
    for (std::size_t i = known; i < groups_.size(); ++i) size_ += groups_[i].alerts.size();
    return all;
  }
  std::size_t size() const override { return size_; }
  HttpResponse Answer() override {
    return JsonResponse(200, SerializeAlertGroups(std::move(groups_), *query_, *routes_,
                                                  config_->receivers, render_));
  }

 private:
  const std::shared_ptr<const AlertsQuery> query_;
  const std::string external_url_;
  std::shared_ptr<const router::RouteTree> routes_;
  std::shared_ptr<const config::Config> config_;
  RouteLabelRenderer render_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::vector<router::GroupView> groups_;
};

}  // namespace

std::string SerializeAlertGroups(std::vector<router::GroupView> groups, const AlertsQuery& query,
                                 const router::RouteTree& routes,
                                 const std::vector<config::ReceiverConfig>& receivers,
                                 const RouteLabelRenderer& render_labels) {
  const RouteFilter route_filter(query, routes, receivers);
  std::erase_if(groups, [&](router::GroupView& group) {
    if (!route_filter.Takes(group.route)) return true;
    std::erase_if(group.alerts,
                  [&](const router::AlertView& view) { return !query.TakesState(view.status); });
    return group.alerts.empty();
  });
  // Those of muted groups count even where the groups are not asked for.
  const Receivers receivers_of = CollectReceivers(groups, routes);
  if (!query.muted) {
    std::erase_if(groups, [](const router::GroupView& group) { return !group.muted_by.empty(); });
  }
  std::sort(groups.begin(), groups.end(), [&](const auto& a, const auto& b) {
    const auto order = a.labels <=> b.labels;
    return order != 0 ? order < 0 : routes[a.route].receiver < routes[b.route].receiver;
  });
  // Most alerts have the same ones as those before.
  std::vector<std::string_view> last;
  std::string last_json = ReceiversJson(last);
  std::string json;
  JsonWriter writer(&json);
  writer.BeginArray();
  for (router::GroupView& group : groups) {
    SortAsInMessages(&group.alerts);
    writer.BeginObject().Key("alerts").BeginArray();
    for (const router::AlertView& view : group.alerts) {
      const std::vector<std::string_view>& names = receivers_of.at(view.alert->labels);
      if (names != last) {
        last = names;
        last_json = ReceiversJson(names);
      }
      WriteAlert(view, last_json, group.muted_by, &writer);
    }
    writer.EndArray().Key("labels");
    WriteLabels(group.labels, &writer);
    writer.Key("receiver").BeginObject().Key("name").String(routes[group.route].receiver);
    writer.EndObject().Key("routeLabels");
    WriteLabels(group.route_labels ? render_labels(group) : model::LabelSet(), &writer);
    writer.EndObject();
  }
  writer.EndArray();
  json += '\n';
  return json;
}

void GetAlertGroups(const ExchangePtr& exchange) {
  auto parsed = ParseAlertsQuery(exchange->request().query, exchange->options().syntax);
  if (!parsed) return exchange->AnswerError(400, parsed.error().message);
  const auto query = std::make_shared<const AlertsQuery>(std::move(*parsed));
  const std::string external_url = exchange->options().external_url;
  AnswerRead(exchange,
             [query, external_url] { return std::make_unique<GroupsRead>(query, external_url); });
}

}  // namespace tocsin::api
