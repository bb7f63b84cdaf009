#pragma once

// Where in an HTML document a template's output stands: what a browser's parser would be in the
// middle of. The names are html/template's, because error messages show them.

#include "gotemplate/node.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

enum class HtmlState : std::uint8_t {
  kText,         // Outside of tags.
  kTag,          // Before an attribute or the end of a tag.
  kAttrName,     // In an attribute's name.
  kAfterName,    // After it, before any equals sign.
  kBeforeValue,  // After the equals sign, before the value.
  kHtmlComment,
  kRcdata,  // In <textarea> or <title>.
  kAttr,    // In an attribute value that is plain text.
  kUrl,
  kSrcset,
  kJs,
  kJsDqString,
  kJsSqString,
  kJsTemplateLiteral,
  kJsRegexp,
  kJsBlockComment,
  kJsLineComment,
  kJsHtmlOpenComment,   // A line comment that begins with <!--
  kJsHtmlCloseComment,  // … and with -->
  kCss,
  kCssDqString,
  kCssSqString,
  kCssDqUrl,
  kCssSqUrl,
  kCssUrl,
  kCssBlockComment,
  kCssLineComment,
  kError,
  kMetaContent,
  kMetaContentUrl,
  kDead,  // After {{break}} or {{continue}}.
};

enum class HtmlDelim : std::uint8_t { kNone, kDoubleQuote, kSingleQuote, kSpaceOrTagEnd };
enum class UrlPart : std::uint8_t { kNone, kPreQuery, kQueryOrFragment, kUnknown };
// What a slash would begin.
enum class JsSlash : std::uint8_t { kRegexp, kDivision, kUnknown };
enum class HtmlAttr : std::uint8_t {
  kNone,
  kScript,
  kScriptType,
  kStyle,
  kUrl,
  kSrcset,
  kMetaContent
};
enum class HtmlElement : std::uint8_t { kNone, kScript, kStyle, kTextarea, kTitle, kMeta };

struct EscapeError {
  std::string description;
  const Node* node = nullptr;            // Where it is, if that can be told.
  std::shared_ptr<const Source> source;  // Of the node.
};

struct HtmlContext {
  HtmlState state = HtmlState::kText;
  HtmlDelim delim = HtmlDelim::kNone;
  UrlPart url_part = UrlPart::kNone;
  JsSlash slash = JsSlash::kRegexp;
  HtmlAttr attr = HtmlAttr::kNone;
  HtmlElement element = HtmlElement::kNone;
  // Open braces within each ${…} of JavaScript template literals, innermost last.
  std::vector<int> brace_depths;
  std::shared_ptr<const EscapeError> error;  // With kError.

  bool operator==(const HtmlContext&) const = default;
};

HtmlContext ErrorContext(std::string description, const Node* node = nullptr);

// "{stateJS delimNone urlPartNone jsCtxDivOp [] attrNone elementScript <nil>}"
std::string ToString(const HtmlContext& context);
// The name under which a template's form for that context is kept; the name itself for kText.
std::string MangledName(std::string_view name, const HtmlContext& context);

bool IsComment(HtmlState state);
bool IsInTag(HtmlState state);
// In a string, regular expression or template literal of a script.
bool IsInScriptLiteral(HtmlState state);

HtmlState StartState(HtmlAttr attr);
// The context of an action that stands here, which may be inside what it begins.
HtmlContext Nudge(HtmlContext context);

}  // namespace tocsin::gotemplate
