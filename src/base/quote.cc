// Go's string literals and URL query escaping: the functions of text.h that turn text into other
// text and back.

#include "base/text.h"

#include <cstdint>
#include <optional>

namespace tocsin {

namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

void AppendHex(std::string_view prefix, char32_t value, int digits, std::string* out) {
  *out += prefix;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    *out += kLowerHex[(value >> shift) & 15];
  }
}

// The letter that Go writes after the backslash, or 0.
char SimpleEscape(char32_t rune) {
  switch (rune) {
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\v':
      return 'v';
    case '"':
    case '\\':
      return static_cast<char>(rune);
    default:
      return 0;
  }
}

std::optional<char> SimpleUnescape(char letter) {
  static constexpr std::string_view kLetters = "abfnrtv\\\"";
  static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
  const std::size_t i = kLetters.find(letter);
  if (i == std::string_view::npos) return std::nullopt;
  return kValues[i];
}

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// Exactly `count` digits of that base, removed from the front.
std::optional<std::uint32_t> TakeDigits(std::string_view* text, std::size_t count, int base) {
  if (text->size() < count) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int digit = DigitValue((*text)[i]);
    if (digit >= base) return std::nullopt;
    value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
  }
  text->remove_prefix(count);
  return value;
}

bool AppendByte(std::optional<std::uint32_t> value, std::string* out) {
  if (!value || *value > 0xFF) return false;
  *out += static_cast<char>(*value);
  return true;
}

bool AppendCodePoint(std::optional<std::uint32_t> value, std::string* out) {
  if (!value || *value > 0x10FFFF || (*value >= 0xD800 && *value <= 0xDFFF)) return false;
  AppendRune(*value, out);
  return true;
}

// Decodes what follows a backslash and removes it from the front.
bool TakeEscape(std::string_view* text, std::string* out) {
  if (text->empty()) return false;
  const char letter = text->front();
  // The octal form has no letter: its first digit is part of the number.
  if (letter >= '0' && letter <= '7') return AppendByte(TakeDigits(text, 3, 8), out);
  text->remove_prefix(1);
  switch (letter) {
    case 'x':
      return AppendByte(TakeDigits(text, 2, 16), out);
    case 'u':
      return AppendCodePoint(TakeDigits(text, 4, 16), out);
    case 'U':
      return AppendCodePoint(TakeDigits(text, 8, 16), out);
    default:
      break;
  }
  const std::optional<char> simple = SimpleUnescape(letter);
  if (simple) *out += *simple;
  return simple.has_value();
}

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

}  // namespace

void AppendGoQuoted(std::string_view text, std::string* out) {
  *out += '"';
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.value == kReplacementRune && rune.size == 1) {
      AppendHex("\\x", static_cast<unsigned char>(text.front()), 2, out);
    } else if (const char letter = SimpleEscape(rune.value); letter != 0) {
      *out += '\\';
      *out += letter;
    } else if (IsPrintable(rune.value)) {
      out->append(text.substr(0, rune.size));
    } else if (rune.value < 0x20 || rune.value == 0x7F) {
      AppendHex("\\x", rune.value, 2, out);
    } else if (rune.value < 0x10000) {
      AppendHex("\\u", rune.value, 4, out);
    } else {
      AppendHex("\\U", rune.value, 8, out);
    }
    text.remove_prefix(rune.size);
  }
  *out += '"';
}

std::string GoQuote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  AppendGoQuoted(text, &out);
  return out;
}

Result<std::string> GoUnquoteBody(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  while (!body.empty()) {
    const char c = body.front();
    if (c == '"' || c == '\n') return Fail("invalid syntax");
    if (c == '\\') {
      body.remove_prefix(1);
      if (!TakeEscape(&body, &out)) return Fail("invalid syntax");
      continue;
    }
    const Rune rune = DecodeRune(body);
    AppendRune(rune.value, &out);
    body.remove_prefix(rune.size);
  }
  return out;
}

std::string QueryEscape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kUpperHex[byte >> 4];
      out += kUpperHex[byte & 15];
    }
  }
  return out;
}

Result<std::string> QueryUnescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    const std::string_view escape = text.substr(0, 3);
    text.remove_prefix(1);
    if (c == '%') {
      if (!AppendByte(TakeDigits(&text, 2, 16), &out)) {
        return Fail("invalid URL escape " + GoQuote(escape));
      }
    } else {
      out += c == '+' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace tocsin
