#include "gotemplate/builtins.h"

#include "gotemplate/template.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tocsin::gotemplate {
namespace {

using Arguments = std::span<const Value>;

std::string TypeName(const Value& value) {
  return std::string(value.type()->name);
}

// What %s makes of it.
std::string AsText(const Value& value) {
  return Sprintf("%s", std::span(&value, 1));
}

// A value's kind if it can be compared as a basic type.
std::optional<Kind> BasicKind(const Value& value) {
  switch (value.kind()) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kFloat:
    case Kind::kComplex:
    case Kind::kString:
      return value.kind();
    default:
      return std::nullopt;
  }
}

bool IsNil(const Value& value) {
  switch (value.kind()) {
    case Kind::kNil:
    case Kind::kInterface:
      return true;
    case Kind::kList:
      return value.AsList().data() == nullptr;
    case Kind::kMap:
    case Kind::kPointer:
    case Kind::kFunc:
      return value.AsStruct() == nullptr;
    default:
      return false;
  }
}

tl::unexpected<Error> Incompatible(const Value& a, const Value& b) {
  return Fail("incompatible types for comparison: " + TypeName(a) + " and " + TypeName(b));
}

constexpr std::string_view kBadType = "invalid type for comparison";
constexpr int kMaxStructDepth = 50;

bool SameBasic(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Kind::kBool:
      return a.AsBool() == b.AsBool();
    case Kind::kInt:
    case Kind::kUint:
      return a.AsUint() == b.AsUint();
    case Kind::kFloat:
      return a.AsFloat() == b.AsFloat();
    case Kind::kComplex:
      return a.AsComplex() == b.AsComplex();
    default:
      return a.AsString() == b.AsString();
  }
}

bool IsComparable(const Type& type, int depth) {
  if (type.kind == Kind::kList || type.kind == Kind::kMap || type.kind == Kind::kFunc) return false;
  if (depth > kMaxStructDepth) return false;
  if (type.kind != Kind::kStruct) return true;
  for (const FieldInfo& field : type.fields) {
    if (!IsComparable(*field.type, depth + 1)) return false;
  }
  return true;
}

// Go's == of two values that are not nil. An error stands for a run-time panic.
Result<bool> SameInterface(const Value& a, const Value& b, int depth) {
  if (!a.has_value() || !b.has_value()) return a.has_value() == b.has_value();
  if (!SameType(*a.type(), *b.type())) return false;
  if (BasicKind(a)) return SameBasic(a, b);
  if (a.kind() == Kind::kPointer) return a.AsStruct() == b.AsStruct();
  if (a.kind() != Kind::kStruct || depth > kMaxStructDepth) {
    return Fail("runtime error: comparing uncomparable type " + TypeName(a));
  }
  Arena arena;
  for (std::size_t i = 0; i < a.type()->fields.size(); ++i) {
    auto same =
        SameInterface(a.AsStruct()->Field(i, arena), b.AsStruct()->Field(i, arena), depth + 1);
    if (!same || !*same) return same;
  }
  return true;
}

Result<bool> EqualOther(const Value& a, const Value& b) {
  bool known = a.has_value() && b.has_value();
  if (known && a.kind() != b.kind()) {
    return Fail("non-comparable types " + AsText(a) + ": " + TypeName(a) + ", " + TypeName(b) +
                ": " + PrintValue(b));
  }
  if (IsNil(a) || IsNil(b)) return IsNil(a) == IsNil(b);
  if (!IsComparable(*b.type(), 0)) {
    return Fail("non-comparable type " + AsText(b) + ": " + TypeName(b));
  }
  return SameInterface(a, b, 0);
}

Result<bool> EqualTwo(const Value& a, const Value& b) {
  auto kind_a = BasicKind(a);
  auto kind_b = BasicKind(b);
  if (kind_a != kind_b) {
    if (kind_a == Kind::kInt && kind_b == Kind::kUint) {
      return a.AsInt() >= 0 && a.AsUint() == b.AsUint();
    }
    if (kind_a == Kind::kUint && kind_b == Kind::kInt) {
      return b.AsInt() >= 0 && a.AsUint() == b.AsUint();
    }
    if (a.has_value() && b.has_value()) return Incompatible(a, b);
    return false;
  }
  return kind_a ? SameBasic(a, b) : EqualOther(a, b);
}

Result<bool> Less(const Value& a, const Value& b) {
  auto kind_a = BasicKind(a);
  auto kind_b = BasicKind(b);
  if (!kind_a || !kind_b) return Fail(std::string(kBadType));
  if (kind_a == Kind::kInt && kind_b == Kind::kUint) {
    return a.AsInt() < 0 || a.AsUint() < b.AsUint();
  }
  if (kind_a == Kind::kUint && kind_b == Kind::kInt) {
    return b.AsInt() >= 0 && a.AsUint() < b.AsUint();
  }
  if (kind_a != kind_b) return Incompatible(a, b);
  switch (*kind_a) {
    case Kind::kInt:
      return a.AsInt() < b.AsInt();
    case Kind::kUint:
      return a.AsUint() < b.AsUint();
    case Kind::kFloat:
      return a.AsFloat() < b.AsFloat();
    case Kind::kString:
      return a.AsString() < b.AsString();
    default:
      return Fail(std::string(kBadType));
  }
}

