#include "base/time.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tocsin {

namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosPerMilli = 1'000'000;
// 0001-01-01T00:00:00Z in seconds since the Unix epoch.
constexpr std::int64_t kYearOneSeconds = -62'135'596'800;
// The smallest instant that is not the sentinel: where everything earlier saturates to.
constexpr Time kEarliest = kZeroTime + Duration(1);

std::int64_t FloorDivide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

// Seconds since the epoch (rounded down) and the nanoseconds above them.
struct Split {
  std::int64_t seconds;
  std::int64_t nanos;
};

Split SplitSeconds(Time t) {
  if (IsZero(t)) return {kYearOneSeconds, 0};
  const std::int64_t ns = t.time_since_epoch().count();
  const std::int64_t seconds = FloorDivide(ns, kNanosPerSecond);
  // By difference of remainders: seconds * 1e9 may not be representable at the lower end.
  const std::int64_t remainder = ns % kNanosPerSecond;
  return {seconds, remainder < 0 ? remainder + kNanosPerSecond : remainder};
}

void PutDigits(std::int64_t value, int width, char* out) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Writes `YYYY-MM-DDTHH:MM:SS`, 19 characters.
void PutDateTime(std::int64_t seconds, char* out) {
  using std::chrono::days;
  using std::chrono::sys_days;
  const std::int64_t day = FloorDivide(seconds, 86'400);
  const std::int64_t second = seconds - day * 86'400;
  const std::chrono::year_month_day date(sys_days(days(static_cast<int>(day))));
  PutDigits(static_cast<int>(date.year()), 4, out);
  out[4] = '-';
  PutDigits(static_cast<unsigned>(date.month()), 2, out + 5);
  out[7] = '-';
  PutDigits(static_cast<unsigned>(date.day()), 2, out + 8);
  out[10] = 'T';
  PutDigits(second / 3600, 2, out + 11);
  out[13] = ':';
  PutDigits(second / 60 % 60, 2, out + 14);
  out[16] = ':';
  PutDigits(second % 60, 2, out + 17);
}

// Reads one timestamp from the front of a text; every function says whether it could.
class TimestampReader {
 public:
  explicit TimestampReader(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }

  bool Skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool ReadDigits(std::size_t width, int* value) {
    if (rest_.size() < width) return false;
    *value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      *value = *value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(width);
    return true;
  }

  bool ReadDate() {
    int year = 0;
    int month = 0;
    int day = 0;
    if (!ReadDigits(4, &year) || !Skip('-') || !ReadDigits(2, &month) || !Skip('-') ||
        !ReadDigits(2, &day)) {
      return false;
    }
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return false;
    year_ = year;
    seconds_ = std::int64_t{std::chrono::sys_days(date).time_since_epoch().count()} * 86'400;
    return true;
  }

  bool ReadHourMinute() {
    int hour = 0;
    int minute = 0;
    if (!ReadDigits(2, &hour) || !Skip(':') || !ReadDigits(2, &minute)) return false;
    if (hour > 23 || minute > 59) return false;
    seconds_ += hour * 3600 + minute * 60;
    return true;
  }

  // `:SS` and an optional fraction.
  bool ReadSeconds() {
    int second = 0;
    if (!Skip(':') || !ReadDigits(2, &second) || second > 59) return false;
    seconds_ += second;
    return Skip('.') ? ReadFraction() : true;
  }

  // `Z` or `±HH:MM`.
  bool ReadZone(bool needs_colon = true) {
    if (Skip('Z')) return true;
    int sign = 0;
    if (Skip('+')) {
      sign = 1;
    } else if (Skip('-')) {
      sign = -1;
    } else {
      return false;
    }
    int hours = 0;
    int minutes = 0;
    if (!ReadDigits(2, &hours)) return false;
    if (!Skip(':') && needs_colon) return false;
    if (!ReadDigits(2, &minutes)) return false;
    if (hours > 24 || minutes > 59) return false;
    seconds_ -= sign * (hours * 3600 + minutes * 60);
    return true;
  }

  bool HasMillisOrMicros() const { return fraction_digits_ == 3 || fraction_digits_ == 6; }

  Time Value() const {
    if (year_ == 1) return kZeroTime;
    constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max() / kNanosPerSecond;
    // One second is left at both ends so that adding the fraction cannot overflow.
    if (seconds_ >= kMax) return Time::max();
    if (seconds_ <= -kMax) return kEarliest;
    return Time(Duration(seconds_ * kNanosPerSecond + nanos_));
  }

 private:
  bool ReadFraction() {
    std::size_t count = 0;
    std::int64_t scale = kNanosPerSecond;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      scale /= 10;
      nanos_ += (rest_[count] - '0') * scale;
    }
    rest_.remove_prefix(count);
    fraction_digits_ = count;
    return count > 0;
  }

  std::string_view rest_;
  int year_ = 0;
  std::int64_t seconds_ = 0;
  std::int64_t nanos_ = 0;
  std::size_t fraction_digits_ = 0;
};

}  // namespace

