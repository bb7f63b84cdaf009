#include "gotemplate/html_escapers.h"

#include "base/text.h"
#include "gotemplate/html_text.h"

namespace tocsin::gotemplate {
namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";

void AppendDecimalReference(char c, std::string* out) {
  out->append("&#").append(std::to_string(static_cast<int>(c))).push_back(';');
}

// What stands for a character that needs escaping inside quotes and between tags; "" for others.
std::string_view Reference(char c, bool normalize) {
  switch (c) {
    case '&':
      return normalize ? "" : "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&#34;";
    case '\'':
      return "&#39;";
    case '+':
      return "&#43;";
    default:
      return {};
  }
}

bool AppendSpecial(char c, bool normalize, std::string* out) {
  const std::string_view reference = Reference(c, normalize);
  out->append(reference);
  return !reference.empty();
}

// Characters that no browser should meet in an attribute value without quotes.
bool IsNonCharacter(char32_t rune) {
  return (rune >= 0xFDD0 && rune <= 0xFDEF) || (rune >= 0xFFF0 && rune <= 0xFFFF);
}

void AppendPercent(char c, std::string* out) {
  auto byte = static_cast<unsigned char>(c);
  out->push_back('%');
  out->push_back(kLowerHex[byte >> 4]);
  out->push_back(kLowerHex[byte & 0xF]);
}

// One candidate of a srcset: a URL and its width or density.
void AppendSrcsetCandidate(std::string_view text, std::string* out) {
  std::size_t start = 0;
  while (start < text.size() && IsHtmlSpace(text[start])) ++start;
  std::size_t end = start;
  while (end < text.size() && !IsHtmlSpace(text[end])) ++end;
  std::string_view url = text.substr(start, end - start);
  bool plain = true;
  for (char c : text.substr(end)) plain = plain && (IsHtmlSpace(c) || IsAsciiAlphaNumeric(c));
  if (!plain || !IsSafeUrl(url)) {
    out->append("#").append(kUnsafeValue);
    return;
  }
  out->append(text.substr(0, start));
  AppendUrl(url, true, out);
  out->append(text.substr(end));
}

std::string_view CssReplacement(char c) {
  switch (c) {
    case '\0':
      return "\\0";
    case '\t':
      return "\\9";
    case '\n':
      return "\\a";
    case '\f':
      return "\\c";
    case '\r':
      return "\\d";
    case '"':
      return "\\22";
    case '&':
      return "\\26";
    case '\'':
      return "\\27";
    case '(':
      return "\\28";
    case ')':
      return "\\29";
    case '+':
      return "\\2b";
    case '/':
      return "\\2f";
    case ':':
      return "\\3a";
    case ';':
      return "\\3b";
    case '<':
      return "\\3c";
    case '>':
      return "\\3e";
    case '\\':
      return "\\\\";
    case '{':
      return "\\7b";
    case '}':
      return "\\7d";
    default:
      return {};
  }
}

void AppendUnicodeEscape(unsigned value, std::string* out) {
  out->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out->push_back(kLowerHex[(value >> shift) & 0xF]);
}

// False if the character can stay.
bool AppendJsSpecial(char c, JsText kind, std::string* out) {
  switch (c) {
    case '\t':
      out->append("\\t");
      return true;
    case '\n':
      out->append("\\n");
      return true;
    case '\f':
      out->append("\\f");
      return true;
    case '\r':
      out->append("\\r");
      return true;
    case '"':
    case '\'':
    case '&':
    case '+':
    case '<':
    case '>':
      AppendUnicodeEscape(static_cast<unsigned char>(c), out);
      return true;
    case '/':
      out->append("\\/");
      return true;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < ' ') {
    AppendUnicodeEscape(static_cast<unsigned char>(c), out);
    return true;
  }
  if (kind == JsText::kRegexp) {
    if (std::string_view("$()*-.?[\\]^{|}").find(c) == std::string_view::npos) return false;
    out->push_back('\\');
    out->push_back(c);
    return true;
  }
  if (c == '`' || (kind == JsText::kTemplate && (c == '$' || c == '{' || c == '}'))) {
    AppendUnicodeEscape(static_cast<unsigned char>(c), out);
    return true;
  }
  if (c != '\\' || kind == JsText::kNormalizedString) return false;
  out->append("\\\\");
  return true;
}

}  // namespace

