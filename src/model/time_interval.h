#pragma once

// When somebody wants to be notified: Alertmanager's time intervals. Values, pure (the instant is
// an argument), safe from any thread.

#include "base/time.h"
#include "base/time_zone.h"

#include <optional>
#include <string>
#include <vector>

namespace tocsin::model {

// Both ends belong to it, except for the end of a range of minutes.
struct IntRange {
  int begin = 0;
  int end = 0;
  bool operator==(const IntRange&) const = default;
};

// A field that is absent takes everything, and one that is an empty list nothing. All fields must
// take the instant, as the clocks of the zone show it.
struct TimeInterval {
  using Ranges = std::optional<std::vector<IntRange>>;

  Ranges times;          // Minutes of the day, 0 to 1440; the end is exclusive.
  Ranges weekdays;       // 0 is Sunday.
  Ranges days_of_month;  // From 1, or from -1, which is the last day of the month.
  Ranges months;         // From 1.
  Ranges years;
  const TimeZone* zone = nullptr;  // Null, if none is named: UTC.

  bool Contains(Time instant) const;
  bool operator==(const TimeInterval&) const = default;
};

// What routes refer to by name.
struct NamedTimeInterval {
  std::string name;
  std::vector<TimeInterval> intervals;

  // Is it in any of them?
  bool Contains(Time instant) const;
};

}  // namespace tocsin::model
