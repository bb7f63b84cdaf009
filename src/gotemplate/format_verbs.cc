#include "gotemplate/format_verbs.h"

#include "base/text.h"
#include "gotemplate/quote.h"

#include <algorithm>
#include <array>

namespace tocsin::gotemplate {
namespace {

char32_t ToRune(std::uint64_t value) {
  return value > 0x10FFFF ? kReplacementRune : static_cast<char32_t>(value);
}

void AppendPadding(const FormatFlags& flags, std::size_t count, std::string* out) {
  out->append(count, flags.zero && !flags.minus ? '0' : ' ');
}

FormatFlags WithoutZero(FormatFlags flags) {
  flags.zero = false;
  return flags;
}

// What stands before the digits.
void AppendPrefix(const FormatFlags& flags, unsigned base, char32_t verb, std::string_view digits,
                  bool starts_with_zero, std::string* out) {
  if (verb == 'O') out->append("0o");
  if (!flags.sharp) return;
  if (base == 2) out->append("0b");
  if (base == 8 && !starts_with_zero) out->push_back('0');
  if (base == 16) out->append("0").push_back(digits[16]);
}

}  // namespace

void AppendPadded(const FormatFlags& flags, std::string_view text, std::string* out) {
  auto wanted = static_cast<std::size_t>(flags.width);
  std::size_t have = flags.has_width && wanted > 0 ? RuneCount(text) : 0;
  if (!flags.has_width || have >= wanted) {
    out->append(text);
    return;
  }
  if (!flags.minus) AppendPadding(flags, wanted - have, out);
  out->append(text);
  if (flags.minus) AppendPadding(flags, wanted - have, out);
}

void AppendInteger(const FormatFlags& flags, std::uint64_t value, unsigned base, bool is_signed,
                   char32_t verb, std::string_view digits, std::string* out) {
  bool negative = is_signed && static_cast<std::int64_t>(value) < 0;
  if (negative) value = 0 - value;
  bool signed_text = negative || flags.plus || flags.space;
  // %.3d and %03d both ask for leading zeros; the precision wins.
  std::size_t least = 0;
  if (flags.has_precision) {
    least = static_cast<std::size_t>(flags.precision);
    if (least == 0 && value == 0) {
      if (flags.has_width) out->append(static_cast<std::size_t>(flags.width), ' ');
      return;
    }
  } else if (flags.zero && !flags.minus && flags.has_width) {
    least = static_cast<std::size_t>(std::max(flags.width - (signed_text ? 1 : 0), 0));
  }
  std::array<char, 64> buffer;
  std::size_t first = buffer.size();
  do {
    buffer[--first] = digits[value % base];
    value /= base;
  } while (value != 0);
  std::string_view number(buffer.data() + first, buffer.size() - first);
  if (!flags.has_width && !flags.has_precision && !signed_text && !flags.sharp && verb != 'O') {
    out->append(number);
    return;
  }
  std::string text;
  if (negative) {
    text.push_back('-');
  } else if (flags.plus) {
    text.push_back('+');
  } else if (flags.space) {
    text.push_back(' ');
  }
  bool zeros = least > number.size();
  AppendPrefix(flags, base, verb, digits, zeros || number[0] == '0', &text);
  if (zeros) text.append(least - number.size(), '0');
  text.append(number);
  AppendPadded(WithoutZero(flags), text, out);
}

std::string_view Truncated(const FormatFlags& flags, std::string_view text) {
  if (!flags.has_precision) return text;
  std::size_t size = 0;
  for (int runes = 0; runes < flags.precision && size < text.size(); ++runes) {
    size += DecodeRune(text.substr(size)).size;
  }
  return text.substr(0, size);
}

void AppendQuotedText(const FormatFlags& flags, std::string_view text, std::string* out) {
  text = Truncated(flags, text);
  std::string quoted;
  if (flags.sharp && CanBackquote(text)) {
    quoted.append("`").append(text).push_back('`');
  } else {
    AppendQuotedWith(text, '"', flags.plus, &quoted);
  }
  AppendPadded(flags, quoted, out);
}

void AppendHexText(const FormatFlags& flags, std::string_view text, std::string_view digits,
                   std::string* out) {
  if (flags.has_precision) text = text.substr(0, static_cast<std::size_t>(flags.precision));
  std::size_t length = text.size();
  std::size_t width = 2 * length;
  if (length > 0 && flags.space) {
    // Every byte gets its own 0x, and a space before the next.
    width = (flags.sharp ? 4 : 2) * length + length - 1;
  } else if (length > 0 && flags.sharp) {
    width += 2;
  }
  std::size_t wanted = flags.has_width ? static_cast<std::size_t>(flags.width) : 0;
  std::size_t padding = wanted > width ? wanted - width : 0;
  if (!flags.minus || length == 0) AppendPadding(flags, padding, out);
  for (std::size_t i = 0; i < length; ++i) {
    if (flags.space && i > 0) out->push_back(' ');
    if (flags.sharp && (flags.space || i == 0)) out->append("0").push_back(digits[16]);
    auto byte = static_cast<unsigned char>(text[i]);
    out->push_back(digits[byte >> 4]);
    out->push_back(digits[byte & 0xF]);
  }
  if (flags.minus && length > 0) AppendPadding(flags, padding, out);
}

void AppendCharacter(const FormatFlags& flags, std::uint64_t value, std::string* out) {
  char32_t rune = ToRune(value);
  if (rune >= 0xD800 && rune <= 0xDFFF) rune = kReplacementRune;
  std::string text;
  AppendRune(rune, &text);
  AppendPadded(flags, text, out);
}

void AppendQuotedCharacter(const FormatFlags& flags, std::uint64_t value, std::string* out) {
  std::string text;
  AppendQuotedRune(ToRune(value), flags.plus, &text);
  AppendPadded(flags, text, out);
}

void AppendUnicode(const FormatFlags& flags, std::uint64_t value, std::string* out) {
  std::size_t least = 4;
  if (flags.has_precision && flags.precision > 4) least = static_cast<std::size_t>(flags.precision);
  std::string number;
  for (std::uint64_t rest = value; rest != 0 || number.empty(); rest >>= 4) {
    number.push_back(kUpperDigits[rest & 0xF]);
  }
  if (number.size() < least) number.append(least - number.size(), '0');
  std::reverse(number.begin(), number.end());
  std::string text = "U+" + number;
  if (flags.sharp && value <= 0x10FFFF && IsPrintable(static_cast<char32_t>(value))) {
    text.append(" '");
    AppendRune(static_cast<char32_t>(value), &text);
    text.push_back('\'');
  }
  AppendPadded(WithoutZero(flags), text, out);
}

}  // namespace tocsin::gotemplate
