#pragma once

// Notification data that somebody made up, to try a template: every field is as it was given, also
// where a real notification could not have it.

#include "gotemplate/go_time.h"
#include "model/label_set.h"

#include <optional>
#include <string>
#include <vector>

namespace tocsin::templates {

// A KV is nil in templates if it was not given.
struct GivenAlert {
  std::string status;
  std::optional<model::LabelSet> labels, annotations;
  gotemplate::GoTime starts_at, ends_at;
  std::string generator_url;
  std::string fingerprint;
};

struct GivenData {
  std::string receiver;
  std::string status;
  std::vector<GivenAlert> alerts;
  std::string notification_reason;
  std::optional<model::LabelSet> group_labels, common_labels, common_annotations, route_labels;
  std::string external_url;
};

}  // namespace tocsin::templates
