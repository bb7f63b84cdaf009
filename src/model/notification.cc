#include "model/notification.h"

#include <algorithm>
#include <compare>

namespace tocsin::model {
namespace {

// Alerts that have the label come first, in bytewise order of its value.
std::strong_ordering CompareByLabel(const LabelSet& a, const LabelSet& b, std::string_view name) {
  const bool in_a = a.Has(name);
  const bool in_b = b.Has(name);
  if (in_a != in_b) return in_a ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.Get(name).compare(b.Get(name)) <=> 0;
}

bool ComesBefore(const NotifiedAlert& a, const NotifiedAlert& b) {
  const LabelSet& left = a.alert->labels;
  const LabelSet& right = b.alert->labels;
  for (const std::string_view name : {"job", "instance"}) {
    const std::strong_ordering order = CompareByLabel(left, right, name);
    if (order != 0) return order < 0;
  }
  return left < right;
}

}  // namespace

std::string_view ToString(NotifyReason reason) {
  switch (reason) {
    case NotifyReason::kUnknown:
      return "unknown";
    case NotifyReason::kFirstNotification:
      return "first notification";
    case NotifyReason::kNewAlertsAdded:
      return "new alerts added";
    case NotifyReason::kAllAlertsResolved:
      return "all alerts resolved";
    case NotifyReason::kSomeAlertsResolved:
      return "some alerts resolved";
    case NotifyReason::kRepeatIntervalElapsed:
      return "repeat interval elapsed";
  }
  return "unknown";
}

std::string IntegrationId::ToString() const {
  return receiver + "/" + type + "[" + std::to_string(index) + "]";
}

void SortForNotification(std::vector<NotifiedAlert>* alerts) {
  std::stable_sort(alerts->begin(), alerts->end(), ComesBefore);
}

}  // namespace tocsin::model
