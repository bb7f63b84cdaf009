#pragma once

// prometheus_remote_storage_*: what became of the samples of rules, for each endpoint. Any thread.

#include "datasource/remote_writer.h"

#include <string>
#include <vector>

namespace tocsin::app {

void AppendRemoteWriteMetrics(const std::vector<datasource::RemoteWriteView>& endpoints,
                              std::string* text);

}  // namespace tocsin::app