void AppendHtmlText(std::string_view text, bool normalize, std::string* out) {
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view instead =
        text[i] == '\0' ? "\xEF\xBF\xBD" : Reference(text[i], normalize);
    if (instead.empty()) continue;
    out->append(text.substr(copied, i - copied)).append(instead);
    copied = i + 1;
  }
  out->append(text.substr(copied));
}

void AppendHtmlNoSpace(std::string_view text, bool normalize, std::string* out) {
  while (!text.empty()) {
    Rune rune = DecodeRune(text);
    if (rune.value < 0x80) {
      char c = text[0];
      if (c == '\0') {
        out->append("&#xfffd;");
      } else if (std::string_view("\t\n\v\f\r =`").find(c) != std::string_view::npos) {
        AppendDecimalReference(c, out);
      } else if (!AppendSpecial(c, normalize, out)) {
        out->push_back(c);
      }
    } else if (IsNonCharacter(rune.value)) {
      out->append("&#x");
      for (int shift = 12; shift >= 0; shift -= 4) {
        out->push_back(kLowerHex[(rune.value >> shift) & 0xF]);
      }
      out->push_back(';');
    } else {
      out->append(text.substr(0, rune.size));
    }
    text.remove_prefix(rune.size);
  }
}

void AppendUrl(std::string_view text, bool normalize, std::string* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool keep =
        IsAsciiAlphaNumeric(c) || std::string_view("-_.~").find(c) != std::string_view::npos;
    if (normalize && !keep) {
      keep = std::string_view("!#$&*+,/:;=?@[]").find(c) != std::string_view::npos;
      // What is encoded already is not encoded again.
      if (c == '%') {
        keep = i + 2 < text.size() && IsHexDigit(text[i + 1]) && IsHexDigit(text[i + 2]);
      }
    }
    if (keep) {
      out->push_back(c);
    } else {
      AppendPercent(c, out);
    }
  }
}

bool IsSafeUrl(std::string_view url) {
  std::size_t colon = url.find(':');
  if (colon == std::string_view::npos) return true;
  std::string_view scheme = url.substr(0, colon);
  if (scheme.find('/') != std::string_view::npos) return true;
  std::string lower = AsciiLower(scheme);
  return lower == "http" || lower == "https" || lower == "mailto";
}

void AppendSrcset(std::string_view text, std::string* out) {
  while (true) {
    std::size_t comma = text.find(',');
    AppendSrcsetCandidate(text.substr(0, comma), out);
    if (comma == std::string_view::npos) return;
    out->push_back(',');
    text.remove_prefix(comma + 1);
  }
}

void AppendCssText(std::string_view text, std::string* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view replacement = CssReplacement(text[i]);
    if (replacement.empty()) {
      out->push_back(text[i]);
      continue;
    }
    out->append(replacement);
    // A space ends the escape where the next character could be taken as part of it.
    bool last = i + 1 == text.size();
    if (text[i] != '\\' && (last || IsHexDigit(text[i + 1]) || IsHtmlSpace(text[i + 1]))) {
      out->push_back(' ');
    }
  }
}

bool IsSafeCssValue(std::string_view text, std::string* decoded) {
  *decoded = DecodeCss(text);
  constexpr std::string_view kForbidden("\0\"'()/;@[\\]`{}<>", 16);
  std::string name;
  char previous = ' ';
  for (char c : *decoded) {
    if (kForbidden.find(c) != std::string_view::npos) return false;
    // No <!-- and --> in any form.
    if (c == '-' && previous == '-') return false;
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && IsCssNameCharacter(byte) && c != '-') name.push_back(c);
    previous = c;
  }
  name = AsciiLower(name);
  return name.find("expression") == std::string::npos &&
         name.find("mozbinding") == std::string::npos;
}

void AppendJsText(std::string_view text, JsText kind, std::string* out) {
  while (!text.empty()) {
    if (text.starts_with("\u2028") || text.starts_with("\u2029")) {
      out->append(text[2] == '\xA8' ? "\\u2028" : "\\u2029");
      text.remove_prefix(3);
      continue;
    }
    if (!AppendJsSpecial(text[0], kind, out)) out->push_back(text[0]);
    text.remove_prefix(1);
  }
}

}  // namespace tocsin::gotemplate
