#include "gotemplate/builtins.h"
#include "gotemplate/escape_text.h"
#include "gotemplate/executor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

namespace tocsin::gotemplate {
namespace {

// Calls with more arguments take their space from the arena.
constexpr std::size_t kFewArguments = 6;

const Type& ParameterType(std::span<const Type* const> params, std::size_t index) {
  return *params[std::min(index, params.size() - 1)];
}

std::string Count(std::size_t n) {
  return std::to_string(n);
}

// Go's printableValue: pointers are followed, nil is a text of its own.
Value Printable(const Value& value) {
  if (!value.has_value()) return Value::String("<no value>");
  if (value.kind() == Kind::kPointer && value.AsStruct() != nullptr) return value.Pointee();
  return value;
}

void AppendEscaped(Builtin builtin, std::string_view text, std::string* out) {
  switch (builtin) {
    case Builtin::kHtml:
      return AppendHtmlEscaped(text, out);
    case Builtin::kJs:
      return AppendJsEscaped(text, out);
    default:
      return AppendQueryEscaped(text, out);
  }
}

}  // namespace

bool Executor::FailCall(const Callee& callee, std::string_view message) {
  node_ = callee.node;
  std::string text = "error calling ";
  text.append(callee.name).append(": ").append(message);
  return Fail(text);
}

Context Executor::MakeContext() {
  return {&arena_, user_, &set_, &limits_,
          limits_.start_depth + static_cast<int>(frames_.size()) + 1};
}

bool Executor::CallFunction(const Expr& e, const Value* final, Value* out) {
  node_ = e.node;
  const Function& function = *e.function;
  Callee callee{.name = function.name,
                .params = function.params,
                .variadic = function.variadic,
                .result = function.result,
                .function = &function,
                .method = nullptr,
                .receiver = nullptr,
                .node = e.call_node,
                .direct = &e == direct_};
  return Call(callee, e.args, final, out);
}

bool Executor::CheckArity(const Callee& callee, std::size_t args, bool has_final) {
  std::size_t given = args + (has_final ? 1 : 0);
  std::size_t wanted = callee.params.size();
  if (callee.variadic) {
    if (given + 1 >= wanted) return true;
    return Fail("wrong number of args for " + std::string(callee.name) + ": want at least " +
                Count(wanted - 1) + " got " + Count(args));
  }
  if (given == wanted) return true;
  return Fail("wrong number of args for " + std::string(callee.name) + ": want " + Count(wanted) +
              " got " + Count(given));
}

bool Executor::AndOr(const Callee& callee, std::span<const Expr* const> args, const Value* final,
                     Value* out) {
  bool stop_at = callee.function->builtin == Builtin::kOr;
  for (const Expr* arg : args) {
    if (!EvalArgument(*arg, &kAnyType, out)) return false;
    if (out->Truth() == stop_at) return true;
  }
  if (final != nullptr) *out = *final;
  return true;
}

bool Executor::Call(const Callee& callee, std::span<const Expr* const> args, const Value* final,
                    Value* out) {
  if (steps_left_ > 0) --steps_left_;
  if (!CheckArity(callee, args.size(), final != nullptr)) return false;
  Builtin builtin = callee.function == nullptr ? Builtin::kNone : callee.function->builtin;
  if (builtin == Builtin::kAnd || builtin == Builtin::kOr) {
    return AndOr(callee, args, final, out);
  }
  std::size_t count = args.size() + (final == nullptr ? 0 : 1);
  // Constructed one by one: most calls have one or two arguments.
  alignas(Value) std::array<std::byte, kFewArguments * sizeof(Value)> few;
  auto* first = reinterpret_cast<Value*>(few.data());
  if (count <= kFewArguments) {
    std::uninitialized_default_construct_n(first, count);
  } else {
    first = arena_.Array<Value>(count).data();
  }
  std::span<Value> values(first, count);
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (!EvalArgument(*args[i], &ParameterType(callee.params, i), &values[i])) return false;
  }
  if (final != nullptr) {
    values[count - 1] = *final;
    if (!Validate(&ParameterType(callee.params, count - 1), &values[count - 1])) return false;
  }
  return Invoke(callee, values, args, out);
}

