#include "gotemplate/quote.h"

#include "base/text.h"

namespace tocsin::gotemplate {
namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";

void AppendHex(char32_t value, int digits, std::string* out) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out->push_back(kLowerHex[(value >> shift) & 0xF]);
  }
}

bool IsSurrogate(char32_t rune) {
  return rune >= 0xD800 && rune <= 0xDFFF;
}

void AppendEscaped(char32_t rune, char quote, bool ascii_only, std::string* out) {
  if (rune == static_cast<unsigned char>(quote) || rune == '\\') {
    out->push_back('\\');
    out->push_back(static_cast<char>(rune));
    return;
  }
  if (IsPrintable(rune) && (rune < 0x80 || !ascii_only)) {
    AppendRune(rune, out);
    return;
  }
  constexpr std::string_view kNamed = "\a\b\f\n\r\t\v";
  constexpr std::string_view kLetters = "abfnrtv";
  out->push_back('\\');
  std::size_t named = rune < 0x80 ? kNamed.find(static_cast<char>(rune)) : std::string_view::npos;
  if (named != std::string_view::npos) {
    out->push_back(kLetters[named]);
  } else if (rune < ' ' || rune == 0x7F) {
    out->push_back('x');
    AppendHex(rune, 2, out);
  } else if (rune < 0x10000) {
    out->push_back('u');
    AppendHex(rune, 4, out);
  } else {
    out->push_back('U');
    AppendHex(rune, 8, out);
  }
}

}  // namespace

void AppendQuotedWith(std::string_view text, char quote, bool ascii_only, std::string* out) {
  out->push_back(quote);
  while (!text.empty()) {
    Rune rune = DecodeRune(text);
    if (rune.size == 1 && rune.value == kReplacementRune) {
      out->append("\\x");
      AppendHex(static_cast<unsigned char>(text[0]), 2, out);
    } else {
      AppendEscaped(rune.value, quote, ascii_only, out);
    }
    text.remove_prefix(rune.size);
  }
  out->push_back(quote);
}

void AppendQuotedRune(char32_t rune, bool ascii_only, std::string* out) {
  if (rune > 0x10FFFF || IsSurrogate(rune)) rune = kReplacementRune;
  out->push_back('\'');
  AppendEscaped(rune, '\'', ascii_only, out);
  out->push_back('\'');
}

bool CanBackquote(std::string_view text) {
  while (!text.empty()) {
    Rune rune = DecodeRune(text);
    if (rune.size == 1) {
      auto byte = static_cast<unsigned char>(text[0]);
      if (byte >= 0x7F || byte == '`' || (byte < ' ' && byte != '\t')) return false;
    } else if (rune.value == 0xFEFF) {
      return false;
    }
    text.remove_prefix(rune.size);
  }
  return true;
}

std::string UnicodeName(char32_t rune) {
  constexpr std::string_view kUpperHex = "0123456789ABCDEF";
  int digits = 4;
  while (digits < 8 && (rune >> (4 * digits)) != 0) ++digits;
  std::string out = "U+";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out.push_back(kUpperHex[(rune >> shift) & 0xF]);
  }
  if (rune <= 0x10FFFF && IsPrintable(rune)) {
    out.append(" '");
    AppendRune(rune, &out);
    out.push_back('\'');
  }
  return out;
}

}  // namespace tocsin::gotemplate