Result<bool> LessOrEqual(const Value& a, const Value& b) {
  auto less = Less(a, b);
  if (!less || *less) return less;
  return EqualTwo(a, b);
}

Result<Value> ToValue(Result<bool> truth, bool negate = false) {
  if (!truth) return tl::unexpected(std::move(truth.error()));
  return Value::Bool(*truth != negate);
}

Result<Value> Eq(Arguments args, Context&) {
  return ToValue(Equal(args[0], args.subspan(1)));
}
Result<Value> Ne(Arguments args, Context&) {
  return ToValue(EqualTwo(args[0], args[1]), true);
}
Result<Value> Lt(Arguments args, Context&) {
  return ToValue(Less(args[0], args[1]));
}
Result<Value> Le(Arguments args, Context&) {
  return ToValue(LessOrEqual(args[0], args[1]));
}
Result<Value> Gt(Arguments args, Context&) {
  return ToValue(LessOrEqual(args[0], args[1]), true);
}
Result<Value> Ge(Arguments args, Context&) {
  return ToValue(Less(args[0], args[1]), true);
}
Result<Value> Not(Arguments args, Context&) {
  return Value::Bool(!args[0].Truth());
}

// Follows a pointer; `is_nil` if there is nothing behind it.
Value Indirect(const Value& value, bool* is_nil) {
  *is_nil = (value.kind() == Kind::kPointer && value.AsStruct() == nullptr) ||
            (value.boxed() && !value.has_value());
  return value.kind() == Kind::kPointer && !*is_nil ? value.Pointee() : value;
}

Result<Value> Len(Arguments args, Context&) {
  bool is_nil = false;
  Value value = Indirect(args[0], &is_nil);
  if (is_nil) return Fail("len of nil pointer");
  switch (value.kind()) {
    case Kind::kString:
      return Value::Int(static_cast<std::int64_t>(value.AsString().size()));
    case Kind::kList:
      return Value::Int(static_cast<std::int64_t>(value.AsList().size()));
    case Kind::kMap:
      return Value::Int(static_cast<std::int64_t>(value.MapSize()));
    case Kind::kNil:
      return Fail("reflect: call of reflect.Value.Type on zero Value");
    default:
      return Fail("len of type " + TypeName(value));
  }
}

// An index that is at most `limit`.
Result<std::size_t> IndexArgument(const Value& index, std::size_t limit) {
  std::int64_t x = 0;
  switch (index.kind()) {
    case Kind::kInt:
    case Kind::kUint:
      x = index.AsInt();
      break;
    case Kind::kNil:
      return Fail("cannot index slice/array with nil");
    default:
      return Fail("cannot index slice/array with type " + TypeName(index));
  }
  if (x < 0 || static_cast<std::uint64_t>(x) > limit) {
    return Fail("index out of range: " + std::to_string(x));
  }
  return static_cast<std::size_t>(x);
}

// `value` as a key of that type; integers convert into each other.
Result<Value> KeyArgument(const Value& value, const Type& type) {
  if (!value.has_value()) {
    if (type.kind == Kind::kInterface || type.kind == Kind::kPointer) return Value::Zero(type);
    return Fail("value is nil; should be of type " + std::string(type.name));
  }
  if (Assignable(*value.type(), type)) return value.Unboxed();
  bool from_int = value.kind() == Kind::kInt || value.kind() == Kind::kUint;
  if (!from_int || (type.kind != Kind::kInt && type.kind != Kind::kUint)) {
    return Fail("value has type " + TypeName(value) + "; should be " + std::string(type.name));
  }
  int unused = 64 - type.bits;
  if (type.kind == Kind::kInt) {
    return Value::Int(static_cast<std::int64_t>(value.AsUint() << unused) >> unused, type);
  }
  return Value::Uint((value.AsUint() << unused) >> unused, type);
}

Value Element(const Value& element, const Type* static_type) {
  bool any = static_type != nullptr && static_type->kind == Kind::kInterface;
  return any ? element.Boxed() : element;
}

Result<Value> IndexString(const Value& item, const Value& index) {
  std::string_view text = item.AsString();
  auto x = IndexArgument(index, text.size());
  if (!x) return tl::unexpected(std::move(x.error()));
  if (*x == text.size()) return Fail("reflect: string index out of range");
  return Value::Uint(static_cast<unsigned char>(text[*x]), kUint8Type);
}

