#include "gotemplate/escape_text.h"

#include "base/text.h"

namespace tocsin::gotemplate {
namespace {

constexpr std::string_view kUpperHex = "0123456789ABCDEF";

std::string_view HtmlEscape(char c) {
  switch (c) {
    case '\0':
      return "\xEF\xBF\xBD";
    case '"':
      return "&#34;";
    case '\'':
      return "&#39;";
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return {};
  }
}

void AppendJsUnicode(char32_t rune, std::string* out) {
  int digits = 4;
  while (digits < 8 && (rune >> (4 * digits)) != 0) ++digits;
  out->append("\\u");
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out->push_back(kUpperHex[(rune >> shift) & 0xF]);
  }
}

}  // namespace

void AppendHtmlEscaped(std::string_view text, std::string* out) {
  constexpr std::string_view kSpecial("\0\"'&<>", 6);
  while (true) {
    std::size_t next = text.find_first_of(kSpecial);
    out->append(text.substr(0, next));
    if (next == std::string_view::npos) return;
    out->append(HtmlEscape(text[next]));
    text.remove_prefix(next + 1);
  }
}

void AppendJsEscaped(std::string_view text, std::string* out) {
  while (!text.empty()) {
    Rune rune = DecodeRune(text);
    switch (rune.value) {
      case '\\':
      case '\'':
      case '"':
        out->push_back('\\');
        out->push_back(text[0]);
        break;
      case '<':
      case '>':
      case '&':
      case '=':
        AppendJsUnicode(rune.value, out);
        break;
      default:
        if (rune.value < ' ' || (rune.value >= 0x80 && !IsPrintable(rune.value))) {
          AppendJsUnicode(rune.value, out);
        } else {
          out->append(text.substr(0, rune.size));
        }
    }
    text.remove_prefix(rune.size);
  }
}

void AppendQueryEscaped(std::string_view text, std::string* out) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out->push_back(c);
    } else if (c == ' ') {
      out->push_back('+');
    } else {
      out->push_back('%');
      out->push_back(kUpperHex[byte >> 4]);
      out->push_back(kUpperHex[byte & 0xF]);
    }
  }
}

}  // namespace tocsin::gotemplate
