#include "core/outgoing_alert.h"

namespace tocsin::core {

OutgoingAlert GoOut(const model::RelabelRules& rules, const model::LabelSet& labels) {
  if (rules.empty()) return {labels, std::nullopt};
  model::LabelSetBuilder builder(labels);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].Apply(&builder)) return {labels, i};
  }
  model::LabelSet relabelled = builder.Build();
  // Without a label it is no alert.
  if (relabelled.empty()) return {labels, rules.size() - 1};
  return {relabelled, std::nullopt};
}

}  // namespace tocsin::core
