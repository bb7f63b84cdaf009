#include "model/time_interval.h"

#include <algorithm>
#include <chrono>

namespace tocsin::model {
namespace {

using std::chrono::days;
using std::chrono::seconds;

// What a calendar and a clock on the wall show.
struct WallClock {
  int minute_of_day = 0;
  int weekday = 0;
  int day = 0;
  int days_in_month = 0;
  int month = 0;
  int year = 0;
};

WallClock Read(Time instant, const TimeZone* zone) {
  const auto utc = std::chrono::floor<seconds>(instant);
  const int east = zone == nullptr ? 0 : zone->At(utc.time_since_epoch().count()).seconds_east;
  const auto local = utc + seconds(east);
  const auto date = std::chrono::floor<days>(local);
  const std::chrono::year_month_day ymd(date);
  const std::chrono::year_month_day_last last(ymd.year(), std::chrono::month_day_last(ymd.month()));
  WallClock clock;
  clock.minute_of_day =
      static_cast<int>(std::chrono::floor<std::chrono::minutes>(local - date).count());
  clock.weekday = static_cast<int>(std::chrono::weekday(date).c_encoding());
  clock.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
  clock.days_in_month = static_cast<int>(static_cast<unsigned>(last.day()));
  clock.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
  clock.year = static_cast<int>(ymd.year());
  return clock;
}

bool IsIn(const IntRange& range, int value) {
  return range.begin <= value && value <= range.end;
}

template <class Takes>
bool Matches(const TimeInterval::Ranges& ranges, Takes takes) {
  return !ranges || std::any_of(ranges->begin(), ranges->end(), takes);
}

bool Matches(const TimeInterval::Ranges& ranges, int value) {
  return Matches(ranges, [value](const IntRange& range) { return IsIn(range, value); });
}

// Days counted from the end depend on the month. A range that begins after its end (day 30 in
// February) takes no day; one that ends after it ends with it.
bool IsDayIn(const IntRange& range, const WallClock& clock) {
  const auto day = [&clock](int from_either_end) {
    return from_either_end < 0 ? clock.days_in_month + from_either_end + 1 : from_either_end;
  };
  return IsIn({day(range.begin), day(range.end)}, clock.day);
}

}  // namespace

bool TimeInterval::Contains(Time instant) const {
  const WallClock clock = Read(instant, zone);
  const auto takes_minute = [&clock](const IntRange& range) {
    return range.begin <= clock.minute_of_day && clock.minute_of_day < range.end;
  };
  const auto takes_day = [&clock](const IntRange& range) { return IsDayIn(range, clock); };
  return Matches(times, takes_minute) && Matches(weekdays, clock.weekday) &&
         Matches(days_of_month, takes_day) && Matches(months, clock.month) &&
         Matches(years, clock.year);
}

bool NamedTimeInterval::Contains(Time instant) const {
  return std::any_of(intervals.begin(), intervals.end(),
                     [instant](const TimeInterval& each) { return each.Contains(instant); });
}

}  // namespace tocsin::model
