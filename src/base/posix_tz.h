#pragma once

// The rule at the end of a TZif file, in the notation of POSIX's TZ variable
// (`CET-1CEST,M3.5.0,M10.5.0/3`): what holds after the last transition that the file lists. Values;
// safe from any thread.

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

class PosixTz {
 public:
  static Result<PosixTz> Parse(std::string_view text);

  struct Offset {
    int seconds_east = 0;
    bool daylight = false;
    std::string_view abbreviation;
  };
  Offset At(std::int64_t unix_seconds) const;

 private:
  struct Change {
    enum class Kind { kMonthWeekDay, kJulian, kZeroBasedDay };
    Kind kind = Kind::kMonthWeekDay;
    int month = 0, week = 0, day = 0;
    int seconds = 2 * 60 * 60;  // Of the local day; may be negative or beyond 24 hours.

    // Seconds from the start of the year, by the local clock.
    std::int64_t SecondsIntoYear(int year) const;
  };
  friend class PosixTzParser;

  std::string standard_, daylight_;
  int standard_offset_ = 0, daylight_offset_ = 0;
  std::optional<Change> start_, end_;  // Both or none.
};

}  // namespace tocsin
