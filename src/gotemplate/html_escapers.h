#pragma once

// Makes texts safe for the places of an HTML document. Pure functions; each appends to `out`.

#include <string>
#include <string_view>

namespace tocsin::gotemplate {

// Stands where a value could not be made safe: it is harmless everywhere and easy to search for.
inline constexpr std::string_view kUnsafeValue = "ZgotmplZ";

// `normalize`: the text is HTML already, so references in it stay.
void AppendHtmlText(std::string_view text, bool normalize, std::string* out);
// For attribute values without quotes.
void AppendHtmlNoSpace(std::string_view text, bool normalize, std::string* out);

// Percent-encoding. `normalize`: what has a meaning in URLs stays.
void AppendUrl(std::string_view text, bool normalize, std::string* out);
// True if it has no scheme, or one of http, https and mailto.
bool IsSafeUrl(std::string_view url);
void AppendSrcset(std::string_view text, std::string* out);

void AppendCssText(std::string_view text, std::string* out);
// True if the text can be no more than one value of a property.
bool IsSafeCssValue(std::string_view text, std::string* decoded);

enum class JsText { kString, kNormalizedString, kTemplate, kRegexp };
void AppendJsText(std::string_view text, JsText kind, std::string* out);

}  // namespace tocsin::gotemplate
