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

class TemplateSet;
struct Limits;

// One execution as a function or method sees it. Valid during the call only.
class Context {
 public:
  Context(Arena* arena, void* user, const TemplateSet* templates, const Limits* limits, int depth)
      : arena_(arena), user_(user), templates_(templates), limits_(limits), depth_(depth) {}

  Arena& arena() { return *arena_; }
  // What the caller of Execute passed (the evaluation time, the datasource …); may be null.
  void* user() const { return user_; }
  template <class T>
  T& User() const {
    return *static_cast<T*>(user_);
  }
  // The set being executed, its limits, and how deep the execution is in template calls already:
  // for a function that executes a template by name (pass limits() with depth() as start_depth).
  const TemplateSet& templates() const { return *templates_; }
  const Limits& limits() const { return *limits_; }
  int depth() const { return depth_; }

  // A string result: the text is kept in the arena.
  Value String(std::string text, const Type& type = kStringType) {
    return Value::String(arena_->Keep(std::move(text)), type);
  }
  Value StringList(std::span<const std::string> texts, const Type& type = kStringListType);
  Value List(std::span<const Value> values, const Type& type = kAnyListType);

 private:
  Arena* arena_;
  void* user_;
  const TemplateSet* templates_;
  const Limits* limits_;
  int depth_;
};

// Functions that the engine executes itself.
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

// The engine checks the number of arguments and their types before the call, as Go's does, with
// Go's messages. A parameter of kAnyType takes anything, nil included; every other parameter gets a
// value of exactly that type (or one assignable to it). An error becomes
// "error calling NAME: <message>" at the place of the call. Calls may come from any thread.
struct Function {
  std::string name;
  std::vector<const Type*> params = {};
  bool variadic = false;  // The last parameter takes any number of arguments.
  NativeFunction call;
  const Type* result = nullptr;  // &kAnyType if Go's signature returns interface{}; else optional.
  // False if it reads the clock, a datasource or another thing that is not in the data: see
  // TemplateSet::IsPure.
  bool pure = true;
  Builtin builtin = Builtin::kNone;  // Set by FunctionTable only.
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
