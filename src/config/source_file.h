#pragma once

// Reading a file that somebody wrote, with a limit on its size, since the name may be that of a
// device.

#include "base/result.h"

#include <string>

namespace tocsin::config {

// At most one byte more than the limit of YamlLimits is read; the YAML reader refuses that text.
Result<std::string> ReadSourceFile(const std::string& path);

}  // namespace tocsin::config
