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
  Formatter(&text, context.limits().max_scratch_bytes, &context.arena()).Print(shown.first(count));
  return {context.arena().Keep(std::move(text))};
}

Result<Value> Done(std::string text, Context& context) {
  return context.String(std::move(text));
}
Result<Value> Unsafe(Context&) {
  return Value::String(kUnsafeValue);
}

Result<Value> EvalArgs(Args args, Context& context) {
  return Value::String(Stringify(args, context).text);
}

Result<Value> Html(Args args, Context& context) {
  Input input = Stringify(args, context);
  if (input.safe == &kHtmlType) return Value::String(input.text);
  std::string out;
  AppendHtmlText(input.text, false, &out);
  return Done(std::move(out), context);
}

Result<Value> Rcdata(Args args, Context& context) {
  Input input = Stringify(args, context);
  std::string out;
  AppendHtmlText(input.text, input.safe == &kHtmlType, &out);
  return Done(std::move(out), context);
}

Result<Value> Attr(Args args, Context& context) {
  Input input = Stringify(args, context);
  std::string out;
  if (input.safe == &kHtmlType) {
    AppendHtmlText(StripTags(input.text), true, &out);
  } else {
    AppendHtmlText(input.text, false, &out);
  }
  return Done(std::move(out), context);
}

Result<Value> NoSpace(Args args, Context& context) {
  Input input = Stringify(args, context);
  // Nothing at all would make the next attribute this one's value.
  if (input.text.empty()) return Unsafe(context);
  std::string out;
  if (input.safe == &kHtmlType) {
    AppendHtmlNoSpace(StripTags(input.text), true, &out);
  } else {
    AppendHtmlNoSpace(input.text, false, &out);
  }
  return Done(std::move(out), context);
}

// The name of an attribute or element: only of a kind that cannot do harm.
Result<Value> NameFilter(Args args, Context& context) {
  Input input = Stringify(args, context);
  if (input.safe == &kHtmlAttrType) return Value::String(input.text);
  std::string name = AsciiLower(input.text);
  if (name.empty() || AttributeContent(name) != AttrContent::kPlain) return Unsafe(context);
  if (!std::all_of(name.begin(), name.end(), IsAsciiAlphaNumeric)) return Unsafe(context);
  return Done(std::move(name), context);
}

Result<Value> Comment(Args, Context&) {
  return Value::String("");
}

Result<Value> UrlFilter(Args args, Context& context) {
  Input input = Stringify(args, context);
  if (input.safe == &kUrlType || IsSafeUrl(input.text)) return Value::String(input.text);
  return Done("#" + std::string(kUnsafeValue), context);
}

Result<Value> UrlText(Args args, Context& context, bool normalize) {
  Input input = Stringify(args, context);
  std::string out;
  AppendUrl(input.text, normalize || input.safe == &kUrlType, &out);
  return Done(std::move(out), context);
}
Result<Value> UrlEscape(Args args, Context& context) {
  return UrlText(args, context, false);
}
Result<Value> UrlNormalize(Args args, Context& context) {
  return UrlText(args, context, true);
}

Result<Value> Srcset(Args args, Context& context) {
  Input input = Stringify(args, context);
  if (input.safe == &kSrcsetType) return Value::String(input.text);
  std::string out;
  if (input.safe == &kUrlType) {
    AppendUrl(input.text, true, &out);
    // A comma would begin another candidate.
    for (std::size_t i = out.find(','); i != std::string::npos; i = out.find(',', i)) {
      out.replace(i, 1, "%2c");
    }
  } else {
    AppendSrcset(input.text, &out);
  }
  return Done(std::move(out), context);
}

Result<Value> CssEscape(Args args, Context& context) {
  std::string out;
  AppendCssText(Stringify(args, context).text, &out);
  return Done(std::move(out), context);
}

Result<Value> CssValue(Args args, Context& context) {
  Input input = Stringify(args, context);
  if (input.safe == &kCssType) return Value::String(input.text);
  std::string decoded;
  if (!IsSafeCssValue(input.text, &decoded)) return Unsafe(context);
  return Done(std::move(decoded), context);
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
    Formatter(&text, context.limits().max_scratch_bytes, &context.arena()).Print(args);
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

Result<Value> JsValue(Args args, Context& context) {
  Value value = JsOperand(args, context);
  if (value.type() == &kJsType) return Value::String(value.AsString());
  std::string json;
  if (value.type() == &kJsStrType) {
    json.append("\"").append(value.AsString()).push_back('"');
    return Done(std::move(json), context);
  }
  Status status = AppendJson(value, context.arena(), context.limits().max_scratch_bytes, &json);
  if (!status) return Done(JsError(status.error().message), context);
  // Names and numbers must not run into the keyword beside them.
  if (IsJsIdentifierPart(json.front()) || IsJsIdentifierPart(json.back())) {
    json.insert(json.begin(), ' ');
    json.push_back(' ');
  }
  return Done(std::move(json), context);
}

Result<Value> JsString(Args args, Context& context) {
  Input input = Stringify(args, context);
  std::string out;
  bool safe = input.safe == &kJsStrType;
  AppendJsText(input.text, safe ? JsText::kNormalizedString : JsText::kString, &out);
  return Done(std::move(out), context);
}

Result<Value> JsTemplate(Args args, Context& context) {
  std::string out;
  AppendJsText(Stringify(args, context).text, JsText::kTemplate, &out);
  return Done(std::move(out), context);
}

Result<Value> JsRegexp(Args args, Context& context) {
  std::string out;
  AppendJsText(Stringify(args, context).text, JsText::kRegexp, &out);
  // // would begin a comment.
  if (out.empty()) out = "(?:)";
  return Done(std::move(out), context);
}

Function Make(std::string name, NativeFunction call) {
  return {
      .name = std::move(name), .params = {&kAnyType}, .variadic = true, .call = std::move(call)};
}

}  // namespace

const Function* FindHtmlFunction(std::string_view name) {
  static const auto* const kFunctions = new std::array<Function, 17>{
      Make("_eval_args_", EvalArgs),
      Make("_html_template_attrescaper", Attr),
      Make("_html_template_commentescaper", Comment),
      Make("_html_template_cssescaper", CssEscape),
      Make("_html_template_cssvaluefilter", CssValue),
      Make("_html_template_htmlnamefilter", NameFilter),
      Make("_html_template_htmlescaper", Html),
      Make("_html_template_jsregexpescaper", JsRegexp),
      Make("_html_template_jsstrescaper", JsString),
      Make("_html_template_jstmpllitescaper", JsTemplate),
      Make("_html_template_jsvalescaper", JsValue),
      Make("_html_template_nospaceescaper", NoSpace),
      Make("_html_template_rcdataescaper", Rcdata),
      Make("_html_template_srcsetescaper", Srcset),
      Make("_html_template_urlescaper", UrlEscape),
      Make("_html_template_urlfilter", UrlFilter),
      Make("_html_template_urlnormalizer", UrlNormalize),
  };
  const auto* function = std::find_if(kFunctions->begin(), kFunctions->end(),
                                      [&](const Function& f) { return f.name == name; });
  return function == kFunctions->end() ? nullptr : &*function;
}

}  // namespace tocsin::gotemplate
