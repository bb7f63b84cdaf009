#pragma once

// A YAML value in the configuration whose strings are templates, and the JSON that it gives. What a
// string expands to is read as YAML again, so that `{{ len .Alerts }}` becomes a number and the
// output of toJson an array; a text that is no YAML, or YAML for a string, stays the text that it
// is. Immutable after construction.

#include "config/yaml_reader.h"
#include "notifiers/field_templates.h"

#include <string>
#include <utility>
#include <vector>

namespace tocsin::notifiers {

class StructuredTemplate {
 public:
  StructuredTemplate(const config::YamlNode& node, std::string_view field, FieldCompiler* compiler);

  // Fails for a value that JSON cannot say. A template's error is kept by `expand`.
  Status AppendJson(FieldExpander& expand, std::string* out) const;

 private:
  enum class Kind { kConstant, kText, kList, kMap };

  Status AppendText(FieldExpander& expand, std::string* out) const;
  Status AppendMap(FieldExpander& expand, std::string* out) const;

  std::string field_;  // `payload.alerts[0]`, for errors.
  Kind kind_ = Kind::kConstant;
  std::string json_;  // Of a constant; filled at construction.
  Status constant_status_;
  CompiledTemplate text_;
  std::vector<StructuredTemplate> items_;
  std::vector<std::pair<CompiledTemplate, StructuredTemplate>> entries_;
};

}  // namespace tocsin::notifiers
