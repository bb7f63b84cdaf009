#include "router/route_tree.h"

#include <algorithm>

namespace tocsin::router {
namespace {

constexpr Duration kDefaultGroupWait = std::chrono::seconds(30);
constexpr Duration kDefaultGroupInterval = std::chrono::minutes(5);
constexpr Duration kDefaultRepeatInterval = std::chrono::hours(4);

// Instants are nanoseconds in 64 bits: adding a longer interval to one could overflow. For an alert
// it is never all the same.
constexpr Duration kLongest = std::chrono::hours(24 * 365 * 50);

void Inherit(const config::RouteConfig& config, const Route* parent, Route* route) {
  route->receiver = config.receiver.empty() && parent ? parent->receiver : config.receiver;
  if (config.group_by_all) {
    route->group_by_all = true;
  } else if (config.group_by) {
    route->group_by = *config.group_by;
    std::sort(route->group_by.begin(), route->group_by.end());
  } else if (parent) {
    route->group_by = parent->group_by;
    route->group_by_all = parent->group_by_all;
  }
  route->group_wait = config.group_wait.value_or(parent ? parent->group_wait : kDefaultGroupWait);
  route->group_interval =
      config.group_interval.value_or(parent ? parent->group_interval : kDefaultGroupInterval);
  route->repeat_interval =
      config.repeat_interval.value_or(parent ? parent->repeat_interval : kDefaultRepeatInterval);
  for (Duration* interval : {&route->group_wait, &route->group_interval, &route->repeat_interval}) {
    *interval = std::min(*interval, kLongest);
  }
}

}  // namespace

RouteTree::RouteTree(const config::RouteConfig& root) {
  Add(root, nullptr, 0);
}

RouteIndex RouteTree::Add(const config::RouteConfig& config, const Route* parent,
                          std::size_t position) {
  Route route;
  Inherit(config, parent, &route);
  route.matchers = config.matchers;
  std::sort(route.matchers.begin(), route.matchers.end());
  route.continue_matching = config.continue_matching;
  const std::string own = model::ToString(route.matchers);
  route.key = parent ? parent->key + "/" + own : own;
  route.id = parent ? parent->id + "/" + own + "/" + std::to_string(position) : own;

  const auto index = static_cast<RouteIndex>(routes_.size());
  routes_.push_back(route);
  std::vector<RouteIndex> children;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    // `route` and not the element of routes_: adding children moves the elements.
    children.push_back(Add(config.routes[i], &route, i));
  }
  routes_[static_cast<std::size_t>(index)].children = std::move(children);
  return index;
}

void RouteTree::Match(const model::LabelSet& labels, std::vector<RouteIndex>* out) const {
  MatchFrom(RouteIndex{0}, labels, out);
}

bool RouteTree::MatchFrom(RouteIndex node, const model::LabelSet& labels,
                          std::vector<RouteIndex>* out) const {
  const Route& route = (*this)[node];
  if (!model::MatchesAll(route.matchers, labels)) return false;
  bool child_matched = false;
  for (const RouteIndex child : route.children) {
    if (!MatchFrom(child, labels, out)) continue;
    child_matched = true;
    if (!(*this)[child].continue_matching) break;
  }
  if (!child_matched) out->push_back(node);
  return true;
}

model::LabelSet GroupLabels(const Route& route, const model::LabelSet& labels) {
  if (route.group_by_all) return labels;
  std::vector<model::Label> kept;
  for (const std::string& name : route.group_by) {
    if (labels.Has(name)) kept.push_back({name, labels.Get(name)});
  }
  return model::LabelSet::FromSorted(kept);
}

std::string GroupKey(const Route& route, const model::LabelSet& group_labels) {
  return route.key + ":" + group_labels.ToString();
}

}  // namespace tocsin::router
