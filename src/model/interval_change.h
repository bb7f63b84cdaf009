#pragma once

// When something that depends on time intervals changes. Pure; safe from any thread.

#include "base/time.h"
#include "model/time_interval.h"

#include <functional>
#include <optional>
#include <vector>

namespace tocsin::model {

// The first instant after `after` and within a year at which `holds`, which depends only on which
// of the intervals contain the instant that it is asked about. None: not within a year.
std::optional<Time> FirstTime(const std::vector<const NamedTimeInterval*>& intervals, Time after,
                              const std::function<bool(Time)>& holds);

}  // namespace tocsin::model
