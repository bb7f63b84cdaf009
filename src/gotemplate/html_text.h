#pragma once

// Small parts of the HTML, CSS and JavaScript grammars.

#include "gotemplate/html_context.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::gotemplate {

inline constexpr std::string_view kCssSpaces = "\t\n\f\r ";

bool IsHtmlSpace(char c);
bool IsAsciiLetter(char c);
bool IsAsciiAlphaNumeric(char c);
bool IsHexDigit(char c);
// True if `text` begins with `prefix`, whatever the case of ASCII letters.
bool HasPrefixFold(std::string_view text, std::string_view prefix);
// Position of the first of `set` at or after `from`; npos if there is none.
inline std::size_t FindAny(std::string_view text, std::string_view set, std::size_t from = 0) {
  return text.find_first_of(set, from);
}

// The first runes of a text in quotes, for error messages: Go's %.32q.
std::string QuoteStart(std::string_view text);

// Character references that stand for ASCII characters, which are all that can change a context.
std::string UnescapeEntities(std::string_view text);

// CSS escapes such as \2f resolved.
std::string DecodeCss(std::string_view text);
bool IsCssNameCharacter(char32_t rune);
// A word, not the end of a longer one.
bool EndsWithCssKeyword(std::string_view text, std::string_view keyword);

bool IsJsIdentifierPart(char c);
// What a slash means after `text`, given what it meant before.
JsSlash NextSlash(std::string_view text, JsSlash before);

}  // namespace tocsin::gotemplate
