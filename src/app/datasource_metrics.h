#pragma once

// tocsin_datasource_*: what becomes of queries, for each datasource. Any thread.

#include "datasource/prometheus_client.h"

#include <map>
#include <memory>
#include <string>

namespace tocsin::app {

using DatasourceStatsByName = std::map<std::string, std::shared_ptr<datasource::DatasourceStats>>;

void AppendDatasourceMetrics(const DatasourceStatsByName& datasources, std::string* text);

}  // namespace tocsin::app
