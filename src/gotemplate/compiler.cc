#include "gotemplate/html_functions.h"
#include "gotemplate/program.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tocsin::gotemplate {
namespace {

class Compiler {
 public:
  Compiler(Program* program, const FunctionTable& functions)
      : program_(*program), functions_(functions) {}

  void Run(const ListNode& root) {
    Body(root);
    Emit({.op = Op::kReturn});
    program_.instructions.shrink_to_fit();
  }

 private:
  using Op = Instruction::Op;

  struct Variable {
    std::string_view name;
    int slot;
  };
  // The loop that {{break}} and {{continue}} belong to.
  struct Loop {
    std::uint32_t next;
    std::vector<std::size_t> breaks;
  };

  std::size_t Emit(Instruction instruction) {
    program_.instructions.push_back(instruction);
    return program_.instructions.size() - 1;
  }
  std::uint32_t Here() const { return static_cast<std::uint32_t>(program_.instructions.size()); }
  void Target(std::size_t instruction, std::uint32_t target) {
    program_.instructions[instruction].target = target;
  }

  void Body(const ListNode& list);
  void Statement(const Node& node);
  void Action(const ActionNode& node);
  void IfOrWith(const BranchNode& node);
  std::span<const int> KeptSlots(std::size_t since, int first_inner);
  void Range(const BranchNode& node);
  void TemplateCall(const TemplateNode& node);

  const Expr* Pipeline(const PipeNode& node);
  // One whose variables, if it has any, outlive the instruction that evaluates it.
  const Expr* InnerPipeline(const PipeNode& node) {
    if (!node.declarations.empty()) program_.keeps_temporaries = true;
    return Pipeline(node);
  }
  const Expr* Command(const CommandNode& node);
  const Expr* Argument(const Node& node);
  const Expr* TypedArgument(const Node& node, const Type& type);
  Expr Operand(const Node& node);
  Expr Fields(const Node& node, const std::vector<std::string>& names, std::size_t from);
  void ResolveFunction(const IdentifierNode& node, Expr* expr);
  std::span<const Expr* const> Arguments(const CommandNode& node, const Function* function);

  int Slot(std::string_view name);
  const Expr* Store(const Expr& expr) { return program_.storage.New<Expr>(expr); }

