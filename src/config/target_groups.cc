#include "config/target_groups.h"

#include "config/yaml_reader.h"

#include <utility>

namespace tocsin::config {
namespace {

// As in Prometheus: where scheme and path belong is the configuration around it.
void CheckAddress(const std::string& address, ObjectReader* reader) {
  if (address.empty()) {
    reader->Error("targets", "the address of a target must not be empty");
  } else if (address.find('/') != std::string::npos) {
    reader->Error("targets", Shown(address) + " is not a valid hostname");
  }
}

}  // namespace

std::vector<TargetGroup> ReadTargetGroups(const Source& source,
                                          const std::vector<YamlNodePtr>& nodes) {
  std::vector<TargetGroup> groups;
  for (const YamlNodePtr& node : nodes) {
    ObjectReader reader(source, node, "target group");
    TargetGroup group;
    reader.Read("targets", &group.targets);
    for (const std::string& address : group.targets) CheckAddress(address, &reader);
    reader.Read("labels", &group.labels);
    reader.Finish();
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<TargetGroup> ReadTargetFile(std::string_view text, const std::string& path,
                                        Diagnostics* diagnostics) {
  const auto documents = ReadYaml(text, path, diagnostics);
  if (!documents || documents->empty() || documents->front()->is_null()) return {};
  const Source source{path, DirectoryOf(path), diagnostics, nullptr};
  const YamlNodePtr& root = documents->front();
  if (!root->is_sequence()) {
    source.Error(*root, "a file of targets must be a list, not " + std::string(KindName(*root)));
    return {};
  }
  return ReadTargetGroups(source, root->items());
}

}  // namespace tocsin::config
