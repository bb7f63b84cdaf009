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
constexpr std::size_t kBytesPerStep = 32;
// Executions that a function has begun inside another one; each takes native stack.
constexpr int kMaxNested = 50;
constexpr std::uint64_t kStepsOfExecution = 1000;

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

bool Executor::FailMemory(const Callee& callee) {
  return FailCall(callee,
                  "exceeded maximum memory (" + Count(limits_.max_scratch_bytes) + " bytes)");
}

// Work on long texts counts as well, so that a template cannot do much of it in few calls.
bool Executor::SpendOn(std::span<const Value> values) {
  std::uint64_t steps = 1;
  for (const Value& value : values) {
    if (value.kind() == Kind::kString) steps += value.AsString().size() / kBytesPerStep;
  }
  return Spend(steps) || Fail(StepsMessage());
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
  return SpendOn(values) && Invoke(callee, values, args, out);
}

bool Executor::Invoke(const Callee& callee, std::span<const Value> values,
                      std::span<const Expr* const> args, Value* out) {
  if (callee.function != nullptr) {
    if (callee.function->writes_text()) return TextCall(callee, values, out);
    if (callee.function->builtin == Builtin::kCall) return CallValue(callee, values, args, out);
    if (callee.function->builtin == Builtin::kEq) {
      auto same = Equal(values[0], values.subspan(1));
      if (!same) return FailCall(callee, same.error().message);
      *out = Value::Bool(*same);
      return true;
    }
  }
  const std::size_t used = arena_.used();
  Context context(this, &arena_, user_, ScratchLeft());
  Result<Value> result = callee.method != nullptr
                             ? callee.method->call(*callee.receiver, values, context)
                             : callee.function->call(values, context);
  if (!result) return FailCall(callee, result.error().message);
  *out = *result;
  if (callee.result != nullptr && callee.result->kind == Kind::kInterface) out->Box();
  if (arena_.used() > limits_.max_scratch_bytes) return FailMemory(callee);
  return Spend((arena_.used() - used) / kBytesPerStep) || FailCall(callee, StepsMessage());
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
  if (function->call == nullptr && function->write == nullptr) {
    return FailCall(callee, "function cannot be called by value");
  }
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
    // Escaping never shortens: what is too long already need not be escaped in full.
    AppendEscaped(builtin, args[0].AsString().substr(0, limit + 1), to);
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

bool Executor::Write(const Callee& callee, std::span<const Value> values, std::size_t limit,
                     std::string* to) {
  const std::size_t before = to->size();
  if (callee.function->builtin != Builtin::kNone) {
    return WriteBuiltin(callee.function->builtin, values, limit, to) || to->size() > limit ||
           FailCall(callee, "value is nested too deeply");
  }
  Context context(this, &arena_, user_, limit - before);
  const Status written = callee.function->write(values, context, to);
  if (written) return true;
  to->resize(before);
  return FailCall(callee, written.error().message);
}

// Functions whose result is a text: written straight to the output where that is its only use.
bool Executor::TextCall(const Callee& callee, std::span<const Value> values, Value* out) {
  if (callee.direct) {
    written_ = true;
    return Write(callee, values, limits_.max_output_bytes, &out_);
  }
  const std::size_t left = ScratchLeft();
  scratch_.clear();
  if (!Write(callee, values, left, &scratch_)) return false;
  if (scratch_.size() > left) return FailMemory(callee);
  *out = Value::String(arena_.Copy(scratch_));
  return true;
}

Result<std::string> Executor::ExecuteNested(std::string_view name, const Value& data) {
  if (limits_.nested >= kMaxNested) {
    return tocsin::Fail("exceeded maximum depth of executions (" + Count(kMaxNested) + ")");
  }
  if (!Spend(kStepsOfExecution)) return tocsin::Fail(StepsMessage());
  Limits limits = limits_;
  ++limits.nested;
  limits.max_scratch_bytes = ScratchLeft();
  auto text = set_.Execute(name, data, limits, user_, &steps_left_);
  if (!text) return tocsin::Fail(std::move(text.error().message));
  return *std::move(text);
}

Status Context::Spend(std::uint64_t steps) {
  if (executor_->Spend(steps)) return {};
  return Fail(executor_->StepsMessage());
}

Result<std::string> Context::Execute(std::string_view name, const Value& data) {
  return executor_->ExecuteNested(name, data);
}

}  // namespace tocsin::gotemplate
