#include "tests/gotemplate/render.h"

#include <cctype>

namespace tocsin::gotemplate {
namespace {

using Args = std::span<const Value>;

Result<Value> Upper(Args args, Context& context) {
  std::string text(args[0].AsString());
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return context.String(std::move(text));
}

Result<Value> List(Args args, Context& context) {
  return context.List(args);
}

Status Twice(Args args, Context&, std::string* out) {
  out->append(args[0].AsString());
  if (args[0].AsString() == "bad") return Fail("no more");
  out->append(args[0].AsString());
  return {};
}

Result<Value> Nested(Args args, Context& context) {
  Result<std::string> text = context.Execute(args[0].AsString(), args[1]);
  if (!text) return tl::unexpected(std::move(text.error()));
  return context.String(*std::move(text));
}

Result<Value> Join(Args args, Context& context) {
  std::string text;
  for (const Value& part : args[1].AsList()) {
    if (!text.empty()) text.append(args[0].AsString());
    text.append(part.AsString());
  }
  return context.String(std::move(text));
}

}  // namespace

std::shared_ptr<const FunctionTable> SampleFunctions() {
  static const auto* const kFunctions = [] {
    auto table = std::make_shared<FunctionTable>();
    table->Add({.name = "upper", .params = {&kStringType}, .call = Upper});
    table->Add({.name = "list", .params = {&kAnyType}, .variadic = true, .call = List});
    table->Add({.name = "join", .params = {&kStringType, &kStringListType}, .call = Join});
    table->Add({.name = "twice", .params = {&kStringType}, .write = Twice});
    table->Add({.name = "nested", .params = {&kStringType, &kAnyType}, .call = Nested});
    table->Add(
        {.name = "fail", .call = [](Args, Context&) -> Result<Value> { return Fail("no luck"); }});
    table->Add({.name = "clock",
                .call = [](Args, Context& context) -> Result<Value> {
                  return Value::Int(context.user() == nullptr ? 0 : context.User<int>());
                },
                .pure = false});
    return new std::shared_ptr<const FunctionTable>(std::move(table));
  }();
  return *kFunctions;
}

Value SampleData() {
  static const auto* const kStrings =
      new std::vector<Value>{Value::String("x"), Value::String("y"), Value::String("z")};
  static const auto* const kInner = new ValueMap(
      {{Value::String("a"), Value::String("1")}, {Value::String("b"), Value::String("<2>")}});
  static const auto* const kAll =
      new ValueMap({{Value::String("S"), Value::String("abc")},
                    {Value::String("I"), Value::Int(42)},
                    {Value::String("F"), Value::Float(2.5)},
                    {Value::String("T"), Value::Bool(true)},
                    {Value::String("E"), Value::String("")},
                    {Value::String("L"), Value::List(*kStrings, kStringListType)},
                    {Value::String("M"), Value::Map(kInner, kStringMapType)},
                    {Value::String("N"), Value()}});
  return Value::Map(kAll, kAnyMapType);
}

std::string Render(std::string_view text, const Value& data, Options options,
                   const Limits& limits) {
  TemplateSet set(SampleFunctions(), options);
  auto parsed = set.Parse("t", text);
  if (!parsed) return parsed.error().message;
  auto output = set.Execute("t", data, limits);
  return output ? *output : output.error().message;
}

std::string RenderHtml(std::string_view text, const Value& data) {
  return Render(text, data, {.missing_key = MissingKey::kZero, .html = true});
}

}  // namespace tocsin::gotemplate
