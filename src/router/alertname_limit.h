#pragma once

// The cap on alerts of one alertname: a rule that goes wild costs its own alerts, not the others'.
// Counts alerts that have not ended. Router's thread only.

#include "base/time.h"
#include "router/alert_store.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::router {

class AlertnameLimit {
 public:
  // 0: no limit, and nothing is kept.
  explicit AlertnameLimit(std::uint64_t alerts_max) : alerts_max_(alerts_max) {}

  std::uint64_t alerts_max() const { return alerts_max_; }

  // May that alert fire, or fire on? Precondition for true to count: Add follows.
  bool HasRoomFor(std::string_view alertname, AlertSlot alert, const AlertStore& store, Time now);
  bool HasRoom(std::string_view alertname, const AlertStore& store, Time now);
  void Add(std::string_view alertname, AlertSlot alert);
  // It has ended: the next one may have its place.
  void OnEnded(std::string_view alertname);
  void Forget(std::string_view alertname, AlertSlot alert);
  // The ends of alerts may have moved.
  void OnClockSet();

 private:
  struct Bucket {
    boost::unordered_flat_set<AlertSlot> alerts;
    Time full_until{};  // Before that, none of them has ended.
  };

  const std::uint64_t alerts_max_;
  boost::unordered_flat_map<std::string, Bucket> buckets_;
};

}  // namespace tocsin::router
