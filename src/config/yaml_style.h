#pragma once

// How a string is shown as a YAML scalar: plain, quoted or as a block, folded where lines become
// long. The choice is that of Go's yaml.v2, so that what we print is what Alertmanager prints.

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::config {

struct YamlPlace {
  std::size_t indent = 0;  // Of the lines after the first.
  bool flow = false;       // Within brackets or braces.
  bool one_line = false;   // As a key.
};

// Lines longer than this are broken where they can be.
inline constexpr std::size_t kYamlWidth = 80;

// Appends to the last line of `out`.
void AppendYamlScalar(std::string_view text, const YamlPlace& place, std::string* out);

// Characters in the last line.
std::size_t YamlColumn(std::string_view out);

}  // namespace tocsin::config
