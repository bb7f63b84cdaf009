#pragma once

// What kinds of content HTML attributes and script types hold.

#include <cstdint>
#include <string_view>

namespace tocsin::gotemplate {

enum class AttrContent : std::uint8_t { kPlain, kCss, kHtml, kJs, kUrl, kSrcset, kUnsafe };

// `name` in lower case. Unknown names are judged by what they look like.
AttrContent AttributeContent(std::string_view name);
// True if a script of that MIME type is JavaScript or JSON.
bool IsJsType(std::string_view mime_type);

}  // namespace tocsin::gotemplate
