#include "base/duration.h"

#include "base/text.h"

#include <array>
#include <cstdint>
#include <limits>

namespace tocsin {

namespace {

constexpr std::uint64_t kMaxNanos = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMilli = 1'000'000;
constexpr std::uint64_t kSecond = 1'000 * kMilli;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

struct Unit {
  std::string_view name;
  std::uint64_t nanos;
};

// In the order in which Prometheus demands them.
constexpr std::array<Unit, 7> kPrometheusUnits = {{
    {"y", 365 * kDay},
    {"w", 7 * kDay},
    {"d", kDay},
    {"h", kHour},
    {"m", kMinute},
    {"s", kSecond},
    {"ms", kMilli},
}};

// Both spellings of the micro sign are in use.
constexpr std::array<Unit, 8> kGoUnits = {{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},
    {"\u03bcs", 1'000},
    {"ms", kMilli},
    {"s", kSecond},
    {"m", kMinute},
    {"h", kHour},
}};

template <std::size_t N>
std::size_t FindUnit(const std::array<Unit, N>& units, std::string_view name) {
  std::size_t i = 0;
  while (i < N && units[i].name != name) ++i;
  return i;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes the leading digits; false if there are none or they exceed 64 bits.
bool TakeNumber(std::string_view* text, std::uint64_t* value) {
  std::size_t i = 0;
  *value = 0;
  for (; i < text->size() && IsDigit((*text)[i]); ++i) {
    if (__builtin_mul_overflow(*value, std::uint64_t{10}, value) ||
        __builtin_add_overflow(*value, static_cast<std::uint64_t>((*text)[i] - '0'), value)) {
      return false;
    }
  }
  text->remove_prefix(i);
  return i > 0;
}

template <class Stop>
std::string_view TakeUnit(std::string_view* text, Stop stop) {
  std::size_t i = 0;
  while (i < text->size() && !stop((*text)[i])) ++i;
  const std::string_view unit = text->substr(0, i);
  text->remove_prefix(i);
  return unit;
}

tl::unexpected<Error> UnknownUnit(std::string_view prefix, const std::string& unit,
                                  const std::string& text) {
  return Fail(std::string(prefix) + "unknown unit " + unit + " in duration " + text);
}

// Go's time package quotes by bytes: everything that is not printable ASCII becomes \xNN.
std::string QuoteBytes(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || byte < 0x20) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

// A number with an optional fraction, in Go's notation.
struct GoNumber {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;  // Digits after the point,
  double scale = 1;            // over this power of ten.
};

// Digits that would overflow are dropped: they are far below a nanosecond.
void TakeFraction(std::string_view* text, GoNumber* number) {
  std::size_t i = 0;
  bool full = false;
  for (; i < text->size() && IsDigit((*text)[i]); ++i) {
    if (full || number->fraction > (kMaxNanos - 9) / 10) {
      full = true;
      continue;
    }
    number->fraction = number->fraction * 10 + static_cast<std::uint64_t>((*text)[i] - '0');
    number->scale *= 10;
  }
  text->remove_prefix(i);
}

bool TakeGoNumber(std::string_view* text, GoNumber* number) {
  bool digits = false;
  if (!text->empty() && IsDigit(text->front())) {
    if (!TakeNumber(text, &number->whole) || number->whole > kMaxNanos + 1) return false;
    digits = true;
  }
  if (!text->empty() && text->front() == '.') {
    text->remove_prefix(1);
    digits = digits || (!text->empty() && IsDigit(text->front()));
    TakeFraction(text, number);
  }
  return digits;
}

// Adds number * unit to *total; false beyond 2^63, which only a negative duration may reach.
bool AddGoPart(const GoNumber& number, std::uint64_t unit, std::uint64_t* total) {
  std::uint64_t part = 0;
  if (__builtin_mul_overflow(number.whole, unit, &part) || part > kMaxNanos + 1) return false;
  // In floating point as Go does it, so that the last nanosecond agrees.
  part += static_cast<std::uint64_t>(static_cast<double>(number.fraction) *
                                     (static_cast<double>(unit) / number.scale));
  if (part > kMaxNanos + 1) return false;
  *total += part;
  return *total <= kMaxNanos + 1;
}

void AppendUnit(std::uint64_t count, std::string_view unit, std::string* out) {
  *out += std::to_string(count);
  *out += unit;
}

// `1.5` from 1500 with unit 1000; no trailing zeros.
std::string Decimal(std::uint64_t value, std::uint64_t unit) {
  std::string out = std::to_string(value / unit);
  std::uint64_t rest = value % unit;
  if (rest == 0) return out;
  out += '.';
  while (rest != 0) {
    unit /= 10;
    out += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return out;
}

std::uint64_t Magnitude(std::int64_t value) {
  return value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                   : static_cast<std::uint64_t>(value);
}

}  // namespace

Result<Duration> ParsePrometheusDuration(std::string_view text) {
  if (text.empty()) return Fail("empty duration string");
  if (text == "0") return Duration(0);
  const auto invalid = [&] { return Fail("not a valid duration string: " + GoQuote(text)); };
  std::string_view rest = text;
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  while (!rest.empty()) {
    std::uint64_t value = 0;
    if (!TakeNumber(&rest, &value)) return invalid();
    const std::string_view name = TakeUnit(&rest, IsDigit);
    if (name.empty()) return invalid();
    const std::size_t unit = FindUnit(kPrometheusUnits, name);
    if (unit == kPrometheusUnits.size()) return UnknownUnit("", GoQuote(name), GoQuote(text));
    if (unit < next_unit) return invalid();
    next_unit = unit + 1;
    std::uint64_t part = 0;
    if (__builtin_mul_overflow(value, kPrometheusUnits[unit].nanos, &part) || part > kMaxNanos ||
        total + part > kMaxNanos) {
      return Fail("duration out of range");
    }
    total += part;
  }
  return Duration(static_cast<std::int64_t>(total));
}

std::string FormatPrometheusDuration(Duration d) {
  std::uint64_t rest = Magnitude(d.count()) / kMilli * kMilli;
  if (rest == 0) return "0s";
  std::string out = d.count() < 0 ? "-" : "";
  for (const Unit& unit : kPrometheusUnits) {
    // Years and weeks only where nothing is left over: "8d" says more than "1w1d".
    if (unit.nanos > kDay && rest % unit.nanos != 0) continue;
    if (rest >= unit.nanos) AppendUnit(rest / unit.nanos, unit.name, &out);
    rest %= unit.nanos;
  }
  return out;
}

Result<Duration> ParseGoDuration(std::string_view text) {
  const auto invalid = [&] { return Fail("time: invalid duration " + QuoteBytes(text)); };
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  if (rest == "0") return Duration(0);
  if (rest.empty()) return invalid();
  std::uint64_t total = 0;
  while (!rest.empty()) {
    GoNumber number;
    if (!TakeGoNumber(&rest, &number)) return invalid();
    const std::string_view name = TakeUnit(&rest, [](char c) { return c == '.' || IsDigit(c); });
    if (name.empty()) return Fail("time: missing unit in duration " + QuoteBytes(text));
    const std::size_t unit = FindUnit(kGoUnits, name);
    if (unit == kGoUnits.size()) return UnknownUnit("time: ", QuoteBytes(name), QuoteBytes(text));
    if (!AddGoPart(number, kGoUnits[unit].nanos, &total)) return invalid();
  }
  if (!negative && total > kMaxNanos) return invalid();
  // Unsigned negation wraps to the right value, for the smallest duration as well.
  return Duration(static_cast<std::int64_t>(negative ? std::uint64_t{0} - total : total));
}

std::string FormatGoDuration(Duration d) {
  const std::uint64_t nanos = Magnitude(d.count());
  if (nanos == 0) return "0s";
  const std::string sign = d.count() < 0 ? "-" : "";
  if (nanos < 1'000) return sign + std::to_string(nanos) + "ns";
  if (nanos < kMilli) return sign + Decimal(nanos, 1'000) + "\u00b5s";
  if (nanos < kSecond) return sign + Decimal(nanos, kMilli) + "ms";
  std::string out = sign;
  if (nanos >= kHour) AppendUnit(nanos / kHour, "h", &out);
  if (nanos >= kMinute) AppendUnit(nanos / kMinute % 60, "m", &out);
  return out + Decimal(nanos % kMinute, kSecond) + "s";
}

}  // namespace tocsin
