#pragma once

// What a parse tree is compiled to: a flat list of instructions for the control flow, and small
// trees of expressions with functions and variables resolved. Constant once it is built; it points
// into the parse tree, which the Definition keeps.

#include "gotemplate/arena.h"
#include "gotemplate/function.h"
#include "gotemplate/node.h"
#include "gotemplate/value.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

inline constexpr int kNoSlot = -1;

// A name in a chain of fields, and the field or method that it was found to be the last time: types
// seldom change at one place of a template. Threads may write `member` at once; each finds out
// whether what is there belongs to the type that it has.
struct MemberName {
  std::string_view text;
  mutable std::atomic<const void*> member{nullptr};
};

struct Expr {
  enum class Op : std::uint8_t {
    kConstant,  // Already of the type that is wanted.
    kLiteral,   // A constant in the tree whose type depends on the place of use.
    kNil,
    kDot,
    kVariable,  // `slot`; kNoSlot if it was never declared.
    kFields,    // `names` of `base`, or of dot if that is null.
    kCall,      // `function` with `args`.
    kPipeline,  // `args` are the stages; `slots` take the result.
    kParen,     // A pipeline in parentheses as a command: `base`.
  };

  Op op;
  bool has_args = false;  // The command has arguments, fitting or not.
  bool is_assign = false;
  bool writes_text = false;  // kCall of a function that makes a text.
  bool plain = false;        // kFields of dot or a variable, without arguments.
  int slot = kNoSlot;
  const Node* node = nullptr;       // What an error points to while this is evaluated.
  const Node* call_node = nullptr;  // kCall: what "error calling" points to.
  const Expr* base = nullptr;
  const Function* function = nullptr;
  Value constant = {};
  std::span<const MemberName> names = {};
  std::span<const Expr* const> args = {};
  std::span<const int> slots = {};
};

struct Instruction {
  enum class Op : std::uint8_t {
    kText,      // Writes `text`.
    kPrint,     // Writes the value of `expr`.
    kEvaluate,  // Evaluates `expr` for its variables.
    kIf,        // Goes to `target` if `expr` is not true.
    kWith,      // The same; else sets dot to the value.
    kEndWith,   // Sets dot back.
    kJump,
    kRange,     // Begins a loop over `expr`, or goes to `target` if there is nothing to loop over.
    kNext,      // The next element, or the end of the loop and on to `target`.
    kBreak,     // Ends the loop and goes to `target`.
    kContinue,  // Goes to `target`, the loop's kNext.
    kTemplate,  // Calls `text` with `expr` (or nothing) as dot.
    kReturn,
  };

  Op op;
  std::uint32_t target = 0;
  const Expr* expr = nullptr;
  const Node* node = nullptr;
  std::string_view text = {};
  std::span<const int> kept = {};  // kNext: variables from outside the loop that it sets.
};

struct Program {
  std::vector<Instruction> instructions;
  Arena storage;       // Of the expressions.
  int slot_count = 1;  // Slot 0 is `$`.
  // How long the output was when it was executed last: so that the next one grows but once.
  mutable std::atomic<std::size_t> expected_size{0};
  bool keeps_temporaries = false;      // In variables that are set within an expression.
  bool pure = true;                    // Calls no function that is not pure.
  std::vector<std::string> templates;  // Called by name.
};

struct Definition {
  std::string name;
  std::shared_ptr<const Source> source;
  std::unique_ptr<const ListNode> root;
  Program program;
};

// `functions` must outlive the definition.
std::shared_ptr<const Definition> Compile(std::string name, std::shared_ptr<const Source> source,
                                          std::unique_ptr<const ListNode> root,
                                          const FunctionTable& functions);

// A constant of the tree as a value of that type (kAnyType: the type that Go gives it).
Result<Value> ConvertLiteral(const Node& node, const Type& type);

}  // namespace tocsin::gotemplate
