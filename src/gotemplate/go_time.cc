#include "gotemplate/go_time.h"

#include "base/duration.h"
#include "gotemplate/arena.h"
#include "gotemplate/go_time_methods.h"

#include <array>
#include <chrono>
#include <limits>

namespace tocsin::gotemplate {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kNanos = 1'000'000'000;
constexpr int kDaysPerEra = 146'097;  // 400 years.

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

std::int64_t FloorDivide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// A time.Time in templates. The fields are Go's hidden ones, which only printf's wrong verbs show.
class TimeObject final : public StructObject {
 public:
  explicit TimeObject(GoTime time) : time_(time) {}
  const GoTime& time() const { return time_; }

  Value Field(std::size_t index, Arena& arena) const override;

 private:
  GoTime time_;
};

constexpr Type kLocationType{.kind = Kind::kStruct, .name = "time.Location", .named = true};
constexpr Type kLocationPointerType{
    .kind = Kind::kPointer, .name = "*time.Location", .elem = &kLocationType};
constexpr std::array<FieldInfo, 3> kTimeFields{{{.name = "wall", .type = &kUint64Type},
                                                {.name = "ext", .type = &kInt64Type},
                                                {.name = "loc", .type = &kLocationPointerType}}};

Value TimeObject::Field(std::size_t index, Arena&) const {
  switch (index) {
    case 0:
      return Value::Uint(static_cast<std::uint64_t>(time_.nanoseconds), kUint64Type);
    case 1:
      return Value::Int(time_.unix_seconds - GoTime::kZeroSeconds, kInt64Type);
    default:
      return Value::Zero(kLocationPointerType);
  }
}

void TimeText(const Value& value, std::string* out) {
  AppendGoTime(TimeFrom(value), out);
}

void TimeGoText(const Value& value, std::string* out) {
  GoTime time = TimeFrom(value);
  CivilTime c = ToCivil(time);
  out->append("time.Date(").append(std::to_string(c.year)).append(", time.");
  out->append(MonthName(c.month));
  for (std::int64_t number : {c.day, c.hour, c.minute, c.second, int{time.nanoseconds}}) {
    out->append(", ").append(std::to_string(number));
  }
  out->append(time.zone == nullptr && time.offset == 0 ? ", time.UTC)" : ", time.Local)");
}

void DurationText(const Value& value, std::string* out) {
  out->append(FormatGoDuration(Duration(value.AsInt())));
}

void MonthText(const Value& value, std::string* out) {
  std::int64_t month = value.AsInt();
  if (month >= 1 && month <= 12) {
    out->append(kMonths[static_cast<std::size_t>(month - 1)]);
  } else {
    out->append("%!Month(" + std::to_string(static_cast<std::uint64_t>(month)) + ")");
  }
}

void WeekdayText(const Value& value, std::string* out) {
  std::int64_t day = value.AsInt();
  if (day >= 0 && day <= 6) {
    out->append(kWeekdays[static_cast<std::size_t>(day)]);
  } else {
    out->append("%!Weekday(" + std::to_string(static_cast<std::uint64_t>(day)) + ")");
  }
}

}  // namespace

constinit const Type kTimeType{.kind = Kind::kStruct,
                               .name = "time.Time",
                               .named = true,
                               .fields = kTimeFields,
                               .methods = kTimeMethods,
                               .text = TimeText,
                               .go_text = TimeGoText};
constinit const Type kDurationType{.kind = Kind::kInt,
                                   .name = "time.Duration",
                                   .named = true,
                                   .methods = kDurationMethods,
                                   .text = DurationText};
constinit const Type kMonthType{.kind = Kind::kInt,
                                .name = "time.Month",
                                .named = true,
                                .methods = kTextMethods,
                                .text = MonthText};
constinit const Type kWeekdayType{.kind = Kind::kInt,
                                  .name = "time.Weekday",
                                  .named = true,
                                  .methods = kTextMethods,
                                  .text = WeekdayText};

GoTime GoTime::From(Time time) {
  if (tocsin::IsZero(time)) return {};
  std::int64_t nanos = time.time_since_epoch().count();
  std::int64_t seconds = FloorDivide(nanos, kNanos);
  return {.unix_seconds = seconds,
          .nanoseconds = static_cast<std::int32_t>(nanos - seconds * kNanos)};
}

Value TimeValue(GoTime time, Arena& arena) {
  return Value::Struct(arena.New<TimeObject>(time), kTimeType);
}

GoTime TimeFrom(const Value& value) {
  return static_cast<const TimeObject*>(value.AsStruct())->time();
}

std::int64_t DaysFromCivil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year += FloorDivide(month - 1, 12);
  month = month - 1 - FloorDivide(month - 1, 12) * 12 + 1;
  // Years that begin in March have the leap day at their end.
  if (month <= 2) --year;
  std::int64_t era = FloorDivide(year, 400);
  std::int64_t year_of_era = year - era * 400;
  std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
  std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  constexpr std::int64_t kEpoch = 719'468;  // From 0000-03-01 to 1970-01-01.
  return era * kDaysPerEra + day_of_era - kEpoch + day - 1;
}

CivilTime ToCivil(const GoTime& time) {
  int offset = time.zone == nullptr ? time.offset : time.zone->At(time.unix_seconds).seconds_east;
  std::int64_t local = time.unix_seconds + offset;
  std::int64_t days = FloorDivide(local, kSecondsPerDay);
  auto in_day = static_cast<int>(local - days * kSecondsPerDay);
  std::int64_t shifted = days + 719'468;
  std::int64_t era = FloorDivide(shifted, kDaysPerEra);
  std::int64_t day_of_era = shifted - era * kDaysPerEra;
  std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  auto month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {.year = year,
          .month = month,
          .day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1),
          .year_day = static_cast<int>(days - DaysFromCivil(year, 1, 1)) + 1,
          .weekday = static_cast<int>(days + 4 - FloorDivide(days + 4, 7) * 7),
          .hour = in_day / 3600,
          .minute = in_day / 60 % 60,
          .second = in_day % 60,
          .offset = offset};
}

std::string_view MonthName(int month) {
  return kMonths[static_cast<std::size_t>(month - 1)];
}
std::string_view WeekdayName(int weekday) {
  return kWeekdays[static_cast<std::size_t>(weekday)];
}

Duration Difference(const GoTime& a, const GoTime& b) {
  __extension__ using Wide = __int128;
  Wide nanos = (Wide{a.unix_seconds} - b.unix_seconds) * kNanos + a.nanoseconds - b.nanoseconds;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  if (nanos > kMax) return Duration(kMax);
  if (nanos < kMin) return Duration(kMin);
  return Duration(static_cast<std::int64_t>(nanos));
}

GoTime Later(const GoTime& time, Duration by) {
  GoTime later = time;
  std::int64_t seconds = FloorDivide(by.count(), kNanos);
  std::int64_t nanos = time.nanoseconds + (by.count() - seconds * kNanos);
  if (nanos >= kNanos) {
    nanos -= kNanos;
    ++seconds;
  }
  later.nanoseconds = static_cast<std::int32_t>(nanos);
  if (__builtin_add_overflow(time.unix_seconds, seconds, &later.unix_seconds)) return time;
  return later;
}

}  // namespace tocsin::gotemplate