  Program& program_;
  const FunctionTable& functions_;
  std::vector<Variable> variables_{{"$", 0}};
  std::vector<Loop> loops_;
  std::vector<int> assigned_;  // The variables set with `=` so far.
};

int Compiler::Slot(std::string_view name) {
  auto it = std::find_if(variables_.rbegin(), variables_.rend(),
                         [&](const Variable& v) { return v.name == name; });
  return it == variables_.rend() ? kNoSlot : it->slot;
}

void Compiler::Body(const ListNode& list) {
  for (const NodePtr& node : list.nodes) Statement(*node);
}

void Compiler::Statement(const Node& node) {
  switch (node.type) {
    case NodeType::kText:
      Emit({.op = Op::kText, .text = static_cast<const TextNode&>(node).text});
      program_.expected_size += static_cast<const TextNode&>(node).text.size();
      break;
    case NodeType::kAction:
      return Action(static_cast<const ActionNode&>(node));
    case NodeType::kIf:
    case NodeType::kWith:
      return IfOrWith(static_cast<const BranchNode&>(node));
    case NodeType::kRange:
      return Range(static_cast<const BranchNode&>(node));
    case NodeType::kTemplate:
      return TemplateCall(static_cast<const TemplateNode&>(node));
    case NodeType::kBreak:
      loops_.back().breaks.push_back(Emit({.op = Op::kBreak}));
      break;
    case NodeType::kContinue:
      Emit({.op = Op::kContinue, .target = loops_.back().next});
      break;
    case NodeType::kList:
      return Body(static_cast<const ListNode&>(node));
    default:
      break;
  }
}

void Compiler::Action(const ActionNode& node) {
  const Expr* expr = Pipeline(*node.pipe);
  bool print = node.pipe->declarations.empty();
  Emit({.op = print ? Op::kPrint : Op::kEvaluate, .expr = expr, .node = &node});
}

void Compiler::IfOrWith(const BranchNode& node) {
  std::size_t scope = variables_.size();
  bool with = node.type == NodeType::kWith;
  const Expr* expr = Pipeline(*node.pipe);
  std::size_t branch = Emit({.op = with ? Op::kWith : Op::kIf, .expr = expr, .node = &node});
  std::size_t inner = variables_.size();
  Body(*node.list);
  variables_.resize(inner);
  if (with) Emit({.op = Op::kEndWith});
  if (node.else_list == nullptr) {
    Target(branch, Here());
  } else {
    std::size_t over = Emit({.op = Op::kJump});
    Target(branch, Here());
    Body(*node.else_list);
    Target(over, Here());
  }
  variables_.resize(scope);
}

// Of what was assigned since: the variables that were there before `first_inner`.
std::span<const int> Compiler::KeptSlots(std::size_t since, int first_inner) {
  std::set<int> slots;
  for (std::size_t i = since; i < assigned_.size(); ++i) {
    if (assigned_[i] != kNoSlot && assigned_[i] < first_inner) slots.insert(assigned_[i]);
  }
  std::span<int> kept = program_.storage.Array<int>(slots.size());
  std::copy(slots.begin(), slots.end(), kept.begin());
  return kept;
}

void Compiler::Range(const BranchNode& node) {
  std::size_t scope = variables_.size();
  const std::size_t assigned = assigned_.size();
  const int first_inner = program_.slot_count;
  const Expr* expr = Pipeline(*node.pipe);
  std::size_t begin = Emit({.op = Op::kRange, .expr = expr, .node = &node});
  std::uint32_t next = Here();
  Emit({.op = Op::kNext, .expr = expr});
  loops_.push_back({.next = next, .breaks = {}});
  std::size_t inner = variables_.size();
  Body(*node.list);
  variables_.resize(inner);
  Emit({.op = Op::kContinue, .target = next});
  program_.instructions[next].kept = KeptSlots(assigned, first_inner);
  Loop loop = std::move(loops_.back());
  loops_.pop_back();
  Target(begin, Here());
  if (node.else_list != nullptr) Body(*node.else_list);
  variables_.resize(scope);
  Target(next, Here());
  for (std::size_t instruction : loop.breaks) Target(instruction, Here());
}

void Compiler::TemplateCall(const TemplateNode& node) {
  const Expr* expr = node.pipe == nullptr ? nullptr : InnerPipeline(*node.pipe);
  Emit({.op = Op::kTemplate, .expr = expr, .node = &node, .text = node.name});
  if (std::find(program_.templates.begin(), program_.templates.end(), node.name) ==
      program_.templates.end()) {
    program_.templates.push_back(node.name);
  }
}

const Expr* Compiler::Pipeline(const PipeNode& node) {
  Expr expr{.op = Expr::Op::kPipeline, .is_assign = node.is_assign, .node = &node};
  std::span<const Expr*> stages = program_.storage.Array<const Expr*>(node.commands.size());
  for (std::size_t i = 0; i < stages.size(); ++i) stages[i] = Command(*node.commands[i]);
  expr.args = stages;
  std::span<int> slots = program_.storage.Array<int>(node.declarations.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    std::string_view name = node.declarations[i]->names[0];
    if (node.is_assign) {
      slots[i] = Slot(name);
      assigned_.push_back(slots[i]);
    } else {
      slots[i] = program_.slot_count++;
      variables_.push_back({name, slots[i]});
    }
  }
  expr.slots = slots;
  return Store(expr);
}

Expr Compiler::Fields(const Node& node, const std::vector<std::string>& names, std::size_t from) {
  std::span<MemberName> members = program_.storage.Array<MemberName>(names.size() - from);
  for (std::size_t i = 0; i < members.size(); ++i) members[i].text = names[from + i];
  return {.op = Expr::Op::kFields, .node = &node, .names = members};
}

void Compiler::ResolveFunction(const IdentifierNode& node, Expr* expr) {
  expr->function = functions_.Find(node.name);
  if (expr->function == nullptr) expr->function = FindHtmlFunction(node.name);
  if (expr->function != nullptr && !expr->function->pure) program_.pure = false;
}

// What stands where a command's first word or an argument stands, without arguments.
Expr Compiler::Operand(const Node& node) {
  switch (node.type) {
    case NodeType::kField:
      return Fields(node, static_cast<const FieldNode&>(node).names, 0);
    case NodeType::kVariable: {
      const auto& names = static_cast<const VariableNode&>(node).names;
      Expr variable{.op = Expr::Op::kVariable, .slot = Slot(names[0]), .node = &node};
      if (names.size() == 1) return variable;
      Expr fields = Fields(node, names, 1);
      fields.base = Store(variable);
      return fields;
    }
    case NodeType::kChain: {
      const auto& chain = static_cast<const ChainNode&>(node);
      Expr fields = Fields(node, chain.names, 0);
      fields.base = Argument(*chain.node);
      return fields;
    }
    case NodeType::kIdentifier: {
      Expr call{.op = Expr::Op::kCall, .node = &node, .call_node = &node};
      ResolveFunction(static_cast<const IdentifierNode&>(node), &call);
      return call;
    }
    case NodeType::kDot:
      return {.op = Expr::Op::kDot, .node = &node};
    case NodeType::kNil:
      return {.op = Expr::Op::kNil, .node = &node};
    default:
      return {.op = Expr::Op::kLiteral, .node = &node};
  }
}

const Expr* Compiler::Argument(const Node& node) {
  if (node.type == NodeType::kPipe) return InnerPipeline(static_cast<const PipeNode&>(node));
  return Store(Operand(node));
}

const Expr* Compiler::TypedArgument(const Node& node, const Type& type) {
  const Expr* expr = Argument(node);
  if (expr->op != Expr::Op::kLiteral) return expr;
  auto value = ConvertLiteral(node, type);
  if (!value) return expr;  // The error belongs to the execution.
  Expr constant = *expr;
  constant.op = Expr::Op::kConstant;
  constant.constant = *value;
  return Store(constant);
}

// Arguments of a function are converted now, those of a method when its parameters are known.
std::span<const Expr* const> Compiler::Arguments(const CommandNode& node,
                                                 const Function* function) {
  std::span<const Expr*> args = program_.storage.Array<const Expr*>(node.args.size() - 1);
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Node& arg = *node.args[i + 1];
    bool known = function != nullptr && (i < function->params.size() || function->variadic);
    args[i] = known
                  ? TypedArgument(arg, *function->params[std::min(i, function->params.size() - 1)])
                  : Argument(arg);
  }
  return args;
}

