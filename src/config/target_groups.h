#pragma once

// Lists of targets with their labels: `static_configs`, and the files of `file_sd_configs`.

#include "config/config.h"
#include "config/object_reader.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// What is wrong is reported and left out.
std::vector<TargetGroup> ReadTargetGroups(const Source& source,
                                          const std::vector<YamlNodePtr>& nodes);

// A file of file_sd_configs, JSON or YAML. With errors it has no groups that count.
std::vector<TargetGroup> ReadTargetFile(std::string_view text, const std::string& path,
                                        Diagnostics* diagnostics);

}  // namespace tocsin::config
