#include "router/alertname_limit.h"

#include <algorithm>

namespace tocsin::router {

bool AlertnameLimit::HasRoomFor(std::string_view alertname, AlertSlot alert,
                                const AlertStore& store, Time now) {
  if (alerts_max_ == 0) return true;
  const auto it = buckets_.find(std::string(alertname));
  if (it == buckets_.end()) return true;
  const Bucket& bucket = it->second;
  // One that has ended keeps its place until somebody looks for one, but not a place beyond the
  // limit: a restart may leave more than that.
  const bool has_place = bucket.alerts.contains(alert) &&
                         (bucket.alerts.size() <= alerts_max_ || !store[alert]->ResolvedAt(now));
  return has_place || HasRoom(alertname, store, now);
}

bool AlertnameLimit::HasRoom(std::string_view alertname, const AlertStore& store, Time now) {
  if (alerts_max_ == 0) return true;
  const auto it = buckets_.find(std::string(alertname));
  if (it == buckets_.end()) return true;
  Bucket& bucket = it->second;
  if (bucket.alerts.size() < alerts_max_) return true;
  if (now < bucket.full_until) return false;
  boost::unordered::erase_if(bucket.alerts,
                             [&](AlertSlot slot) { return store[slot]->ResolvedAt(now); });
  if (bucket.alerts.size() < alerts_max_) return true;
  bucket.full_until = Time::max();
  for (const AlertSlot slot : bucket.alerts) {
    bucket.full_until = std::min(bucket.full_until, store[slot]->ends_at);
  }
  return false;
}

void AlertnameLimit::Add(std::string_view alertname, AlertSlot alert) {
  if (alerts_max_ > 0) buckets_[std::string(alertname)].alerts.insert(alert);
}

void AlertnameLimit::OnEnded(std::string_view alertname) {
  if (alerts_max_ == 0) return;
  const auto it = buckets_.find(std::string(alertname));
  if (it != buckets_.end()) it->second.full_until = Time{};
}

void AlertnameLimit::Forget(std::string_view alertname, AlertSlot alert) {
  const auto it = buckets_.find(std::string(alertname));
  if (it == buckets_.end()) return;
  it->second.alerts.erase(alert);
  if (it->second.alerts.empty()) buckets_.erase(it);
}

void AlertnameLimit::OnClockSet() {
  for (auto& [alertname, bucket] : buckets_) bucket.full_until = Time{};
}

}  // namespace tocsin::router
