#include "gotemplate/program.h"

#include <cmath>
#include <cstdint>

namespace tocsin::gotemplate {
namespace {

tl::unexpected<Error> Expected(std::string_view what, const Node& node) {
  return Fail("expected " + std::string(what) + "; found " + ToString(node));
}

const NumberNode* AsNumber(const Node& node) {
  return node.type == NodeType::kNumber ? static_cast<const NumberNode*>(&node) : nullptr;
}

bool IsHexInteger(std::string_view text) {
  return text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
         text.find_first_of("pP") == std::string_view::npos;
}

// A number without a wanted type: int unless it looks like something else.
Result<Value> IdealNumber(const NumberNode& node) {
  const Number& number = node.number;
  bool looks_float = !IsHexInteger(node.text) && !node.text.starts_with('\'') &&
                     node.text.find_first_of(".eEpP") != std::string::npos;
  if (number.is_complex) return Value::Complex(number.complex_value);
  if (number.is_float && looks_float) return Value::Float(number.float_value);
  if (number.is_int) return Value::Int(number.int_value);
  return Fail(node.text + " overflows int");
}

Result<Value> Integer(const Node& node, const Type& type) {
  const NumberNode* number = AsNumber(node);
  if (type.kind == Kind::kInt) {
    if (number == nullptr || !number->number.is_int) return Expected("integer", node);
    int unused = 64 - type.bits;
    auto bits = static_cast<std::uint64_t>(number->number.int_value) << unused;
    return Value::Int(static_cast<std::int64_t>(bits) >> unused, type);
  }
  if (number == nullptr || !number->number.is_uint) return Expected("unsigned integer", node);
  int unused = 64 - type.bits;
  return Value::Uint((number->number.uint_value << unused) >> unused, type);
}

Result<Value> Any(const Node& node) {
  switch (node.type) {
    case NodeType::kBool:
      return Value::Bool(static_cast<const BoolNode&>(node).value);
    case NodeType::kString:
      return Value::String(static_cast<const StringNode&>(node).text);
    default:
      return IdealNumber(static_cast<const NumberNode&>(node));
  }
}

}  // namespace

Result<Value> ConvertLiteral(const Node& node, const Type& type) {
  const NumberNode* number = AsNumber(node);
  switch (type.kind) {
    case Kind::kInterface:
      return Any(node);
    case Kind::kBool:
      if (node.type != NodeType::kBool) return Expected("bool", node);
      return Value::Bool(static_cast<const BoolNode&>(node).value, type);
    case Kind::kString:
      if (node.type != NodeType::kString) return Expected("string", node);
      return Value::String(static_cast<const StringNode&>(node).text, type);
    case Kind::kInt:
    case Kind::kUint:
      return Integer(node, type);
    case Kind::kFloat:
      if (number == nullptr || !number->number.is_float) return Expected("float", node);
      if (type.bits == 32) {
        return Value::Float(static_cast<float>(number->number.float_value), type);
      }
      return Value::Float(number->number.float_value, type);
    case Kind::kComplex:
      if (number == nullptr || !number->number.is_complex) return Expected("complex", node);
      return Value::Complex(number->number.complex_value, type);
    default:
      return Fail("can't handle " + ToString(node) + " for arg of type " + std::string(type.name));
  }
}

}  // namespace tocsin::gotemplate
