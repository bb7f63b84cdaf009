#include "gotemplate/html_functions.h"

#include "base/text.h"
#include "gotemplate/format.h"
#include "gotemplate/go_time.h"
#include "gotemplate/html_attributes.h"
#include "gotemplate/html_escapers.h"
#include "gotemplate/html_text.h"
#include "gotemplate/html_transition.h"
#include "gotemplate/safe_types.h"
#include "gotemplate/template.h"
#include "gotemplate/value_json.h"

#include <algorithm>
#include <array>

namespace tocsin::gotemplate {
namespace {

using Args = std::span<const Value>;

// What an escaper works on: a text, and the safe type it came with, if any.
struct Input {
  std::string_view text;
  const Type* safe = nullptr;
};

Value Behind(const Value& value) {
  return value.kind() == Kind::kPointer && value.AsStruct() != nullptr ? value.Pointee() : value;
}

bool IsSafeType(const Type* type) {
  constexpr std::array<const Type*, 7> kSafe{&kHtmlType, &kHtmlAttrType, &kUrlType,  &kSrcsetType,
                                             &kCssType,  &kJsType,       &kJsStrType};
  return std::find(kSafe.begin(), kSafe.end(), type) != kSafe.end();
}

// The arguments as one text; nil is nothing.
Input Stringify(Args args, Context& context) {
  if (args.size() == 1) {
    const Type* type = args[0].type();
    if (type == &kStringType) return {args[0].AsString()};
    if (type != nullptr && IsSafeType(type)) return {args[0].AsString(), type};
  }
  std::span<Value> shown = context.arena().Array<Value>(args.size());
  std::size_t count = 0;
  for (const Value& arg : args) {
    if (arg.has_value()) shown[count++] = Behind(arg);
  }
  std::string text;
  Formatter(&text, context.room(), &context.arena()).Print(shown.first(count));
  return {context.arena().Keep(std::move(text))};
}

void EvalArgs(const Input& input, std::string* out) {
  out->append(input.text);
}

void Html(const Input& input, std::string* out) {
  if (input.safe == &kHtmlType) {
    out->append(input.text);
  } else {
    AppendHtmlText(input.text, false, out);
  }
}

void Rcdata(const Input& input, std::string* out) {
  AppendHtmlText(input.text, input.safe == &kHtmlType, out);
}

void Attr(const Input& input, std::string* out) {
  if (input.safe == &kHtmlType) {
    AppendHtmlText(StripTags(input.text), true, out);
  } else {
    AppendHtmlText(input.text, false, out);
  }
}

void NoSpace(const Input& input, std::string* out) {
  if (input.text.empty()) {
    // Nothing at all would make the next attribute this one's value.
    out->append(kUnsafeValue);
  } else if (input.safe == &kHtmlType) {
    AppendHtmlNoSpace(StripTags(input.text), true, out);
  } else {
    AppendHtmlNoSpace(input.text, false, out);
  }
}

// The name of an attribute or element: only of a kind that cannot do harm.
void NameFilter(const Input& input, std::string* out) {
  if (input.safe == &kHtmlAttrType) {
    out->append(input.text);
    return;
  }
  const std::string name = AsciiLower(input.text);
  const bool plain = !name.empty() && AttributeContent(name) == AttrContent::kPlain &&
                     std::all_of(name.begin(), name.end(), IsAsciiAlphaNumeric);
  out->append(plain ? std::string_view(name) : kUnsafeValue);
}

void Comment(const Input&, std::string*) {}

void UrlFilter(const Input& input, std::string* out) {
  if (input.safe == &kUrlType || IsSafeUrl(input.text)) {
    out->append(input.text);
  } else {
    out->append("#").append(kUnsafeValue);
  }
}

void UrlEscape(const Input& input, std::string* out) {
  AppendUrl(input.text, input.safe == &kUrlType, out);
}
void UrlNormalize(const Input& input, std::string* out) {
  AppendUrl(input.text, true, out);
}

void Srcset(const Input& input, std::string* out) {
  if (input.safe == &kSrcsetType) {
    out->append(input.text);
  } else if (input.safe == &kUrlType) {
    const std::size_t before = out->size();
    AppendUrl(input.text, true, out);
    // A comma would begin another candidate.
    for (std::size_t i = out->find(',', before); i != std::string::npos; i = out->find(',', i)) {
      out->replace(i, 1, "%2c");
    }
  } else {
    AppendSrcset(input.text, out);
  }
}

void CssEscape(const Input& input, std::string* out) {
  AppendCssText(input.text, out);
}

void CssValue(const Input& input, std::string* out) {
  std::string decoded;
  if (input.safe == &kCssType) {
    out->append(input.text);
  } else if (IsSafeCssValue(input.text, &decoded)) {
    out->append(decoded);
  } else {
    out->append(kUnsafeValue);
  }
}

void JsString(const Input& input, std::string* out) {
  const bool safe = input.safe == &kJsStrType;
  AppendJsText(input.text, safe ? JsText::kNormalizedString : JsText::kString, out);
}

void JsTemplate(const Input& input, std::string* out) {
  AppendJsText(input.text, JsText::kTemplate, out);
}

void JsRegexp(const Input& input, std::string* out) {
  const std::size_t before = out->size();
  AppendJsText(input.text, JsText::kRegexp, out);
  // // would begin a comment.
  if (out->size() == before) out->append("(?:)");
}

// A message inside a comment of the script, which it must not end.
std::string JsError(std::string message) {
  for (auto [from, to] : {std::pair("*/", "* /"), std::pair("</script", "\\x3C/script"),
                          std::pair("<!--", "\\x3C!--")}) {
    for (std::size_t i = message.find(from); i != std::string::npos; i = message.find(from, i)) {
      message.replace(i, std::string_view(from).size(), to);
      i += std::string_view(to).size();
    }
  }
  return " /* " + message + " */null ";
}

// The value that stands for the arguments in a script.
Value JsOperand(Args args, Context& context) {
  if (args.size() != 1) {
    std::string text;
    Formatter(&text, context.room(), &context.arena()).Print(args);
    return context.String(std::move(text));
  }
  Value value = Behind(args[0]);
  // Time has a JSON form of its own; everything else that has a text is that text.
  if (!value.has_value() || value.type()->text == nullptr || value.type() == &kTimeType) {
    return value;
  }
  std::string text;
  value.type()->text(value, &text);
  return context.String(std::move(text));
}

Status JsValue(Args args, Context& context, std::string* out) {
  const Value value = JsOperand(args, context);
  const std::size_t before = out->size();
  if (value.type() == &kJsType) {
    out->append(value.AsString());
    return {};
  }
  if (value.type() == &kJsStrType) {
    out->append("\"").append(value.AsString()).push_back('"');
    return {};
  }
  const Status status = AppendJson(value, context.arena(), context.room(), out);
  if (!status) {
    out->resize(before);
    out->append(JsError(status.error().message));
  } else if (IsJsIdentifierPart((*out)[before]) || IsJsIdentifierPart(out->back())) {
    // Names and numbers must not run into the keyword beside them.
    out->insert(before, 1, ' ');
    out->push_back(' ');
  }
  return {};
}

Function Make(std::string name, TextFunction write) {
  return {
      .name = std::move(name), .params = {&kAnyType}, .variadic = true, .write = std::move(write)};
}

// One that only looks at its arguments as a text.
Function Escaper(std::string name, void (*append)(const Input& input, std::string* out)) {
  return Make(std::move(name), [append](Args args, Context& context, std::string* out) -> Status {
    Input input = Stringify(args, context);
    input.text = context.Cut(input.text);
    append(input, out);
    return {};
  });
}

}  // namespace

const Function* FindHtmlFunction(std::string_view name) {
  static const auto* const kFunctions = new std::array<Function, 17>{
      Escaper("_eval_args_", EvalArgs),
      Escaper("_html_template_attrescaper", Attr),
      Escaper("_html_template_commentescaper", Comment),
      Escaper("_html_template_cssescaper", CssEscape),
      Escaper("_html_template_cssvaluefilter", CssValue),
      Escaper("_html_template_htmlnamefilter", NameFilter),
      Escaper("_html_template_htmlescaper", Html),
      Escaper("_html_template_jsregexpescaper", JsRegexp),
      Escaper("_html_template_jsstrescaper", JsString),
      Escaper("_html_template_jstmpllitescaper", JsTemplate),
      Make("_html_template_jsvalescaper", JsValue),
      Escaper("_html_template_nospaceescaper", NoSpace),
      Escaper("_html_template_rcdataescaper", Rcdata),
      Escaper("_html_template_srcsetescaper", Srcset),
      Escaper("_html_template_urlescaper", UrlEscape),
      Escaper("_html_template_urlfilter", UrlFilter),
      Escaper("_html_template_urlnormalizer", UrlNormalize),
  };
  const auto* function = std::find_if(kFunctions->begin(), kFunctions->end(),
                                      [&](const Function& f) { return f.name == name; });
  return function == kFunctions->end() ? nullptr : &*function;
}

}  // namespace tocsin::gotemplate
