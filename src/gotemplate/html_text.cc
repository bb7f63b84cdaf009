#include "gotemplate/html_text.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace tocsin::gotemplate {
namespace {

struct Entity {
  std::string_view name;
  char character;
};

constexpr std::array kEntities{
    Entity{"Tab;", '\t'},
    Entity{"NewLine;", '\n'},
    Entity{"excl;", '!'},
    Entity{"quot;", '"'},
    Entity{"QUOT;", '"'},
    Entity{"num;", '#'},
    Entity{"dollar;", '$'},
    Entity{"percnt;", '%'},
    Entity{"amp;", '&'},
    Entity{"AMP;", '&'},
    Entity{"apos;", '\''},
    Entity{"lpar;", '('},
    Entity{"rpar;", ')'},
    Entity{"ast;", '*'},
    Entity{"midast;", '*'},
    Entity{"plus;", '+'},
    Entity{"comma;", ','},
    Entity{"period;", '.'},
    Entity{"sol;", '/'},
    Entity{"colon;", ':'},
    Entity{"semi;", ';'},
    Entity{"lt;", '<'},
    Entity{"LT;", '<'},
    Entity{"equals;", '='},
    Entity{"gt;", '>'},
    Entity{"GT;", '>'},
    Entity{"quest;", '?'},
    Entity{"commat;", '@'},
    Entity{"lsqb;", '['},
    Entity{"lbrack;", '['},
    Entity{"bsol;", '\\'},
    Entity{"rsqb;", ']'},
    Entity{"rbrack;", ']'},
    Entity{"Hat;", '^'},
    Entity{"lowbar;", '_'},
    Entity{"UnderBar;", '_'},
    Entity{"grave;", '`'},
    Entity{"DiacriticalGrave;", '`'},
    Entity{"lcub;", '{'},
    Entity{"lbrace;", '{'},
    Entity{"verbar;", '|'},
    Entity{"vert;", '|'},
    Entity{"VerticalLine;", '|'},
    Entity{"rcub;", '}'},
    Entity{"rbrace;", '}'},
    // Without a semicolon, after the forms with one.
    Entity{"quot", '"'},
    Entity{"QUOT", '"'},
    Entity{"amp", '&'},
    Entity{"AMP", '&'},
    Entity{"lt", '<'},
    Entity{"LT", '<'},
    Entity{"gt", '>'},
    Entity{"GT", '>'},
};

constexpr std::array<std::string_view, 14> kBeforeRegexp{
    "break", "case",       "continue", "delete", "do",  "else",   "finally",
    "in",    "instanceof", "return",   "throw",  "try", "typeof", "void"};

// `#123;` or `#x7b;` after the ampersand.
bool NumericEntity(std::string_view text, std::size_t* size, char32_t* rune) {
  bool hex = text.size() > 1 && (text[1] == 'x' || text[1] == 'X');
  std::size_t start = hex ? 2 : 1;
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  if (start >= text.size()) return false;
  auto [stop, error] = std::from_chars(text.data() + start, end, value, hex ? 16 : 10);
  if (stop == text.data() + start) return false;
  bool valid =
      error == std::errc() && value != 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
  *rune = valid ? value : kReplacementRune;
  if (stop != end && *stop == ';') ++stop;
  *size = static_cast<std::size_t>(stop - text.data());
  return true;
}

std::string_view SkipCssSpace(std::string_view text) {
  if (text.starts_with("\r\n")) return text.substr(2);
  bool space = !text.empty() && kCssSpaces.find(text[0]) != std::string_view::npos;
  return space ? text.substr(1) : text;
}

// Takes a hexadecimal escape of up to six digits, the backslash in front of it included.
std::string_view DecodeCssHex(std::string_view text, std::string* out) {
  std::size_t end = 2;
  while (end < text.size() && end < 7 && IsHexDigit(text[end])) ++end;
  std::uint32_t rune = 0;
  std::from_chars(text.data() + 1, text.data() + end, rune, 16);
  if (rune > 0x10FFFF) {
    rune /= 16;
    --end;
  }
  AppendRune(rune >= 0xD800 && rune <= 0xDFFF ? kReplacementRune : rune, out);
  return SkipCssSpace(text.substr(end));
}

std::string_view TrimJsSpace(std::string_view text) {
  while (!text.empty()) {
    if (kCssSpaces.find(text.back()) != std::string_view::npos) {
      text.remove_suffix(1);
    } else if (text.ends_with("\u2028") || text.ends_with("\u2029")) {
      text.remove_suffix(3);
    } else {
      break;
    }
  }
  return text;
}

}  // namespace

