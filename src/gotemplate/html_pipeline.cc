#include "gotemplate/html_pipeline.h"

#include "base/text.h"
#include "gotemplate/html_text.h"
#include "gotemplate/html_transition.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tocsin::gotemplate {
namespace {

using Names = std::vector<std::string_view>;

bool IsPredefined(std::string_view name) {
  return name == "html" || name == "urlquery";
}

// Which of the author's own escapers a function stands for, or the function itself.
std::string_view Equivalent(std::string_view name) {
  if (name == "_html_template_attrescaper" || name == "_html_template_htmlescaper" ||
      name == "_html_template_rcdataescaper") {
    return "html";
  }
  if (name == "_html_template_urlescaper" || name == "_html_template_urlnormalizer") {
    return "urlquery";
  }
  return name;
}

// The function that a command calls; "" if it calls none.
std::string_view Called(const CommandNode& command) {
  const Node& first = *command.args[0];
  if (first.type != NodeType::kIdentifier) return {};
  return static_cast<const IdentifierNode&>(first).name;
}

std::unique_ptr<CommandNode> CallOf(std::string_view name, std::uint32_t position) {
  auto command = std::make_unique<CommandNode>(position);
  command->args.push_back(std::make_unique<IdentifierNode>(position, name));
  return command;
}

// html and urlquery may only come last: what follows could undo them.
std::string MisplacedEscaper(const PipeNode& pipe, const HtmlContext& c) {
  for (const auto& command : pipe.commands) {
    std::string_view name = Called(*command);
    if (!IsPredefined(name)) continue;
    bool last = command == pipe.commands.back();
    bool unquoted = c.state == HtmlState::kAttr && c.delim == HtmlDelim::kSpaceOrTagEnd;
    if (!last || (unquoted && name == "html")) return std::string(name);
  }
  return {};
}

bool IsUrlState(HtmlState state) {
  switch (state) {
    case HtmlState::kUrl:
    case HtmlState::kCssDqString:
    case HtmlState::kCssSqString:
    case HtmlState::kCssDqUrl:
    case HtmlState::kCssSqUrl:
    case HtmlState::kCssUrl:
      return true;
    default:
      return false;
  }
}

void AddUrlEscapers(const HtmlContext& c, Names* names) {
  bool css_string = c.state == HtmlState::kCssDqString || c.state == HtmlState::kCssSqString;
  switch (c.url_part) {
    case UrlPart::kNone:
      names->push_back("_html_template_urlfilter");
      [[fallthrough]];
    case UrlPart::kPreQuery:
      names->push_back(css_string ? "_html_template_cssescaper" : "_html_template_urlnormalizer");
      break;
    case UrlPart::kQueryOrFragment:
      names->push_back("_html_template_urlescaper");
      break;
    case UrlPart::kUnknown:
      break;
  }
}

std::string_view StateEscaper(HtmlState state) {
  switch (state) {
    case HtmlState::kMetaContentUrl:
      return "_html_template_urlfilter";
    case HtmlState::kJs:
      return "_html_template_jsvalescaper";
    case HtmlState::kJsDqString:
    case HtmlState::kJsSqString:
      return "_html_template_jsstrescaper";
    case HtmlState::kJsTemplateLiteral:
      return "_html_template_jstmpllitescaper";
    case HtmlState::kJsRegexp:
      return "_html_template_jsregexpescaper";
    case HtmlState::kCss:
      return "_html_template_cssvaluefilter";
    case HtmlState::kText:
      return "_html_template_htmlescaper";
    case HtmlState::kRcdata:
      return "_html_template_rcdataescaper";
    case HtmlState::kAttrName:
    case HtmlState::kTag:
      return "_html_template_htmlnamefilter";
    case HtmlState::kSrcset:
      return "_html_template_srcsetescaper";
    default:
      return IsComment(state) ? "_html_template_commentescaper" : "";
  }
}

// Texts that would end or begin a script, in its strings and regular expressions.
void AppendScriptTagsEscaped(std::string_view text, std::string* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view rest = text.substr(i);
    bool special = rest[0] == '<' && (HasPrefixFold(rest, "<script") ||
                                      HasPrefixFold(rest, "</script") || rest.starts_with("<!--"));
    if (special) {
      out->append("\\x3C");
    } else {
      out->push_back(text[i]);
    }
  }
}

