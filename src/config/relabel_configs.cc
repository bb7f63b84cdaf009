#include "config/load_parts.h"

#include <string>
#include <utility>

namespace tocsin::config {
namespace {

model::RelabelFields ReadFields(ObjectReader* reader) {
  model::RelabelFields fields;
  reader->Read("action", &fields.action);
  if (reader->Get("source_labels") != nullptr) {
    reader->Read("source_labels", &fields.source_labels.emplace());
  }
  reader->Read("separator", &fields.separator);
  // Alone among the texts a null leaves it at its default.
  if (reader->Get("regex") != nullptr) reader->Read("regex", &fields.regex);
  reader->Read("modulus", &fields.modulus);
  reader->Read("target_label", &fields.target_label);
  reader->Read("replacement", &fields.replacement);
  return fields;
}

}  // namespace

model::RelabelRules ReadRelabelConfigs(const Source& source,
                                       const std::vector<YamlNodePtr>& nodes) {
  model::RelabelRules rules;
  for (const YamlNodePtr& node : nodes) {
    if (node->is_null()) {
      source.Error(*node, "empty or null relabeling rule");
      continue;
    }
    ObjectReader reader(source, node, "relabel_config");
    auto rule = model::RelabelRule::Create(ReadFields(&reader));
    if (rule) {
      rules.push_back(*std::move(rule));
    } else if (rule.error().field.empty()) {
      reader.Error(rule.error().message);
    } else {
      reader.Error(rule.error().field, rule.error().message);
    }
    reader.Finish();
  }
  return rules;
}

}  // namespace tocsin::config
