#pragma once

// The files that an Alertmanager leaves in its --storage.path: `silences` and `nflog`, each a
// sequence of protobuf messages with their lengths before them (of 0.5 to 0.34; specification 5.6).

#include "model/silence.h"
#include "router/notification_log.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::storage {

struct AlertmanagerState {
  std::vector<model::SilencePtr> silences;                               // No id twice.
  std::vector<std::pair<std::string, router::LogEntryPtr>> log_entries;  // By key; none twice.
  // One line for each thing that cannot be taken over, and for what is broken; a hundred at most.
  std::vector<std::string> problems;

  bool empty() const { return silences.empty() && log_entries.empty() && problems.empty(); }
};

// What is good beside something broken is taken.
void ReadSilences(std::string_view file, AlertmanagerState* state);
// What was told later than `now` was told by a clock that was ahead: it counts as told now, else
// nothing would be repeated until then.
void ReadNotificationLog(std::string_view file, Time now, AlertmanagerState* state);

// Of a folder; empty if there are no such files. They stay as they are.
AlertmanagerState ReadAlertmanagerFiles(const std::string& folder, Time now);

}  // namespace tocsin::storage
