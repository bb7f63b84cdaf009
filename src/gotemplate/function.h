#pragma once

// Functions that templates call by name, and what a function gets besides its arguments.

#include "base/result.h"
#include "gotemplate/arena.h"
#include "gotemplate/value.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

class Executor;

// One execution as a function or method sees it. Valid during the call only.
class Context {
 public:
  Context(Executor* executor, Arena* arena, void* user, std::size_t room)
      : executor_(executor), arena_(arena), user_(user), room_(room) {}

  Arena& arena() { return *arena_; }
  // What the caller of Execute passed (the evaluation time, the datasource …); may be null.
  void* user() const { return user_; }
  template <class T>
  T& User() const {
    return *static_cast<T*>(user_);
  }
  // Bytes that the result may still have. A function whose result can be much longer than its
  // arguments stops soon after it; the engine makes the error.
  std::size_t room() const { return room_; }
  // What is left of a text that is only going to get longer: enough for the engine to refuse it.
  std::string_view Cut(std::string_view text) const { return text.substr(0, room_ + 1); }
  // For work that the sizes of arguments and result do not show. An error, to be returned, if it is
  // more than the execution may still do.
  Status Spend(std::uint64_t steps);
  // Executes a template of the set by name, within the limits of this execution.
  Result<std::string> Execute(std::string_view name, const Value& data);

  // A string result: the text is kept in the arena.
  Value String(std::string text, const Type& type = kStringType) {
    return Value::String(arena_->Keep(std::move(text)), type);
  }
  Value StringList(std::span<const std::string> texts, const Type& type = kStringListType);
  Value List(std::span<const Value> values, const Type& type = kAnyListType);

 private:
  Executor* executor_;
  Arena* arena_;
  void* user_;
  std::size_t room_;
};

// Functions that the engine executes itself. From kPrint on they make a text.
enum class Builtin : std::uint8_t {
  kNone,
  kAnd,
  kOr,
  kCall,
  kEq,
  kPrint,
  kPrintf,
  kPrintln,
  kHtml,
  kJs,
  kUrlquery,
};

using NativeFunction = std::function<Result<Value>(std::span<const Value> args, Context& context)>;
// Appends a text to `out`, which may hold others already. What it appended before an error is
// dropped.
using TextFunction =
    std::function<Status(std::span<const Value> args, Context& context, std::string* out)>;

// The engine checks the number of arguments and their types before the call, as Go's does, with
// Go's messages. A parameter of kAnyType takes anything, nil included; every other parameter gets a
// value of exactly that type (or one assignable to it). An error becomes
// "error calling NAME: <message>" at the place of the call. Calls may come from any thread.
struct Function {
  std::string name;
  std::vector<const Type*> params = {};
  bool variadic = false;  // The last parameter takes any number of arguments.
  NativeFunction call = {};
  // Instead of `call`, where the result is a new string: where printing is its only use it goes
  // straight to the output.
  TextFunction write = {};
  const Type* result = nullptr;  // &kAnyType if Go's signature returns interface{}; else optional.
  // False if it reads the clock, a datasource or another thing that is not in the data: see
  // TemplateSet::IsPure.
  bool pure = true;
  Builtin builtin = Builtin::kNone;  // Set by FunctionTable only.

  // True if the result is a new text.
  bool writes_text() const { return write != nullptr || builtin >= Builtin::kPrint; }
};

// Names to functions. Go's built-ins are in every table. Filled at start, then constant and shared.
class FunctionTable {
 public:
  FunctionTable();
  ~FunctionTable();

  // Replaces a function of that name, built-ins too.
  void Add(Function function);
  // nullptr if there is none. The pointer is stable.
  const Function* Find(std::string_view name) const;

 private:
  std::map<std::string, std::unique_ptr<const Function>, std::less<>> functions_;
};

}  // namespace tocsin::gotemplate
