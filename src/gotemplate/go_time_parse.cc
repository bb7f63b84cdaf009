#include "base/text.h"
#include "gotemplate/go_time.h"
#include "gotemplate/go_time_layout.h"

#include <optional>
#include <string>

namespace tocsin::gotemplate {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         AsciiLower(text.substr(0, prefix.size())) == AsciiLower(prefix);
}

// Reads the text of one time, part by part. Each reader takes its part off `text_` and returns
// false if the text does not fit; `range_` then names a field whose number is too large.
class TimeParser {
 public:
  TimeParser(std::string_view layout, std::string_view text)
      : layout_(layout), whole_layout_(layout), text_(text), whole_text_(text) {}

  Result<GoTime> Run();

 private:
  bool Part(const LayoutChunk& chunk);
  bool DatePart(LayoutPart part);
  bool Digits(std::size_t least, std::size_t most, int* value);
  bool Number(bool two_digits, int low, int high, std::string_view name, int* value);
  bool Year(bool four_digits);
  bool Seconds(bool two_digits);
  bool Name(bool month, bool whole);
  bool YearDay(bool padded);
  bool AmPm(bool upper);
  bool Offset(std::string_view pattern);
  bool ZoneName();
  bool Fraction(std::size_t digits);
  bool TrimFraction();
  bool CheckDate();
  bool SkipLiteral(std::string_view literal);
  std::string Message(std::string_view what) const;

  std::string_view layout_;
  std::string_view whole_layout_;
  std::string_view text_;
  std::string_view whole_text_;
  std::string_view range_;
  int year_ = 0;
  int month_ = -1;
  int day_ = -1;
  int year_day_ = -1;
  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  int nanoseconds_ = 0;
  bool pm_ = false;
  bool am_ = false;
  std::optional<int> offset_;
};

std::string TimeParser::Message(std::string_view what) const {
  return "parsing time " + GoQuote(whole_text_) + std::string(what);
}

bool TimeParser::Digits(std::size_t least, std::size_t most, int* value) {
  std::size_t count = 0;
  *value = 0;
  while (count < most && count < text_.size() && IsDigit(text_[count])) {
    *value = *value * 10 + (text_[count++] - '0');
  }
  if (count < least) return false;
  text_.remove_prefix(count);
  return true;
}

bool TimeParser::Number(bool two_digits, int low, int high, std::string_view name, int* value) {
  if (!Digits(two_digits ? 2 : 1, 2, value)) return false;
  if (*value < low || *value > high) range_ = name;
  return range_.empty();
}

bool TimeParser::Year(bool four_digits) {
  if (four_digits) return Digits(4, 4, &year_);
  if (!Digits(2, 2, &year_)) return false;
  year_ += year_ >= 69 ? 1900 : 2000;
  return true;
}

bool TimeParser::Name(bool month, bool whole) {
  for (int i = 0; i < (month ? 12 : 7); ++i) {
    std::string_view name = month ? MonthName(i + 1) : WeekdayName(i);
    if (!whole) name = name.substr(0, 3);
    if (!StartsWithIgnoringCase(text_, name)) continue;
    text_.remove_prefix(name.size());
    if (month) month_ = i + 1;
    return true;
  }
  return false;
}

bool TimeParser::YearDay(bool padded) {
  for (int i = 0; i < 2 && padded && text_.starts_with(' '); ++i) {
    text_.remove_prefix(1);
  }
  return Digits(padded ? 1 : 3, 3, &year_day_);
}

bool TimeParser::Seconds(bool two_digits) {
  if (!Number(two_digits, 0, 59, "second", &second_)) return false;
  // A fraction may follow the seconds even if the layout has none.
  bool fraction = text_.size() >= 2 && (text_[0] == '.' || text_[0] == ',') && IsDigit(text_[1]);
  if (!fraction) return true;
  std::string_view rest = layout_;
  LayoutChunk next = NextChunk(&rest);
  if (next.part == LayoutPart::kFraction || next.part == LayoutPart::kTrimFraction) return true;
  return TrimFraction();
}