void AppendRfc3339Nano(Time t, std::string* out) {
  const Split split = SplitSeconds(t);
  std::array<char, 30> text;
  PutDateTime(split.seconds, text.data());
  std::size_t size = 19;
  if (split.nanos != 0) {
    text[19] = '.';
    PutDigits(split.nanos, 9, text.data() + 20);
    size = 29;
    while (text[size - 1] == '0') --size;
  }
  text[size++] = 'Z';
  out->append(text.data(), size);
}

void AppendRfc3339Milli(Time t, std::string* out) {
  const Split split = SplitSeconds(t);
  std::array<char, 24> text;
  PutDateTime(split.seconds, text.data());
  text[19] = '.';
  PutDigits(split.nanos / kNanosPerMilli, 3, text.data() + 20);
  text[23] = 'Z';
  out->append(text.data(), text.size());
}

std::string FormatRfc3339Nano(Time t) {
  std::string out;
  AppendRfc3339Nano(t, &out);
  return out;
}

std::string FormatRfc3339Milli(Time t) {
  std::string out;
  AppendRfc3339Milli(t, &out);
  return out;
}

std::optional<Time> ParseRfc3339(std::string_view text) {
  TimestampReader reader(text);
  if (!reader.ReadDate() || !reader.Skip('T') || !reader.ReadHourMinute() ||
      !reader.ReadSeconds() || !reader.ReadZone() || !reader.AtEnd()) {
    return std::nullopt;
  }
  return reader.Value();
}

std::optional<Time> ParseApiTimestamp(std::string_view text) {
  if (text.empty()) return Time{};
  TimestampReader reader(text);
  if (!reader.ReadDate()) return std::nullopt;
  if (reader.AtEnd()) return reader.Value();
  if (!reader.Skip('T') && !reader.Skip(' ')) return std::nullopt;
  if (!reader.ReadHourMinute()) return std::nullopt;
  if (reader.AtEnd()) return reader.Value();
  // Without seconds a zone may follow; what is neither is refused by whichever comes second.
  const bool zone_follows = reader.ReadZone();
  if (!zone_follows) {
    if (!reader.ReadSeconds()) return std::nullopt;
    // Java and Python print `.123+0100`, and go-openapi takes it.
    const bool needs_colon = !reader.HasMillisOrMicros();
    if (!reader.AtEnd() && !reader.ReadZone(needs_colon)) return std::nullopt;
  }
  if (!reader.AtEnd()) return std::nullopt;
  return reader.Value();
}

double UnixSeconds(Time t) {
  const Split split = SplitSeconds(t);
  return static_cast<double>(split.seconds) + static_cast<double>(split.nanos) / 1e9;
}

Time FromUnixSeconds(double seconds) {
  if (std::isnan(seconds)) return kZeroTime;
  constexpr double kLimit = 9'223'372'036.0;
  if (seconds > kLimit) return Time::max();
  if (seconds < -kLimit) return kEarliest;
  // Whole seconds apart, so that the fraction keeps the digits that a product would round away.
  const double whole = std::floor(seconds);
  const auto nanos = static_cast<std::int64_t>(std::llround((seconds - whole) * 1e9));
  return SaturatingAdd(Time{},
                       Duration(static_cast<std::int64_t>(whole) * kNanosPerSecond + nanos));
}

long long UnixMillis(Time t) {
  const Split split = SplitSeconds(t);
  return split.seconds * 1000 + split.nanos / kNanosPerMilli;
}

Time SaturatingAdd(Time t, Duration d) {
  if (IsZero(t)) return t;
  std::int64_t sum = 0;
  if (__builtin_add_overflow(t.time_since_epoch().count(), d.count(), &sum)) {
    return d.count() < 0 ? kEarliest : Time::max();
  }
  const Time result{Duration(sum)};
  return IsZero(result) ? kEarliest : result;
}

}  // namespace tocsin
