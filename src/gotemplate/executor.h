#pragma once

// Executes compiled templates. One Executor is one execution; the program and the set are only
// read.

#include "gotemplate/arena.h"
#include "gotemplate/format.h"
#include "gotemplate/program.h"
#include "gotemplate/template.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

class Executor {
 public:
  Executor(const TemplateSet& set, const Limits& limits, void* user)
      : set_(set), limits_(limits), user_(user), steps_left_(limits.max_steps) {}

  tl::expected<std::string, ExecError> Run(const Definition& definition, const Value& data);

 private:
  // A template that waits for the one it called.
  struct Frame {
    const Definition* definition;
    std::uint32_t pc;
    std::size_t slots;
    Value dot;
  };
  struct Loop {
    Value collection;
    std::uint64_t index;
    std::uint64_t count;
    std::size_t dots;  // Saved dots outside the loop.
  };
  // A function or method about to be called.
  struct Callee {
    std::string_view name;
    std::span<const Type* const> params;
    bool variadic;
    const Type* result;
    const Function* function;  // Or:
    const Method* method;
    const Value* receiver;
    const Node* node;     // What "error calling" points to.
    bool direct = false;  // Its text goes straight to the output.
  };

  // All of these return false after an error, which is in error_ then.
  bool RunInstructions();
  bool Step(const Instruction& in);
  bool Print(const Instruction& in);
  bool PrintResult(const Instruction& in, const Value& value);
  bool BeginWith(const Instruction& in);
  bool BeginRange(const Instruction& in);
  void NextElement(const Instruction& in);
  bool CallTemplate(const Instruction& in);
  bool Return();

  bool EvalPipeline(const Expr& e, Value* out);
  bool StoreVariables(const Expr& e, const Value& value);
  bool EvalCommand(const Expr& e, const Value* final, Value* out);
  bool EvalConstant(const Expr& e, Value* out);
  bool NotAFunction(const Expr& e, const Value* final);
  bool EvalArgument(const Expr& e, const Type* type, Value* out);
  bool Validate(const Type* type, Value* value);
  bool ValidateNil(const Type& type, Value* value);

  bool EvalFields(const Expr& e, const Value* final, Value* out);
  bool EvalReceiver(const Expr& e, Value* out);
  bool Field(const Value& receiver, std::string_view name, const Expr& e, bool last,
             const Value* final, Value* out);
  bool CannotEvaluate(std::string_view name, const Value& value);
  bool MapField(const Value& map, std::string_view name, bool has_args, Value* out);
  bool CallMethod(const Value& receiver, const Method& method, const Expr& e, bool last,
                  const Value* final, Value* out);

  bool CallFunction(const Expr& e, const Value* final, Value* out);
  bool CheckArity(const Callee& callee, std::size_t args, bool has_final);
  bool Call(const Callee& callee, std::span<const Expr* const> args, const Value* final,
            Value* out);
  bool AndOr(const Callee& callee, std::span<const Expr* const> args, const Value* final,
             Value* out);
  bool Invoke(const Callee& callee, std::span<const Value> values,
              std::span<const Expr* const> args, Value* out);
  bool CallValue(const Callee& callee, std::span<const Value> values,
                 std::span<const Expr* const> args, Value* out);
  bool WriteBuiltin(Builtin builtin, std::span<const Value> args, std::size_t limit,
                    std::string* to);
  bool TextBuiltin(const Callee& callee, std::span<const Value> values, Value* out);
  Context MakeContext();

  std::string ShowValue(const Value& value);
  bool CheckOutput();
  bool Fail(std::string_view message);
  bool FailCall(const Callee& callee, std::string_view message);

  const TemplateSet& set_;
  const Limits& limits_;
  void* user_;
  std::uint64_t steps_left_;
  Arena arena_;
  std::string out_;
  std::string scratch_;
  // The call at the end of a printed pipeline, if it makes a text: it writes to the output itself
  // and sets written_.
  const Expr* direct_ = nullptr;
  bool written_ = false;

  const Definition* definition_ = nullptr;
  std::uint32_t pc_ = 0;
  std::size_t slot_base_ = 0;
  Value dot_;
  std::vector<Value> slots_;
  std::vector<Value> dots_;
  std::vector<Loop> loops_;
  std::vector<Frame> frames_;

  const Node* node_ = nullptr;  // Where errors point.
  ExecError error_;
};

}  // namespace tocsin::gotemplate
