#include "templates/humanize.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <system_error>

namespace tocsin::templates {
namespace {

constexpr std::array<std::string_view, 8> kSmallPrefixes = {"m", "u", "n", "p", "f", "a", "z", "y"};
constexpr std::array<std::string_view, 8> kLargePrefixes = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::array<std::string_view, 8> kBinaryPrefixes = {"ki", "Mi", "Gi", "Ti",
                                                             "Pi", "Ei", "Zi", "Yi"};

// Numbers from 1 to 1000, which is what the prefixes leave. False, with nothing done, for others
// and where four digits cut so close to a tie that the multiplication may have moved it.
bool AppendFourDigitsQuickly(double value, std::string* out) {
  const double size = std::fabs(value);
  if (!(size >= 1 && size < 1000)) return false;
  const std::size_t whole_digits = size < 10 ? 1 : (size < 100 ? 2 : 3);
  constexpr std::array<double, 4> kScale = {0, 1000, 100, 10};
  const double scaled = size * kScale[whole_digits];
  auto digits = static_cast<std::uint32_t>(scaled);
  const double rest = scaled - digits;
  if (std::fabs(rest - 0.5) < 1e-6) return false;
  if (rest > 0.5) ++digits;
  if (digits == 10'000) return false;
  std::array<char, 5> text{};  // Four digits and the point.
  for (std::size_t i = text.size(); i-- > 0; digits /= 10) {
    if (i == whole_digits) text[i--] = '.';
    text[i] = static_cast<char>('0' + digits % 10);
  }
  std::size_t length = text.size();
  while (text[length - 1] == '0') --length;
  if (text[length - 1] == '.') --length;
  if (value < 0) out->push_back('-');
  out->append(text.data(), length);
  return true;
}

void ScaleDown(double value, double base, const std::array<std::string_view, 8>& prefixes,
               std::string* out) {
  std::string_view prefix;
  for (const std::string_view next : prefixes) {
    if (std::fabs(value) < base) break;
    prefix = next;
    value /= base;
  }
  AppendFourDigits(value, out);
  out->append(prefix);
}

void ScaleUp(double value, std::string* out) {
  std::string_view prefix;
  for (const std::string_view next : kSmallPrefixes) {
    if (std::fabs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  AppendFourDigits(value, out);
  out->append(prefix);
}

void AppendWhole(std::int64_t value, std::string_view unit, std::string* out) {
  out->append(std::to_string(value)).append(unit);
}

// Go's conversion on the usual processors: what does not fit becomes the smallest integer.
std::int64_t ToInt64(double value) {
  if (value >= -0x1p63 && value < 0x1p63) return static_cast<std::int64_t>(value);
  return std::numeric_limits<std::int64_t>::min();
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::optional<double> ParseSpecial(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  const bool sign = negative || (!text.empty() && text.front() == '+');
  const std::string lower = AsciiLower(text.substr(sign ? 1 : 0));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (lower == "inf" || lower == "infinity") return negative ? -kInfinity : kInfinity;
  if (lower == "nan" && !sign) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

// A number's text once the grammar is checked and the underscores are gone.
struct Digits {
  bool negative = false;
  bool hexadecimal = false;
  std::string text;  // Without sign and 0x.
};

class FloatScanner {
 public:
  explicit FloatScanner(std::string_view text) : rest_(text) {}

  std::optional<Digits> Scan() {
    digits_.negative = Take('-');
    if (!digits_.negative) Take('+');
    if (rest_.size() >= 2 && rest_[0] == '0' && (rest_[1] == 'x' || rest_[1] == 'X')) {
      digits_.hexadecimal = true;
      rest_.remove_prefix(2);
    }
    const bool leading_underscore_allowed = digits_.hexadecimal;
    std::size_t count = 0;
    if (!Run(digits_.hexadecimal, leading_underscore_allowed, &count)) return std::nullopt;
    if (Take('.')) {
      digits_.text += '.';
      if (!Run(digits_.hexadecimal, false, &count)) return std::nullopt;
    }
    if (count == 0 || !Exponent() || !rest_.empty()) return std::nullopt;
    return std::move(digits_);
  }

 private:
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Digits with single underscores between them.
  bool Run(bool hexadecimal, bool underscore_first, std::size_t* count) {
    bool after_digit = underscore_first;
    bool open_underscore = false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '_') {
        if (!after_digit) return false;
        after_digit = false;
        open_underscore = true;
      } else if (hexadecimal ? IsHexDigit(c) : IsDigit(c)) {
        after_digit = true;
        open_underscore = false;
        digits_.text += c;
        ++*count;
      } else {
        break;
      }
      rest_.remove_prefix(1);
    }
    return !open_underscore;
  }

  // A hexadecimal number must have one.
  bool Exponent() {
    const char lower = digits_.hexadecimal ? 'p' : 'e';
    const char upper = digits_.hexadecimal ? 'P' : 'E';
    if (!Take(lower) && !Take(upper)) return !digits_.hexadecimal;
    digits_.text += lower;
    if (Take('-')) {
      digits_.text += '-';
    } else {
      Take('+');
    }
    std::size_t count = 0;
    return Run(false, false, &count) && count > 0;
  }

  std::string_view rest_;
  Digits digits_;
};

tl::unexpected<Error> ParseFloatError(std::string_view text, std::string_view reason) {
  return Fail("strconv.ParseFloat: parsing " + GoQuote(text) + ": " + std::string(reason));
}

}  // namespace

Result<double> ParseGoFloat(std::string_view text) {
  if (const std::optional<double> special = ParseSpecial(text)) return *special;
  const std::optional<Digits> digits = FloatScanner(text).Scan();
  if (!digits) return ParseFloatError(text, "invalid syntax");
  const char* const begin = digits->text.data();
  const char* const end = begin + digits->text.size();
  double value = 0;
  const auto format = digits->hexadecimal ? std::chars_format::hex : std::chars_format::general;
  if (std::from_chars(begin, end, value, format).ec == std::errc::result_out_of_range) {
    // Too large is an error, too small is zero; from_chars does not say which.
    value =
        std::strtod((digits->hexadecimal ? "0x" + digits->text : digits->text).c_str(), nullptr);
    if (std::isinf(value)) return ParseFloatError(text, "value out of range");
  }
  return digits->negative ? -value : value;
}

void AppendFourDigits(double value, std::string* out) {
  if (std::isnan(value)) {
    out->append("NaN");
  } else if (std::isinf(value)) {
    out->append(value > 0 ? "+Inf" : "-Inf");
  } else if (!AppendFourDigitsQuickly(value, out)) {
    std::array<char, 16> text;  // -1.234e-308 is the longest.
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 4);
    out->append(text.data(), end.ptr);
  }
}

void AppendHumanized(double value, std::string* out) {
  if (value == 0 || !std::isfinite(value)) return AppendFourDigits(value, out);
  if (std::fabs(value) < 1) return ScaleUp(value, out);
  ScaleDown(value, 1000, kLargePrefixes, out);
}

void AppendHumanized1024(double value, std::string* out) {
  if (std::fabs(value) <= 1 || !std::isfinite(value)) return AppendFourDigits(value, out);
  ScaleDown(value, 1024, kBinaryPrefixes, out);
}

void AppendHumanizedDuration(double seconds, std::string* out) {
  if (!std::isfinite(seconds)) return AppendFourDigits(seconds, out);
  const double size = std::fabs(seconds);
  if (size < 1) {
    if (seconds == 0) {
      out->push_back('0');
    } else {
      ScaleUp(seconds, out);
    }
    out->push_back('s');
    return;
  }
  if (seconds < 0) out->push_back('-');
  const std::int64_t whole = ToInt64(size);
  const std::int64_t days = whole / 86400;
  const std::int64_t hours = whole / 3600 % 24;
  const std::int64_t minutes = whole / 60 % 60;
  if (days == 0 && hours == 0 && minutes == 0) {
    AppendFourDigits(size, out);
    out->push_back('s');
    return;
  }
  if (days != 0) AppendWhole(days, "d ", out);
  if (days != 0 || hours != 0) AppendWhole(hours, "h ", out);
  AppendWhole(minutes, "m ", out);
  AppendWhole(whole % 60, "s", out);
}

void AppendHumanizedPercentage(double ratio, std::string* out) {
  AppendFourDigits(ratio * 100, out);
  out->push_back('%');
}

}  // namespace tocsin::templates
