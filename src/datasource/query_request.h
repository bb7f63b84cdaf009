#pragma once

// The request of an instant query. Pure.

#include "base/http_message.h"
#include "base/time.h"
#include "config/config.h"
#include "rules/query.h"

#include <string>
#include <string_view>

namespace tocsin::datasource {

// The request that asks `query`, and has the server give up after `timeout`. It says what is to
// become of partial data (Thanos, VictoriaMetrics) unless the configured parameters do.
HttpRequest BuildQueryRequest(const config::DatasourceConfig& config, const rules::Query& query,
                              Duration timeout);

// Behind the `?`; may be empty.
std::string_view QueryOf(std::string_view url);

// The URL of the API's `path` (`/api/v1/query`) below `base`, with `query` behind whatever query
// that has already.
std::string ApiUrl(std::string_view base, std::string_view path, std::string_view query);

// Appends `name=value`, both escaped, behind what is there.
void AppendParam(std::string_view name, std::string_view value, std::string* out);

}  // namespace tocsin::datasource
