#include "gotemplate/value.h"

#include <bit>

namespace tocsin::gotemplate {

Value Value::Complex(std::complex<double> value, const Type& type) {
  Value v(type);
  v.payload_.real = value.real();
  v.size_ = std::bit_cast<std::uint64_t>(value.imag());
  return v;
}

std::complex<double> Value::AsComplex() const {
  return {payload_.real, std::bit_cast<double>(std::uint64_t{size_})};
}

Value Value::Zero(const Type& type) {
  switch (type.kind) {
    case Kind::kNil:
    case Kind::kStruct:
      return {};
    case Kind::kInterface:
      return Value().Boxed();
    case Kind::kFloat:
    case Kind::kComplex:
      return Complex(0, type);
    default:
      return Value(type);
  }
}

bool Value::Truth() const {
  switch (kind()) {
    case Kind::kNil:
    case Kind::kInterface:
      return false;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
      return payload_.unsigned_integer != 0;
    case Kind::kFloat:
      return payload_.real != 0;
    case Kind::kComplex:
      return AsComplex() != std::complex<double>(0, 0);
    case Kind::kString:
    case Kind::kList:
      return size_ != 0;
    case Kind::kMap:
      return MapSize() != 0;
    case Kind::kStruct:
      return true;
    case Kind::kPointer:
    case Kind::kFunc:
      return payload_.object != nullptr;
  }
  return false;
}

bool SameType(const Type& a, const Type& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.name != b.name) return false;
  if (a.named || b.named) return a.named == b.named;
  auto same = [](const Type* x, const Type* y) {
    return x == y || (x != nullptr && y != nullptr && SameType(*x, *y));
  };
  return same(a.elem, b.elem) && same(a.key, b.key);
}

bool Assignable(const Type& from, const Type& to) {
  if (to.kind == Kind::kInterface || SameType(from, to)) return true;
  // A named type and an unnamed one with the same structure go into each other. Basic types have
  // names in this sense: a time.Duration is no int64.
  if (from.kind != to.kind || (from.named && to.named)) return false;
  if (from.kind != Kind::kList && from.kind != Kind::kMap) return false;
  return SameType(*from.elem, *to.elem) &&
         (from.kind == Kind::kList || SameType(*from.key, *to.key));
}

}  // namespace tocsin::gotemplate
