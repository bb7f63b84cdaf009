#pragma once

// The escapers of text/template's html, js and urlquery functions.

#include <string>
#include <string_view>

namespace tocsin::gotemplate {

void AppendHtmlEscaped(std::string_view text, std::string* out);
void AppendJsEscaped(std::string_view text, std::string* out);
void AppendQueryEscaped(std::string_view text, std::string* out);

}  // namespace tocsin::gotemplate
