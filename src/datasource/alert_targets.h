#pragma once

// From what discovery finds to the URLs of Alertmanagers. Pure.

#include "config/config.h"
#include "model/label_set.h"

#include <memory>
#include <string>
#include <vector>

namespace tocsin::datasource {

struct AlertmanagerTarget {
  std::string url;  // Where alerts are posted.
  // The entry of `alertmanagers` that it belongs to, and its place there.
  std::shared_ptr<const config::AlertmanagerConfig> config;
  std::size_t set = 0;
};

struct AlertmanagerTargets {
  std::vector<AlertmanagerTarget> active;
  std::vector<std::string> dropped;  // URLs that relabelling has dropped.
};

// Adds the targets of `groups` to those that are there, each URL of a set once. Without its own
// label a target has the configuration's scheme and path.
void AddTargets(const std::shared_ptr<const config::AlertmanagerConfig>& config, std::size_t set,
                const std::vector<config::TargetGroup>& groups, AlertmanagerTargets* targets);

}  // namespace tocsin::datasource
