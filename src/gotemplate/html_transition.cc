#include "gotemplate/html_transition.h"

#include "base/text.h"
#include "gotemplate/html_attributes.h"
#include "gotemplate/html_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::gotemplate {
namespace {

constexpr std::size_t kNotFound = std::string_view::npos;

std::size_t SkipSpace(std::string_view text, std::size_t from) {
  return std::min(text.find_first_not_of(kCssSpaces, from), text.size());
}

HtmlElement ElementNamed(std::string_view name) {
  std::string lower = AsciiLower(name);
  if (lower == "script") return HtmlElement::kScript;
  if (lower == "style") return HtmlElement::kStyle;
  if (lower == "textarea") return HtmlElement::kTextarea;
  if (lower == "title") return HtmlElement::kTitle;
  if (lower == "meta") return HtmlElement::kMeta;
  return HtmlElement::kNone;
}

HtmlState ContentState(HtmlElement element) {
  switch (element) {
    case HtmlElement::kScript:
      return HtmlState::kJs;
    case HtmlElement::kStyle:
      return HtmlState::kCss;
    case HtmlElement::kTextarea:
    case HtmlElement::kTitle:
      return HtmlState::kRcdata;
    default:
      return HtmlState::kText;
  }
}

// The end of the tag name that begins at `from`; `from` itself if there is none.
std::size_t TagNameEnd(std::string_view text, std::size_t from) {
  if (from >= text.size() || !IsAsciiLetter(text[from])) return from;
  std::size_t end = from + 1;
  while (end < text.size()) {
    char c = text[end];
    if (IsAsciiAlphaNumeric(c)) {
      ++end;
    } else if ((c == ':' || c == '-') && end + 1 < text.size() &&
               IsAsciiAlphaNumeric(text[end + 1])) {
      end += 2;
    } else {
      break;
    }
  }
  return end;
}

// The end of an attribute name; an error if a character there would be taken differently by
// different browsers.
std::size_t AttrNameEnd(std::string_view text, std::size_t from, std::string* error) {
  std::size_t end = FindAny(text, " \t\n\f\r=>'\"<", from);
  if (end == kNotFound) return text.size();
  if (std::string_view("'\"<").find(text[end]) != kNotFound) {
    *error = GoQuote(text.substr(end, 1)) + " in attribute name: " + QuoteStart(text);
  }
  return end;
}

Transition Fail(std::string description, std::string_view text) {
  return {ErrorContext(std::move(description)), text.size()};
}

Transition AdvanceText(const HtmlContext& c, std::string_view text) {
  std::size_t from = 0;
  while (true) {
    std::size_t i = text.find('<', from);
    if (i == kNotFound || i + 1 == text.size()) return {c, text.size()};
    if (text.substr(i).starts_with("<!--")) {
      HtmlContext comment;
      comment.state = HtmlState::kHtmlComment;
      return {comment, i + 4};
    }
    ++i;
    bool end_tag = text[i] == '/';
    if (end_tag && ++i == text.size()) return {c, text.size()};
    std::size_t end = TagNameEnd(text, i);
    if (end != i) {
      HtmlContext tag;
      tag.state = HtmlState::kTag;
      if (!end_tag) tag.element = ElementNamed(text.substr(i, end - i));
      return {tag, end};
    }
    from = end;
  }
}

HtmlAttr AttrNamed(HtmlElement element, std::string_view name) {
  std::string lower = AsciiLower(name);
  if (element == HtmlElement::kScript && lower == "type") return HtmlAttr::kScriptType;
  if (element == HtmlElement::kMeta && lower == "content") return HtmlAttr::kMetaContent;
  switch (AttributeContent(lower)) {
    case AttrContent::kUrl:
      return HtmlAttr::kUrl;
    case AttrContent::kCss:
      return HtmlAttr::kStyle;
    case AttrContent::kJs:
      return HtmlAttr::kScript;
    case AttrContent::kSrcset:
      return HtmlAttr::kSrcset;
    default:
      return HtmlAttr::kNone;
  }
}

Transition AdvanceTag(const HtmlContext& c, std::string_view text) {
  std::size_t i = SkipSpace(text, 0);
  if (i == text.size()) return {c, i};
  HtmlContext next;
  next.element = c.element;
  if (text[i] == '>') {
    // <meta> has no content and no end tag.
    if (c.element == HtmlElement::kMeta) next.element = HtmlElement::kNone;
    next.state = ContentState(next.element);
    return {next, i + 1};
  }
  std::string error;
  std::size_t end = AttrNameEnd(text, i, &error);
  if (!error.empty()) return Fail(std::move(error), text);
  if (end == i) {
    return Fail("expected space, attr name, or end of tag, but got " + GoQuote(text.substr(i)),
                text);
  }
  next.attr = AttrNamed(c.element, text.substr(i, end - i));
  next.state = end == text.size() ? HtmlState::kAttrName : HtmlState::kAfterName;
  return {next, end};
}

Transition AdvanceAttrName(HtmlContext c, std::string_view text) {
  std::string error;
  std::size_t end = AttrNameEnd(text, 0, &error);
  if (!error.empty()) return Fail(std::move(error), text);
  if (end != text.size()) c.state = HtmlState::kAfterName;
  return {std::move(c), end};
}

Transition AdvanceAfterName(HtmlContext c, std::string_view text) {
  std::size_t i = SkipSpace(text, 0);
  if (i == text.size()) return {std::move(c), i};
  if (text[i] != '=') {
    // The tag ends here, or an attribute without a value did.
    c.state = HtmlState::kTag;
    return {std::move(c), i};
  }
  c.state = HtmlState::kBeforeValue;
  return {std::move(c), i + 1};
}

Transition AdvanceBeforeValue(HtmlContext c, std::string_view text) {
  std::size_t i = SkipSpace(text, 0);
  if (i == text.size()) return {std::move(c), i};
  c.delim = HtmlDelim::kSpaceOrTagEnd;
  if (text[i] == '\'' || text[i] == '"') {
    c.delim = text[i] == '"' ? HtmlDelim::kDoubleQuote : HtmlDelim::kSingleQuote;
    ++i;
  }
  c.state = StartState(c.attr);
  return {std::move(c), i};
}

Transition AdvanceHtmlComment(const HtmlContext& c, std::string_view text) {
  std::size_t end = text.find("-->");
  if (end == kNotFound) return {c, text.size()};
  return {HtmlContext(), end + 3};
}

std::string_view EndTagName(HtmlElement element) {
  switch (element) {
    case HtmlElement::kScript:
      return "script";
    case HtmlElement::kStyle:
      return "style";
    case HtmlElement::kTextarea:
      return "textarea";
    case HtmlElement::kTitle:
      return "title";
    default:
      return "";
  }
}

// Where `</name` stands, followed by what may follow a tag name.
std::size_t FindEndTag(std::string_view text, std::string_view name) {
  for (std::size_t i = text.find("</"); i != kNotFound; i = text.find("</", i + 2)) {
    std::string_view rest = text.substr(i + 2);
    if (!HasPrefixFold(rest, name) || rest.size() == name.size()) continue;
    if (std::string_view(" \t\n\f/>").find(rest[name.size()]) != kNotFound) return i;
  }
  return kNotFound;
}

// In the content of <script>, <style>, <textarea> and <title>: up to the end tag.
Transition AdvanceToEndTag(const HtmlContext& c, std::string_view text) {
  if (c.element == HtmlElement::kNone) return {c, text.size()};
  // An end tag inside a literal or comment of a script is escaped instead.
  if (c.element == HtmlElement::kScript && (IsInScriptLiteral(c.state) || IsComment(c.state))) {
    return {c, text.size()};
  }
  std::string_view name = EndTagName(c.element);
  std::size_t end = name.empty() ? kNotFound : FindEndTag(text, name);
  if (end == kNotFound) return {c, text.size()};
  return {HtmlContext(), end};
}

Transition AdvanceBlockComment(HtmlContext c, std::string_view text) {
  std::size_t end = text.find("*/");
  if (end == kNotFound) return {std::move(c), text.size()};
  c.state = c.state == HtmlState::kJsBlockComment ? HtmlState::kJs : HtmlState::kCss;
  return {std::move(c), end + 2};
}

// The end of the line is not part of the comment.
Transition AdvanceLineComment(HtmlContext c, std::string_view text) {
  bool css = c.state == HtmlState::kCssLineComment;
  std::size_t end = FindAny(text, css ? "\n\f\r" : "\n\r");
  if (!css) {
    for (std::string_view terminator : {"\u2028", "\u2029"}) {
      end = std::min(end, text.find(terminator));
    }
  }
  if (end == kNotFound) return {std::move(c), text.size()};
  c.state = css ? HtmlState::kCss : HtmlState::kJs;
  return {std::move(c), end};
}

Transition AdvanceMetaContent(HtmlContext c, std::string_view text) {
  for (std::size_t i = 0; i + 4 <= text.size(); ++i) {
    if (!HasPrefixFold(text.substr(i), "url=")) continue;
    c.state = HtmlState::kMetaContentUrl;
    return {std::move(c), i + 4};
  }
  return {std::move(c), text.size()};
}

Transition AdvanceMetaContentUrl(HtmlContext c, std::string_view text) {
  std::size_t end = text.find(';');
  if (end == kNotFound) return {std::move(c), text.size()};
  c.state = HtmlState::kMetaContent;
  return {std::move(c), end + 1};
}

// Browsers disagree on where an unquoted value with one of these ends.
std::string UnquotedError(std::string_view value) {
  std::size_t bad = FindAny(value, "\"'<=`");
  if (bad == kNotFound) return {};
  return GoQuote(value.substr(bad, 1)) + " in unquoted attr: " + GoQuote(value);
}

// Text that ends inside an attribute value. Character references are resolved first, so that the
// rules of URLs, scripts and styles see what the browser will.
HtmlContext AfterPartialValue(HtmlContext c, std::string_view text) {
  std::string decoded = UnescapeEntities(text);
  std::string_view rest = decoded;
  while (!rest.empty()) {
    Transition step = Advance(c, c.state, rest);
    c = std::move(step.context);
    rest.remove_prefix(step.consumed);
  }
  return c;
}

}  // namespace

