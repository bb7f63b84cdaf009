#include "router/route_tree.h"

#include <algorithm>
#include <cassert>

namespace tocsin::router {
namespace {

constexpr Duration kDefaultGroupWait = std::chrono::seconds(30);
constexpr Duration kDefaultGroupInterval = std::chrono::minutes(5);
constexpr Duration kDefaultRepeatInterval = std::chrono::hours(4);

// Instants are nanoseconds in 64 bits: adding a longer interval to one could overflow. For an alert
// it is never all the same.
constexpr Duration kLongest = std::chrono::hours(24 * 365 * 50);

// From so many children on, trying each costs more than the index.
constexpr std::size_t kIndexedChildren = 16;

void Inherit(const config::RouteConfig& config, const Route* parent, Route* route) {
  route->receiver = config.receiver.empty() && parent ? parent->receiver : config.receiver;
  if (config.group_by_all) {
    route->group_by_all = true;
    if (parent) route->group_by = parent->group_by;
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
  std::map<std::string, std::string> labels = config.labels;
  if (parent && parent->labels) labels.insert(parent->labels->begin(), parent->labels->end());
  if (!labels.empty()) {
    route->labels = std::make_shared<const std::map<std::string, std::string>>(std::move(labels));
  }
  for (Duration* interval : {&route->group_wait, &route->group_interval, &route->repeat_interval}) {
    *interval = std::min(*interval, kLongest);
  }
}

}  // namespace

RouteTree::RouteTree(const config::RouteConfig& root,
                     std::vector<model::NamedTimeInterval> intervals)
    : intervals_(std::move(intervals)) {
  Add(root, std::nullopt, 0);
}

std::vector<const model::NamedTimeInterval*> RouteTree::Named(
    const std::vector<std::string>& names) const {
  std::vector<const model::NamedTimeInterval*> named;
  for (const std::string& name : names) {
    const auto it = std::find_if(intervals_.begin(), intervals_.end(),
                                 [&](const auto& interval) { return interval.name == name; });
    assert(it != intervals_.end() && "checked when the configuration was loaded");
    named.push_back(&*it);
  }
  return named;
}

RouteIndex RouteTree::Add(const config::RouteConfig& config, std::optional<RouteIndex> parent_index,
                          std::size_t position) {
  const Route* const parent = parent_index ? &(*this)[*parent_index] : nullptr;
  Route route;
  Inherit(config, parent, &route);
  route.mute_times = Named(config.mute_time_intervals);
  route.active_times = Named(config.active_time_intervals);
  route.matchers = config.matchers;
  std::sort(route.matchers.begin(), route.matchers.end());
  route.continue_matching = config.continue_matching;
  const std::string own = model::ToString(route.matchers);
  route.key = parent ? parent->key + "/" + own : own;
  route.id = parent ? parent->id + "/" + own + "/" + std::to_string(position) : own;

  const auto index = static_cast<RouteIndex>(routes_.size());
  routes_.push_back(std::move(route));
  std::vector<RouteIndex> children;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    children.push_back(Add(config.routes[i], index, i));
  }
  routes_[static_cast<std::size_t>(index)].children = std::move(children);
  IndexChildren(index);
  return index;
}

void RouteTree::IndexChildren(RouteIndex node) {
  Route& route = routes_[static_cast<std::size_t>(node)];
  if (route.children.size() < kIndexedChildren) return;
  auto child_index = std::make_unique<MatcherIndex>();
  for (std::size_t i = 0; i < route.children.size(); ++i) {
    child_index->Add(static_cast<MatcherIndex::Id>(i), (*this)[route.children[i]].matchers);
  }
  route.child_index = std::move(child_index);
}

void RouteTree::Match(const model::LabelSet& labels, std::vector<RouteIndex>* out) const {
  MatchFrom(RouteIndex{0}, labels, out);
}

bool RouteTree::MatchFrom(RouteIndex node, const model::LabelSet& labels,
                          std::vector<RouteIndex>* out) const {
  const Route& route = (*this)[node];
  if (!model::MatchesAll(route.matchers, labels)) return false;
  bool child_matched = false;
  // Whether the search among the siblings ends.
  const auto try_child = [&](RouteIndex child) {
    if (!MatchFrom(child, labels, out)) return false;
    child_matched = true;
    return !(*this)[child].continue_matching;
  };
  if (route.child_index) {
    std::vector<MatcherIndex::Id> candidates;
    route.child_index->Candidates(labels, &candidates);
    std::sort(candidates.begin(), candidates.end());
    for (const MatcherIndex::Id position : candidates) {
      if (try_child(route.children[position])) break;
    }
  } else {
    for (const RouteIndex child : route.children) {
      if (try_child(child)) break;
    }
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
