#pragma once

// Go's time.Time, time.Duration, time.Month and time.Weekday as template values, with the methods
// that templates use.

#include "base/result.h"
#include "base/time.h"
#include "base/time_zone.h"
#include "gotemplate/value.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::gotemplate {

// An instant with the zone it is shown in. Years far beyond 1 to 9999 are possible.
struct GoTime {
  static constexpr std::int64_t kZeroSeconds = -62'135'596'800;  // 0001-01-01T00:00:00Z.

  std::int64_t unix_seconds = kZeroSeconds;
  std::int32_t nanoseconds = 0;    // 0 to 999'999'999.
  std::int32_t offset = 0;         // Seconds east, of a time without a named zone.
  const TimeZone* zone = nullptr;  // nullptr: UTC, or `offset`.

  static GoTime From(Time time);  // In UTC; kZeroTime gives the zero time.
  bool IsZero() const { return unix_seconds == kZeroSeconds && nanoseconds == 0; }
  // The same instant, whatever the zone.
  bool operator==(const GoTime& other) const {
    return unix_seconds == other.unix_seconds && nanoseconds == other.nanoseconds;
  }
};

// What the clocks of the time's zone show.
struct CivilTime {
  std::int64_t year;
  int month;     // 1 to 12
  int day;       // 1 to 31
  int year_day;  // 1 to 366
  int weekday;   // 0 is Sunday
  int hour;
  int minute;
  int second;
  int offset;  // Seconds east of UTC.
};
CivilTime ToCivil(const GoTime& time);
// Days since 1970-01-01 of a date in the proleptic Gregorian calendar; any month and day normalise.
std::int64_t DaysFromCivil(std::int64_t year, std::int64_t month, std::int64_t day);
std::string_view MonthName(int month);      // 1 to 12
std::string_view WeekdayName(int weekday);  // 0 to 6

extern const Type kTimeType;      // time.Time
extern const Type kDurationType;  // time.Duration
extern const Type kMonthType;     // time.Month
extern const Type kWeekdayType;   // time.Weekday

Value TimeValue(GoTime time, Arena& arena);
// Precondition: the type is kTimeType.
GoTime TimeFrom(const Value& value);
inline Value DurationValue(Duration duration) {
  return Value::Int(duration.count(), kDurationType);
}

// Formats with a Go reference-time layout ("2006-01-02 15:04:05").
std::string FormatGoTime(const GoTime& time, std::string_view layout);
void AppendGoTime(const GoTime& time, std::string_view layout, std::string* out);
// Go's Time.String: "2006-01-02 15:04:05.999999999 -0700 MST".
void AppendGoTime(const GoTime& time, std::string* out);
// Parses by a layout; a text without a zone is in UTC, and so is one whose zone is only an
// abbreviation. Error texts are Go's.
Result<GoTime> ParseGoTime(std::string_view layout, std::string_view text);
// a - b, saturating, as Go's a.Sub(b).
Duration Difference(const GoTime& a, const GoTime& b);
GoTime Later(const GoTime& time, Duration by);

}  // namespace tocsin::gotemplate
