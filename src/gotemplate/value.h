#pragma once

// The values that a template works on, with their Go types: what `printf "%T"` shows, what may be
// compared with what, and the texts of error messages all depend on them.
//
// A Value is three words and is copied freely. It borrows: strings, lists, maps and structs must
// outlive every Value that shows them. Data given to an execution is owned by the caller; what
// functions and methods make during an execution lives in the execution's Arena. Types are
// constants with static storage. Values are immutable and may be shared between threads.

#include "base/result.h"

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::gotemplate {

class Arena;
class Context;
class Value;
struct Function;
struct Type;

enum class Kind : std::uint8_t {
  kNil,  // No value: untyped nil, or a missing one.
  kBool,
  kInt,
  kUint,
  kFloat,
  kComplex,
  kString,
  kList,
  kMap,
  kStruct,
  kPointer,  // To a struct.
  kFunc,
  kInterface,  // Only as the static type of elements, fields, parameters and results.
};

using NativeMethod = Result<Value> (*)(const Value& receiver, std::span<const Value> args,
                                       Context& context);

// A method of a named type. `params` and `result` follow the same rules as Function's.
struct Method {
  std::string_view name;
  NativeMethod call;
  std::span<const Type* const> params = {};
  bool variadic = false;
  const Type* result = nullptr;  // nullptr: that of the value returned.
};

struct FieldInfo {
  // A lower-case first letter hides the field from templates, but not from printf.
  std::string_view name;
  const Type* type;            // &kAnyType for a field of type interface{}.
  std::string_view json = {};  // The key in JSON; empty: the name.
  bool omit_empty = false;     // Not in JSON if it is empty.
};

// Describes a Go type. Everything it points to must live as long as the program (or, in tests, as
// long as the values). Two Types are the same type if they are the same object, or if both are
// unnamed and built alike.
struct Type {
  Kind kind;
  std::string_view name;       // As %T shows it: "int", "[]string", "template.KV".
  bool named = false;          // The type has a name of its own (template.KV, time.Duration).
  std::uint8_t bits = 64;      // Of numbers.
  const Type* elem = nullptr;  // Lists, maps and pointers.
  const Type* key = nullptr;   // Maps.
  std::span<const FieldInfo> fields = {};  // Structs.
  std::span<const Method> methods = {};    // A pointer type has those of its struct as well.
  // Go's String() or Error(): how %v and %s show the value. nullptr if the type has none.
  void (*text)(const Value& value, std::string* out) = nullptr;
  // Go's GoString(): how %#v shows it.
  void (*go_text)(const Value& value, std::string* out) = nullptr;
};

inline constexpr Type kAnyType{.kind = Kind::kInterface, .name = "interface {}"};
inline constexpr Type kBoolType{.kind = Kind::kBool, .name = "bool"};
inline constexpr Type kIntType{.kind = Kind::kInt, .name = "int"};
inline constexpr Type kInt8Type{.kind = Kind::kInt, .name = "int8", .bits = 8};
inline constexpr Type kInt16Type{.kind = Kind::kInt, .name = "int16", .bits = 16};
inline constexpr Type kInt32Type{.kind = Kind::kInt, .name = "int32", .bits = 32};
inline constexpr Type kInt64Type{.kind = Kind::kInt, .name = "int64"};
inline constexpr Type kUintType{.kind = Kind::kUint, .name = "uint"};
inline constexpr Type kUint8Type{.kind = Kind::kUint, .name = "uint8", .bits = 8};
inline constexpr Type kUint16Type{.kind = Kind::kUint, .name = "uint16", .bits = 16};
inline constexpr Type kUint32Type{.kind = Kind::kUint, .name = "uint32", .bits = 32};
inline constexpr Type kUint64Type{.kind = Kind::kUint, .name = "uint64"};
inline constexpr Type kUintptrType{.kind = Kind::kUint, .name = "uintptr"};
inline constexpr Type kFloat32Type{.kind = Kind::kFloat, .name = "float32", .bits = 32};
inline constexpr Type kFloat64Type{.kind = Kind::kFloat, .name = "float64"};
inline constexpr Type kComplex128Type{.kind = Kind::kComplex, .name = "complex128"};
inline constexpr Type kStringType{.kind = Kind::kString, .name = "string"};
inline constexpr Type kFuncType{.kind = Kind::kFunc, .name = "func(...interface {}) interface {}"};
inline constexpr Type kAnyListType{
    .kind = Kind::kList, .name = "[]interface {}", .elem = &kAnyType};
inline constexpr Type kStringListType{
    .kind = Kind::kList, .name = "[]string", .elem = &kStringType};
inline constexpr Type kBytesType{.kind = Kind::kList, .name = "[]uint8", .elem = &kUint8Type};
inline constexpr Type kStringMapType{
    .kind = Kind::kMap, .name = "map[string]string", .elem = &kStringType, .key = &kStringType};
inline constexpr Type kAnyMapType{
    .kind = Kind::kMap, .name = "map[string]interface {}", .elem = &kAnyType, .key = &kStringType};

// A map as templates see it. Implementations hold their entries in ascending key order.
class MapObject {
 public:
  virtual std::size_t size() const = 0;
  // `key` has the map's key type. False if there is no such entry.
  virtual bool Find(const Value& key, Arena& arena, Value* value) const = 0;
  // Precondition: index < size().
  virtual void Entry(std::size_t index, Arena& arena, Value* key, Value* value) const = 0;

 protected:
  // Not through this class: so the objects of an arena need not be destroyed one by one.
  ~MapObject() = default;
};

// A struct as templates see it. Its fields' names and types are in the Type.
class StructObject {
 public:
  // Precondition: index < type.fields.size().
  virtual Value Field(std::size_t index, Arena& arena) const = 0;

 protected:
  ~StructObject() = default;
};

class Value {
 public:
  // No value: what a missing entry gives, and the literal nil.
  constexpr Value() : payload_{.integer = 0} {}
  // Word by word: a value is mostly copied right after its words were written one by one, and
  // processors make a wider load wait for those.
  constexpr Value(const Value& other)
      : tag_(other.tag_), payload_(other.payload_), size_(other.size_) {}
  constexpr Value& operator=(const Value& other) {
    tag_ = other.tag_;
    payload_ = other.payload_;
    size_ = other.size_;
    return *this;
  }

  static Value Bool(bool value, const Type& type = kBoolType) {
    Value v(type);
    v.payload_.unsigned_integer = value ? 1 : 0;
    return v;
  }
  static Value Int(std::int64_t value, const Type& type = kIntType) {
    Value v(type);
    v.payload_.integer = value;
    return v;
  }
  static Value Uint(std::uint64_t value, const Type& type = kUintType) {
    Value v(type);
    v.payload_.unsigned_integer = value;
    return v;
  }
  static Value Float(double value, const Type& type = kFloat64Type) {
    Value v(type);
    v.payload_.real = value;
    return v;
  }
  static Value Complex(std::complex<double> value, const Type& type = kComplex128Type);
  static Value String(std::string_view value, const Type& type = kStringType) {
    Value v(type);
    v.payload_.text = value.data();
    v.size_ = value.size();
    return v;
  }
  // The elements have the type's element type, or any if that is kAnyType.
  static Value List(std::span<const Value> elements, const Type& type = kAnyListType) {
    Value v(type);
    v.payload_.elements = elements.data();
    v.size_ = elements.size();
    return v;
  }
  // nullptr is a nil map, which is empty.
  static Value Map(const MapObject* map, const Type& type) {
    Value v(type);
    v.payload_.map = map;
    return v;
  }
  static Value Struct(const StructObject* object, const Type& type) {
    Value v(type);
    v.payload_.object = object;
    return v;
  }
  // `type` is a pointer type; nullptr is a nil pointer.
  static Value Pointer(const StructObject* object, const Type& type) {
    return Struct(object, type);
  }
  static Value Func(const Function* function, const Type& type = kFuncType) {
    Value v(type);
    v.payload_.function = function;
    return v;
  }
  // Go's zero value of a type: 0, "", an empty list, a nil map or pointer; nil for kAnyType.
  // A struct type gives no value.
  static Value Zero(const Type& type);

  Kind kind() const { return tag_ <= kBoxedBit ? Kind::kNil : type()->kind; }
  bool has_value() const { return tag_ > kBoxedBit; }
  // nullptr for no value.
  const Type* type() const { return reinterpret_cast<const Type*>(tag_ & ~kBoxedBit); }
  // True if the value was read from a place of type interface{} (an element of []interface{}, say).
  // Only error messages show the difference.
  bool boxed() const { return (tag_ & kBoxedBit) != 0; }
  Value Boxed() const {
    Value v = *this;
    v.tag_ |= kBoxedBit;
    return v;
  }
  // In place, which costs next to nothing where a copy of all three words does.
  void Unbox() { tag_ &= ~kBoxedBit; }
  void Box() { tag_ |= kBoxedBit; }
  Value Unboxed() const {
    Value v = *this;
    v.tag_ &= ~kBoxedBit;
    return v;
  }
  // The same payload under another type of the same kind.
  Value WithType(const Type& type) const {
    Value v = *this;
    v.tag_ = reinterpret_cast<std::uintptr_t>(&type);
    return v;
  }

  // Preconditions: kind() is the one named.
  bool AsBool() const { return payload_.unsigned_integer != 0; }
  std::int64_t AsInt() const { return payload_.integer; }
  std::uint64_t AsUint() const { return payload_.unsigned_integer; }
  double AsFloat() const { return payload_.real; }
  std::complex<double> AsComplex() const;
  std::string_view AsString() const { return {payload_.text, size_}; }
  std::span<const Value> AsList() const { return {payload_.elements, size_}; }
  const MapObject* AsMap() const { return payload_.map; }
  const StructObject* AsStruct() const { return payload_.object; }  // kPointer too.
  const Function* AsFunc() const { return payload_.function; }

  // The struct behind a pointer. Precondition: kind() is kPointer and AsStruct() is not null.
  Value Pointee() const { return WithType(*type()->elem); }
  // Entries of a map; 0 for a nil map.
  std::size_t MapSize() const { return payload_.map == nullptr ? 0 : payload_.map->size(); }

  // Go's truth: not false, not zero, not nil, not empty. Structs are always true.
  bool Truth() const;

 private:
  static constexpr std::uintptr_t kBoxedBit = 1;

  explicit Value(const Type& type)
      : tag_(reinterpret_cast<std::uintptr_t>(&type)), payload_{.integer = 0} {}

  std::uintptr_t tag_ = 0;  // The address of the type; the lowest bit says boxed.
  union {
    std::int64_t integer;
    std::uint64_t unsigned_integer;
    double real;
    const char* text;
    const Value* elements;
    const MapObject* map;
    const StructObject* object;
    const Function* function;
  } payload_;
  std::size_t size_ = 0;  // Of strings and lists; the bits of a complex number's imaginary part.
};

// True if a value of type `from` may be passed where `to` is wanted without conversion.
bool Assignable(const Type& from, const Type& to);
// True if both are one type (see Type).
bool SameType(const Type& a, const Type& b);

}  // namespace tocsin::gotemplate
