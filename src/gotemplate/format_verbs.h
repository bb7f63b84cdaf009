#pragma once

// What the verbs of Go's fmt do with one number, rune or string under given flags.

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::gotemplate {

struct FormatFlags {
  bool has_width = false;
  bool has_precision = false;
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  // %+v and %#v change more than a sign, so they are kept apart.
  bool plus_v = false;
  bool sharp_v = false;
  int width = 0;
  int precision = 0;
};

// Padded to the width, counted in runes.
void AppendPadded(const FormatFlags& flags, std::string_view text, std::string* out);
// %d %b %o %O %x %X: `digits` gives the case.
void AppendInteger(const FormatFlags& flags, std::uint64_t value, unsigned base, bool is_signed,
                   char32_t verb, std::string_view digits, std::string* out);
// %e %E %f %F %g %G %x %X %b; a precision of -1 is the shortest that round-trips.
void AppendFloat(const FormatFlags& flags, double value, int bits, char verb, int precision,
                 std::string* out);
// Cut to the precision: %s.
std::string_view Truncated(const FormatFlags& flags, std::string_view text);
void AppendQuotedText(const FormatFlags& flags, std::string_view text, std::string* out);
// Bytes in hexadecimal: %x and %X of strings.
void AppendHexText(const FormatFlags& flags, std::string_view text, std::string_view digits,
                   std::string* out);
void AppendCharacter(const FormatFlags& flags, std::uint64_t value, std::string* out);
void AppendQuotedCharacter(const FormatFlags& flags, std::uint64_t value, std::string* out);
void AppendUnicode(const FormatFlags& flags, std::uint64_t value, std::string* out);

inline constexpr std::string_view kLowerDigits = "0123456789abcdefx";
inline constexpr std::string_view kUpperDigits = "0123456789ABCDEFX";

// The shortest digits that round-trip, as %v shows a float: 1e+06, 0.1, NaN, +Inf.

}  // namespace tocsin::gotemplate
