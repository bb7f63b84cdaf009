#include "model/notification.h"

#include <boost/sort/pdqsort/pdqsort.hpp>

#include <compare>
#include <utility>

namespace tocsin::model {
namespace {

// What is compared first, read from each set once: sorting compares more often than it reads.
struct SortKey {
  std::string_view job, instance;
  bool has_job = false, has_instance = false;
  const LabelSet* labels = nullptr;
  std::uint32_t index = 0;
};

bool ComesBefore(const SortKey& a, const SortKey& b) {
  if (a.has_job != b.has_job) return a.has_job;
  if (const int order = a.job.compare(b.job); order != 0) return order < 0;
  if (a.has_instance != b.has_instance) return a.has_instance;
  if (const int order = a.instance.compare(b.instance); order != 0) return order < 0;
  const auto order = *a.labels <=> *b.labels;
  return order != 0 ? order < 0 : a.index < b.index;
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

std::vector<std::uint32_t> NotificationOrder(const std::vector<const LabelSet*>& sets) {
  std::vector<SortKey> keys;
  keys.reserve(sets.size());
  for (const LabelSet* set : sets) {
    keys.push_back({set->Get("job"), set->Get("instance"), set->Has("job"), set->Has("instance"),
                    set, static_cast<std::uint32_t>(keys.size())});
  }
  // Quick where they are in order already, as alerts that came together mostly are.
  boost::sort::pdqsort(keys.begin(), keys.end(), ComesBefore);
  std::vector<std::uint32_t> order;
  order.reserve(keys.size());
  for (const SortKey& key : keys) order.push_back(key.index);
  return order;
}

void SortForNotification(std::vector<NotifiedAlert>* alerts) {
  std::vector<const LabelSet*> sets;
  sets.reserve(alerts->size());
  for (const NotifiedAlert& notified : *alerts) sets.push_back(&notified.alert->labels);
  std::vector<NotifiedAlert> sorted;
  sorted.reserve(alerts->size());
  for (const std::uint32_t i : NotificationOrder(sets)) {
    sorted.push_back(std::move((*alerts)[i]));
  }
  *alerts = std::move(sorted);
}

}  // namespace tocsin::model