std::string_view DelimiterEnds(HtmlDelim delim) {
  switch (delim) {
    case HtmlDelim::kDoubleQuote:
      return "\"";
    case HtmlDelim::kSingleQuote:
      return "'";
    default:
      return " \t\n\f\r>";
  }
}

Transition AdvanceUrl(HtmlContext c, std::string_view text) {
  if (FindAny(text, "#?") != kNotFound) {
    c.url_part = UrlPart::kQueryOrFragment;
  } else if (SkipSpace(text, 0) != text.size() && c.url_part == UrlPart::kNone) {
    // White space around a URL is not part of it.
    c.url_part = UrlPart::kPreQuery;
  }
  return {std::move(c), text.size()};
}

Transition Advance(const HtmlContext& c, HtmlState state, std::string_view text) {
  switch (state) {
    case HtmlState::kText:
      return AdvanceText(c, text);
    case HtmlState::kTag:
      return AdvanceTag(c, text);
    case HtmlState::kAttrName:
      return AdvanceAttrName(c, text);
    case HtmlState::kAfterName:
      return AdvanceAfterName(c, text);
    case HtmlState::kBeforeValue:
      return AdvanceBeforeValue(c, text);
    case HtmlState::kHtmlComment:
      return AdvanceHtmlComment(c, text);
    case HtmlState::kRcdata:
      return AdvanceToEndTag(c, text);
    case HtmlState::kUrl:
    case HtmlState::kSrcset:
      return AdvanceUrl(c, text);
    case HtmlState::kJs:
      return AdvanceJs(c, text);
    case HtmlState::kJsTemplateLiteral:
      return AdvanceJsTemplate(c, text);
    case HtmlState::kJsDqString:
    case HtmlState::kJsSqString:
    case HtmlState::kJsRegexp:
      return AdvanceJsDelimited(c, text);
    case HtmlState::kJsBlockComment:
    case HtmlState::kCssBlockComment:
      return AdvanceBlockComment(c, text);
    case HtmlState::kJsLineComment:
    case HtmlState::kJsHtmlOpenComment:
    case HtmlState::kJsHtmlCloseComment:
    case HtmlState::kCssLineComment:
      return AdvanceLineComment(c, text);
    case HtmlState::kCss:
      return AdvanceCss(c, text);
    case HtmlState::kCssDqString:
    case HtmlState::kCssSqString:
    case HtmlState::kCssDqUrl:
    case HtmlState::kCssSqUrl:
    case HtmlState::kCssUrl:
      return AdvanceCssString(c, text);
    case HtmlState::kMetaContent:
      return AdvanceMetaContent(c, text);
    case HtmlState::kMetaContentUrl:
      return AdvanceMetaContentUrl(c, text);
    case HtmlState::kAttr:
    case HtmlState::kError:
    case HtmlState::kDead:
      break;
  }
  return {c, text.size()};
}

