#pragma once

// The route tree with inheritance applied: which routes an alert takes, and how each groups and
// times. Immutable after construction; safe from any thread.

#include "base/time.h"
#include "config/config.h"
#include "model/label_set.h"
#include "model/matcher.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::router {

// Position of a route in RouteTree::routes().
enum class RouteIndex : std::uint32_t {};

struct Route {
  std::string receiver;
  std::vector<std::string> group_by;  // Sorted; empty and !group_by_all: one group for everything.
  bool group_by_all = false;
  Duration group_wait{};
  Duration group_interval{};
  Duration repeat_interval{};

  model::Matchers matchers;  // Sorted.
  bool continue_matching = false;
  // `{}/{a="b"}`: part of group keys. Siblings with equal matchers share it.
  std::string key;
  // `{}/{a="b"}/0`: unique in the tree.
  std::string id;
  std::vector<RouteIndex> children;
};

class RouteTree {
 public:
  explicit RouteTree(const config::RouteConfig& root);

  // Appends the routes that `labels` take, in the order of the walk: depth first; a child that
  // matches and does not continue ends the search among its siblings; a node is a result if none of
  // its children is. Never appends nothing.
  void Match(const model::LabelSet& labels, std::vector<RouteIndex>* out) const;

  const Route& operator[](RouteIndex index) const {
    return routes_[static_cast<std::size_t>(index)];
  }
  const std::vector<Route>& routes() const { return routes_; }

 private:
  RouteIndex Add(const config::RouteConfig& config, const Route* parent, std::size_t position);
  bool MatchFrom(RouteIndex node, const model::LabelSet& labels,
                 std::vector<RouteIndex>* out) const;

  std::vector<Route> routes_;  // Depth first; the root is the first.
};

// The part of `labels` that `route` groups by.
model::LabelSet GroupLabels(const Route& route, const model::LabelSet& labels);

// `ROUTE_KEY:{a="x", b="y"}`, as webhooks show it and the notification log keeps it.
std::string GroupKey(const Route& route, const model::LabelSet& group_labels);

}  // namespace tocsin::router
