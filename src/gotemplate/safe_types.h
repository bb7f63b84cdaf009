#pragma once

// String types that tell the HTML escaper what a text is already: it is put into a fitting context
// unchanged. In text mode they print as their text.

#include "gotemplate/value.h"

namespace tocsin::gotemplate {

inline constexpr Type kHtmlType{.kind = Kind::kString, .name = "template.HTML", .named = true};
inline constexpr Type kHtmlAttrType{
    .kind = Kind::kString, .name = "template.HTMLAttr", .named = true};
inline constexpr Type kUrlType{.kind = Kind::kString, .name = "template.URL", .named = true};
inline constexpr Type kSrcsetType{.kind = Kind::kString, .name = "template.Srcset", .named = true};
inline constexpr Type kCssType{.kind = Kind::kString, .name = "template.CSS", .named = true};
inline constexpr Type kJsType{.kind = Kind::kString, .name = "template.JS", .named = true};
inline constexpr Type kJsStrType{.kind = Kind::kString, .name = "template.JSStr", .named = true};

}  // namespace tocsin::gotemplate
