#pragma once

// What the labels of a rule's alert become on its way out, to the router and to further
// Alertmanagers: external labels and alert_relabel_configs. Pure.

#include "model/label_set.h"
#include "model/relabel.h"

#include <cstddef>
#include <optional>

namespace tocsin::core {

struct OutgoingAlert {
  model::LabelSet labels;                 // Of one that is dropped: as they were before.
  std::optional<std::size_t> dropped_by;  // The position of the relabelling rule.
};

// `labels` have the external ones.
OutgoingAlert GoOut(const model::RelabelRules& rules, const model::LabelSet& labels);

}  // namespace tocsin::core
