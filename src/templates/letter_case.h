#pragma once

// Upper, lower and title case of UTF-8 text as Go's strings package and its x/text/cases give them.
// Pure functions.

#include <string>
#include <string_view>

namespace tocsin::templates {

// Rune by rune (ß stays ß); an invalid byte becomes U+FFFD.
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);

// What happens to the letters of a word after its first one.
enum class RestOfWord { kLower, kKeep };

// The first letter of each word in title case, which may be two letters (ß gives Ss, ǆ gives ǅ).
// Words are those of Unicode's text segmentation: `o'neil` and `a_b` are one, `foo-bar` two.
std::string ToTitle(std::string_view text, RestOfWord rest);

}  // namespace tocsin::templates
