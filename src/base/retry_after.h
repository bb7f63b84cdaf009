#pragma once

#include "base/http_message.h"
#include "base/time.h"

#include <optional>

namespace tocsin {

// What a server asked us to wait: the Retry-After header, in seconds or as a date (which is read
// against the answer's own Date). Between 250 ms and one hour.
std::optional<Duration> RetryAfter(const HttpResponse& response);

}  // namespace tocsin
