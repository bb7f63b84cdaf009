#pragma once

// Why the router did what it did, as small typed events beside its effects. The log, the metrics
// and the simulator's checks read the same events. Values; they share alerts and notifications,
// never copy them.

#include "model/notification.h"
#include "model/silence.h"
#include "router/notification_log.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tocsin::router {

enum class GroupId : std::uint64_t {};
enum class NotificationId : std::uint64_t {};

struct AlertReceived {
  model::AlertPtr alert;  // As stored, after merging.
  bool created = false;   // Not known before.
  bool merged = false;    // Its activity overlapped the stored alert's.
};

struct GroupCreated {
  GroupId group{};
  std::string group_key;
  std::string receiver;
  Time first_flush{};
};

// `limits.alerts_per_alertname` is reached: the alert is not taken.
struct AlertRefused {
  model::AlertPtr alert;
};

struct AlertGrouped {
  GroupId group{};
  model::AlertPtr alert;
};

struct FlushStarted {
  GroupId group{};
  std::string group_key;
  Time due{};
  std::uint32_t firing = 0;
  std::uint32_t resolved = 0;
};

enum class Suppression {
  kInhibited,           // By an alert that fires.
  kOutsideActiveTimes,  // No interval of the route's active_time_intervals has begun.
  kMuteTime,            // An interval of its mute_time_intervals has.
  kSilenced,
};

// A flush leaves these alerts out. One event for each reason.
struct AlertsSuppressed {
  GroupId group{};
  Suppression why{};
  // Those that the last flush of the group had let through, or had kept back for another reason:
  // what is new to say.
  std::vector<model::AlertPtr> newly;
  std::uint32_t count = 0;  // All of them.
};

// A flush lets an alert through that the one before had left out.
struct AlertUnsuppressed {
  GroupId group{};
  model::AlertPtr alert;
};

// An integration has something to be told.
struct NotificationDue {
  NotificationId id{};
  GroupId group{};
  model::NotificationPtr notification;
};

struct NotificationNotNeeded {
  GroupId group{};
  model::IntegrationId integration;
  NothingNew why = NothingNew::kUnchanged;
};

// The log has the entry. `sent` is false where only resolved alerts were left and the integration
// does not want to hear of them.
struct NotificationLogged {
  GroupId group{};
  model::IntegrationId integration;
  model::NotifyReason reason = model::NotifyReason::kUnknown;
  bool sent = true;
};

// Nothing is logged, so the next tick tries again.
struct NotificationFailed {
  GroupId group{};
  model::IntegrationId integration;
  std::string error;
};

struct SilenceChanged {
  enum class Kind { kCreated, kUpdated, kExpired };
  Kind kind{};
  model::SilencePtr silence;
};

// Every alert of it has ended and was announced.
struct GroupEnded {
  GroupId group{};
  std::string group_key;
};

using Decision =
    std::variant<AlertReceived, AlertRefused, GroupCreated, AlertGrouped, FlushStarted,
                 AlertsSuppressed, AlertUnsuppressed, NotificationDue, NotificationNotNeeded,
                 NotificationLogged, NotificationFailed, SilenceChanged, GroupEnded>;

}  // namespace tocsin::router
