#pragma once

// What of the router's state has to be made durable, as it changes. Values, in the order in which
// they happened; sharing what they name.

#include "model/alert.h"
#include "model/silence.h"
#include "router/decision.h"
#include "router/notification_log.h"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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

// Names an alert for as long as it is known. Ids grow and are not used again.
enum class AlertId : std::uint64_t {};

struct AlertStored {
  AlertId id{};
  model::AlertPtr alert;                              // New, or instead of the one with its id.
  boost::container::small_vector<GroupId, 2> groups;  // That it is in.
};
struct AlertRemoved {
  AlertId id{};
};
// These alerts were sent again and end at another time. All that fire are in one of the lists of
// ends, sooner or later: what is written down of an end is a few bytes, and some seconds old.
struct AlertEndsMoved {
  std::vector<std::pair<AlertId, Time>> ends;  // By ascending id.
  bool all = false;                            // Every end that is known: older lists can go.
};

// When a group is flushed: what changes at each tick.
struct GroupTimer {
  Time next_flush{};
  bool flushed = false;             // At least once.
  std::optional<Time> in_progress;  // The due time of a flush that is not through.
};
struct GroupStored {
  GroupIdentityPtr group;  // New, or instead of the one with its id.
  std::string route_key;
  GroupTimer timer;
};
struct GroupTimed {
  GroupId id{};
  GroupTimer timer;
};
struct GroupRemoved {
  GroupId id{};
};

using StateChange =
    std::variant<SilenceStored, SilenceRemoved, LogEntryStored, LogEntryRemoved, AlertStored,
                 AlertRemoved, AlertEndsMoved, GroupStored, GroupTimed, GroupRemoved>;

}  // namespace tocsin::router