bool TimeParser::Fraction(std::size_t digits) {
  if (text_.size() < digits + 1 || (text_[0] != '.' && text_[0] != ',')) return false;
  int value = 0;
  std::size_t count = 0;
  for (; count < digits; ++count) {
    char c = text_[1 + count];
    if (!IsDigit(c)) return false;
    if (count < 9) value = value * 10 + (c - '0');
  }
  for (; count < 9; ++count) value *= 10;
  nanoseconds_ = value;
  text_.remove_prefix(digits + 1);
  return true;
}

bool TimeParser::TrimFraction() {
  if (text_.size() < 2 || (text_[0] != '.' && text_[0] != ',') || !IsDigit(text_[1])) return true;
  std::size_t digits = 0;
  while (1 + digits < text_.size() && IsDigit(text_[1 + digits])) ++digits;
  return Fraction(digits);
}

bool TimeParser::AmPm(bool upper) {
  std::string_view half = text_.substr(0, 2);
  bool pm = half == (upper ? "PM" : "pm");
  if (!pm && half != (upper ? "AM" : "am")) return false;
  text_.remove_prefix(2);
  (pm ? pm_ : am_) = true;
  return true;
}

// `pattern` is the layout's -0700, Z07:00 and so on.
bool TimeParser::Offset(std::string_view pattern) {
  if (pattern[0] == 'Z' && text_.starts_with('Z')) {
    text_.remove_prefix(1);
    offset_ = 0;
    return true;
  }
  if (text_.size() < pattern.size() || (text_[0] != '+' && text_[0] != '-')) return false;
  bool negative = text_[0] == '-';
  text_.remove_prefix(1);
  bool colons = pattern.find(':') != std::string_view::npos;
  std::size_t fields = colons ? pattern.size() / 3 : pattern.size() / 2;
  int seconds = 0;
  int unit = 3600;
  for (std::size_t i = 0; i < fields; ++i, unit /= 60) {
    if (i > 0 && colons && !SkipLiteral(":")) return false;
    int value = 0;
    if (!Digits(2, 2, &value)) return false;
    if (value > (i == 0 ? 24 : 60)) {
      range_ = i == 0 ? "time zone offset hour" : "time zone offset minute";
      if (i == 2) range_ = "time zone offset second";
      return false;
    }
    seconds += value * unit;
  }
  offset_ = negative ? -seconds : seconds;
  return true;
}

// An abbreviation says nothing certain about the offset; only its form is checked.
bool TimeParser::ZoneName() {
  std::size_t letters = 0;
  while (letters < text_.size() && text_[letters] >= 'A' && text_[letters] <= 'Z') ++letters;
  if (text_.starts_with("GMT") && text_.size() > 3 && (text_[3] == '+' || text_[3] == '-')) {
    std::size_t end = text_.find_first_not_of("0123456789", 4);
    text_.remove_prefix(std::min(end, text_.size()));
    return true;
  }
  bool numeric = letters == 0 && text_.size() >= 3 && (text_[0] == '+' || text_[0] == '-') &&
                 IsDigit(text_[1]) && IsDigit(text_[2]);
  if (numeric) letters = 3;
  if (letters < 3 || letters > 5) return false;
  text_.remove_prefix(letters);
  return true;
}

// Where the layout has a space, the text may have any number of them.
bool TimeParser::SkipLiteral(std::string_view literal) {
  while (!literal.empty()) {
    if (literal[0] == ' ') {
      if (!text_.empty() && text_[0] != ' ') return false;
      literal.remove_prefix(std::min(literal.find_first_not_of(' '), literal.size()));
      text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
      continue;
    }
    if (text_.empty() || text_[0] != literal[0]) return false;
    literal.remove_prefix(1);
    text_.remove_prefix(1);
  }
  return true;
}

bool TimeParser::DatePart(LayoutPart part) {
  switch (part) {
    case LayoutPart::kYear:
    case LayoutPart::kLongYear:
      return Year(part == LayoutPart::kLongYear);
    case LayoutPart::kMonth:
    case LayoutPart::kLongMonth:
      return Name(true, part == LayoutPart::kLongMonth);
    case LayoutPart::kWeekday:
    case LayoutPart::kLongWeekday:
      return Name(false, part == LayoutPart::kLongWeekday);
    case LayoutPart::kNumMonth:
    case LayoutPart::kZeroMonth:
      return Number(part == LayoutPart::kZeroMonth, 1, 12, "month", &month_);
    case LayoutPart::kUnderDay:
      if (text_.starts_with(' ')) text_.remove_prefix(1);
      [[fallthrough]];
    case LayoutPart::kDay:
    case LayoutPart::kZeroDay:
      return Number(part == LayoutPart::kZeroDay, 0, 99, "day", &day_);
    default:
      return YearDay(part == LayoutPart::kUnderYearDay);
  }
}