bool Executor::Invoke(const Callee& callee, std::span<const Value> values,
                      std::span<const Expr* const> args, Value* out) {
  switch (callee.function == nullptr ? Builtin::kNone : callee.function->builtin) {
    case Builtin::kEq: {
      auto same = Equal(values[0], values.subspan(1));
      if (!same) return FailCall(callee, same.error().message);
      *out = Value::Bool(*same);
      return true;
    }
    case Builtin::kCall:
      return CallValue(callee, values, args, out);
    case Builtin::kPrint:
    case Builtin::kPrintf:
    case Builtin::kPrintln:
    case Builtin::kHtml:
    case Builtin::kJs:
    case Builtin::kUrlquery:
      return TextBuiltin(callee, values, out);
    default:
      break;
  }
  Context context = MakeContext();
  Result<Value> result = callee.method != nullptr
                             ? callee.method->call(*callee.receiver, values, context)
                             : callee.function->call(values, context);
  if (!result) return FailCall(callee, result.error().message);
  *out = *result;
  if (callee.result != nullptr && callee.result->kind == Kind::kInterface) out->Box();
  if (arena_.used() <= limits_.max_scratch_bytes) return true;
  return FailCall(callee,
                  "exceeded maximum memory (" + Count(limits_.max_scratch_bytes) + " bytes)");
}

// The function `call`: its first argument is the function.
bool Executor::CallValue(const Callee& callee, std::span<const Value> values,
                         std::span<const Expr* const> args, Value* out) {
  const Value& target = values[0];
  std::string name = args.empty() ? ShowValue(target) : ToString(*args[0]->node);
  if (!target.has_value()) return FailCall(callee, "call of nil");
  if (target.kind() != Kind::kFunc) {
    return FailCall(callee,
                    "non-function " + name + " of type " + std::string(target.type()->name));
  }
  const Function* function = target.AsFunc();
  if (function == nullptr) return FailCall(callee, "call of nil");
  std::span<const Value> rest = values.subspan(1);
  std::size_t wanted = function->params.size();
  if (function->variadic ? rest.size() + 1 < wanted : rest.size() != wanted) {
    return FailCall(callee, "wrong number of args for " + name + ": got " + Count(rest.size()) +
                                " want " + (function->variadic ? "at least " : "") +
                                Count(function->variadic ? wanted - 1 : wanted));
  }
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const Type& type = ParameterType(function->params, i);
    if (rest[i].has_value() ? Assignable(*rest[i].type(), type) : type.kind == Kind::kInterface) {
      continue;
    }
    std::string got = rest[i].has_value()
                          ? "has type " + std::string(rest[i].type()->name) + "; should be "
                          : "is nil; should be of type ";
    return FailCall(callee, "arg " + Count(i) + ": value " + got + std::string(type.name));
  }
  if (function->call == nullptr) return FailCall(callee, "function cannot be called by value");
  Callee inner = callee;
  inner.function = function;
  inner.result = function->result;
  inner.direct = false;
  return Invoke(inner, rest, {}, out);
}

// False if something had to be left out.
bool Executor::WriteBuiltin(Builtin builtin, std::span<const Value> args, std::size_t limit,
                            std::string* to) {
  Formatter formatter(to, limit, &arena_);
  switch (builtin) {
    case Builtin::kPrint:
      formatter.Print(args);
      return !formatter.exceeded();
    case Builtin::kPrintf:
      formatter.Printf(args[0].AsString(), args.subspan(1));
      return !formatter.exceeded();
    case Builtin::kPrintln:
      formatter.Println(args);
      return !formatter.exceeded();
    default:
      break;
  }
  if (args.size() == 1 && args[0].type() == &kStringType) {
    AppendEscaped(builtin, args[0].AsString(), to);
    return to->size() <= limit;
  }
  std::span<Value> printable = arena_.Array<Value>(args.size());
  std::transform(args.begin(), args.end(), printable.begin(), Printable);
  std::string text;
  Formatter plain(&text, limit, &arena_);
  plain.Print(printable);
  AppendEscaped(builtin, text, to);
  return !plain.exceeded() && to->size() <= limit;
}

// Functions whose result is a text: written straight to the output where that is its only use.
bool Executor::TextBuiltin(const Callee& callee, std::span<const Value> values, Value* out) {
  Builtin builtin = callee.function->builtin;
  if (callee.direct) {
    written_ = true;
    if (WriteBuiltin(builtin, values, limits_.max_output_bytes, &out_)) return true;
    return CheckOutput() && FailCall(callee, "value is nested too deeply");
  }
  std::size_t left = limits_.max_scratch_bytes - std::min(arena_.used(), limits_.max_scratch_bytes);
  scratch_.clear();
  if (!WriteBuiltin(builtin, values, left, &scratch_)) {
    return FailCall(callee,
                    "exceeded maximum memory (" + Count(limits_.max_scratch_bytes) + " bytes)");
  }
  *out = Value::String(arena_.Copy(scratch_));
  return true;
}

}  // namespace tocsin::gotemplate