bool IsHtmlSpace(char c) {
  return kCssSpaces.find(c) != std::string_view::npos;
}
bool IsAsciiLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsAsciiAlphaNumeric(char c) {
  return IsAsciiLetter(c) || (c >= '0' && c <= '9');
}
bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool HasPrefixFold(std::string_view text, std::string_view prefix) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

std::string QuoteStart(std::string_view text) {
  constexpr std::size_t kRunes = 32;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kRunes && size < text.size(); ++i) {
    size += DecodeRune(text.substr(size)).size;
  }
  return GoQuote(text.substr(0, size));
}

std::string UnescapeEntities(std::string_view text) {
  std::string out;
  while (true) {
    std::size_t amp = text.find('&');
    out.append(text.substr(0, amp));
    if (amp == std::string_view::npos) return out;
    text.remove_prefix(amp + 1);
    std::size_t size = 0;
    char32_t rune = 0;
    if (text.starts_with('#') && NumericEntity(text, &size, &rune)) {
      AppendRune(rune, &out);
      text.remove_prefix(size);
      continue;
    }
    const auto* entity = std::find_if(kEntities.begin(), kEntities.end(),
                                      [&](const Entity& e) { return text.starts_with(e.name); });
    if (entity == kEntities.end()) {
      out.push_back('&');
      continue;
    }
    out.push_back(entity->character);
    text.remove_prefix(entity->name.size());
  }
}

std::string DecodeCss(std::string_view text) {
  std::string out;
  while (true) {
    std::size_t slash = text.find('\\');
    out.append(text.substr(0, slash));
    if (slash == std::string_view::npos || slash + 1 >= text.size()) return out;
    text.remove_prefix(slash);
    if (IsHexDigit(text[1])) {
      text = DecodeCssHex(text, &out);
      continue;
    }
    std::size_t size = DecodeRune(text.substr(1)).size;
    out.append(text.substr(1, size));
    text.remove_prefix(1 + size);
  }
}

bool IsCssNameCharacter(char32_t rune) {
  if (rune < 0x80) {
    char c = static_cast<char>(rune);
    return IsAsciiAlphaNumeric(c) || c == '-' || c == '_';
  }
  return rune <= 0xD7FF || (rune >= 0xE000 && rune <= 0xFFFD) ||
         (rune >= 0x10000 && rune <= 0x10FFFF);
}

bool EndsWithCssKeyword(std::string_view text, std::string_view keyword) {
  if (text.size() < keyword.size()) return false;
  std::size_t start = text.size() - keyword.size();
  if (start > 0) {
    // The last byte of a longer rune is no ASCII character, and all such runes are name characters.
    auto before = static_cast<unsigned char>(text[start - 1]);
    if (before >= 0x80 || IsCssNameCharacter(before)) return false;
  }
  return HasPrefixFold(text.substr(start), keyword);
}

bool IsJsIdentifierPart(char c) {
  return IsAsciiAlphaNumeric(c) || c == '$' || c == '_';
}

JsSlash NextSlash(std::string_view text, JsSlash before) {
  text = TrimJsSpace(text);
  if (text.empty()) return before;
  char last = text.back();
  constexpr std::string_view kPunctuators = ",<>=*%&|^?!~([:;{}";
  if (kPunctuators.find(last) != std::string_view::npos) return JsSlash::kRegexp;
  if (last == '+' || last == '-') {
    // x++ / y divides, x + /re/ does not.
    std::size_t run = text.size() - text.find_last_not_of(last) - 1;
    return run % 2 == 1 ? JsSlash::kRegexp : JsSlash::kDivision;
  }
  if (last == '.') {
    bool number = text.size() > 1 && text[text.size() - 2] >= '0' && text[text.size() - 2] <= '9';
    return number ? JsSlash::kDivision : JsSlash::kRegexp;
  }
  std::size_t start = text.size();
  while (start > 0 && IsJsIdentifierPart(text[start - 1])) --start;
  std::string_view word = text.substr(start);
  bool keyword = std::find(kBeforeRegexp.begin(), kBeforeRegexp.end(), word) != kBeforeRegexp.end();
  return keyword ? JsSlash::kRegexp : JsSlash::kDivision;
}

}  // namespace tocsin::gotemplate
