#pragma once

// The answer of a Prometheus query API (Prometheus, Thanos, Mimir, VictoriaMetrics) to an instant
// query, decoded. Pure; safe from any thread, and from any input.

#include "base/result.h"
#include "rules/query.h"

#include <string>
#include <string_view>

namespace tocsin::datasource {

// What to make of an answer that says itself that it is partial (VictoriaMetrics).
enum class PartialAnswers { kAreErrors, kAreWarnings };

// What a query asks for: an instant vector (or a scalar), or the last samples of a range vector.
enum class Wanted { kVector, kLastSamples };

// Takes vectors and scalars. `content_type` is only shown in errors.
//
// Errors: `errorType: error` where the answer is an error of the API; for anything that is no
// answer at all (a proxy's page, a truncated body) the HTTP status and the first 200 bytes.
Result<rules::QueryResult> DecodeQueryResponse(std::string body, int http_status,
                                               std::string_view content_type,
                                               PartialAnswers partial = PartialAnswers::kAreErrors,
                                               Wanted wanted = Wanted::kVector);

// Is it worth asking again what was answered with this error? `error` is what the above gave.
bool IsTransientError(int http_status, std::string_view error);

}  // namespace tocsin::datasource
