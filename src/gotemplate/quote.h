#pragma once

// The ways of quoting that printf's %q, %#q, %+q and %U have beside base's GoQuote.

#include <string>
#include <string_view>

namespace tocsin::gotemplate {

// Between `quote` characters; with ascii_only everything beyond ASCII is escaped.
void AppendQuotedWith(std::string_view text, char quote, bool ascii_only, std::string* out);
// 'x', with a surrogate or a number out of range shown as U+FFFD.
void AppendQuotedRune(char32_t rune, bool ascii_only, std::string* out);
// True if the text can stand between back-quotes unchanged.
bool CanBackquote(std::string_view text);
// `U+002D '-'`, or without the character if it is not printable: %#U.
std::string UnicodeName(char32_t rune);

}  // namespace tocsin::gotemplate
