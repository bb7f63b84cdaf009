#include "gotemplate/format_verbs.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <string>

namespace tocsin::gotemplate {
namespace {

// A decimal number 0.d1d2d3… × 10^point without trailing zeros.
struct Decimal {
  std::string digits;
  int point = 0;
};

Decimal FromScientific(std::string_view text) {
  // D.DDDe±XX
  Decimal decimal;
  std::size_t e = text.find('e');
  for (char c : text.substr(0, e)) {
    if (c != '.') decimal.digits.push_back(c);
  }
  int exponent = 0;
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.pop_back();
  decimal.point = exponent + 1;
  if (decimal.digits == "0") decimal.point = 1;
  return decimal;
}

// Shortest that round-trips in the type of `bits` bits.
Decimal Shortest(double value, int bits) {
  std::array<char, 64> buffer;
  char* end = buffer.data() + buffer.size();
  auto result = bits == 32
                    ? std::to_chars(buffer.data(), end, static_cast<float>(value),
                                    std::chars_format::scientific)
                    : std::to_chars(buffer.data(), end, value, std::chars_format::scientific);
  return FromScientific({buffer.data(), result.ptr});
}

// Rounded exactly to `digits` digits after the first.
Decimal Rounded(double value, int digits) {
  // More digits than these are zeros in every double.
  digits = std::min(digits, 1100);
  std::array<char, 1200> buffer;
  auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                              std::chars_format::scientific, digits);
  return FromScientific({buffer.data(), result.ptr});
}

char DigitAt(const Decimal& decimal, int index) {
  bool there = index >= 0 && static_cast<std::size_t>(index) < decimal.digits.size();
  return there ? decimal.digits[static_cast<std::size_t>(index)] : '0';
}

void AppendExponent(int exponent, char letter, std::string* out) {
  out->push_back(letter);
  out->push_back(exponent < 0 ? '-' : '+');
  exponent = std::abs(exponent);
  if (exponent < 10) out->push_back('0');
  out->append(std::to_string(exponent));
}

void AppendScientific(const Decimal& decimal, int precision, char letter, std::string* out) {
  out->push_back(DigitAt(decimal, 0));
  if (precision > 0) {
    out->push_back('.');
    for (int i = 1; i <= precision; ++i) out->push_back(DigitAt(decimal, i));
  }
  AppendExponent(decimal.digits == "0" ? 0 : decimal.point - 1, letter, out);
}

void AppendPlain(const Decimal& decimal, int precision, std::string* out) {
  if (decimal.point <= 0) out->push_back('0');
  for (int i = 0; i < decimal.point; ++i) out->push_back(DigitAt(decimal, i));
  if (precision > 0) {
    out->push_back('.');
    for (int i = 0; i < precision; ++i) out->push_back(DigitAt(decimal, decimal.point + i));
  }
}

void AppendGeneral(double value, int bits, int precision, char verb, std::string* out) {
  bool shortest = precision < 0;
  if (precision == 0) precision = 1;
  Decimal decimal = shortest ? Shortest(value, bits) : Rounded(value, precision - 1);
  int count = static_cast<int>(decimal.digits.size());
  int limit = precision;
  if (limit > count && count >= decimal.point) limit = count;
  if (shortest) limit = 6;
  int exponent = decimal.digits == "0" ? 0 : decimal.point - 1;
  if (exponent < -4 || exponent >= limit) {
    return AppendScientific(decimal, count - 1, verb == 'g' ? 'e' : 'E', out);
  }
  AppendPlain(decimal, std::max(count - decimal.point, 0), out);
}

// Mantissa and power of two: 4503599627370496p-52.
void AppendBinary(double value, int bits, std::string* out) {
  int exponent = 0;
  std::frexp(value, &exponent);
  int mantissa_bits = bits == 32 ? 24 : 53;
  int least = bits == 32 ? -149 : -1074;
  exponent = value == 0 ? least : std::max(exponent - mantissa_bits, least);
  double mantissa = value == 0 ? 0 : std::ldexp(value, -exponent);
  out->append(std::to_string(static_cast<std::uint64_t>(mantissa)));
  out->push_back('p');
  if (exponent >= 0) out->push_back('+');
  out->append(std::to_string(exponent));
}

// 0x1.8p+01
void AppendHexFloat(double value, int precision, char verb, std::string* out) {
  std::uint64_t mantissa = 0;
  int exponent = 0;
  if (value != 0) {
    double fraction = std::frexp(value, &exponent);                   // [0.5, 1)
    mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, 61));  // 1 at bit 60.
    --exponent;
  }
  if (precision >= 0 && precision < 15) {
    int shift = 60 - 4 * precision;
    std::uint64_t rest = mantissa & ((std::uint64_t{1} << shift) - 1);
    std::uint64_t half = std::uint64_t{1} << (shift - 1);
    mantissa >>= shift;
    if (rest > half || (rest == half && (mantissa & 1) != 0)) ++mantissa;
    mantissa <<= shift;
    if ((mantissa >> 61) != 0) {
      mantissa >>= 1;
      ++exponent;
    }
  }
  bool upper = verb == 'X';
  std::string_view digits = upper ? kUpperDigits : kLowerDigits;
  out->append("0").push_back(digits[16]);
  out->push_back(digits[(mantissa >> 60) & 1]);
  mantissa <<= 4;  // The digits after the point, from the top.
  if (precision > 0 || (precision < 0 && mantissa != 0)) {
    out->push_back('.');
    for (int i = 0; precision < 0 ? mantissa != 0 : i < precision; ++i) {
      out->push_back(digits[(mantissa >> 60) & 0xF]);
      mantissa <<= 4;
    }
  }
  AppendExponent(exponent, upper ? 'P' : 'p', out);
}

