#pragma once

// What the running server has of an alert, beside what the history tells of it: an alert may be
// older than the history, or its decisions may have been lost with a crash.

#include "history/event.h"
#include "model/alert.h"

#include <optional>
#include <string>
#include <vector>

namespace tocsin::explain {

// An alert that has not ended.
struct LiveAlert {
  model::AlertPtr alert;
  std::vector<std::string> receivers;  // Of the routes that it took, in their order.
  std::vector<history::SilenceName> silenced_by;
  std::optional<model::Fingerprint> inhibited_by;
};

// `fires since ..., goes to receiver "a"; silenced by ...`
std::string LiveText(const LiveAlert& live);

}  // namespace tocsin::explain
