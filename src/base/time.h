#pragma once

// Instants and their text forms. All instants are UTC, in nanoseconds since the Unix epoch
// (1677 to 2262). Only base/clock.h reads the wall clock.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Go's zero time, 0001-01-01T00:00:00Z, which the field's JSON uses for "not set". It is not
// representable in nanoseconds, so the smallest instant stands for it.
inline constexpr Time kZeroTime = Time::min();
inline constexpr bool IsZero(Time t) {
  return t == kZeroTime;
}

// `2026-11-21T01:15:23.902Z`: up to nine fractional digits, trailing zeros dropped (Go
// RFC3339Nano).
std::string FormatRfc3339Nano(Time t);
// Always three fractional digits, as Alertmanager's API prints timestamps.
std::string FormatRfc3339Milli(Time t);
// Appends instead of returning, for the JSON of many alerts.
void AppendRfc3339Nano(Time t, std::string* out);
void AppendRfc3339Milli(Time t, std::string* out);

// RFC 3339 with any fraction (beyond nine digits: cut) and `Z` or a numeric offset. Years outside
// the representable range give the nearest representable instant; year 1 gives kZeroTime.
std::optional<Time> ParseRfc3339(std::string_view text);
// What Alertmanager's API accepts: RFC 3339, and without seconds, without zone (UTC), with a
// space for the T, a bare date; "" is 1970-01-01.
std::optional<Time> ParseApiTimestamp(std::string_view text);

// Seconds since the epoch as a float, as Prometheus metrics and templates use them.
double UnixSeconds(Time t);
// The nearest instant, at nanosecond resolution, saturating at the representable range; NaN gives
// kZeroTime.
Time FromUnixSeconds(double seconds);
// Whole milliseconds since the epoch, rounded down: the resolution of the query API.
long long UnixMillis(Time t);

inline double Seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

// The first instant after `t` that is whole periods (above 0) from the epoch: a beat that needs no
// memory. `t` is not near the ends of the representable range.
inline Time NextBeat(Time t, Duration period) {
  const Duration since = t.time_since_epoch();
  Duration into = since % period;
  if (into < Duration(0)) into += period;
  return t - into + period;
}

// Adds without overflow: the result saturates at the representable range; kZeroTime stays.
Time SaturatingAdd(Time t, Duration d);

}  // namespace tocsin
