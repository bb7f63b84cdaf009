#include "rules/rule_alert.h"

namespace tocsin::rules {

std::string_view ToString(AlertState state) {
  switch (state) {
    case AlertState::kInactive:
      return "inactive";
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      return "firing";
  }
  return "";
}

model::LabelSet ExpandAnnotations(const RuleAlert& alert, Expansions* out) {
  if (alert.annotations) return *alert.annotations;
  if (!alert.seen_by) return {};
  const TemplateContext& context = *alert.seen_by;
  return context.rule->ExpandAnnotations({alert.sample_labels, alert.value, context.external_labels,
                                          context.external_url, context.time},
                                         {}, out);
}

}  // namespace tocsin::rules