bool TimeParser::Part(const LayoutChunk& chunk) {
  switch (chunk.part) {
    case LayoutPart::kHour:
      return Number(false, 0, 23, "hour", &hour_);
    case LayoutPart::kHour12:
    case LayoutPart::kZeroHour12:
      return Number(chunk.part == LayoutPart::kZeroHour12, 0, 12, "hour", &hour_);
    case LayoutPart::kMinute:
    case LayoutPart::kZeroMinute:
      return Number(chunk.part == LayoutPart::kZeroMinute, 0, 59, "minute", &minute_);
    case LayoutPart::kSecond:
    case LayoutPart::kZeroSecond:
      return Seconds(chunk.part == LayoutPart::kZeroSecond);
    case LayoutPart::kUpperPm:
    case LayoutPart::kLowerPm:
      return AmPm(chunk.part == LayoutPart::kUpperPm);
    case LayoutPart::kOffset:
    case LayoutPart::kZuluOffset:
      return Offset(chunk.text);
    case LayoutPart::kZone:
      return ZoneName();
    case LayoutPart::kFraction:
      return Fraction(chunk.text.size() - 1);
    case LayoutPart::kTrimFraction:
      return TrimFraction();
    default:
      return DatePart(chunk.part);
  }
}

// Fills in what the text does not say, and checks that the day exists.
bool TimeParser::CheckDate() {
  if (pm_ && hour_ < 12) hour_ += 12;
  if (am_ && hour_ == 12) hour_ = 0;
  std::int64_t new_year = DaysFromCivil(year_, 1, 1);
  std::int64_t days_in_year = DaysFromCivil(year_ + 1, 1, 1) - new_year;
  if (year_day_ >= 0) {
    if (year_day_ < 1 || year_day_ > days_in_year) return false;
    std::int64_t date = new_year + year_day_ - 1;
    CivilTime civil = ToCivil({.unix_seconds = date * 86'400});
    if ((month_ >= 0 && month_ != civil.month) || (day_ >= 0 && day_ != civil.day)) return false;
    month_ = civil.month;
    day_ = civil.day;
  }
  if (month_ < 0) month_ = 1;
  if (day_ < 0) day_ = 1;
  std::int64_t days_in_month =
      DaysFromCivil(year_, month_ + 1, 1) - DaysFromCivil(year_, month_, 1);
  return day_ >= 1 && day_ <= days_in_month;
}

Result<GoTime> TimeParser::Run() {
  while (true) {
    LayoutChunk chunk = NextChunk(&layout_);
    auto cannot = [&](std::string_view rest, std::string_view wanted) {
      return Fail(Message(" as " + GoQuote(whole_layout_) + ": cannot parse " + GoQuote(rest) +
                          " as " + GoQuote(wanted)));
    };
    if (!SkipLiteral(chunk.before)) return cannot(text_, chunk.before);
    if (chunk.part == LayoutPart::kNone) break;
    std::string_view before = text_;
    if (Part(chunk)) continue;
    if (!range_.empty()) return Fail(Message(": " + std::string(range_) + " out of range"));
    return cannot(before, chunk.text);
  }
  if (!text_.empty()) return Fail(Message(": extra text: " + GoQuote(text_)));
  if (!CheckDate()) {
    return Fail(Message(year_day_ >= 0 && (year_day_ < 1 || year_day_ > 366)
                            ? ": day-of-year out of range"
                            : ": day out of range"));
  }
  std::int64_t seconds =
      DaysFromCivil(year_, month_, day_) * 86'400 + hour_ * 3600 + minute_ * 60 + second_;
  return GoTime{.unix_seconds = seconds - offset_.value_or(0),
                .nanoseconds = nanoseconds_,
                .offset = offset_.value_or(0)};
}

}  // namespace

Result<GoTime> ParseGoTime(std::string_view layout, std::string_view text) {
  return TimeParser(layout, text).Run();
}

}  // namespace tocsin::gotemplate
