#include "gotemplate/html_context.h"

#include <array>
#include <utility>

namespace tocsin::gotemplate {
namespace {

constexpr std::array<std::string_view, 31> kStates{"stateText",
                                                   "stateTag",
                                                   "stateAttrName",
                                                   "stateAfterName",
                                                   "stateBeforeValue",
                                                   "stateHTMLCmt",
                                                   "stateRCDATA",
                                                   "stateAttr",
                                                   "stateURL",
                                                   "stateSrcset",
                                                   "stateJS",
                                                   "stateJSDqStr",
                                                   "stateJSSqStr",
                                                   "stateJSTmplLit",
                                                   "stateJSRegexp",
                                                   "stateJSBlockCmt",
                                                   "stateJSLineCmt",
                                                   "stateJSHTMLOpenCmt",
                                                   "stateJSHTMLCloseCmt",
                                                   "stateCSS",
                                                   "stateCSSDqStr",
                                                   "stateCSSSqStr",
                                                   "stateCSSDqURL",
                                                   "stateCSSSqURL",
                                                   "stateCSSURL",
                                                   "stateCSSBlockCmt",
                                                   "stateCSSLineCmt",
                                                   "stateError",
                                                   "stateMetaContent",
                                                   "stateMetaContentURL",
                                                   "stateDead"};
constexpr std::array<std::string_view, 4> kDelims{"delimNone", "delimDoubleQuote",
                                                  "delimSingleQuote", "delimSpaceOrTagEnd"};
constexpr std::array<std::string_view, 4> kUrlParts{"urlPartNone", "urlPartPreQuery",
                                                    "urlPartQueryOrFrag", "urlPartUnknown"};
constexpr std::array<std::string_view, 3> kSlashes{"jsCtxRegexp", "jsCtxDivOp", "jsCtxUnknown"};
constexpr std::array<std::string_view, 7> kAttrs{"attrNone",       "attrScript", "attrScriptType",
                                                 "attrStyle",      "attrURL",    "attrSrcset",
                                                 "attrMetaContent"};
constexpr std::array<std::string_view, 6> kElements{"elementNone",  "elementScript",
                                                    "elementStyle", "elementTextarea",
                                                    "elementTitle", "elementMeta"};

template <class Names, class Enum>
std::string_view Name(const Names& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

std::string BraceDepths(const std::vector<int>& depths) {
  std::string out = "[";
  for (std::size_t i = 0; i < depths.size(); ++i) {
    if (i > 0) out.push_back(' ');
    out.append(std::to_string(depths[i]));
  }
  return out + "]";
}

}  // namespace

HtmlContext ErrorContext(std::string description, const Node* node) {
  HtmlContext context;
  context.state = HtmlState::kError;
  context.error = std::make_shared<EscapeError>(
      EscapeError{.description = std::move(description), .node = node, .source = {}});
  return context;
}

std::string ToString(const HtmlContext& c) {
  std::string out = "{";
  for (std::string_view part : {Name(kStates, c.state), Name(kDelims, c.delim),
                                Name(kUrlParts, c.url_part), Name(kSlashes, c.slash)}) {
    out.append(part).push_back(' ');
  }
  out.append(BraceDepths(c.brace_depths)).push_back(' ');
  out.append(Name(kAttrs, c.attr)).push_back(' ');
  out.append(Name(kElements, c.element)).push_back(' ');
  out.append(c.error == nullptr ? "<nil>" : c.error->description);
  return out + "}";
}

std::string MangledName(std::string_view name, const HtmlContext& c) {
  std::string out(name);
  if (c.state == HtmlState::kText) return out;
  out.append("$htmltemplate_").append(Name(kStates, c.state));
  auto add = [&](std::string_view part) { out.append("_").append(part); };
  if (c.delim != HtmlDelim::kNone) add(Name(kDelims, c.delim));
  if (c.url_part != UrlPart::kNone) add(Name(kUrlParts, c.url_part));
  if (c.slash != JsSlash::kRegexp) add(Name(kSlashes, c.slash));
  if (!c.brace_depths.empty()) add("jsBraceDepth(" + BraceDepths(c.brace_depths) + ")");
  if (c.attr != HtmlAttr::kNone) add(Name(kAttrs, c.attr));
  if (c.element != HtmlElement::kNone) add(Name(kElements, c.element));
  return out;
}

bool IsComment(HtmlState state) {
  switch (state) {
    case HtmlState::kHtmlComment:
    case HtmlState::kJsBlockComment:
    case HtmlState::kJsLineComment:
    case HtmlState::kJsHtmlOpenComment:
    case HtmlState::kJsHtmlCloseComment:
    case HtmlState::kCssBlockComment:
    case HtmlState::kCssLineComment:
      return true;
    default:
      return false;
  }
}

bool IsInTag(HtmlState state) {
  switch (state) {
    case HtmlState::kTag:
    case HtmlState::kAttrName:
    case HtmlState::kAfterName:
    case HtmlState::kBeforeValue:
    case HtmlState::kAttr:
      return true;
    default:
      return false;
  }
}

bool IsInScriptLiteral(HtmlState state) {
  return state == HtmlState::kJsDqString || state == HtmlState::kJsSqString ||
         state == HtmlState::kJsTemplateLiteral || state == HtmlState::kJsRegexp;
}

HtmlState StartState(HtmlAttr attr) {
  switch (attr) {
    case HtmlAttr::kNone:
    case HtmlAttr::kScriptType:
      return HtmlState::kAttr;
    case HtmlAttr::kScript:
      return HtmlState::kJs;
    case HtmlAttr::kStyle:
      return HtmlState::kCss;
    case HtmlAttr::kUrl:
      return HtmlState::kUrl;
    case HtmlAttr::kSrcset:
      return HtmlState::kSrcset;
    case HtmlAttr::kMetaContent:
      return HtmlState::kMetaContent;
  }
  return HtmlState::kAttr;
}

HtmlContext Nudge(HtmlContext context) {
  switch (context.state) {
    case HtmlState::kTag:
      context.state = HtmlState::kAttrName;
      break;
    case HtmlState::kBeforeValue:
      context.state = StartState(context.attr);
      context.delim = HtmlDelim::kSpaceOrTagEnd;
      context.attr = HtmlAttr::kNone;
      break;
    case HtmlState::kAfterName:
      context.state = HtmlState::kAttrName;
      context.attr = HtmlAttr::kNone;
      break;
    default:
      break;
  }
  return context;
}

}  // namespace tocsin::gotemplate
