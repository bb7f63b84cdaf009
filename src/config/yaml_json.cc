#include "config/yaml_json.h"

#include "base/json_writer.h"
#include "config/yaml_scalar.h"

#include <cmath>
#include <map>
#include <string_view>

namespace tocsin::config {
namespace {

// Quoted text and blocks are strings whatever they look like.
ScalarType TypeOf(const YamlNode& node) {
  if (node.is_null()) return ScalarType::kNull;
  return node.quoted() ? ScalarType::kString : ResolveScalar(node.text());
}

Status AppendFloat(double number, std::string* out) {
  if (!std::isfinite(number)) {
    return Fail(std::string("json: unsupported value: ") + (std::isnan(number) ? "NaN"
                                                            : number > 0       ? "+Inf"
                                                                               : "-Inf"));
  }
  AppendJsonNumber(number, out);
  return {};
}

void AppendInt(std::string_view text, std::string* out) {
  if (const auto number = ParseYamlInt(text)) {
    out->append(std::to_string(*number));
  } else {
    out->append(std::to_string(ParseYamlUint(text).value_or(0)));
  }
}

Status AppendScalar(const YamlNode& node, std::string* out) {
  switch (TypeOf(node)) {
    case ScalarType::kNull:
      out->append("null");
      return {};
    case ScalarType::kBool:
      out->append(ParseYamlBool(node.text()).value_or(false) ? "true" : "false");
      return {};
    case ScalarType::kInt:
      AppendInt(node.text(), out);
      return {};
    case ScalarType::kFloat:
      return AppendFloat(ParseYamlFloat(node.text()).value_or(0), out);
    case ScalarType::kString:
    case ScalarType::kTimestamp:
    case ScalarType::kMerge:
      break;
  }
  AppendJsonString(node.text(), out);
  return {};
}

Status AppendSequence(const YamlNode& node, std::string* out) {
  out->push_back('[');
  for (std::size_t i = 0; i < node.items().size(); ++i) {
    if (i > 0) out->push_back(',');
    if (Status status = AppendYamlAsJson(*node.items()[i], out); !status) return status;
  }
  out->push_back(']');
  return {};
}

Status AppendMapping(const YamlNode& node, std::string* out) {
  std::map<std::string_view, const YamlNode*> entries;
  for (const YamlNode::Entry& entry : node.entries()) {
    if (IsYamlString(*entry.key)) entries[entry.key->text()] = entry.value.get();
  }
  out->push_back('{');
  bool first = true;
  for (const auto& [key, value] : entries) {
    if (!first) out->push_back(',');
    first = false;
    AppendJsonString(key, out);
    out->push_back(':');
    if (Status status = AppendYamlAsJson(*value, out); !status) return status;
  }
  out->push_back('}');
  return {};
}

}  // namespace

bool IsYamlString(const YamlNode& node) {
  if (!node.is_scalar()) return false;
  const ScalarType type = TypeOf(node);
  return type == ScalarType::kString || type == ScalarType::kTimestamp ||
         type == ScalarType::kMerge;
}

Status AppendYamlAsJson(const YamlNode& node, std::string* out) {
  switch (node.kind()) {
    case YamlNode::Kind::kSequence:
      return AppendSequence(node, out);
    case YamlNode::Kind::kMapping:
      return AppendMapping(node, out);
    case YamlNode::Kind::kNull:
    case YamlNode::Kind::kScalar:
      break;
  }
  return AppendScalar(node, out);
}

}  // namespace tocsin::config
