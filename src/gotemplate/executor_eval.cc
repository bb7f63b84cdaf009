#include "gotemplate/executor.h"

#include <algorithm>
#include <atomic>
#include <functional>

namespace tocsin::gotemplate {
namespace {

bool CanBeNil(const Type& type) {
  return type.kind == Kind::kInterface || type.kind == Kind::kMap || type.kind == Kind::kList ||
         type.kind == Kind::kPointer || type.kind == Kind::kFunc;
}

// The type that error messages name: what stood at the value's place.
std::string ShownType(const Value& value) {
  return std::string(value.boxed() ? kAnyType.name : value.type()->name);
}

// The member that the name was found to be the last time, if it is one of these.
template <class Member>
const Member* Known(std::span<const Member> members, const MemberName& name) {
  const void* const known = name.member.load(std::memory_order_relaxed);
  const void* const begin = members.data();
  const void* const end = members.data() + members.size();
  const std::less<const void*> before;
  const bool inside = known != nullptr && !before(known, begin) && before(known, end);
  return inside ? static_cast<const Member*>(known) : nullptr;
}

template <class Member>
const Member* Find(std::span<const Member> members, const MemberName& name) {
  if (members.empty()) return nullptr;
  if (const Member* known = Known(members, name)) return known;
  for (const Member& member : members) {
    if (member.name != name.text) continue;
    name.member.store(&member, std::memory_order_relaxed);
    return &member;
  }
  return nullptr;
}

const Method* FindMethod(const Type& type, const MemberName& name) {
  return Find(type.methods, name);
}
const FieldInfo* FindField(const Type& type, const MemberName& name) {
  return Find(type.fields, name);
}

bool HasMember(const Type& type, std::string_view name) {
  const auto is = [name](const auto& member) { return member.name == name; };
  return std::any_of(type.methods.begin(), type.methods.end(), is) ||
         std::any_of(type.fields.begin(), type.fields.end(), is);
}

bool IsExported(std::string_view name) {
  return name[0] < 'a' || name[0] > 'z';
}

}  // namespace

bool Executor::EvalPipeline(const Expr& e, Value* out) {
  node_ = e.node;
  const Expr& first = *e.args[0];
  if (!(first.plain && QuickFields(first, out)) && !EvalCommand(first, nullptr, out)) return false;
  out->Unbox();
  for (std::size_t i = 1; i < e.args.size(); ++i) {
    Value final = *out;
    if (!EvalCommand(*e.args[i], &final, out)) return false;
    out->Unbox();
  }
  return e.slots.empty() || StoreVariables(e, *out);
}

bool Executor::StoreVariables(const Expr& e, const Value& value) {
  for (std::size_t i = 0; i < e.slots.size(); ++i) {
    if (e.slots[i] == kNoSlot) {
      const auto& pipe = static_cast<const PipeNode&>(*e.node);
      return Fail("undefined variable: " + pipe.declarations[i]->names[0]);
    }
    slots_[slot_base_ + static_cast<std::size_t>(e.slots[i])] = value;
  }
  return true;
}

bool Executor::NotAFunction(const Expr& e, const Value* final) {
  if (!e.has_args && final == nullptr) return true;
  return Fail("can't give argument to non-function " + ToString(*e.node));
}

bool Executor::EvalConstant(const Expr& e, Value* out) {
  if (e.op == Expr::Op::kConstant) {
    *out = e.constant;
    return true;
  }
  auto value = ConvertLiteral(*e.node, kAnyType);
  if (!value) return Fail(value.error().message);
  *out = *value;
  return true;
}

bool Executor::EvalCommand(const Expr& e, const Value* final, Value* out) {
  switch (e.op) {
    case Expr::Op::kFields:
      return EvalFields(e, final, out);
    case Expr::Op::kCall:
      return CallFunction(e, final, out);
    case Expr::Op::kParen:
      return NotAFunction(e, final) && EvalPipeline(*e.base, out);
    case Expr::Op::kPipeline:
      return EvalPipeline(e, out);
    case Expr::Op::kVariable:
      node_ = e.node;
      if (e.slot == kNoSlot) return Fail("undefined variable: " + ToString(*e.node));
      *out = slots_[slot_base_ + static_cast<std::size_t>(e.slot)];
      return NotAFunction(e, final);
    case Expr::Op::kDot:
      node_ = e.node;
      *out = dot_;
      return NotAFunction(e, final);
    case Expr::Op::kNil:
      node_ = e.node;
      return NotAFunction(e, final) && Fail("nil is not a command");
    case Expr::Op::kConstant:
    case Expr::Op::kLiteral:
      node_ = e.node;
      return NotAFunction(e, final) && EvalConstant(e, out);
  }
  return true;
}

// `type` may be null: anything is wanted.
bool Executor::EvalArgument(const Expr& e, const Type* type, Value* out) {
  node_ = e.node;
  switch (e.op) {
    case Expr::Op::kConstant:
      *out = e.constant;
      return true;
    case Expr::Op::kLiteral: {
      auto value = ConvertLiteral(*e.node, type == nullptr ? kAnyType : *type);
      if (!value) return Fail(value.error().message);
      *out = *value;
      return true;
    }
    case Expr::Op::kNil:
      if (type != nullptr && !CanBeNil(*type)) {
        return Fail("cannot assign nil to " + std::string(type->name));
      }
      *out = type == nullptr ? Value() : Value::Zero(*type).Unboxed();
      return true;
    default:
      return EvalCommand(e, nullptr, out) && Validate(type, out);
  }
}

bool Executor::ValidateNil(const Type& type, Value* value) {
  if (value->boxed()) {
    return Fail("wrong type for value; expected " + std::string(type.name) + "; got interface {}");
  }
  if (!CanBeNil(type)) return Fail("invalid value; expected " + std::string(type.name));
  *value = Value::Zero(type);
  return true;
}

// Makes `value` fit a parameter of that type, by one step to or from a pointer if need be.
bool Executor::Validate(const Type* type, Value* value) {
  if (type == nullptr || type->kind == Kind::kInterface) return true;
  if (!value->has_value()) return ValidateNil(*type, value);
  const Type& from = *value->type();
  if (&from == type || Assignable(from, *type)) {
    value->Unbox();
    return true;
  }
  if (from.kind == Kind::kPointer && Assignable(*from.elem, *type)) {
    if (value->AsStruct() == nullptr) {
      return Fail("dereference of nil pointer of type " + std::string(type->name));
    }
    *value = value->Pointee();
    return true;
  }
  if (type->kind == Kind::kPointer && from.kind == Kind::kStruct && SameType(from, *type->elem)) {
    *value = value->WithType(*type);
    return true;
  }
  return Fail("wrong type for value; expected " + std::string(type->name) + "; got " +
              std::string(from.name));
}

bool Executor::EvalReceiver(const Expr& e, Value* out) {
  node_ = e.node;
  if (e.base == nullptr) {
    *out = dot_;
    return true;
  }
  if (e.base->op == Expr::Op::kVariable && e.node->type == NodeType::kVariable) {
    if (e.base->slot == kNoSlot) {
      return Fail("undefined variable: " + static_cast<const VariableNode&>(*e.node).names[0]);
    }
    *out = slots_[slot_base_ + static_cast<std::size_t>(e.base->slot)];
    return true;
  }
  if (e.base->op == Expr::Op::kNil) {
    return Fail("indirection through explicit nil in " + ToString(*e.node));
  }
  return EvalArgument(*e.base, nullptr, out);
}

// Most expressions are a field of dot or an entry of a map, and are found where they were the last
// time. False, with nothing done, if it takes more than that.
bool Executor::QuickFields(const Expr& e, Value* out) {
  const std::size_t slot = e.base == nullptr ? 0 : static_cast<std::size_t>(e.base->slot);
  Value value = e.base == nullptr ? dot_ : slots_[slot_base_ + slot];
  for (const MemberName& name : e.names) {
    if (!value.has_value()) return false;
    const Type* type = value.type();
    if (type->kind == Kind::kPointer && value.AsStruct() != nullptr) type = type->elem;
    if (const FieldInfo* field = Known(type->fields, name)) {
      const auto index = static_cast<std::size_t>(field - type->fields.data());
      value = value.AsStruct()->Field(index, arena_);
      if (field->type->kind == Kind::kInterface) value.Box();
    } else if (type != &kStringMapType || value.AsMap() == nullptr ||
               !value.AsMap()->Find(Value::String(name.text), arena_, &value)) {
      return false;
    }
  }
  node_ = e.node;
  *out = value;
  return true;
}

bool Executor::EvalFields(const Expr& e, const Value* final, Value* out) {
  if (!EvalReceiver(e, out)) return false;
  for (std::size_t i = 0; i < e.names.size(); ++i) {
    Value receiver = *out;
    if (!Field(receiver, e.names[i], e, i + 1 == e.names.size(), final, out)) return false;
  }
  return true;
}

bool Executor::FieldOfNothing(const Value& receiver, std::string_view name, Value* out) {
  if (receiver.boxed()) return Fail("nil pointer evaluating interface {}." + std::string(name));
  if (set_.options().missing_key == MissingKey::kError) {
    return Fail("nil data; no entry for key \"" + std::string(name) + "\"");
  }
  *out = Value();
  return true;
}

bool Executor::StructField(const Value& receiver, const FieldInfo& field, bool has_args,
                           Value* out) {
  if (has_args) {
    return Fail(std::string(field.name) + " has arguments but cannot be invoked as function");
  }
  const auto index = static_cast<std::size_t>(&field - receiver.type()->fields.data());
  *out = receiver.AsStruct()->Field(index, arena_);
  if (field.type->kind == Kind::kInterface) out->Box();
  return true;
}

// A method, a field or a map entry, in this order. Only the last name of a chain gets arguments.
bool Executor::Field(const Value& given, const MemberName& member, const Expr& e, bool last,
                     const Value* final, Value* out) {
  const std::string_view name = member.text;
  if (!given.has_value()) return FieldOfNothing(given, name, out);
  Value receiver = given;
  const bool has_args = last && (e.has_args || final != nullptr);
  if (const FieldInfo* field = Known(receiver.type()->fields, member)) {
    return StructField(receiver, *field, has_args, out);
  }
  const Method* method = FindMethod(*receiver.type(), member);
  const bool is_nil = receiver.kind() == Kind::kPointer && receiver.AsStruct() == nullptr;
  if (method == nullptr && receiver.kind() == Kind::kPointer) {
    if (is_nil && HasMember(*receiver.type()->elem, name)) {
      return Fail("nil pointer evaluating " + ShownType(given) + "." + std::string(name));
    }
    if (is_nil) return CannotEvaluate(name, given);
    receiver = receiver.Pointee();
    method = FindMethod(*receiver.type(), member);
  }
  if (method != nullptr) return CallMethod(receiver, *method, e, last, final, out);
  const Type& type = *receiver.type();
  if (type.kind == Kind::kMap && Assignable(kStringType, *type.key)) {
    return MapField(receiver, name, has_args, out);
  }
  const FieldInfo* field = FindField(type, member);
  if (field == nullptr) return CannotEvaluate(name, given);
  if (!IsExported(name)) {
    return Fail(std::string(name) + " is an unexported field of struct type " + ShownType(given));
  }
  return StructField(receiver, *field, has_args, out);
}

bool Executor::CannotEvaluate(std::string_view name, const Value& value) {
  return Fail("can't evaluate field " + std::string(name) + " in type " + ShownType(value));
}

bool Executor::MapField(const Value& map, std::string_view name, bool has_args, Value* out) {
  if (has_args) return Fail(std::string(name) + " is not a method but has arguments");
  const Type& elem = *map.type()->elem;
  if (map.AsMap() != nullptr && map.AsMap()->Find(Value::String(name), arena_, out)) {
    if (elem.kind == Kind::kInterface) out->Box();
    return true;
  }
  switch (set_.options().missing_key) {
    case MissingKey::kDefault:
      *out = Value();
      return true;
    case MissingKey::kZero:
      *out = Value::Zero(elem);
      return true;
    case MissingKey::kError:
      break;
  }
  return Fail("map has no entry for key \"" + std::string(name) + "\"");
}

bool Executor::CallMethod(const Value& receiver, const Method& method, const Expr& e, bool last,
                          const Value* final, Value* out) {
  Callee callee{.name = method.name,
                .params = method.params,
                .variadic = method.variadic,
                .result = method.result,
                .function = nullptr,
                .method = &method,
                .receiver = &receiver,
                .node = e.node};
  // In the middle of a chain there are neither arguments nor a piped value.
  return Call(callee, last ? e.args : std::span<const Expr* const>(), last ? final : nullptr, out);
}

}  // namespace tocsin::gotemplate
