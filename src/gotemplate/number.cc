#include "gotemplate/number.h"

#include "base/text.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace tocsin::gotemplate {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Underscores only between digits, or between a base prefix and a digit.
bool UnderscoresInPlace(std::string_view text) {
  bool hex = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  bool prefixed = text.size() > 1 && text[0] == '0' && !IsDigit(text[1]) && text[1] != '_' &&
                  text[1] != '.' && text[1] != 'e' && text[1] != 'E';
  char previous = prefixed ? '0' : ' ';
  for (std::size_t i = prefixed ? 2 : 0; i < text.size(); ++i) {
    char c = text[i];
    bool digit = IsDigit(c) || (hex && std::isxdigit(static_cast<unsigned char>(c)) != 0);
    if (c == '_') {
      if (previous != '0') return false;
      previous = '_';
    } else {
      if (previous == '_' && !digit) return false;
      previous = digit ? '0' : ' ';
    }
  }
  return previous != '_';
}

// Sign and digits of an integer in Go's notation (base by prefix). nullopt if it is none or does
// not fit into 64 bits.
std::optional<std::uint64_t> ParseMagnitude(std::string_view text) {
  if (text.find('_') != std::string_view::npos && !UnderscoresInPlace(text)) return std::nullopt;
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    char prefix = static_cast<char>(text[1] | 0x20);
    base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
    text.remove_prefix(base != 8 || prefix == 'o' ? 2 : 1);
  }
  std::string digits;
  for (char c : text) {
    if (c != '_') digits.push_back(c);
  }
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// A float in Go's notation, decimal or hexadecimal (then with an exponent).
std::optional<double> ParseFloat(std::string_view text) {
  if (text.find('_') != std::string_view::npos) {
    std::string_view unsigned_text = text;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) unsigned_text.remove_prefix(1);
    if (!UnderscoresInPlace(unsigned_text)) return std::nullopt;
  }
  bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  std::string digits;
  for (char c : text) {
    if (c != '_') digits.push_back(c);
  }
  auto format = std::chars_format::general;
  std::size_t skip = 0;
  if (digits.size() > 1 && digits[0] == '0' && (digits[1] | 0x20) == 'x') {
    if (digits.find_first_of("pP") == std::string::npos) return std::nullopt;
    format = std::chars_format::hex;
    skip = 2;
  }
  // from_chars would take "inf" and "nan" too; the lexer gives neither.
  double value = 0;
  const char* end = digits.data() + digits.size();
  auto [parsed, error] = std::from_chars(digits.data() + skip, end, value, format);
  if (error != std::errc() || parsed != end) {
    // Too small a number is zero in Go, too large a one is an error.
    if (error != std::errc::result_out_of_range || parsed != end) return std::nullopt;
    std::size_t exponent = digits.find_first_of(skip == 0 ? "eE" : "pP");
    if (exponent == std::string::npos || digits[exponent + 1] != '-') return std::nullopt;
    value = 0;
  }
  return negative ? -value : value;
}

bool FitsInt(double f) {
  return f >= -9223372036854775808.0 && f < 9223372036854775808.0 && std::trunc(f) == f;
}

bool FitsUint(double f) {
  return f >= 0 && f < 18446744073709551616.0 && std::trunc(f) == f;
}

// The whole-number forms of a float that is one.
void AddIntegers(double f, Number* number) {
  if (!number->is_int && FitsInt(f)) {
    number->is_int = true;
    number->int_value = static_cast<std::int64_t>(f);
  }
  if (!number->is_uint && FitsUint(f)) {
    number->is_uint = true;
    number->uint_value = static_cast<std::uint64_t>(f);
  }
}

Number FromComplex(double real, double imaginary) {
  Number number;
  number.is_complex = true;
  number.complex_value = {real, imaginary};
  if (imaginary == 0) {
    number.is_float = true;
    number.float_value = real;
    AddIntegers(real, &number);
  }
  return number;
}

