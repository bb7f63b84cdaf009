#pragma once

// The commands of the load generator. Each runs to its end and returns what it measured, as one
// JSON object.

#include "base/result.h"
#include "bench/load/flags.h"

#include <string>

namespace tocsin::load {

// Posts generated alerts over several connections, as fast as they are taken or at a rate, and
// takes the notifications if there is a --sink-port.
Result<std::string> PostAlerts(const Flags& flags);
// Creates silences, one request each.
Result<std::string> PostSilences(const Flags& flags);
// Reads one path over and over.
Result<std::string> Read(const Flags& flags);
// Serves as Prometheus, Alertmanager and webhook receiver until it is killed.
Result<std::string> ServeFake(const Flags& flags);

}  // namespace tocsin::load
