#include "gotemplate/go_time_methods.h"

#include "gotemplate/function.h"
#include "gotemplate/go_time.h"

#include <array>
#include <cstdint>
#include <limits>

namespace tocsin::gotemplate {
namespace {

using Args = std::span<const Value>;

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::array<const Type*, 1> kTakesString{&kStringType};
constexpr std::array<const Type*, 1> kTakesTime{&kTimeType};
constexpr std::array<const Type*, 1> kTakesDuration{&kDurationType};
constexpr std::array<const Type*, 3> kTakesThreeInts{&kIntType, &kIntType, &kIntType};

// Whole units since 1970, wrapping around as Go's int64 does.
std::int64_t UnixIn(const GoTime& time, std::int64_t per_second) {
  auto seconds = static_cast<std::uint64_t>(time.unix_seconds);
  auto fraction = static_cast<std::uint64_t>(time.nanoseconds / (kNanos / per_second));
  return static_cast<std::int64_t>(seconds * static_cast<std::uint64_t>(per_second) + fraction);
}

Result<Value> Int64(std::int64_t value) {
  return Value::Int(value, kInt64Type);
}

template <int CivilTime::* member>
Result<Value> CivilPart(const Value& self, Args, Context&) {
  return Value::Int(ToCivil(TimeFrom(self)).*member);
}

template <std::int64_t per_second>
Result<Value> UnixPart(const Value& self, Args, Context&) {
  return Int64(UnixIn(TimeFrom(self), per_second));
}

Result<Value> Text(const Value& self, Args, Context& context) {
  std::string text;
  self.type()->text(self, &text);
  return context.String(std::move(text));
}

Result<Value> GoText(const Value& self, Args, Context& context) {
  std::string text;
  self.type()->go_text(self, &text);
  return context.String(std::move(text));
}

Result<Value> Format(const Value& self, Args args, Context& context) {
  return context.String(FormatGoTime(TimeFrom(self), args[0].AsString()));
}

Result<Value> Year(const Value& self, Args, Context&) {
  return Value::Int(ToCivil(TimeFrom(self)).year);
}

Result<Value> MonthOf(const Value& self, Args, Context&) {
  return Value::Int(ToCivil(TimeFrom(self)).month, kMonthType);
}

Result<Value> WeekdayOf(const Value& self, Args, Context&) {
  return Value::Int(ToCivil(TimeFrom(self)).weekday, kWeekdayType);
}

Result<Value> Nanosecond(const Value& self, Args, Context&) {
  return Value::Int(TimeFrom(self).nanoseconds);
}

Result<Value> IsZero(const Value& self, Args, Context&) {
  return Value::Bool(TimeFrom(self).IsZero());
}

Result<Value> InUtc(const Value& self, Args, Context& context) {
  GoTime time = TimeFrom(self);
  time.zone = nullptr;
  time.offset = 0;
  return TimeValue(time, context.arena());
}

Result<Value> InLocal(const Value& self, Args, Context& context) {
  auto zone = TimeZone::Find("Local");
  if (!zone) return tl::unexpected(std::move(zone.error()));
  GoTime time = TimeFrom(self);
  time.zone = *zone;
  return TimeValue(time, context.arena());
}

Result<Value> Add(const Value& self, Args args, Context& context) {
  return TimeValue(Later(TimeFrom(self), Duration(args[0].AsInt())), context.arena());
}

Result<Value> Sub(const Value& self, Args args, Context&) {
  return DurationValue(Difference(TimeFrom(self), TimeFrom(args[0])));
}

Result<Value> AddDate(const Value& self, Args args, Context& context) {
  GoTime time = TimeFrom(self);
  CivilTime civil = ToCivil(time);
  constexpr std::int64_t kMost = 1'000'000'000;
  for (const Value& arg : args) {
    if (arg.AsInt() > kMost || arg.AsInt() < -kMost) return Fail("date out of range");
  }
  std::int64_t days = DaysFromCivil(civil.year + args[0].AsInt(), civil.month + args[1].AsInt(),
                                    civil.day + args[2].AsInt());
  std::int64_t local = days * 86'400 + civil.hour * 3600 + civil.minute * 60 + civil.second;
  time.unix_seconds = time.zone == nullptr ? local - time.offset : time.zone->ToUnix(local);
  return TimeValue(time, context.arena());
}

int CompareTimes(const Value& a, const Value& b) {
  Duration difference = Difference(TimeFrom(a), TimeFrom(b));
  return difference.count() < 0 ? -1 : (difference.count() > 0 ? 1 : 0);
}

Result<Value> Before(const Value& self, Args args, Context&) {
  return Value::Bool(CompareTimes(self, args[0]) < 0);
}

Result<Value> After(const Value& self, Args args, Context&) {
  return Value::Bool(CompareTimes(self, args[0]) > 0);
}

Result<Value> SameTime(const Value& self, Args args, Context&) {
  return Value::Bool(CompareTimes(self, args[0]) == 0);
}

Result<Value> Compare(const Value& self, Args args, Context&) {
  return Value::Int(CompareTimes(self, args[0]));
}

// What is left of the time since Go's zero time after whole multiples of `unit`.
std::int64_t Remainder(const GoTime& time, std::int64_t unit) {
  __extension__ using Wide = __int128;
  Wide nanos = (Wide{time.unix_seconds} - GoTime::kZeroSeconds) * kNanos + time.nanoseconds;
  auto rest = static_cast<std::int64_t>(nanos % unit);
  return rest < 0 ? rest + unit : rest;
}

Result<Value> TruncateTime(const Value& self, Args args, Context& context) {
  GoTime time = TimeFrom(self);
  std::int64_t unit = args[0].AsInt();
  if (unit > 0) time = Later(time, -Duration(Remainder(time, unit)));
  return TimeValue(time, context.arena());
}

Result<Value> RoundTime(const Value& self, Args args, Context& context) {
  GoTime time = TimeFrom(self);
  std::int64_t unit = args[0].AsInt();
  if (unit > 0) {
    std::int64_t rest = Remainder(time, unit);
    time = Later(time, Duration(rest < unit - rest ? -rest : unit - rest));
  }
  return TimeValue(time, context.arena());
}

// Whole units and the fraction apart, so that no digit is lost.
template <std::int64_t unit>
Result<Value> DurationIn(const Value& self, Args, Context&) {
  std::int64_t nanos = self.AsInt();
  return Value::Float(static_cast<double>(nanos / unit) +
                      static_cast<double>(nanos % unit) / static_cast<double>(unit));
}

template <std::int64_t unit>
Result<Value> DurationWhole(const Value& self, Args, Context&) {
  return Int64(self.AsInt() / unit);
}

Result<Value> TruncateDuration(const Value& self, Args args, Context&) {
  std::int64_t unit = args[0].AsInt();
  std::int64_t nanos = self.AsInt();
  return Value::Int(unit <= 0 ? nanos : nanos - nanos % unit, kDurationType);
}

Result<Value> RoundDuration(const Value& self, Args args, Context&) {
  std::int64_t unit = args[0].AsInt();
  std::int64_t nanos = self.AsInt();
  if (unit <= 0) return self;
  std::int64_t rest = nanos % unit;
  std::int64_t size = rest < 0 ? -rest : rest;
  std::int64_t rounded = nanos - rest;
  if (size >= unit - size) {
    std::int64_t step = nanos < 0 ? -unit : unit;
    if (__builtin_add_overflow(rounded, step, &rounded)) {
      rounded = nanos < 0 ? std::numeric_limits<std::int64_t>::min()
                          : std::numeric_limits<std::int64_t>::max();
    }
  }
  return Value::Int(rounded, kDurationType);
}

Result<Value> AbsDuration(const Value& self, Args, Context&) {
  std::int64_t nanos = self.AsInt();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  if (nanos == kMin) return Value::Int(std::numeric_limits<std::int64_t>::max(), kDurationType);
  return Value::Int(nanos < 0 ? -nanos : nanos, kDurationType);
}

constexpr std::int64_t kMinute = 60 * kNanos;
constexpr std::int64_t kHour = 60 * kMinute;

}  // namespace

constinit const Method kTimeMethods[28] = {
    {.name = "Format", .call = Format, .params = kTakesString},
    {.name = "Add", .call = Add, .params = kTakesDuration},
    {.name = "Sub", .call = Sub, .params = kTakesTime},
    {.name = "AddDate", .call = AddDate, .params = kTakesThreeInts},
    {.name = "UTC", .call = InUtc},
    {.name = "Local", .call = InLocal},
    {.name = "Unix", .call = UnixPart<1>},
    {.name = "UnixMilli", .call = UnixPart<1'000>},
    {.name = "UnixMicro", .call = UnixPart<1'000'000>},
    {.name = "UnixNano", .call = UnixPart<kNanos>},
    {.name = "Year", .call = Year},
    {.name = "Month", .call = MonthOf},
    {.name = "Day", .call = CivilPart<&CivilTime::day>},
    {.name = "YearDay", .call = CivilPart<&CivilTime::year_day>},
    {.name = "Weekday", .call = WeekdayOf},
    {.name = "Hour", .call = CivilPart<&CivilTime::hour>},
    {.name = "Minute", .call = CivilPart<&CivilTime::minute>},
    {.name = "Second", .call = CivilPart<&CivilTime::second>},
    {.name = "Nanosecond", .call = Nanosecond},
    {.name = "Before", .call = Before, .params = kTakesTime},
    {.name = "After", .call = After, .params = kTakesTime},
    {.name = "Equal", .call = SameTime, .params = kTakesTime},
    {.name = "Compare", .call = Compare, .params = kTakesTime},
    {.name = "IsZero", .call = IsZero},
    {.name = "Truncate", .call = TruncateTime, .params = kTakesDuration},
    {.name = "Round", .call = RoundTime, .params = kTakesDuration},
    {.name = "String", .call = Text},
    {.name = "GoString", .call = GoText},
};

constinit const Method kDurationMethods[10] = {
    {.name = "Hours", .call = DurationIn<kHour>},
    {.name = "Minutes", .call = DurationIn<kMinute>},
    {.name = "Seconds", .call = DurationIn<kNanos>},
    {.name = "Milliseconds", .call = DurationWhole<1'000'000>},
    {.name = "Microseconds", .call = DurationWhole<1'000>},
    {.name = "Nanoseconds", .call = DurationWhole<1>},
    {.name = "Truncate", .call = TruncateDuration, .params = kTakesDuration},
    {.name = "Round", .call = RoundDuration, .params = kTakesDuration},
    {.name = "Abs", .call = AbsDuration},
    {.name = "String", .call = Text},
};

constinit const Method kTextMethods[1] = {{.name = "String", .call = Text}};

}  // namespace tocsin::gotemplate