bool HasSpecialScriptTag(std::string_view text) {
  std::string escaped;
  AppendScriptTagsEscaped(text, &escaped);
  return escaped.size() != text.size();
}

// A text being rewritten: what lies before `written` is in `out` already.
struct Rewrite {
  std::string_view text;
  std::size_t written = 0;
  std::string out;

  void CopyTo(std::size_t end) {
    out.append(text.substr(written, end - written));
    written = end;
  }
};

// A `<` that is no part of a tag.
void EscapeLooseBrackets(std::size_t begin, std::size_t end, bool leaves_text, Rewrite* rewrite) {
  if (leaves_text) {
    std::size_t tag = rewrite->text.substr(0, end).rfind('<');
    if (tag != std::string_view::npos && tag >= begin) end = tag;
  }
  for (std::size_t i = begin; i < end; ++i) {
    std::string_view rest = rewrite->text.substr(i);
    if (rest[0] != '<' || HasPrefixFold(rest, "<!DOCTYPE")) continue;
    rewrite->CopyTo(i);
    rewrite->out.append("&lt;");
    rewrite->written = i + 1;
  }
}

// The white space that takes a comment's place where it separates tokens.
void ReplaceComment(HtmlState state, std::size_t end, Rewrite* rewrite) {
  if (state == HtmlState::kJsBlockComment) {
    std::string_view comment = rewrite->text.substr(rewrite->written, end - rewrite->written);
    bool lines = comment.find_first_of("\n\r") != std::string_view::npos ||
                 comment.find("\u2028") != std::string_view::npos ||
                 comment.find("\u2029") != std::string_view::npos;
    rewrite->out.push_back(lines ? '\n' : ' ');
  } else if (state == HtmlState::kCssBlockComment) {
    rewrite->out.push_back(' ');
  }
  rewrite->written = end;
}

// How many bytes begin a comment.
std::size_t CommentMark(HtmlState state) {
  if (state == HtmlState::kHtmlComment || state == HtmlState::kJsHtmlOpenComment) return 4;
  return state == HtmlState::kJsHtmlCloseComment ? 3 : 2;
}

void EscapeStep(const HtmlContext& c, const HtmlContext& next, std::size_t begin, std::size_t end,
                Rewrite* rewrite) {
  bool changes = next.state != c.state;
  if (c.state == HtmlState::kText || c.state == HtmlState::kRcdata) {
    EscapeLooseBrackets(begin, end, changes, rewrite);
  } else if (IsComment(c.state) && c.delim == HtmlDelim::kNone) {
    ReplaceComment(c.state, end, rewrite);
  }
  if (changes && IsComment(next.state) && next.delim == HtmlDelim::kNone) {
    rewrite->CopyTo(end - CommentMark(next.state));
    rewrite->written = end;
  }
  std::string_view step = rewrite->text.substr(begin, end - begin);
  if (IsInScriptLiteral(c.state) && HasSpecialScriptTag(step)) {
    rewrite->CopyTo(begin);
    AppendScriptTagsEscaped(step, &rewrite->out);
    rewrite->written = end;
  }
}

}  // namespace

