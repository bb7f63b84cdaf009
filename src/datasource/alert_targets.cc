#include "datasource/alert_targets.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tocsin::datasource {
namespace {

constexpr std::string_view kAddress = "__address__", kScheme = "__scheme__",
                           kPath = "__alerts_path__";

// `/prefix/api/v2/alerts`, with single slashes.
std::string AlertsPath(std::string_view prefix) {
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  std::string path = prefix.empty() ? "" : "/" + std::string(prefix);
  return path + "/api/v2/alerts";
}

std::string UrlOf(const model::LabelSet& labels) {
  std::string path(labels.Get(kPath));
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
  return std::string(labels.Get(kScheme)) + "://" + std::string(labels.Get(kAddress)) + path;
}

}  // namespace

void AddTargets(const std::shared_ptr<const config::AlertmanagerConfig>& config, std::size_t set,
                const std::vector<config::TargetGroup>& groups, AlertmanagerTargets* targets) {
  for (const config::TargetGroup& group : groups) {
    for (const std::string& address : group.targets) {
      model::LabelSetBuilder labels;
      labels.Set(kScheme, config->scheme).Set(kPath, AlertsPath(config->path_prefix));
      for (const auto& [name, value] : group.labels) labels.Set(name, value);
      labels.Set(kAddress, address);
      const model::LabelSet before = labels.Build();
      const std::optional<model::LabelSet> after = model::Relabel(config->relabel_configs, before);
      if (!after || after->Get(kAddress).empty()) {
        targets->dropped.push_back(UrlOf(before));
        continue;
      }
      std::string url = UrlOf(*after);
      const bool known = std::any_of(
          targets->active.begin(), targets->active.end(),
          [&](const AlertmanagerTarget& other) { return other.set == set && other.url == url; });
      if (!known) targets->active.push_back({std::move(url), config, set});
    }
  }
}

}  // namespace tocsin::datasource
