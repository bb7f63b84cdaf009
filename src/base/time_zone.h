#pragma once

// Time zones by their IANA names, read from the system's compiled tz database (TZif, RFC 8536). A
// zone is read once and kept for the life of the process; the pointers never become invalid. Safe
// from any thread.

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin {

class TimeZone {
 public:
  struct Offset {
    int seconds_east = 0;
    bool daylight = false;
    std::string_view abbreviation;  // `CEST`, or `+0545` where people use none.
  };

  // Fails with `unknown time zone NAME`, or `time: invalid location name` for a name that would
  // leave the database's folder. "" and "UTC" are UTC; "Local" is the zone that the
  // environment variable TZ names, or else the machine's.
  static Result<const TimeZone*> Find(std::string_view name);
  // From the bytes of a TZif file; for tests and for other sources of zones.
  static Result<std::unique_ptr<const TimeZone>> Parse(std::string name, std::string_view tzif);

  virtual ~TimeZone() = default;
  virtual std::string_view name() const = 0;
  // What the clocks of the zone show at that instant.
  virtual Offset At(std::int64_t unix_seconds) const = 0;
  // The instant at which the zone's clocks show `local_seconds` (counted as if they were UTC).
  // Where there are two, the first; where there is none, as if the clocks had not been put forward
  // yet.
  std::int64_t ToUnix(std::int64_t local_seconds) const;
};

}  // namespace tocsin