Names EscapersFor(const ActionNode& node, HtmlContext c, HtmlContext* after) {
  c = Nudge(std::move(c));
  Names names;
  if (c.state == HtmlState::kError) {
    *after = std::move(c);
    return names;
  }
  if (std::string name = MisplacedEscaper(*node.pipe, c); !name.empty()) {
    *after = ErrorContext("predefined escaper " + GoQuote(name) + " disallowed in template", &node);
    return names;
  }
  if (IsUrlState(c.state)) {
    if (c.url_part == UrlPart::kUnknown) {
      *after =
          ErrorContext(ToString(node) + " appears in an ambiguous context within a URL", &node);
      return names;
    }
    AddUrlEscapers(c, &names);
  } else if (std::string_view name = StateEscaper(c.state); !name.empty()) {
    names.push_back(name);
  }
  // A slash after a value divides; an action inside a tag is a name.
  if (c.state == HtmlState::kJs) c.slash = JsSlash::kDivision;
  if (c.state == HtmlState::kTag) c.state = HtmlState::kAttrName;
  if (c.delim == HtmlDelim::kSpaceOrTagEnd) {
    names.push_back("_html_template_nospaceescaper");
  } else if (c.delim != HtmlDelim::kNone) {
    names.push_back("_html_template_attrescaper");
  }
  *after = std::move(c);
  return names;
}

void AddEscapers(Names escapers, PipeNode* pipe) {
  if (escapers.empty()) return;
  auto& commands = pipe->commands;
  std::string own(Called(*commands.back()));
  if (IsPredefined(own)) {
    if (commands.size() == 1 && commands[0]->args.size() > 1) {
      // `html a b` becomes `_eval_args_ a b | html`, so that html stands alone.
      commands[0]->args[0] =
          std::make_unique<IdentifierNode>(commands[0]->args[0]->position, "_eval_args_");
      commands.push_back(CallOf(own, pipe->position));
    }
    bool replaced = false;
    for (std::string_view& name : escapers) {
      if (Equivalent(name) != own) continue;
      name = own;
      replaced = true;
    }
    if (replaced) commands.pop_back();
  }
  std::set<std::string_view> present;
  for (const auto& command : commands) present.insert(Equivalent(Called(*command)));
  for (std::string_view name : escapers) {
    if (!present.contains(Equivalent(name))) commands.push_back(CallOf(name, pipe->position));
  }
}

HtmlContext EscapeText(HtmlContext c, std::string_view text, std::optional<std::string>* edited) {
  Rewrite rewrite{.text = text, .written = 0, .out = {}};
  std::size_t i = 0;
  while (i < text.size()) {
    Transition step = ContextAfterText(c, text.substr(i));
    EscapeStep(c, step.context, i, i + step.consumed, &rewrite);
    i += step.consumed;
    c = std::move(step.context);
  }
  if (rewrite.written != 0 && c.state != HtmlState::kError) {
    if (!IsComment(c.state) || c.delim != HtmlDelim::kNone) rewrite.CopyTo(text.size());
    *edited = std::move(rewrite.out);
  }
  return c;
}

HtmlContext Join(const HtmlContext& a, const HtmlContext& b, const Node& node,
                 std::string_view node_name) {
  if (a.state == HtmlState::kError || b.state == HtmlState::kDead) return a;
  if (b.state == HtmlState::kError || a.state == HtmlState::kDead || a == b) return b;
  // Contexts that differ in one uncertain part only.
  HtmlContext c = a;
  c.url_part = b.url_part;
  if (c == b) {
    c.url_part = UrlPart::kUnknown;
    return c;
  }
  c = a;
  c.slash = b.slash;
  if (c == b) {
    c.slash = JsSlash::kUnknown;
    return c;
  }
  // `<p title={{if .C}}{{.}}{{end}}`: one way is inside the value, the other just before it.
  HtmlContext nudged_a = Nudge(a);
  HtmlContext nudged_b = Nudge(b);
  if (!(nudged_a == a && nudged_b == b)) {
    HtmlContext joined = Join(nudged_a, nudged_b, node, node_name);
    if (joined.state != HtmlState::kError) return joined;
  }
  return ErrorContext("{{" + std::string(node_name) + "}} branches end in different contexts: " +
                          ToString(a) + ", " + ToString(b),
                      &node);
}

}  // namespace tocsin::gotemplate
