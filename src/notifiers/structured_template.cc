#include "notifiers/structured_template.h"

#include "base/json_writer.h"
#include "config/yaml_json.h"

#include <map>
#include <optional>

namespace tocsin::notifiers {

using config::YamlNode;

namespace {

// What Go's parser takes for a mistake and ours for nothing, or for an empty key: a directive
// without a document, a colon without a key, a comma outside of a list, a tab; a tag makes nothing
// the empty string. Only a comment, null, an anchor and the mark of a document stand for nothing.
bool IsOnlyText(std::string_view text, bool is_null) {
  const std::size_t first = text.find_first_not_of(" \r\n");
  if (first == std::string_view::npos) return false;
  const auto is_one_of = [c = text[first]](std::string_view any) {
    return any.find(c) != std::string_view::npos;
  };
  return is_one_of("%:,\t") || (is_null && !is_one_of("#~nN&-"));
}

}  // namespace

StructuredTemplate::StructuredTemplate(const YamlNode& node, std::string_view field,
                                       FieldCompiler* compiler)
    : field_(field) {
  if (node.is_sequence()) {
    kind_ = Kind::kList;
    for (const config::YamlNodePtr& item : node.items()) {
      items_.emplace_back(*item, field_ + "[" + std::to_string(items_.size()) + "]", compiler);
    }
  } else if (node.is_mapping()) {
    kind_ = Kind::kMap;
    for (const YamlNode::Entry& entry : node.entries()) {
      if (!IsYamlString(*entry.key)) continue;
      const std::string name = field_ + "." + entry.key->text();
      entries_.emplace_back(compiler->Text(name, entry.key->text()),
                            StructuredTemplate(*entry.value, name, compiler));
    }
  } else if (IsYamlString(node)) {
    kind_ = Kind::kText;
    text_ = compiler->Text(field_, node.text());
  } else {
    constant_status_ = AppendYamlAsJson(node, &json_);
  }
}

Status StructuredTemplate::AppendJson(FieldExpander& expand, std::string* out) const {
  switch (kind_) {
    case Kind::kConstant:
      out->append(json_);
      return constant_status_;
    case Kind::kText:
      return AppendText(expand, out);
    case Kind::kMap:
      return AppendMap(expand, out);
    case Kind::kList:
      break;
  }
  out->push_back('[');
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (i > 0) out->push_back(',');
    if (Status status = items_[i].AppendJson(expand, out); !status) return status;
  }
  out->push_back(']');
  return {};
}

Status StructuredTemplate::AppendText(FieldExpander& expand, std::string* out) const {
  const std::string text = expand(field_, text_);
  // What is wrong with the text as YAML is of no interest: it is just a text then.
  config::Diagnostics problems;
  config::YamlLimits limits;
  limits.documents = 1;
  const auto documents = config::ReadYaml(text, field_, &problems, limits);
  const bool is_null = documents && (documents->empty() || documents->front()->is_null());
  if (!documents || problems.HasErrors() || IsOnlyText(text, is_null) ||
      (!is_null && IsYamlString(*documents->front()))) {
    AppendJsonString(text, out);
    return {};
  }
  if (is_null) {
    out->append("null");
    return {};
  }
  return AppendYamlAsJson(*documents->front(), out);
}

Status StructuredTemplate::AppendMap(FieldExpander& expand, std::string* out) const {
  // Two keys may expand to one; the last counts.
  std::map<std::string, std::string> values;
  for (const auto& [key, value] : entries_) {
    std::string json;
    if (Status status = value.AppendJson(expand, &json); !status) return status;
    values.insert_or_assign(expand(field_, key), std::move(json));
  }
  out->push_back('{');
  bool first = true;
  for (const auto& [key, json] : values) {
    if (!first) out->push_back(',');
    first = false;
    AppendJsonString(key, out);
    out->append(":").append(json);
  }
  out->push_back('}');
  return {};
}

}  // namespace tocsin::notifiers
