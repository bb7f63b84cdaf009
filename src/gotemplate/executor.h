#pragma once

// Executes compiled templates. One Executor is one execution; the program and the set are only
// read.

#include "gotemplate/arena.h"
#include "gotemplate/format.h"
#include "gotemplate/program.h"
#include "gotemplate/template.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

class Executor {
 public:
  Executor(const TemplateSet& set, const Limits& limits, void* user, std::uint64_t steps)
      : set_(set), limits_(limits), user_(user), steps_left_(steps) {}

  tl::expected<std::string, ExecError> Run(const Definition& definition, const Value& data);
  std::uint64_t steps_left() const { return steps_left_; }

 private:
  friend class Context;

  // A template that waits for the one it called.
  struct Frame {
    const Definition* definition;
    std::uint32_t pc;
    std::size_t slots;
    Value dot;
    Arena::Mark
        temporaries;  // What was there before the call; it cannot keep what the callee made.
  };
  struct Loop {
    Value collection;
    std::uint64_t index;
    std::uint64_t count;
    std::size_t dots;         // Saved dots outside the loop.
    Arena::Mark temporaries;  // What was there before the first element.
    // What elements may leave behind before it is sorted out.
    std::size_t garbage_limit = std::size_t{64} << 10;
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
  // Of an instruction that is through, unless a variable has them.
  void DropTemporaries(const Arena::Mark& mark) {
    if (!definition_->program.keeps_temporaries) arena_.Rewind(mark);
  }
  bool EvalCondition(const Instruction& in);
  bool PrintResult(const Instruction& in, const Value& value);
  bool BeginWith(const Instruction& in);
  bool BeginRange(const Instruction& in);
  void NextElement(const Instruction& in);
  void DropTemporaries(std::span<const int> kept, Loop* loop);
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

  bool QuickFields(const Expr& e, Value* out);
  bool EvalFields(const Expr& e, const Value* final, Value* out);
  bool EvalReceiver(const Expr& e, Value* out);
  bool Field(const Value& receiver, const MemberName& name, const Expr& e, bool last,
             const Value* final, Value* out);
  bool StructField(const Value& receiver, const FieldInfo& field, bool has_args, Value* out);
  bool FieldOfNothing(const Value& receiver, std::string_view name, Value* out);
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
  bool Write(const Callee& callee, std::span<const Value> values, std::size_t limit,
             std::string* to);
  bool TextCall(const Callee& callee, std::span<const Value> values, Value* out);
  bool FailMemory(const Callee& callee);
  Result<std::string> ExecuteNested(std::string_view name, const Value& data);

  std::size_t ScratchLeft() const {
    return limits_.max_scratch_bytes - std::min(arena_.used(), limits_.max_scratch_bytes);
  }
  // False, and no step is left then, if there were fewer.
  bool Spend(std::uint64_t steps);
  bool SpendOn(std::span<const Value> values);
  std::string StepsMessage() const;
  std::string ShowValue(const Value& value);
  bool CheckOutput() { return out_.size() <= limits_.max_output_bytes || FailOutput(); }
  bool FailOutput();
  bool Fail(std::string_view message);
  bool FailCall(const Callee& callee, std::string_view message);

  const TemplateSet& set_;
  const Limits& limits_;
  void* user_;
  std::uint64_t steps_left_;
  alignas(std::max_align_t) char first_bytes_[1024];  // Most executions need no more.
  Arena arena_{first_bytes_};
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
  // These begin in memory of the object itself.
  static constexpr std::size_t kOwnMemory = 2048;
  alignas(std::max_align_t) std::array<std::byte, kOwnMemory> own_memory_;
  std::pmr::monotonic_buffer_resource memory_{own_memory_.data(), own_memory_.size()};
  std::pmr::vector<Value> slots_{&memory_};
  std::pmr::vector<Value> dots_{&memory_};
  std::pmr::vector<Loop> loops_{&memory_};
  std::pmr::vector<Frame> frames_{&memory_};

  const Node* node_ = nullptr;  // Where errors point.
  ExecError error_;
};

}  // namespace tocsin::gotemplate