void AddInteger(std::string_view text, Number* number) {
  bool has_sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  bool negative = has_sign && text[0] == '-';
  auto magnitude = ParseMagnitude(has_sign ? text.substr(1) : text);
  if (!magnitude) return;
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (!has_sign) {
    number->is_uint = true;
    number->uint_value = *magnitude;
  }
  if (*magnitude <= kMax + (negative ? 1 : 0)) {
    number->is_int = true;
    number->int_value = static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
    if (*magnitude == 0) number->is_uint = true;
  }
}

}  // namespace

Result<Number> ParseNumber(std::string_view text) {
  if (text.ends_with('i')) {
    if (auto imaginary = ParseFloat(text.substr(0, text.size() - 1))) {
      return FromComplex(0, *imaginary);
    }
  }
  Number number;
  AddInteger(text, &number);
  if (number.is_int) {
    number.is_float = true;
    number.float_value = static_cast<double>(number.int_value);
  } else if (number.is_uint) {
    number.is_float = true;
    number.float_value = static_cast<double>(number.uint_value);
  } else if (auto value = ParseFloat(text)) {
    // Digits alone that are no integer of 64 bits: too large, or octal with an 8 in it.
    if (text.find_first_of(".eEpP") == std::string_view::npos) {
      return Fail("integer overflow: " + GoQuote(text));
    }
    number.is_float = true;
    number.float_value = *value;
    AddIntegers(*value, &number);
  }
  if (!number.is_float) return Fail("illegal number syntax: " + GoQuote(text));
  return number;
}

Result<Number> ParseComplexNumber(std::string_view text) {
  // The sign between the parts is the last one that does not belong to an exponent.
  for (std::size_t i = text.size() - 1; i > 0; --i) {
    bool sign = text[i] == '+' || text[i] == '-';
    if (!sign || std::string_view("eEpP").find(text[i - 1]) != std::string_view::npos) continue;
    auto real = ParseFloat(text.substr(0, i));
    auto imaginary = ParseFloat(text.substr(i, text.size() - i - 1));
    if (!real || !imaginary) break;
    return FromComplex(*real, *imaginary);
  }
  return Fail("syntax error scanning complex number");
}

Result<Number> ParseCharacter(std::string_view text) {
  std::string_view body = text.substr(1, text.size() - 2);
  if (body.empty()) return Fail("invalid syntax");
  char32_t value = 0;
  std::size_t size = 0;
  if (body[0] != '\\') {
    Rune rune = DecodeRune(body);
    value = rune.value;
    size = rune.size;
  } else if (body.starts_with("\\'")) {
    value = '\'';
    size = 2;
  } else {
    constexpr std::string_view kSimple = "abfnrtv\\";
    constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\";
    std::size_t simple = body.size() > 1 ? kSimple.find(body[1]) : std::string_view::npos;
    std::size_t digits = 0;
    if (simple != std::string_view::npos) {
      value = static_cast<unsigned char>(kValues[simple]);
      size = 2;
    } else if (body.size() > 1) {
      char c = body[1];
      digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
      std::size_t start = digits == 3 ? 1 : 2;
      std::string_view number = body.substr(start, digits);
      std::uint32_t parsed = 0;
      auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), parsed,
                                          digits == 3 ? 8 : 16);
      bool whole = digits != 0 && number.size() == digits && error == std::errc() &&
                   end == number.data() + number.size();
      bool in_range = digits == 3 ? parsed <= 255 : parsed <= 0x10FFFF;
      bool surrogate = digits >= 4 && parsed >= 0xD800 && parsed <= 0xDFFF;
      if (whole && in_range && !surrogate) {
        value = parsed;
        size = start + digits;
      }
    }
    if (size == 0) return Fail("invalid syntax");
  }
  if (size != body.size()) return Fail("malformed character constant: " + std::string(text));
  Number number;
  number.is_int = number.is_uint = number.is_float = true;
  number.int_value = static_cast<std::int64_t>(value);
  number.uint_value = value;
  number.float_value = static_cast<double>(value);
  return number;
}

}  // namespace tocsin::gotemplate
