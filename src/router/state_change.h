#pragma once

// What of the router's state has to be made durable, as it changes. Values, in the order in which
// they happened; sharing what they name.

#include "model/silence.h"
#include "router/notification_log.h"

#include <memory>
#include <string>
#include <variant>

namespace tocsin::router {

struct SilenceStored {
  model::SilencePtr silence;  // New, or instead of the one with its id.
};
struct SilenceRemoved {
  std::string id;
};
struct LogEntryStored {
  std::string key;
  LogEntryPtr entry;  // New, or instead of the one under its key.
};
struct LogEntryRemoved {
  std::string key;
};

using StateChange = std::variant<SilenceStored, SilenceRemoved, LogEntryStored, LogEntryRemoved>;

}  // namespace tocsin::router
