#pragma once

// Why the router did what it did, as small typed events beside its effects. The log, the metrics
// and the simulator's checks read the same events. Values; they share alerts and notifications,
// never copy them.

#include "model/notification.h"
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

// Every alert of it has ended and was announced.
struct GroupEnded {
  GroupId group{};
  std::string group_key;
};

using Decision =
    std::variant<AlertReceived, GroupCreated, AlertGrouped, FlushStarted, NotificationDue,
                 NotificationNotNeeded, NotificationLogged, NotificationFailed, GroupEnded>;

}  // namespace tocsin::router
