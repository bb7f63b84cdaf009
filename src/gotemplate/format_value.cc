#include "gotemplate/arena.h"
#include "gotemplate/format.h"

#include <algorithm>
#include <charconv>

namespace tocsin::gotemplate {
namespace {

// Values nested deeper than this are not printed to their end.
constexpr int kMaxDepth = 1000;

bool IsOneOf(char32_t verb, std::string_view set) {
  return verb < 0x80 && set.find(static_cast<char>(verb)) != std::string_view::npos;
}

bool IsBytes(const Value& value) {
  const Type* elem = value.type()->elem;
  return elem != nullptr && elem->kind == Kind::kUint && elem->bits == 8;
}

// Go shows an address where it cannot look further; no address of ours means anything to a reader.
constexpr std::uint64_t kAddress = 0xc000012000;

}  // namespace

void Formatter::BadVerb(const Value& value, char32_t verb) {
  erroring_ = true;
  out_->append("%!");
  Append(verb);
  out_->push_back('(');
  if (value.has_value()) {
    out_->append(value.type()->name).push_back('=');
    PrintArgument(value, 'v');
  } else {
    out_->append("<nil>");
  }
  out_->push_back(')');
  erroring_ = false;
}

void Formatter::PrintArgument(const Value& value, char32_t verb) {
  if (!value.has_value()) {
    if (verb != 'T' && verb != 'v') return BadVerb(value, verb);
    return AppendPadded(flags_, "<nil>", out_);
  }
  if (verb == 'T') return AppendPadded(flags_, value.type()->name, out_);
  if (verb == 'p') return PrintPointer(value, verb, 0);
  // Byte lists of the plain type come before methods.
  if (value.kind() == Kind::kList && !value.type()->named && IsBytes(value)) {
    if (!PrintBytes(value, verb, 0)) PrintValue(value, verb, 0);
    return;
  }
  if (!PrintMethod(value, verb)) PrintValue(value, verb, 0);
}

// String() and Error() for the verbs that take text. True if they did all there is to do.
bool Formatter::PrintMethod(const Value& value, char32_t verb) {
  if (erroring_) return false;
  if (verb == 'w') {
    BadVerb(value, verb);
    return true;
  }
  if (flags_.sharp_v) {
    if (value.type()->go_text == nullptr) return false;
    std::string text;
    value.type()->go_text(value, &text);
    AppendPadded(flags_, text, out_);
    return true;
  }
  if (!IsOneOf(verb, "vsxXq")) return false;
  const Type* type = value.type();
  Value shown = value;
  if (type->text == nullptr && type->kind == Kind::kPointer && value.AsStruct() != nullptr) {
    type = type->elem;
    shown = value.Pointee();
  }
  if (type->text == nullptr) return false;
  if (verb == 'v' && !flags_.has_width && !flags_.has_precision) {
    type->text(shown, out_);
    return true;
  }
  std::string text;
  type->text(shown, &text);
  PrintString(value, text, verb);
  return true;
}

void Formatter::PrintValue(const Value& value, char32_t verb, int depth) {
  if (exceeded()) return;
  if (depth > kMaxDepth) {
    exceeded_ = true;
    return;
  }
  switch (value.kind()) {
    case Kind::kNil:
    case Kind::kInterface:
      out_->append("<nil>");
      break;
    case Kind::kBool:
      return PrintBool(value, verb);
    case Kind::kInt:
    case Kind::kUint:
      return PrintInteger(value, verb);
    case Kind::kFloat:
      return PrintFloat(value.AsFloat(), value.type()->bits, verb, value);
    case Kind::kComplex:
      return PrintComplex(value, verb);
    case Kind::kString:
      return PrintString(value, value.AsString(), verb);
    case Kind::kList:
      return PrintList(value, verb, depth);
    case Kind::kMap:
      return PrintMap(value, verb, depth);
    case Kind::kStruct:
      return PrintStruct(value, verb, depth);
    case Kind::kPointer:
    case Kind::kFunc:
      return PrintPointer(value, verb, depth);
  }
}

void Formatter::PrintBool(const Value& value, char32_t verb) {
  if (verb != 't' && verb != 'v') return BadVerb(value, verb);
  AppendPadded(flags_, value.AsBool() ? "true" : "false", out_);
}

void Formatter::PrintInteger(const Value& value, char32_t verb) {
  bool is_signed = value.kind() == Kind::kInt;
  std::uint64_t number = value.AsUint();
  switch (verb) {
    case 'v':
      if (flags_.sharp_v && !is_signed) {
        FormatFlags flags = flags_;
        flags.sharp = true;
        return AppendInteger(flags, number, 16, false, 'v', kLowerDigits, out_);
      }
      [[fallthrough]];
    case 'd':
      return AppendInteger(flags_, number, 10, is_signed, verb, kLowerDigits, out_);
    case 'b':
      return AppendInteger(flags_, number, 2, is_signed, verb, kLowerDigits, out_);
    case 'o':
    case 'O':
      return AppendInteger(flags_, number, 8, is_signed, verb, kLowerDigits, out_);
    case 'x':
      return AppendInteger(flags_, number, 16, is_signed, verb, kLowerDigits, out_);
    case 'X':
      return AppendInteger(flags_, number, 16, is_signed, verb, kUpperDigits, out_);
    case 'c':
      return AppendCharacter(flags_, number, out_);
    case 'q':
      return AppendQuotedCharacter(flags_, number, out_);
    case 'U':
      return AppendUnicode(flags_, number, out_);
    default:
      return BadVerb(value, verb);
  }
}

void Formatter::PrintFloat(double value, int bits, char32_t verb, const Value& whole) {
  switch (verb) {
    case 'v':
      return AppendFloat(flags_, value, bits, 'g', -1, out_);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return AppendFloat(flags_, value, bits, static_cast<char>(verb), -1, out_);
    case 'f':
    case 'F':
    case 'e':
    case 'E':
      return AppendFloat(flags_, value, bits, static_cast<char>(verb), 6, out_);
    default:
      return BadVerb(whole, verb);
  }
}

void Formatter::PrintComplex(const Value& value, char32_t verb) {
  if (!IsOneOf(verb, "vbgGxXfFeE")) return BadVerb(value, verb);
  bool plus = flags_.plus;
  int bits = value.type()->bits;
  out_->push_back('(');
  PrintFloat(value.AsComplex().real(), bits, verb, value);
  // The imaginary part always has a sign.
  flags_.plus = true;
  PrintFloat(value.AsComplex().imag(), bits, verb, value);
  out_->append("i)");
  flags_.plus = plus;
}

// `value` has the type that a complaint about the verb names.
void Formatter::PrintString(const Value& value, std::string_view text, char32_t verb) {
  switch (verb) {
    case 'v':
      if (flags_.sharp_v) return AppendQuotedText(flags_, text, out_);
      [[fallthrough]];
    case 's':
      return AppendPadded(flags_, Truncated(flags_, text), out_);
    case 'x':
      return AppendHexText(flags_, text, kLowerDigits, out_);
    case 'X':
      return AppendHexText(flags_, text, kUpperDigits, out_);
    case 'q':
      return AppendQuotedText(flags_, text, out_);
    default:
      return BadVerb(value, verb);
  }
}

// []byte has ways of its own. False if it is none, or if it is shown like any list.
bool Formatter::PrintBytes(const Value& value, char32_t verb, int depth) {
  if (!IsBytes(value)) return false;
  if (IsOneOf(verb, "sxXq")) {
    std::string text;
    for (const Value& byte : value.AsList()) text.push_back(static_cast<char>(byte.AsUint()));
    PrintString(value, text, verb);
    return true;
  }
  if (depth > 0 || !IsOneOf(verb, "vd")) return false;
  out_->append(flags_.sharp_v ? std::string(value.type()->name) + "{" : "[");
  bool first = true;
  for (const Value& byte : value.AsList()) {
    if (!first) out_->append(flags_.sharp_v ? ", " : " ");
    first = false;
    FormatFlags flags = flags_;
    flags.sharp = flags_.sharp_v;
    AppendInteger(flags, byte.AsUint(), flags_.sharp_v ? 16 : 10, false, verb, kLowerDigits, out_);
  }
  out_->push_back(flags_.sharp_v ? '}' : ']');
  return true;
}

// A part of a list, map or struct, whose place has the type `static_type`.
void Formatter::PrintElement(const Value& value, const Type* static_type, char32_t verb,
                             int depth) {
  if (!value.has_value()) {
    bool any = static_type != nullptr && static_type->kind == Kind::kInterface;
    if (flags_.sharp_v && any) out_->append(static_type->name).append("(nil)");
    if (!flags_.sharp_v) out_->append("<nil>");
    return;
  }
  if (!PrintMethod(value, verb)) PrintValue(value, verb, depth);
}

void Formatter::PrintList(const Value& value, char32_t verb, int depth) {
  if (IsOneOf(verb, "sxXq") && PrintBytes(value, verb, 1)) return;
  std::span<const Value> elements = value.AsList();
  if (flags_.sharp_v) out_->append(value.type()->name);
  if (flags_.sharp_v && elements.data() == nullptr) {
    out_->append("(nil)");
    return;
  }
  out_->push_back(flags_.sharp_v ? '{' : '[');
  for (std::size_t i = 0; i < elements.size() && !exceeded(); ++i) {
    if (i > 0) out_->append(flags_.sharp_v ? ", " : " ");
    PrintElement(elements[i], value.type()->elem, verb, depth + 1);
  }
  out_->push_back(flags_.sharp_v ? '}' : ']');
}

void Formatter::PrintMap(const Value& value, char32_t verb, int depth) {
  if (flags_.sharp_v) {
    out_->append(value.type()->name);
    if (value.AsMap() == nullptr) {
      out_->append("(nil)");
      return;
    }
    out_->push_back('{');
  } else {
    out_->append("map[");
  }
  std::size_t size = value.MapSize();
  for (std::size_t i = 0; i < size && !exceeded(); ++i) {
    if (i > 0) out_->append(flags_.sharp_v ? ", " : " ");
    Value key;
    Value element;
    value.AsMap()->Entry(i, *arena_, &key, &element);
    PrintElement(key, value.type()->key, verb, depth + 1);
    out_->push_back(':');
    PrintElement(element, value.type()->elem, verb, depth + 1);
  }
  out_->push_back(flags_.sharp_v ? '}' : ']');
}

void Formatter::PrintStruct(const Value& value, char32_t verb, int depth) {
  const Type& type = *value.type();
  if (flags_.sharp_v) out_->append(type.name);
  out_->push_back('{');
  for (std::size_t i = 0; i < type.fields.size() && !exceeded(); ++i) {
    if (i > 0) out_->append(flags_.sharp_v ? ", " : " ");
    if (flags_.plus_v || flags_.sharp_v) out_->append(type.fields[i].name).push_back(':');
    PrintElement(value.AsStruct()->Field(i, *arena_), type.fields[i].type, verb, depth + 1);
  }
  out_->push_back('}');
}

void Formatter::PrintPointer(const Value& value, char32_t verb, int depth) {
  bool pointer = value.kind() == Kind::kPointer;
  bool address = pointer || value.kind() == Kind::kFunc || value.kind() == Kind::kMap ||
                 value.kind() == Kind::kList;
  if (!address) return BadVerb(value, verb);
  bool is_nil = (pointer || value.kind() == Kind::kFunc) && value.AsStruct() == nullptr;
  if (pointer && depth == 0 && !is_nil && verb != 'p') {
    out_->push_back('&');
    return PrintValue(value.Pointee(), verb, depth + 1);
  }
  std::uint64_t number = is_nil ? 0 : kAddress;
  FormatFlags flags = flags_;
  if (verb == 'v' && !flags_.sharp_v) {
    if (is_nil) return AppendPadded(flags_, "<nil>", out_);
    flags.sharp = !flags_.sharp;
    return AppendInteger(flags, number, 16, false, verb, kLowerDigits, out_);
  }
  if (verb == 'v') {
    out_->append("(").append(value.type()->name).append(")(");
    if (is_nil) {
      out_->append("nil");
    } else {
      flags.sharp = true;
      AppendInteger(flags, number, 16, false, verb, kLowerDigits, out_);
    }
    out_->push_back(')');
    return;
  }
  if (verb == 'p') {
    flags.sharp = !flags_.sharp;
    return AppendInteger(flags, number, 16, false, verb, kLowerDigits, out_);
  }
  if (!IsOneOf(verb, "bodxX")) return BadVerb(value, verb);
  PrintInteger(Value::Uint(number), verb);
}

}  // namespace tocsin::gotemplate
