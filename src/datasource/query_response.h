#pragma once

// The answer of a Prometheus query API (Prometheus, Thanos, Mimir, VictoriaMetrics) to an instant
// query, decoded. Pure; safe from any thread, and from any input.

#include "base/result.h"
#include "rules/query.h"

#include <string>
#include <string_view>

namespace tocsin::datasource {

// Takes vectors and scalars. A native histogram counts as a sample with the value 0: that the
// series is there is what a rule asks first. `content_type` is only shown in errors.
//
// Errors: `errorType: error` where the answer is an error of the API; for anything that is no
// answer at all (a proxy's page, a truncated body) the HTTP status and the first 200 bytes.
// Warnings are handed on, infos are not: they hold nothing that a rule's reader could act on.
Result<rules::QueryResult> DecodeQueryResponse(std::string body, int http_status,
                                               std::string_view content_type);

}  // namespace tocsin::datasource
