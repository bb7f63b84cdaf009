#include "promql/number.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <system_error>

namespace tocsin::promql {

namespace {

std::optional<double> ParseInteger(std::string_view digits, int base) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return static_cast<double>(value);
}

// As Go has it: an underscore stands between digits, or behind `0x`.
bool HasGoodSeparators(std::string_view lower) {
  const bool hexadecimal = lower.starts_with("0x");
  const auto is_digit = [&](std::size_t at) {
    if (at >= lower.size()) return false;
    const char c = lower[at];
    return (c >= '0' && c <= '9') || (hexadecimal && c >= 'a' && c <= 'f');
  };
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (lower[i] != '_') continue;
    const bool follows = i > 0 && (is_digit(i - 1) || (hexadecimal && i == 2));
    if (!follows || !is_digit(i + 1)) return false;
  }
  return true;
}

tl::unexpected<Error> Unreadable(std::string_view text, std::string_view why) {
  return Fail("error parsing number: strconv.ParseFloat: parsing " + GoQuote(text) + ": " +
              std::string(why));
}

}  // namespace

Result<double> ParseNumber(std::string_view text) {
  const std::string lower = AsciiLower(text);
  if (lower == "inf") return std::numeric_limits<double>::infinity();
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (!HasGoodSeparators(lower)) return Unreadable(text, "invalid syntax");
  std::string plain(text);
  std::erase(plain, '_');
  if (lower.starts_with("0x")) {
    const auto value = ParseInteger(std::string_view(plain).substr(2), 16);
    if (!value) return Unreadable(text, "invalid syntax");
    return *value;
  }
  if (plain.size() > 1 && plain.front() == '0') {
    if (const auto octal = ParseInteger(plain, 8)) return *octal;
  }
  char* stop = nullptr;
  const double value = std::strtod(plain.c_str(), &stop);
  if (plain.empty() || *stop != '\0') return Unreadable(text, "invalid syntax");
  if (std::isinf(value)) return Unreadable(text, "value out of range");
  return value;
}

std::string FormatNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> buffer{};
  const auto shown = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                   std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(shown.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::string_view exponent_text = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  std::string digits(text.substr(0, e));
  std::erase(digits, '.');
  // Digits before the point.
  const int whole = exponent + 1;
  const std::string sign = std::signbit(value) ? "-" : "";
  if (whole <= 0) return sign + "0." + std::string(static_cast<std::size_t>(-whole), '0') + digits;
  const auto point = static_cast<std::size_t>(whole);
  if (digits.size() <= point) return sign + digits + std::string(point - digits.size(), '0');
  return sign + digits.substr(0, point) + "." + digits.substr(point);
}

}  // namespace tocsin::promql