Result<Value> IndexList(const Value& item, const Value& index) {
  std::span<const Value> list = item.AsList();
  auto x = IndexArgument(index, list.size());
  if (!x) return tl::unexpected(std::move(x.error()));
  if (*x == list.size()) return Fail("reflect: slice index out of range");
  return Element(list[*x], item.type()->elem);
}

Result<Value> IndexMap(const Value& item, const Value& index, Arena& arena) {
  auto key = KeyArgument(index, *item.type()->key);
  if (!key) return key;
  Value found;
  if (item.AsMap() == nullptr || !item.AsMap()->Find(*key, arena, &found)) {
    found = Value::Zero(*item.type()->elem);
  }
  return Element(found, item.type()->elem);
}

Result<Value> Index(Arguments args, Context& context) {
  if (!args[0].has_value()) return Fail("index of untyped nil");
  Value item = args[0].Unboxed();
  for (const Value& index : args.subspan(1)) {
    bool is_nil = false;
    item = Indirect(item, &is_nil);
    if (is_nil) return Fail("index of nil pointer");
    Result<Value> next;
    switch (item.kind()) {
      case Kind::kString:
        next = IndexString(item, index);
        break;
      case Kind::kList:
        next = IndexList(item, index);
        break;
      case Kind::kMap:
        next = IndexMap(item, index, context.arena());
        break;
      default:
        return Fail("can't index item of type " + TypeName(item));
    }
    if (!next) return next;
    item = *next;
  }
  return item;
}

Result<Value> Slice(Arguments args, Context&) {
  Value item = args[0].Unboxed();
  Arguments indexes = args.subspan(1);
  if (!item.has_value()) return Fail("slice of untyped nil");
  if (indexes.size() > 3) return Fail("too many slice indexes: " + std::to_string(indexes.size()));
  bool is_string = item.kind() == Kind::kString;
  if (is_string && indexes.size() == 3) return Fail("cannot 3-index slice a string");
  if (!is_string && item.kind() != Kind::kList) {
    return Fail("can't slice item of type " + TypeName(item));
  }
  std::size_t size = is_string ? item.AsString().size() : item.AsList().size();
  std::array<std::size_t, 3> at{0, size, size};
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    auto x = IndexArgument(indexes[i], size);
    if (!x) return tl::unexpected(std::move(x.error()));
    at[i] = *x;
  }
  for (std::size_t i = 0; i + 1 < (indexes.size() < 3 ? 2U : 3U); ++i) {
    if (at[i] > at[i + 1]) {
      return Fail("invalid slice index: " + std::to_string(at[i]) + " > " +
                  std::to_string(at[i + 1]));
    }
  }
  if (is_string) return Value::String(item.AsString().substr(at[0], at[1] - at[0]), *item.type());
  return Value::List(item.AsList().subspan(at[0], at[1] - at[0]), *item.type());
}

Function Native(std::string name, std::size_t fixed, bool variadic, NativeFunction call,
                Builtin builtin = Builtin::kNone) {
  std::vector<const Type*> params(fixed + (variadic ? 1 : 0), &kAnyType);
  if (builtin == Builtin::kPrintf) params[0] = &kStringType;
  return {.name = std::move(name),
          .params = std::move(params),
          .variadic = variadic,
          .call = std::move(call),
          .builtin = builtin};
}

}  // namespace

Result<bool> Equal(const Value& first, std::span<const Value> others) {
  if (others.empty()) return Fail("missing argument for comparison");
  for (const Value& other : others) {
    auto same = EqualTwo(first, other);
    if (!same || *same) return same;
  }
  return false;
}

std::span<const Function> BuiltinFunctions() {
  static const std::array<Function, 19> kFunctions{
      Native("and", 1, true, nullptr, Builtin::kAnd),
      Native("or", 1, true, nullptr, Builtin::kOr),
      Native("call", 1, true, nullptr, Builtin::kCall),
      Native("print", 0, true, nullptr, Builtin::kPrint),
      Native("printf", 1, true, nullptr, Builtin::kPrintf),
      Native("println", 0, true, nullptr, Builtin::kPrintln),
      Native("html", 0, true, nullptr, Builtin::kHtml),
      Native("js", 0, true, nullptr, Builtin::kJs),
      Native("urlquery", 0, true, nullptr, Builtin::kUrlquery),
      Native("eq", 1, true, Eq, Builtin::kEq),
      Native("ne", 2, false, Ne),
      Native("lt", 2, false, Lt),
      Native("le", 2, false, Le),
      Native("gt", 2, false, Gt),
      Native("ge", 2, false, Ge),
      Native("not", 1, false, Not),
      Native("len", 1, false, Len),
      Native("index", 1, true, Index),
      Native("slice", 1, true, Slice),
  };
  return kFunctions;
}

}  // namespace tocsin::gotemplate
