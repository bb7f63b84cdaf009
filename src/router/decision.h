#pragma once

// Why the router did what it did, as small typed events beside its effects. The log, the metrics
// and the simulator's checks read the same events. Values; they share alerts and notifications,
// never copy them.

#include "model/label_set.h"
#include "model/notification.h"
#include "model/silence.h"
#include "router/notification_log.h"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tocsin::router {

enum class GroupId : std::uint64_t {};
enum class NotificationId : std::uint64_t {};

class RouteTree;

// A group as decisions name it. Immutable; shared by the group and all decisions about it.
struct GroupIdentity {
  GroupId id{};
  std::string key;       // As in notifications.
  std::string route_id;  // Route::id.
  std::string receiver;
  model::LabelSet labels;
};
using GroupIdentityPtr = std::shared_ptr<const GroupIdentity>;

// A configuration is in force from now on: alerts take its routes.
struct RoutesInstalled {
  std::shared_ptr<const RouteTree> routes;
};

struct AlertReceived {
  // What is different from what was stored.
  enum class Change : std::uint8_t {
    kNothing,     // It is told again; at most its end moves, or its annotations change.
    kCreated,     // It was not known.
    kStarted,     // It had ended, or began at another time.
    kEnded,       // It fired.
    kEndedAgain,  // It had ended, at another time.
  };
  model::AlertPtr alert;  // As stored, after merging.
  bool created = false;   // Not known before.
  bool merged = false;    // Its activity overlapped the stored alert's.
  Change change = Change::kNothing;
};

struct GroupCreated {
  GroupIdentityPtr group;
  Time first_flush{};
};

// `limits.alerts_per_alertname` is reached: the alert is not taken.
struct AlertRefused {
  model::AlertPtr alert;
};

struct AlertGrouped {
  GroupIdentityPtr group;
  model::AlertPtr alert;
};

// Its end was announced, or kept back; or a configuration routes or groups it otherwise.
struct AlertLeftGroup {
  GroupIdentityPtr group;
  model::AlertPtr alert;
};

struct FlushStarted {
  GroupIdentityPtr group;
  Time due{};
  Time next_flush{};
  std::uint32_t firing = 0;
  std::uint32_t resolved = 0;
};

enum class Suppression {
  kInhibited,           // By an alert that fires.
  kOutsideActiveTimes,  // No interval of the route's active_time_intervals has begun.
  kMuteTime,            // An interval of its mute_time_intervals has.
  kSilenced,
};

struct SuppressedAlert {
  model::AlertPtr alert;
  model::AlertPtr inhibited_by;  // Null unless kInhibited, as the next.
  std::string inhibit_rule;      // Its name; most have none.
  boost::container::small_vector<model::SilencePtr, 1> silenced_by;  // Unless kSilenced: none.
};

// A flush leaves these alerts out. One event for each reason.
struct AlertsSuppressed {
  GroupIdentityPtr group;
  Suppression why{};
  // Those that the last flush of the group had let through, or had kept back for another reason,
  // be it another silence: what is new to say.
  std::vector<SuppressedAlert> newly;
  // kMuteTime: which have begun. kOutsideActiveTimes: none of which has.
  std::vector<std::string> intervals;
  std::uint32_t count = 0;  // All alerts that are left out.
};

// A flush lets an alert through that the one before had left out.
struct AlertUnsuppressed {
  GroupIdentityPtr group;
  model::AlertPtr alert;
};

// An integration has something to be told.
struct NotificationDue {
  NotificationId id{};
  GroupIdentityPtr group;
  model::NotificationPtr notification;
};

struct NotificationNotNeeded {
  GroupIdentityPtr group;
  model::IntegrationId integration;
  NothingNew why = NothingNew::kUnchanged;
};

// The log has the entry. `sent` is false where only resolved alerts were left and the integration
// does not want to hear of them.
struct NotificationLogged {
  NotificationId id{};
  GroupIdentityPtr group;
  model::IntegrationId integration;
  model::NotifyReason reason = model::NotifyReason::kUnknown;
  bool sent = true;
};

// Nothing is logged, so the next tick tries again.
struct NotificationFailed {
  NotificationId id{};
  GroupIdentityPtr group;
  model::IntegrationId integration;
  std::string error;
};

struct SilenceChanged {
  enum class Kind {
    kCreated,
    kUpdated,
    kExpired,
    kTakenBack  // The change could not be stored: as it is again, or ended if it was new.
  };
  Kind kind{};
  model::SilencePtr silence;
};

// It is no more. All alerts leave it.
struct GroupEnded {
  enum class Why : std::uint8_t {
    kAllEnded,      // Every alert of it has ended and was announced.
    kConfiguration  // Its route is gone, or takes none of its alerts.
  };
  GroupIdentityPtr group;
  Why why = Why::kAllEnded;
};

using Decision = std::variant<RoutesInstalled, AlertReceived, AlertRefused, GroupCreated,
                              AlertGrouped, AlertLeftGroup, FlushStarted, AlertsSuppressed,
                              AlertUnsuppressed, NotificationDue, NotificationNotNeeded,
                              NotificationLogged, NotificationFailed, SilenceChanged, GroupEnded>;

}  // namespace tocsin::router
