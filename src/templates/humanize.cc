#include "templates/humanize.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
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

std::string ScaleDown(double value, double base, const std::array<std::string_view, 8>& prefixes) {
  std::string_view prefix;
  for (const std::string_view next : prefixes) {
    if (std::fabs(value) < base) break;
    prefix = next;
    value /= base;
  }
  return FormatFourDigits(value).append(prefix);
}

std::string ScaleUp(double value) {
  std::string_view prefix;
  for (const std::string_view next : kSmallPrefixes) {
    if (std::fabs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  return FormatFourDigits(value).append(prefix);
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

std::string FormatFourDigits(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[32];
  const int size = std::snprintf(buffer, sizeof(buffer), "%.4g", value);
  return std::string(buffer, static_cast<std::size_t>(size));
}

std::string Humanize(double value) {
  if (value == 0 || !std::isfinite(value)) return FormatFourDigits(value);
  return std::fabs(value) >= 1 ? ScaleDown(value, 1000, kLargePrefixes) : ScaleUp(value);
}

std::string Humanize1024(double value) {
  if (std::fabs(value) <= 1 || !std::isfinite(value)) return FormatFourDigits(value);
  return ScaleDown(value, 1024, kBinaryPrefixes);
}

std::string HumanizeDuration(double seconds) {
  if (!std::isfinite(seconds)) return FormatFourDigits(seconds);
  if (seconds == 0) return "0s";
  if (std::fabs(seconds) < 1) return ScaleUp(seconds).append("s");
  std::string out = seconds < 0 ? "-" : "";
  const double size = std::fabs(seconds);
  const std::int64_t whole = ToInt64(size);
  const std::int64_t days = whole / 86400;
  const std::int64_t hours = whole / 3600 % 24;
  const std::int64_t minutes = whole / 60 % 60;
  if (days == 0 && hours == 0 && minutes == 0) return out + FormatFourDigits(size) + "s";
  if (days != 0) out += std::to_string(days) + "d ";
  if (days != 0 || hours != 0) out += std::to_string(hours) + "h ";
  return out + std::to_string(minutes) + "m " + std::to_string(whole % 60) + "s";
}

std::string HumanizePercentage(double ratio) {
  return FormatFourDigits(ratio * 100).append("%");
}

}  // namespace tocsin::templates
