#include "base/posix_tz.h"

#include <chrono>

namespace tocsin {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;
// The calendar repeats, weekdays included.
constexpr std::int64_t k400Years = 146'097 * kDay;

int YearOf(std::int64_t seconds) {
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(seconds)));
  return static_cast<int>(std::chrono::year_month_day(days).year());
}

std::int64_t DaysTo(std::chrono::year_month_day date) {
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::int64_t YearStart(int year) {
  using std::chrono::January;
  return DaysTo(std::chrono::year(year) / January / 1) * kDay;
}

bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::int64_t PosixTz::Change::SecondsIntoYear(int year) const {
  const std::chrono::year y(year);
  switch (kind) {
    case Kind::kZeroBasedDay:
      return day * kDay + seconds;
    case Kind::kJulian:  // 29 February is never counted.
      return (day - 1 + (y.is_leap() && day >= 60 ? 1 : 0)) * kDay + seconds;
    case Kind::kMonthWeekDay:
      break;
  }
  const auto m = std::chrono::month(static_cast<unsigned>(month));
  const auto weekday = std::chrono::weekday(static_cast<unsigned>(day));
  const std::chrono::sys_days date =
      week == 5 ? std::chrono::sys_days(y / m / weekday[std::chrono::last])
                : std::chrono::sys_days(y / m / weekday[static_cast<unsigned>(week)]);
  return date.time_since_epoch().count() * kDay - YearStart(year) + seconds;
}

PosixTz::Offset PosixTz::At(std::int64_t unix_seconds) const {
  const Offset standard{standard_offset_, false, standard_};
  if (!start_) return standard;
  const Offset daylight{daylight_offset_, true, daylight_};
  unix_seconds %= k400Years;
  const int year = YearOf(unix_seconds + standard_offset_);
  const std::int64_t start = YearStart(year) + start_->SecondsIntoYear(year) - standard_offset_;
  const std::int64_t end = YearStart(year) + end_->SecondsIntoYear(year) - daylight_offset_;
  // South of the equator daylight time spans the turn of the year.
  const bool in_daylight = start < end ? unix_seconds >= start && unix_seconds < end
                                       : unix_seconds >= start || unix_seconds < end;
  return in_daylight ? daylight : standard;
}

class PosixTzParser {
 public:
  explicit PosixTzParser(std::string_view text) : rest_(text) {}

  std::optional<PosixTz> Parse() {
    PosixTz tz;
    int west = 0;
    if (!Name(&tz.standard_) || !Time(&west)) return std::nullopt;
    tz.standard_offset_ = -west;
    if (rest_.empty()) return tz;
    if (!Name(&tz.daylight_)) return std::nullopt;
    tz.daylight_offset_ = tz.standard_offset_ + 60 * 60;
    if (!rest_.empty() && rest_.front() != ',') {
      if (!Time(&west)) return std::nullopt;
      tz.daylight_offset_ = -west;
    }
    tz.start_ = PosixTz::Change{};
    tz.end_ = PosixTz::Change{};
    if (!Rule(&*tz.start_) || !Rule(&*tz.end_) || !rest_.empty()) return std::nullopt;
    return tz;
  }

 private:
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Name(std::string* out) {
    if (Take('<')) {
      const std::size_t end = rest_.find('>');
      if (end == std::string_view::npos) return false;
      *out = rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      return !out->empty();
    }
    while (!rest_.empty() && IsAlpha(rest_.front())) {
      out->push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return out->size() >= 3;
  }

  bool Number(int low, int high, int* out) {
    int value = 0;
    std::size_t digits = 0;
    while (!rest_.empty() && IsDigit(rest_.front()) && digits < 4) {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
      ++digits;
    }
    *out = value;
    return digits > 0 && value >= low && value <= high;
  }

  // [+-]hh[:mm[:ss]], up to 167 hours.
  bool Time(int* seconds) {
    const bool negative = Take('-');
    if (!negative) Take('+');
    int hours = 0, minutes = 0, rest = 0;
    if (!Number(0, 167, &hours)) return false;
    if (Take(':') && !Number(0, 59, &minutes)) return false;
    if (Take(':') && !Number(0, 59, &rest)) return false;
    *seconds = (hours * 60 + minutes) * 60 + rest;
    if (negative) *seconds = -*seconds;
    return true;
  }

  bool Rule(PosixTz::Change* change) {
    using Kind = PosixTz::Change::Kind;
    if (!Take(',')) return false;
    if (Take('M')) {
      change->kind = Kind::kMonthWeekDay;
      if (!Number(1, 12, &change->month) || !Take('.') || !Number(1, 5, &change->week) ||
          !Take('.') || !Number(0, 6, &change->day)) {
        return false;
      }
    } else {
      change->kind = Take('J') ? Kind::kJulian : Kind::kZeroBasedDay;
      const int low = change->kind == Kind::kJulian ? 1 : 0;
      if (!Number(low, 365, &change->day)) return false;
    }
    return !Take('/') || Time(&change->seconds);
  }

  std::string_view rest_;
};

Result<PosixTz> PosixTz::Parse(std::string_view text) {
  std::optional<PosixTz> tz = PosixTzParser(text).Parse();
  if (!tz) return Fail("bad time zone rule \"" + std::string(text) + "\"");
  return *std::move(tz);
}

}  // namespace tocsin
