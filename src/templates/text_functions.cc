#include "templates/text_functions.h"

#include "gotemplate/go_time.h"
#include "gotemplate/safe_types.h"
#include "model/regex.h"
#include "templates/humanize.h"

#include <span>
#include <utility>

namespace tocsin::templates {
namespace {

using gotemplate::Context;
using gotemplate::Function;
using gotemplate::kAnyType;
using gotemplate::kBoolType;
using gotemplate::kStringType;
using gotemplate::Value;

std::string TitleLowerRest(std::string_view text) {
  return ToTitle(text, RestOfWord::kLower);
}
std::string TitleKeepRest(std::string_view text) {
  return ToTitle(text, RestOfWord::kKeep);
}

Result<Value> Match(std::span<const Value> args, Context&) {
  const auto regex = model::Regex::Compile(args[0].AsString(), model::Regex::Anchor::kNone);
  if (!regex) return tl::unexpected(regex.error());
  return Value::Bool(regex->Matches(args[1].AsString()));
}

Result<Value> ReplaceAll(std::span<const Value> args, Context& context) {
  const auto regex = model::Regex::Compile(args[0].AsString(), model::Regex::Anchor::kNone);
  if (!regex) {
    const std::string pattern(args[0].AsString());
    return Fail("regexp: Compile(`" + pattern + "`)", regex.error());
  }
  return context.String(regex->ReplaceAll(args[2].AsString(), args[1].AsString()));
}

Result<Value> SafeHtml(std::span<const Value> args, Context&) {
  return args[0].WithType(gotemplate::kHtmlType);
}

}  // namespace

Function StringFunction(std::string name, std::string (*call)(std::string_view)) {
  return {.name = std::move(name),
          .params = {&kStringType},
          .call = [call](std::span<const Value> args, Context& context) -> Result<Value> {
            return context.String(call(args[0].AsString()));
          },
          .result = &kStringType};
}

Function NumberFunction(std::string name, std::string (*call)(double)) {
  return {.name = std::move(name),
          .params = {&kAnyType},
          .call = [call](std::span<const Value> args, Context& context) -> Result<Value> {
            const Result<double> number = ToFloat(args[0]);
            if (!number) return tl::unexpected(number.error());
            return context.String(call(*number));
          },
          .result = &kStringType};
}

Result<double> ToFloat(const Value& value) {
  const gotemplate::Type* type = value.type();
  if (type == &gotemplate::kDurationType) return Seconds(Duration(value.AsInt()));
  if (type == &kStringType) return ParseGoFloat(value.AsString());
  if (type == &gotemplate::kFloat64Type) return value.AsFloat();
  if (type == &gotemplate::kIntType || type == &gotemplate::kInt64Type) {
    return static_cast<double>(value.AsInt());
  }
  if (type == &gotemplate::kUintType || type == &gotemplate::kUint64Type) {
    return static_cast<double>(value.AsUint());
  }
  const std::string_view name = type == nullptr ? "<nil>" : type->name;
  return Fail("can't convert " + std::string(name) + " to float");
}

void AddTextFunctions(RestOfWord title_rest, gotemplate::FunctionTable* table) {
  table->Add(StringFunction("toUpper", ToUpper));
  table->Add(StringFunction("toLower", ToLower));
  table->Add(
      StringFunction("title", title_rest == RestOfWord::kLower ? TitleLowerRest : TitleKeepRest));
  table->Add({.name = "match",
              .params = {&kStringType, &kStringType},
              .call = Match,
              .result = &kBoolType});
  table->Add({.name = "reReplaceAll",
              .params = {&kStringType, &kStringType, &kStringType},
              .call = ReplaceAll,
              .result = &kStringType});
  table->Add({.name = "safeHtml",
              .params = {&kStringType},
              .call = SafeHtml,
              .result = &gotemplate::kHtmlType});
  table->Add(NumberFunction("humanizeDuration", HumanizeDuration));
}

}  // namespace tocsin::templates