Transition ContextAfterText(const HtmlContext& c, std::string_view text) {
  if (c.delim == HtmlDelim::kNone) {
    Transition end = AdvanceToEndTag(c, text);
    // The end tag comes at once: go on outside of the element.
    if (end.consumed == 0) return end;
    return Advance(c, c.state, text.substr(0, end.consumed));
  }
  std::size_t end = std::min(FindAny(text, DelimiterEnds(c.delim)), text.size());
  std::string_view value = text.substr(0, end);
  if (c.delim == HtmlDelim::kSpaceOrTagEnd) {
    if (std::string error = UnquotedError(value); !error.empty()) {
      return Fail(std::move(error), text);
    }
  }
  if (end == text.size()) return {AfterPartialValue(c, text), end};
  HtmlContext next;
  next.state = HtmlState::kTag;
  next.element = c.element;
  // A script of another type than JavaScript is plain text.
  if (c.state == HtmlState::kAttr && c.element == HtmlElement::kScript &&
      c.attr == HtmlAttr::kScriptType && !IsJsType(value)) {
    next.element = HtmlElement::kNone;
  }
  return {next, end + (c.delim == HtmlDelim::kSpaceOrTagEnd ? 0 : 1)};
}

std::string StripTags(std::string_view html) {
  std::string out;
  HtmlContext c;
  std::size_t i = 0;
  bool all_text = true;
  while (i < html.size()) {
    if (c.delim != HtmlDelim::kNone) {
      std::size_t end = FindAny(html, DelimiterEnds(c.delim), i);
      if (end == kNotFound) break;
      HtmlElement element = c.element;
      i = end + (c.delim == HtmlDelim::kSpaceOrTagEnd ? 0 : 1);
      c = HtmlContext();
      c.state = HtmlState::kTag;
      c.element = element;
      continue;
    }
    // What scripts and styles contain is of no interest here.
    HtmlState state = c.state;
    if (c.element != HtmlElement::kNone && !IsInTag(state)) state = HtmlState::kRcdata;
    Transition step = Advance(c, state, html.substr(i));
    std::size_t next = i + step.consumed;
    if (c.state == HtmlState::kText || c.state == HtmlState::kRcdata) {
      std::size_t end = next;
      if (step.context.state != c.state) {
        std::size_t tag = html.substr(0, next).rfind('<');
        if (tag != kNotFound && tag >= i) end = tag;
      }
      out.append(html.substr(i, end - i));
    } else {
      all_text = false;
    }
    c = std::move(step.context);
    i = next;
  }
  return all_text ? std::string(html) : out;
}

}  // namespace tocsin::gotemplate
