#pragma once

// The route tree with inheritance applied: which routes an alert takes, and how each groups and
// times. Immutable after construction; safe from any thread.

#include "base/time.h"
#include "config/config.h"
#include "model/label_set.h"
#include "model/matcher.h"
#include "model/time_interval.h"
#include "router/matcher_index.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::router {

// Position of a route in RouteTree::routes().
enum class RouteIndex : std::uint32_t {};

struct Route {
  std::string receiver;
  // Sorted; empty and !group_by_all: one group for everything. Without meaning if group_by_all.
  std::vector<std::string> group_by;
  bool group_by_all = false;
  Duration group_wait{};
  Duration group_interval{};
  Duration repeat_interval{};

  // By the names in the configuration; they live in the tree. Not inherited.
  std::vector<const model::NamedTimeInterval*> mute_times, active_times;
  // Templates by name, the parents' included; rendered for each group by whoever shows them.
  std::shared_ptr<const std::map<std::string, std::string>> labels;

  model::Matchers matchers;  // Sorted.
  bool continue_matching = false;
  // `{}/{a="b"}`: part of group keys. Siblings with equal matchers share it.
  std::string key;
  // `{}/{a="b"}/0`: unique in the tree.
  std::string id;
  std::vector<RouteIndex> children;
  // Where there are many children: finds those that may match, by position among them.
  std::unique_ptr<const MatcherIndex> child_index;
};

class RouteTree {
 public:
  // Every interval that a route names must be in `intervals`.
  explicit RouteTree(const config::RouteConfig& root,
                     std::vector<model::NamedTimeInterval> intervals = {});
  RouteTree(const RouteTree&) = delete;
  RouteTree& operator=(const RouteTree&) = delete;

  // Appends the routes that `labels` take, in the order of the walk: depth first; a child that
  // matches and does not continue ends the search among its siblings; a node is a result if none of
  // its children is. Never appends nothing.
  void Match(const model::LabelSet& labels, std::vector<RouteIndex>* out) const;

  const Route& operator[](RouteIndex index) const {
    return routes_[static_cast<std::size_t>(index)];
  }
  const std::vector<Route>& routes() const { return routes_; }

 private:
  RouteIndex Add(const config::RouteConfig& config, std::optional<RouteIndex> parent,
                 std::size_t position);
  void IndexChildren(RouteIndex node);
  std::vector<const model::NamedTimeInterval*> Named(const std::vector<std::string>& names) const;
  bool MatchFrom(RouteIndex node, const model::LabelSet& labels,
                 std::vector<RouteIndex>* out) const;

  const std::vector<model::NamedTimeInterval> intervals_;
  std::vector<Route> routes_;  // Depth first; the root is the first.
};

// The part of `labels` that `route` groups by.
model::LabelSet GroupLabels(const Route& route, const model::LabelSet& labels);

// `ROUTE_KEY:{a="x", b="y"}`, as webhooks show it and the notification log keeps it.
std::string GroupKey(const Route& route, const model::LabelSet& group_labels);

}  // namespace tocsin::router
