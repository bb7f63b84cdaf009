#pragma once

// YAML values as JSON, with the types that Alertmanager's YAML 1.1 reader gives plain scalars:
// `yes` is a boolean, `0x1f`, `0123` and `1_000` are integers, an empty value is null. Pure.

#include "base/result.h"
#include "config/yaml_reader.h"

#include <string>

namespace tocsin::config {

bool IsYamlString(const YamlNode& node);

// Maps have their string keys only, sorted. Fails for infinities and NaN, which JSON cannot say.
Status AppendYamlAsJson(const YamlNode& node, std::string* out);

}  // namespace tocsin::config