// Go's strconv.FormatFloat of a finite, non-negative number.
void AppendMagnitude(double value, int bits, char verb, int precision, std::string* out) {
  switch (verb) {
    case 'e':
    case 'E': {
      Decimal decimal = precision < 0 ? Shortest(value, bits) : Rounded(value, precision);
      if (precision < 0) precision = static_cast<int>(decimal.digits.size()) - 1;
      return AppendScientific(decimal, precision, verb, out);
    }
    case 'f': {
      if (precision < 0) {
        Decimal decimal = Shortest(value, bits);
        int after = static_cast<int>(decimal.digits.size()) - decimal.point;
        return AppendPlain(decimal, std::max(after, 0), out);
      }
      std::array<char, 1500> buffer;
      int exact = std::min(precision, 1100);
      auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                  std::chars_format::fixed, exact);
      out->append(buffer.data(), result.ptr);
      out->append(static_cast<std::size_t>(precision - exact), '0');
      return;
    }
    case 'b':
      return AppendBinary(value, bits, out);
    case 'x':
    case 'X':
      return AppendHexFloat(value, precision, verb, out);
    default:
      return AppendGeneral(value, bits, precision, verb, out);
  }
}

// The # flag: always a decimal point, and for %g no removal of trailing zeros.
void KeepPoint(char verb, int precision, std::string* number) {
  int digits = 0;
  if (verb == 'g' || verb == 'G' || verb == 'x') digits = precision < 0 ? 6 : precision;
  bool hex = verb == 'x' || verb == 'X';
  std::size_t tail_at = number->find_first_of(hex ? "pP" : "eE");
  std::string tail = tail_at == std::string::npos ? "" : number->substr(tail_at);
  number->resize(std::min(tail_at, number->size()));
  bool has_point = false;
  bool nonzero = false;
  for (std::size_t i = 1; i < number->size(); ++i) {
    char c = (*number)[i];
    if (c == '.') {
      has_point = true;
      continue;
    }
    if (c != '0') nonzero = true;
    if (nonzero) --digits;
  }
  if (!has_point) {
    if (number->size() == 2 && (*number)[1] == '0') --digits;
    number->push_back('.');
  }
  if (digits > 0) number->append(static_cast<std::size_t>(digits), '0');
  number->append(tail);
}

}  // namespace

void AppendFloat(const FormatFlags& flags, double value, int bits, char verb, int precision,
                 std::string* out) {
  if (flags.has_precision) precision = flags.precision;
  FormatFlags padding = flags;
  std::string number(1, std::signbit(value) && !std::isnan(value) ? '-' : '+');
  if (flags.space && number[0] == '+' && !flags.plus) number[0] = ' ';
  if (std::isnan(value) || std::isinf(value)) {
    // These do not look like numbers, so they get no zeros.
    padding.zero = false;
    number.append(std::isnan(value) ? "NaN" : "Inf");
    bool drop_sign = std::isnan(value) && !flags.space && !flags.plus;
    return AppendPadded(padding, std::string_view(number).substr(drop_sign ? 1 : 0), out);
  }
  AppendMagnitude(std::fabs(value), bits, verb == 'F' ? 'f' : verb, precision, &number);
  if (flags.sharp && verb != 'b') KeepPoint(verb, precision, &number);
  if (!flags.plus && number[0] == '+') {
    return AppendPadded(padding, std::string_view(number).substr(1), out);
  }
  auto width = static_cast<std::size_t>(flags.width);
  if (flags.zero && !flags.minus && flags.has_width && width > number.size()) {
    // The sign goes before the zeros.
    out->push_back(number[0]);
    out->append(width - number.size(), '0');
    out->append(number, 1);
    return;
  }
  AppendPadded(padding, number, out);
}

}  // namespace tocsin::gotemplate
