#pragma once

// What the router asks an integration to announce: plain data between router and notifiers, which
// do not know each other. Immutable once made; shared with the threads that render and send it.

#include "base/time.h"
#include "model/alert.h"
#include "model/label_set.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::model {

// Why a notification is due. The texts are Alertmanager's and visible in templates and webhooks.
enum class NotifyReason {
  kUnknown,
  kFirstNotification,
  kNewAlertsAdded,
  kAllAlertsResolved,
  kSomeAlertsResolved,
  kRepeatIntervalElapsed,
};
std::string_view ToString(NotifyReason reason);

// An integration inside its receiver, printed `slack[0]`.
struct IntegrationId {
  std::string receiver;
  std::string type;  // webhook, email, slack ...
  std::uint32_t index = 0;

  std::string ToString() const;  // `team/slack[0]`
  auto operator<=>(const IntegrationId&) const = default;
};

// What an integration keeps with the notification log from one message of a group to the next.
using ReceiverValue = std::variant<std::string, std::int64_t, double>;
using ReceiverData = std::map<std::string, ReceiverValue>;

// An alert as of one flush: firing or resolved was decided once, when the flush began.
struct NotifiedAlert {
  AlertPtr alert;
  bool resolved = false;
};

// The labels of a group's route before they are rendered: the router knows no templates.
struct RouteLabelTemplates {
  std::shared_ptr<const std::map<std::string, std::string>> texts;  // By name. Never null.
  std::vector<NotifiedAlert> alerts;  // What they are rendered against, in the order of messages.
};
using RouteLabelTemplatesPtr = std::shared_ptr<const RouteLabelTemplates>;

struct Notification {
  IntegrationId integration;
  std::string group_key;
  LabelSet group_labels;
  RouteLabelTemplatesPtr route_label_templates;  // Null if the route has none.
  LabelSet route_labels;                         // What the edge rendered them to.
  NotifyReason reason = NotifyReason::kUnknown;
  // In Alertmanager's order (job, instance, label set). Without resolved ones where the integration
  // does not want them; never empty.
  std::vector<NotifiedAlert> alerts;
  Time now{};       // The tick's due time.
  Time deadline{};  // Of the flush: no attempt begins after it, none in flight outlives it.
  ReceiverData data;
};

using NotificationPtr = std::shared_ptr<const Notification>;

// The order that Alertmanager gives alerts in a message, as positions in `sets`: by label job, then
// instance (alerts that have the label first), then by label set.
std::vector<std::uint32_t> NotificationOrder(const std::vector<const LabelSet*>& sets);
void SortForNotification(std::vector<NotifiedAlert>* alerts);

}  // namespace tocsin::model
