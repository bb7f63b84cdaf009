#pragma once

// How literal text of a template moves an HTML parser from one context to the next. Pure functions.

#include "gotemplate/html_context.h"

#include <cstddef>
#include <string_view>

namespace tocsin::gotemplate {

struct Transition {
  HtmlContext context;
  std::size_t consumed;
};

// Reads some of `text`, which is not empty, in context `c`. Consumes at least a byte or changes the
// context.
Transition ContextAfterText(const HtmlContext& c, std::string_view text);

// The rules of single states, without regard to an attribute value's end.
Transition Advance(const HtmlContext& c, HtmlState state, std::string_view text);
Transition AdvanceJs(HtmlContext c, std::string_view text);
Transition AdvanceJsTemplate(HtmlContext c, std::string_view text);
Transition AdvanceJsDelimited(HtmlContext c, std::string_view text);
Transition AdvanceCss(HtmlContext c, std::string_view text);
Transition AdvanceCssString(HtmlContext c, std::string_view text);
Transition AdvanceUrl(HtmlContext c, std::string_view text);

// What ends an attribute value.
std::string_view DelimiterEnds(HtmlDelim delim);

// Text between tags without the tags: for trusted HTML inside attributes.
std::string StripTags(std::string_view html);

}  // namespace tocsin::gotemplate
