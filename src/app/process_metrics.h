#pragma once

// process_* metrics as every Prometheus client library exposes them, read from /proc.

#include "base/time.h"

#include <string>

namespace tocsin::app {

void AppendProcessMetrics(Time started, std::string* text);

}  // namespace tocsin::app
