#pragma once

// The key `on_no_data`, which the configuration, rule groups and rules have.

#include "config/config.h"
#include "config/object_reader.h"

#include <optional>

namespace tocsin::config {

// Nothing if it is absent, and after an error.
std::optional<OnNoData> ReadOnNoData(ObjectReader* reader);

}  // namespace tocsin::config
