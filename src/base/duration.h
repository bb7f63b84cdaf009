#pragma once

// The field's two duration notations. Configuration and rule files use Prometheus's; flags and a
// few integration keys (webhook and Slack `timeout`) use Go's.

#include "base/result.h"
#include "base/time.h"

#include <string>
#include <string_view>

namespace tocsin {

// `1h30m`: integers with units y(365d) w d h m s ms in strictly descending order, each at most
// once; a bare `0`. No sign, fraction or space. Error texts are Prometheus's.
Result<Duration> ParsePrometheusDuration(std::string_view text);
// y and w only where they divide exactly, then d h m s ms; zero is `0s`. Below one millisecond is
// lost.
std::string FormatPrometheusDuration(Duration d);

// `1.5h`, `-300ms`, `1h0m2s`: Go's time.ParseDuration and Duration.String.
Result<Duration> ParseGoDuration(std::string_view text);
std::string FormatGoDuration(Duration d);

}  // namespace tocsin
