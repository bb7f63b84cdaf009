#include "templates/text_functions.h"

#include "gotemplate/go_time.h"
#include "gotemplate/safe_types.h"
#include "model/regex.h"
#include "templates/humanize.h"

#include <cstdint>
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

void AppendTitleLowerRest(std::string_view text, std::string* out) {
  AppendTitle(text, RestOfWord::kLower, out);
}
void AppendTitleKeepRest(std::string_view text, std::string* out) {
  AppendTitle(text, RestOfWord::kKeep, out);
}

// Compiling takes time, and matching a text takes up to what the program is long for each byte.
Status SpendOnRegex(const model::Regex& regex, std::string_view text, Context& context) {
  constexpr std::uint64_t kCompilation = 200;
  constexpr std::uint64_t kStepsPerInstruction = 4;
  constexpr std::uint64_t kUnitsPerStep = 4096;
  const std::uint64_t size = regex.program_size();
  return context.Spend(kCompilation + kStepsPerInstruction * size +
                       text.size() * (1 + size) / kUnitsPerStep);
}

Result<Value> Match(std::span<const Value> args, Context& context) {
  const std::string_view text = args[1].AsString();
  const auto regex = model::Regex::Compile(args[0].AsString(), model::Regex::Anchor::kNone);
  if (!regex) return tl::unexpected(regex.error());
  if (Status spent = SpendOnRegex(*regex, text, context); !spent) {
    return tl::unexpected(std::move(spent.error()));
  }
  return Value::Bool(regex->Matches(text));
}

Status ReplaceAll(std::span<const Value> args, Context& context, std::string* out) {
  const std::string_view text = args[2].AsString();
  const auto regex = model::Regex::Compile(args[0].AsString(), model::Regex::Anchor::kNone);
  if (!regex) {
    const std::string pattern(args[0].AsString());
    return Fail("regexp: Compile(`" + pattern + "`)", regex.error());
  }
  if (Status spent = SpendOnRegex(*regex, text, context); !spent) return spent;
  regex->ReplaceAll(text, args[1].AsString(), context.room(), out);
  return {};
}

Result<Value> SafeHtml(std::span<const Value> args, Context&) {
  return args[0].WithType(gotemplate::kHtmlType);
}

}  // namespace

Function StringFunction(std::string name, void (*append)(std::string_view, std::string*)) {
  return {
      .name = std::move(name),
      .params = {&kStringType},
      .write = [append](std::span<const Value> args, Context& context, std::string* out) -> Status {
        append(context.Cut(args[0].AsString()), out);
        return {};
      },
      .result = &kStringType};
}

Function NumberFunction(std::string name, void (*append)(double, std::string*)) {
  return {.name = std::move(name),
          .params = {&kAnyType},
          .write = [append](std::span<const Value> args, Context&, std::string* out) -> Status {
            const Result<double> number = ToFloat(args[0]);
            if (!number) return tl::unexpected(number.error());
            append(*number, out);
            return {};
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
  table->Add(StringFunction("toUpper", AppendUpper));
  table->Add(StringFunction("toLower", AppendLower));
  table->Add(StringFunction(
      "title", title_rest == RestOfWord::kLower ? AppendTitleLowerRest : AppendTitleKeepRest));
  table->Add({.name = "match",
              .params = {&kStringType, &kStringType},
              .call = Match,
              .result = &kBoolType});
  table->Add({.name = "reReplaceAll",
              .params = {&kStringType, &kStringType, &kStringType},
              .write = ReplaceAll,
              .result = &kStringType});
  table->Add({.name = "safeHtml",
              .params = {&kStringType},
              .call = SafeHtml,
              .result = &gotemplate::kHtmlType});
  table->Add(NumberFunction("humanizeDuration", AppendHumanizedDuration));
}

}  // namespace tocsin::templates
