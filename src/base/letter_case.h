#pragma once

// Upper, lower and title case of UTF-8 text as Go's strings package and its x/text/cases give them,
// appended to `out`. Pure functions.

#include <string>
#include <string_view>

namespace tocsin {

// Rune by rune (ß stays ß); an invalid byte becomes U+FFFD.
void AppendUpper(std::string_view text, std::string* out);
void AppendLower(std::string_view text, std::string* out);

// What happens to the letters of a word after its first one.
enum class RestOfWord { kLower, kKeep };

// The first letter of each word in title case, which may be two letters (ß gives Ss, ǆ gives ǅ).
// Words are those of Unicode's text segmentation: `o'neil` and `a_b` are one, `foo-bar` two.
void AppendTitle(std::string_view text, RestOfWord rest, std::string* out);

}  // namespace tocsin
