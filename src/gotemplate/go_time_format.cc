#include "gotemplate/go_time.h"
#include "gotemplate/go_time_layout.h"

#include <cstdlib>

namespace tocsin::gotemplate {
namespace {

constexpr std::string_view kStringLayout = "2006-01-02 15:04:05.999999999 -0700 MST";

void AppendNumber(std::int64_t value, std::size_t width, std::string* out) {
  if (value < 0) {
    out->push_back('-');
    value = -value;
  }
  std::string digits = std::to_string(value);
  if (digits.size() < width) out->append(width - digits.size(), '0');
  out->append(digits);
}

void AppendBlankPadded(int value, std::size_t width, std::string* out) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) out->append(width - digits.size(), ' ');
  out->append(digits);
}

// `-0700`, `-07:00:00` …: the layout's text says which fields and whether there are colons.
void AppendOffset(std::string_view text, int offset, std::string* out) {
  if (text[0] == 'Z' && offset == 0) {
    out->push_back('Z');
    return;
  }
  bool colons = text.find(':') != std::string_view::npos;
  std::size_t fields = colons ? text.size() / 3 : text.size() / 2;
  out->push_back(offset < 0 ? '-' : '+');
  offset = std::abs(offset);
  AppendNumber(offset / 3600, 2, out);
  if (fields >= 2) {
    if (colons) out->push_back(':');
    AppendNumber(offset / 60 % 60, 2, out);
  }
  if (fields >= 3) {
    if (colons) out->push_back(':');
    AppendNumber(offset % 60, 2, out);
  }
}

void AppendZone(const GoTime& time, int offset, std::string* out) {
  if (time.zone != nullptr) {
    out->append(time.zone->At(time.unix_seconds).abbreviation);
  } else if (offset == 0) {
    out->append("UTC");
  } else {
    AppendOffset("-0700", offset, out);
  }
}

void AppendFraction(std::string_view text, std::int32_t nanoseconds, bool trim, std::string* out) {
  std::string digits = std::to_string(1'000'000'000 + nanoseconds).substr(1);
  digits.resize(text.size() - 1, '0');
  if (trim) {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) return;
  }
  out->push_back(text[0]);
  out->append(digits);
}

int Hour12(int hour) {
  return hour % 12 == 0 ? 12 : hour % 12;
}

// Parts of the date; false if `chunk` is none.
bool AppendDatePart(const LayoutChunk& chunk, const CivilTime& civil, std::string* out) {
  switch (chunk.part) {
    case LayoutPart::kLongMonth:
      out->append(MonthName(civil.month));
      return true;
    case LayoutPart::kMonth:
      out->append(MonthName(civil.month).substr(0, 3));
      return true;
    case LayoutPart::kNumMonth:
      AppendNumber(civil.month, 1, out);
      return true;
    case LayoutPart::kZeroMonth:
      AppendNumber(civil.month, 2, out);
      return true;
    case LayoutPart::kLongWeekday:
      out->append(WeekdayName(civil.weekday));
      return true;
    case LayoutPart::kWeekday:
      out->append(WeekdayName(civil.weekday).substr(0, 3));
      return true;
    case LayoutPart::kDay:
      AppendNumber(civil.day, 1, out);
      return true;
    case LayoutPart::kUnderDay:
      AppendBlankPadded(civil.day, 2, out);
      return true;
    case LayoutPart::kZeroDay:
      AppendNumber(civil.day, 2, out);
      return true;
    case LayoutPart::kUnderYearDay:
      AppendBlankPadded(civil.year_day, 3, out);
      return true;
    case LayoutPart::kZeroYearDay:
      AppendNumber(civil.year_day, 3, out);
      return true;
    case LayoutPart::kLongYear:
      AppendNumber(civil.year, 4, out);
      return true;
    case LayoutPart::kYear:
      AppendNumber(std::abs(civil.year) % 100, 2, out);
      return true;
    default:
      return false;
  }
}

void AppendClockPart(const LayoutChunk& chunk, const CivilTime& civil, const GoTime& time,
                     std::string* out) {
  switch (chunk.part) {
    case LayoutPart::kHour:
      return AppendNumber(civil.hour, 2, out);
    case LayoutPart::kHour12:
      return AppendNumber(Hour12(civil.hour), 1, out);
    case LayoutPart::kZeroHour12:
      return AppendNumber(Hour12(civil.hour), 2, out);
    case LayoutPart::kMinute:
      return AppendNumber(civil.minute, 1, out);
    case LayoutPart::kZeroMinute:
      return AppendNumber(civil.minute, 2, out);
    case LayoutPart::kSecond:
      return AppendNumber(civil.second, 1, out);
    case LayoutPart::kZeroSecond:
      return AppendNumber(civil.second, 2, out);
    case LayoutPart::kUpperPm:
      out->append(civil.hour >= 12 ? "PM" : "AM");
      return;
    case LayoutPart::kLowerPm:
      out->append(civil.hour >= 12 ? "pm" : "am");
      return;
    case LayoutPart::kZone:
      return AppendZone(time, civil.offset, out);
    case LayoutPart::kOffset:
    case LayoutPart::kZuluOffset:
      return AppendOffset(chunk.text, civil.offset, out);
    case LayoutPart::kFraction:
    case LayoutPart::kTrimFraction:
      return AppendFraction(chunk.text, time.nanoseconds, chunk.part == LayoutPart::kTrimFraction,
                            out);
    default:
      return;
  }
}

}  // namespace

void AppendGoTime(const GoTime& time, std::string_view layout, std::string* out) {
  CivilTime civil = ToCivil(time);
  while (!layout.empty()) {
    LayoutChunk chunk = NextChunk(&layout);
    out->append(chunk.before);
    if (!AppendDatePart(chunk, civil, out)) AppendClockPart(chunk, civil, time, out);
  }
}

std::string FormatGoTime(const GoTime& time, std::string_view layout) {
  std::string out;
  AppendGoTime(time, layout, &out);
  return out;
}

void AppendGoTime(const GoTime& time, std::string* out) {
  AppendGoTime(time, kStringLayout, out);
}

}  // namespace tocsin::gotemplate
