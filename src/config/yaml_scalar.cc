#include "config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace tocsin::config {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

template <std::size_t N>
bool IsOneOf(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string WithoutUnderscores(std::string_view text) {
  std::string result(text);
  std::erase(result, '_');
  return result;
}

// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
bool IsDecimalFloat(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    return i - start;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  const std::size_t whole = digits();
  std::size_t fraction = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    fraction = digits();
  }
  if (whole + fraction == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

// `2001-12-14`, and with a time after T, t or spaces.
bool IsTimestamp(std::string_view text) {
  std::size_t i = 0;
  const auto number = [&](std::size_t least, std::size_t most) {
    const std::size_t start = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    return i - start >= least && i - start <= most;
  };
  const auto mark = [&](char c) { return i < text.size() && text[i] == c ? (++i, true) : false; };
  if (!number(4, 4) || !mark('-') || !number(1, 2) || !mark('-') || !number(1, 2)) return false;
  if (i == text.size()) return true;
  if (text[i] != 'T' && text[i] != 't' && text[i] != ' ') return false;
  ++i;
  return number(1, 2) && mark(':') && number(2, 2) && mark(':') && number(2, 2);
}

constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                    "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                                     "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 3> kNan = {".nan", ".NaN", ".NAN"};
constexpr std::array<std::string_view, 3> kInf = {".inf", ".Inf", ".INF"};

struct Whole {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

std::optional<Whole> ReadWhole(std::string_view text) {
  if (text.empty() || text.front() == '_') return std::nullopt;
  const std::string plain = WithoutUnderscores(text);
  std::string_view digits = plain;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.size() > 1 && digits.front() == '0') {
    const char kind = digits[1];
    base = kind == 'x' || kind == 'X' ? 16 : kind == 'b' || kind == 'B' ? 2 : 8;
    digits.remove_prefix(base == 8 && kind != 'o' && kind != 'O' ? 1 : 2);
  }
  std::uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, magnitude, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return Whole{negative, magnitude};
}

}  // namespace

ScalarType ResolveScalar(std::string_view text) {
  if (IsOneOf(text, kNulls)) return ScalarType::kNull;
  if (ParseYamlBool(text)) return ScalarType::kBool;
  if (text == "<<") return ScalarType::kMerge;
  if (IsTimestamp(text)) return ScalarType::kTimestamp;
  if (ParseYamlInt(text) || ParseYamlUint(text)) return ScalarType::kInt;
  if (ParseYamlFloat(text)) return ScalarType::kFloat;
  return ScalarType::kString;
}

std::optional<bool> ParseYamlBool(std::string_view text) {
  if (IsOneOf(text, kTrue)) return true;
  if (IsOneOf(text, kFalse)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> ParseYamlInt(std::string_view text) {
  const std::optional<Whole> whole = ReadWhole(text);
  if (!whole) return std::nullopt;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (whole->magnitude > kMax + (whole->negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(whole->negative ? ~whole->magnitude + 1 : whole->magnitude);
}

std::optional<std::uint64_t> ParseYamlUint(std::string_view text) {
  if (text.starts_with('+')) return std::nullopt;
  const std::optional<Whole> whole = ReadWhole(text);
  if (!whole || whole->negative) return std::nullopt;
  return whole->magnitude;
}

std::optional<double> ParseYamlFloat(std::string_view text) {
  if (IsOneOf(text, kNan)) return std::numeric_limits<double>::quiet_NaN();
  std::string_view unsigned_text = text;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) unsigned_text.remove_prefix(1);
  if (IsOneOf(unsigned_text, kInf)) {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (text.empty() || text.front() == '_') return std::nullopt;
  const std::string plain = WithoutUnderscores(text);
  if (!IsDecimalFloat(plain)) return std::nullopt;
  // The process runs in the C locale, so that the point is the decimal sign.
  const double number = std::strtod(plain.c_str(), nullptr);
  return std::isinf(number) ? std::nullopt : std::optional(number);
}

}  // namespace tocsin::config
