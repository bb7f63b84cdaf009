#pragma once

// UTF-8 and the quoting that Go programs show to people. A "rune" is a Unicode code point; a byte
// that is no valid UTF-8 counts as one U+FFFD, as in Go.

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

inline constexpr char32_t kReplacementRune = 0xFFFD;

struct Rune {
  char32_t value;
  std::size_t size;  // Bytes consumed, at least 1. An invalid byte gives {kReplacementRune, 1}.
};

// Precondition: `text` is not empty.
Rune DecodeRune(std::string_view text);
void AppendRune(char32_t rune, std::string* out);
bool IsValidUtf8(std::string_view text);
// Replaces each invalid byte by one U+FFFD, as Go's range and JSON encoder do.
std::string ToValidUtf8(std::string_view text);
std::size_t RuneCount(std::string_view text);

// At most `n` runes: unchanged if it fits; n <= 3 gives the first n runes; else n-1 runes and "…".
std::string TruncateRunes(std::string_view text, std::size_t n);
// At most `n` bytes, never inside a rune: n < 3 gives n dots, n == 3 gives "…", else the longest
// whole-rune prefix of at most n-3 bytes and "…".
std::string TruncateBytes(std::string_view text, std::size_t n);

// Go's strconv.Quote: double quotes, \a \b \f \n \r \t \v \\ \" and \x \u \U for what is not
// printable.
std::string GoQuote(std::string_view text);
void AppendGoQuoted(std::string_view text, std::string* out);
// Decodes the text between double quotes of a Go interpreted string literal (quotes not included).
// Fails on an unknown escape, a raw newline or an escape out of range.
Result<std::string> GoUnquoteBody(std::string_view body);
// Go's unicode.IsPrint (letters, marks, numbers, punctuation, symbols and the ASCII space).
bool IsPrintable(char32_t rune);
// Unicode White_Space, as Go's unicode.IsSpace.
bool IsSpace(char32_t rune);

// Form encoding of a query component: space becomes `+`, all but A-Z a-z 0-9 - _ . ~ is %XX.
std::string QueryEscape(std::string_view text);
// The reverse, lenient about raw bytes; fails on a broken % escape.
Result<std::string> QueryUnescape(std::string_view text);

// ASCII only.
std::string AsciiLower(std::string_view text);
// Equal but for the case of ASCII letters.
bool EqualIgnoringCase(std::string_view a, std::string_view b);
std::string_view TrimSpace(std::string_view text);  // Unicode White_Space at both ends.
std::vector<std::string_view> Split(std::string_view text, char separator);

// The member of `known` with the smallest edit distance to `word`, or "" if none is near enough
// (more than a third of the letters differ) to be what somebody meant.
std::string_view NearestWord(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace tocsin