const Expr* Compiler::Command(const CommandNode& node) {
  const Node& first = *node.args[0];
  bool has_args = node.args.size() > 1;
  if (first.type == NodeType::kPipe) {
    return Store({.op = Expr::Op::kParen,
                  .has_args = has_args,
                  .node = &first,
                  .base = InnerPipeline(static_cast<const PipeNode&>(first))});
  }
  Expr expr = Operand(first);
  expr.has_args = has_args;
  expr.args = Arguments(node, expr.function);
  if (expr.op == Expr::Op::kCall) {
    expr.call_node = &node;
    expr.writes_text = expr.function != nullptr && expr.function->writes_text();
  }
  expr.plain =
      expr.op == Expr::Op::kFields && !has_args &&
      (expr.base == nullptr || (first.type == NodeType::kVariable && expr.base->slot != kNoSlot));
  if (expr.op == Expr::Op::kLiteral) {
    auto value = ConvertLiteral(first, kAnyType);
    if (value) {
      expr.op = Expr::Op::kConstant;
      expr.constant = *value;
    }
  }
  return Store(expr);
}

}  // namespace

std::shared_ptr<const Definition> Compile(std::string name, std::shared_ptr<const Source> source,
                                          std::unique_ptr<const ListNode> root,
                                          const FunctionTable& functions) {
  auto definition = std::make_shared<Definition>();
  definition->name = std::move(name);
  definition->source = std::move(source);
  definition->root = std::move(root);
  Compiler(&definition->program, functions).Run(*definition->root);
  return definition;
}

}  // namespace tocsin::gotemplate
