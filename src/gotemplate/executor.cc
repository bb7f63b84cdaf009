#include "gotemplate/executor.h"

#include "base/text.h"

#include <algorithm>

namespace tocsin::gotemplate {
namespace {

// An element as a place of type `static_type` shows it.
Value AsPlaced(const Value& value, const Type* static_type) {
  bool any = static_type != nullptr && static_type->kind == Kind::kInterface;
  return any ? value.Boxed() : value;
}

}  // namespace

tl::expected<std::string, ExecError> Executor::Run(const Definition& definition,
                                                   const Value& data) {
  constexpr std::size_t kMoreThanExpected = 64;
  std::atomic<std::size_t>& expected = definition.program.expected_size;
  out_.reserve(std::min(expected.load(std::memory_order_relaxed) + kMoreThanExpected,
                        limits_.max_output_bytes));
  definition_ = &definition;
  slots_.resize(static_cast<std::size_t>(definition.program.slot_count));
  slots_[0] = data;
  dot_ = data;
  if (RunInstructions()) {
    expected.store(out_.size(), std::memory_order_relaxed);
    return std::move(out_);
  }
  error_.partial_output = std::move(out_);
  return tl::unexpected(std::move(error_));
}

bool Executor::Fail(std::string_view message) {
  if (node_ == nullptr) {
    error_.message.append("template: ").append(definition_->name).append(": ").append(message);
    return false;
  }
  error_.place = PlaceOf(*definition_->source, node_->position);
  const ErrorPlace& place = error_.place;
  std::string& text = error_.message;
  text.append("template: ").append(place.name).push_back(':');
  text.append(std::to_string(place.line)).push_back(':');
  text.append(std::to_string(place.column)).append(": executing ");
  AppendGoQuoted(definition_->name, &text);
  text.append(" at <");
  AppendNode(*node_, &text);
  text.append(">: ").append(message);
  return false;
}

bool Executor::FailOutput() {
  out_.resize(limits_.max_output_bytes);
  return Fail("exceeded maximum output size (" + std::to_string(limits_.max_output_bytes) +
              " bytes)");
}

std::string Executor::ShowValue(const Value& value) {
  constexpr std::size_t kMaxShown = 4096;
  std::string text;
  Formatter(&text, kMaxShown, &arena_).PrintOne(value);
  return text;
}

bool Executor::Spend(std::uint64_t steps) {
  if (steps <= steps_left_) {
    steps_left_ -= steps;
    return true;
  }
  steps_left_ = 0;
  return false;
}

std::string Executor::StepsMessage() const {
  return "exceeded maximum number of steps (" + std::to_string(limits_.max_steps) + ")";
}

bool Executor::RunInstructions() {
  const Program* program = &definition_->program;
  while (true) {
    const Instruction& in = program->instructions[pc_++];
    if (!Spend(1)) return Fail(StepsMessage());
    if (in.op == Instruction::Op::kText) {
      out_.append(in.text);
      if (!CheckOutput()) return false;
      continue;
    }
    if (in.op == Instruction::Op::kReturn && !Return()) return true;
    if (!Step(in)) return false;
    program = &definition_->program;
  }
}

bool Executor::Step(const Instruction& in) {
  Value value;
  switch (in.op) {
    case Instruction::Op::kText:
    case Instruction::Op::kReturn:
      return true;
    case Instruction::Op::kPrint:
      return Print(in);
    case Instruction::Op::kEvaluate:
      node_ = in.node;
      return EvalPipeline(*in.expr, &value);
    case Instruction::Op::kIf:
      return EvalCondition(in);
    case Instruction::Op::kWith:
      return BeginWith(in);
    case Instruction::Op::kEndWith:
      dot_ = dots_.back();
      dots_.pop_back();
      return true;
    case Instruction::Op::kJump:
      pc_ = in.target;
      return true;
    case Instruction::Op::kRange:
      return BeginRange(in);
    case Instruction::Op::kNext:
      NextElement(in);
      return true;
    case Instruction::Op::kContinue:
      pc_ = in.target;
      return true;
    case Instruction::Op::kBreak:
      dot_ = dots_[loops_.back().dots];
      dots_.resize(loops_.back().dots);
      loops_.pop_back();
      pc_ = in.target;
      return true;
    case Instruction::Op::kTemplate:
      return CallTemplate(in);
  }
  return true;
}

bool Executor::EvalCondition(const Instruction& in) {
  node_ = in.node;
  const Arena::Mark temporaries = arena_.Here();
  Value value;
  if (!EvalPipeline(*in.expr, &value)) return false;
  if (!value.Truth()) pc_ = in.target;
  if (in.expr->slots.empty()) DropTemporaries(temporaries);
  return true;
}

bool Executor::BeginWith(const Instruction& in) {
  node_ = in.node;
  Value value;
  if (!EvalPipeline(*in.expr, &value)) return false;
  if (!value.Truth()) {
    pc_ = in.target;
    return true;
  }
  dots_.push_back(dot_);
  dot_ = value;
  return true;
}

bool Executor::BeginRange(const Instruction& in) {
  node_ = in.node;
  Value value;
  if (!EvalPipeline(*in.expr, &value)) return false;
  if (value.kind() == Kind::kPointer && value.AsStruct() != nullptr) value = value.Pointee();
  std::uint64_t count = 0;
  switch (value.kind()) {
    case Kind::kNil:
      break;
    case Kind::kList:
      count = value.AsList().size();
      break;
    case Kind::kMap:
      count = value.MapSize();
      break;
    case Kind::kInt:
    case Kind::kUint:
      if (in.expr->slots.size() > 1) {
        return Fail("can't use " + ShowValue(value) + " to iterate over more than one variable");
      }
      count = value.kind() == Kind::kInt && value.AsInt() < 0 ? 0 : value.AsUint();
      break;
    default:
      return Fail("range can't iterate over " + ShowValue(value));
  }
  if (count == 0) {
    pc_ = in.target;
    return true;
  }
  loops_.push_back({.collection = value,
                    .index = 0,
                    .count = count,
                    .dots = dots_.size(),
                    .temporaries = arena_.Here()});
  dots_.push_back(dot_);
  return true;
}

// Takes back what the element before has left behind. `kept` variables live on: where they are
// plain texts and numbers, as when a loop puts a text together, these are moved, once there is
// enough garbage for it to be worth while.
void Executor::DropTemporaries(std::span<const int> kept, Loop* loop) {
  if (kept.empty()) return arena_.Rewind(loop->temporaries);
  if (arena_.used() - loop->temporaries.used < loop->garbage_limit) return;
  scratch_.clear();
  for (const int slot : kept) {
    const Value& value = slots_[slot_base_ + static_cast<std::size_t>(slot)];
    if (value.kind() > Kind::kString) return;
    if (value.kind() == Kind::kString) scratch_.append(value.AsString());
  }
  arena_.Rewind(loop->temporaries);
  std::string_view texts = scratch_;
  for (const int slot : kept) {
    Value& value = slots_[slot_base_ + static_cast<std::size_t>(slot)];
    if (value.kind() != Kind::kString) continue;
    const std::size_t size = value.AsString().size();
    const bool boxed = value.boxed();
    value = Value::String(arena_.Copy(texts.substr(0, size)), *value.type());
    if (boxed) value.Box();
    texts.remove_prefix(size);
  }
  loop->garbage_limit = std::max(loop->garbage_limit, 4 * scratch_.size());
}

void Executor::NextElement(const Instruction& in) {
  Loop& loop = loops_.back();
  // A {{continue}} inside {{with}} comes here with that dot still saved.
  dots_.resize(loop.dots + 1);
  DropTemporaries(in.kept, &loop);
  if (loop.index == loop.count) {
    dot_ = dots_.back();
    dots_.pop_back();
    loops_.pop_back();
    pc_ = in.target;
    return;
  }
  const Value& collection = loop.collection;
  std::uint64_t i = loop.index++;
  Value index;
  Value element;
  switch (collection.kind()) {
    case Kind::kList:
      index = Value::Int(static_cast<std::int64_t>(i));
      element = AsPlaced(collection.AsList()[i], collection.type()->elem);
      break;
    case Kind::kMap:
      collection.AsMap()->Entry(i, arena_, &index, &element);
      index = AsPlaced(index, collection.type()->key);
      element = AsPlaced(element, collection.type()->elem);
      break;
    default:
      element = Value::Uint(i, *collection.type());
  }
  std::span<const int> slots = in.expr->slots;
  if (!slots.empty()) slots_[slot_base_ + static_cast<std::size_t>(slots.back())] = element;
  if (slots.size() > 1) slots_[slot_base_ + static_cast<std::size_t>(slots[0])] = index;
  dot_ = element;
}

bool Executor::CallTemplate(const Instruction& in) {
  node_ = in.node;
  const Definition* callee = set_.FindExecutable(in.text);
  if (callee == nullptr) return Fail("template " + GoQuote(in.text) + " not defined");
  if (frames_.size() >= static_cast<std::size_t>(limits_.max_depth)) {
    return Fail("exceeded maximum template depth (" + std::to_string(limits_.max_depth) + ")");
  }
  const Arena::Mark temporaries = arena_.Here();
  Value data;
  if (in.expr != nullptr && !EvalPipeline(*in.expr, &data)) return false;
  frames_.push_back({.definition = definition_,
                     .pc = pc_,
                     .slots = slot_base_,
                     .dot = dot_,
                     .temporaries = temporaries});
  slot_base_ = slots_.size();
  slots_.resize(slot_base_ + static_cast<std::size_t>(callee->program.slot_count));
  slots_[slot_base_] = data;
  definition_ = callee;
  pc_ = 0;
  dot_ = data;
  return true;
}

// False at the end of the first template.
bool Executor::Return() {
  if (frames_.empty()) return false;
  const Frame& frame = frames_.back();
  slots_.resize(slot_base_);
  definition_ = frame.definition;
  pc_ = frame.pc;
  slot_base_ = frame.slots;
  dot_ = frame.dot;
  DropTemporaries(frame.temporaries);
  frames_.pop_back();
  return true;
}

bool Executor::Print(const Instruction& in) {
  node_ = in.node;
  const Arena::Mark temporaries = arena_.Here();
  const Expr& last = *in.expr->args.back();
  if (last.writes_text) direct_ = &last;
  Value value;
  const bool done = EvalPipeline(*in.expr, &value);
  direct_ = nullptr;
  if (!done) return false;
  const bool printed = written_ ? CheckOutput() : PrintResult(in, value);
  written_ = false;
  DropTemporaries(temporaries);
  return printed;
}

bool Executor::PrintResult(const Instruction& in, const Value& value) {
  node_ = in.node;
  const Type* type = value.type();
  if (type == nullptr) {
    out_.append("<no value>");
  } else if (type->kind == Kind::kString && type->text == nullptr) {
    out_.append(value.AsString());
  } else if (type->kind == Kind::kFunc) {
    return Fail("can't print " + ToString(*in.node) + " of type " + std::string(type->name));
  } else {
    bool pointer = type->kind == Kind::kPointer && value.AsStruct() != nullptr;
    Formatter formatter(&out_, limits_.max_output_bytes, &arena_);
    formatter.PrintOne(pointer ? value.Pointee() : value);
    if (formatter.exceeded() && out_.size() <= limits_.max_output_bytes) {
      return Fail("value is nested too deeply");
    }
  }
  return CheckOutput();
}

}  // namespace tocsin::gotemplate
