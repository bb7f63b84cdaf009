#include "base/text.h"
#include "gotemplate/html_text.h"
#include "gotemplate/html_transition.h"

#include <algorithm>
#include <utility>

namespace tocsin::gotemplate {
namespace {

constexpr std::size_t kNotFound = std::string_view::npos;
// Template literals of a script inside each other. Each makes the names of contexts longer.
constexpr std::size_t kMaxLiterals = 100;

Transition Fail(std::string description, std::string_view text) {
  return {ErrorContext(std::move(description)), text.size()};
}

Transition Unfinished(std::string_view what, std::string_view text) {
  return Fail("unfinished " + std::string(what) + ": " + GoQuote(text), text);
}

// A slash in a script. Returns the bytes that belong to it, 0 for an error.
std::size_t Slash(std::string_view rest, HtmlContext* c) {
  if (rest.starts_with("//")) {
    c->state = HtmlState::kJsLineComment;
    return 2;
  }
  if (rest.starts_with("/*")) {
    c->state = HtmlState::kJsBlockComment;
    return 2;
  }
  switch (c->slash) {
    case JsSlash::kRegexp:
      c->state = HtmlState::kJsRegexp;
      return 1;
    case JsSlash::kDivision:
      c->slash = JsSlash::kRegexp;
      return 1;
    case JsSlash::kUnknown:
      break;
  }
  return 0;
}

void Quote(HtmlState state, HtmlContext* c) {
  c->state = state;
  c->slash = JsSlash::kRegexp;
}

// Braces count only inside ${…}, to find its end.
void Brace(char brace, HtmlContext* c) {
  if (c->brace_depths.empty()) return;
  int& depth = c->brace_depths.back();
  depth += brace == '{' ? 1 : -1;
  if (depth >= 0) return;
  c->brace_depths.pop_back();
  c->state = HtmlState::kJsTemplateLiteral;
}

}  // namespace

Transition AdvanceJs(HtmlContext c, std::string_view text) {
  std::size_t i = FindAny(text, "\"`'/{}<-#");
  c.slash = NextSlash(text.substr(0, i), c.slash);
  if (i == kNotFound) return {std::move(c), text.size()};
  std::string_view rest = text.substr(i);
  std::size_t size = 1;
  switch (rest[0]) {
    case '"':
      Quote(HtmlState::kJsDqString, &c);
      break;
    case '\'':
      Quote(HtmlState::kJsSqString, &c);
      break;
    case '`':
      Quote(HtmlState::kJsTemplateLiteral, &c);
      break;
    case '/':
      size = Slash(rest, &c);
      if (size == 0) {
        return Fail("'/' could start a division or regexp: " + QuoteStart(rest), text);
      }
      break;
    case '<':
      if (rest.starts_with("<!--")) {
        c.state = HtmlState::kJsHtmlOpenComment;
        size = 4;
      }
      break;
    case '-':
      if (rest.starts_with("-->")) {
        c.state = HtmlState::kJsHtmlCloseComment;
        size = 3;
      }
      break;
    case '#':
      if (rest.starts_with("#!")) {
        c.state = HtmlState::kJsLineComment;
        size = 2;
      }
      break;
    default:
      Brace(rest[0], &c);
      break;
  }
  return {std::move(c), i + size};
}

Transition AdvanceJsTemplate(HtmlContext c, std::string_view text) {
  for (std::size_t i = FindAny(text, "`\\$"); i != kNotFound; i = FindAny(text, "`\\$", i + 1)) {
    if (text[i] == '\\') {
      if (++i == text.size()) return Unfinished("escape sequence in JS string", text);
    } else if (text[i] == '`') {
      c.state = HtmlState::kJs;
      return {std::move(c), i + 1};
    } else if (text.substr(i).starts_with("${")) {
      if (c.brace_depths.size() == kMaxLiterals) return Fail("template is too complex", text);
      c.brace_depths.push_back(0);
      c.state = HtmlState::kJs;
      return {std::move(c), i + 2};
    }
  }
  return {std::move(c), text.size()};
}

Transition AdvanceJsDelimited(HtmlContext c, std::string_view text) {
  std::string_view specials = c.state == HtmlState::kJsDqString   ? "\\\""
                              : c.state == HtmlState::kJsSqString ? "\\'"
                                                                  : "\\/[]";
  bool in_charset = false;
  for (std::size_t i = FindAny(text, specials); i != kNotFound;
       i = FindAny(text, specials, i + 1)) {
    char special = text[i];
    if (special == '\\') {
      if (++i == text.size()) return Unfinished("escape sequence in JS string", text);
    } else if (special == '[' || special == ']') {
      in_charset = special == '[';
    } else if (special == '/' && i > 0 && HasPrefixFold(text.substr(i - 1), "</script")) {
      // It will be written as \x3C/script, so its slash does not end the expression.
      ++i;
    } else if (!in_charset) {
      c.state = HtmlState::kJs;
      c.slash = JsSlash::kDivision;
      return {std::move(c), i + 1};
    }
  }
  if (in_charset) return Unfinished("JS regexp charset", text);
  return {std::move(c), text.size()};
}

Transition AdvanceCss(HtmlContext c, std::string_view text) {
  constexpr std::string_view kSpecials = "(\"'/";
  for (std::size_t i = FindAny(text, kSpecials); i != kNotFound;
       i = FindAny(text, kSpecials, i + 1)) {
    std::string_view rest = text.substr(i);
    if (rest[0] == '"' || rest[0] == '\'') {
      c.state = rest[0] == '"' ? HtmlState::kCssDqString : HtmlState::kCssSqString;
      return {std::move(c), i + 1};
    }
    if (rest.starts_with("//") || rest.starts_with("/*")) {
      c.state = rest[1] == '/' ? HtmlState::kCssLineComment : HtmlState::kCssBlockComment;
      return {std::move(c), i + 2};
    }
    if (rest[0] == '/') continue;
    std::size_t word_end = text.substr(0, i).find_last_not_of(kCssSpaces);
    std::string_view before = text.substr(0, word_end == kNotFound ? 0 : word_end + 1);
    if (!EndsWithCssKeyword(before, "url")) continue;
    std::size_t start = std::min(text.find_first_not_of(kCssSpaces, i + 1), text.size());
    c.state = HtmlState::kCssUrl;
    if (start < text.size() && (text[start] == '"' || text[start] == '\'')) {
      c.state = text[start] == '"' ? HtmlState::kCssDqUrl : HtmlState::kCssSqUrl;
      ++start;
    }
    return {std::move(c), start};
  }
  return {std::move(c), text.size()};
}

Transition AdvanceCssString(HtmlContext c, std::string_view text) {
  std::string_view ends = "\\\t\n\f\r )";  // An unquoted URL.
  if (c.state == HtmlState::kCssDqString || c.state == HtmlState::kCssDqUrl) ends = "\\\"";
  if (c.state == HtmlState::kCssSqString || c.state == HtmlState::kCssSqUrl) ends = "\\'";
  std::size_t from = 0;
  while (true) {
    std::size_t i = FindAny(text, ends, from);
    if (i == kNotFound) {
      Transition url = AdvanceUrl(std::move(c), DecodeCss(text.substr(from)));
      return {std::move(url.context), text.size()};
    }
    if (text[i] != '\\') {
      c.state = HtmlState::kCss;
      return {std::move(c), i + 1};
    }
    if (++i == text.size()) return Unfinished("escape sequence in CSS string", text);
    c = AdvanceUrl(std::move(c), DecodeCss(text.substr(0, i + 1))).context;
    from = i + 1;
  }
}

}  // namespace tocsin::gotemplate
