#include "router/notification_log.h"

#include "base/hash.h"

#include <algorithm>

namespace tocsin::router {
namespace {

bool IsSubset(const AlertHashes& part, const AlertHashes& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

NotifyDecision Notify(model::NotifyReason reason) {
  return {reason, NothingNew::kUnchanged};
}
NotifyDecision Skip(NothingNew why) {
  return {model::NotifyReason::kUnknown, why};
}

}  // namespace

std::uint64_t AlertHash(const model::LabelSet& labels) {
  std::string bytes;
  for (const model::Label label : labels) {
    bytes.append(label.name).push_back('\xFF');
    bytes.append(label.value).push_back('\xFF');
  }
  return XxHash64(bytes);
}

std::string LogKey(std::string_view group_key, const model::IntegrationId& integration) {
  std::string key(group_key);
  key.append(":").append(integration.receiver).append("/").append(integration.type);
  return key.append("/").append(std::to_string(integration.index));
}

std::string_view ToString(NothingNew reason) {
  switch (reason) {
    case NothingNew::kNeverFired:
      return "never announced and no longer firing";
    case NothingNew::kStillResolved:
      return "end already announced";
    case NothingNew::kUnchanged:
      return "unchanged within repeat_interval";
  }
  return "";
}

NotifyDecision DecideNotification(const LogEntry* entry, const AlertHashes& firing,
                                  const AlertHashes& resolved, Duration repeat_interval,
                                  bool send_resolved, Time now) {
  using model::NotifyReason;
  if (!entry) {
    return firing.empty() ? Skip(NothingNew::kNeverFired)
                          : Notify(NotifyReason::kFirstNotification);
  }
  if (!IsSubset(firing, entry->firing)) {
    return Notify(entry->firing.empty() ? NotifyReason::kFirstNotification
                                        : NotifyReason::kNewAlertsAdded);
  }
  if (firing.empty()) {
    // Also where resolved messages are not wanted, so that the log is cleared and the next firing
    // is a first notification again.
    return entry->firing.empty() ? Skip(NothingNew::kStillResolved)
                                 : Notify(NotifyReason::kAllAlertsResolved);
  }
  if (send_resolved && !IsSubset(resolved, entry->resolved)) {
    return Notify(NotifyReason::kSomeAlertsResolved);
  }
  if (entry->timestamp < now - repeat_interval) {
    return Notify(NotifyReason::kRepeatIntervalElapsed);
  }
  return Skip(NothingNew::kUnchanged);
}

const LogEntry* NotificationLog::Find(std::string_view key) const {
  const auto it = entries_.find(std::string(key));
  return it == entries_.end() ? nullptr : &it->second;
}

void NotificationLog::Put(std::string key, LogEntry entry) {
  const auto [it, inserted] = entries_.try_emplace(std::move(key), entry);
  if (!inserted && it->second.timestamp <= entry.timestamp) it->second = std::move(entry);
}

void NotificationLog::Shift(Duration by) {
  for (auto& [key, entry] : entries_) {
    entry.timestamp += by;
    entry.expires_at += by;
  }
}

void NotificationLog::CollectGarbage(Time now, const boost::unordered_flat_set<std::string>& live) {
  boost::unordered::erase_if(entries_, [&](const auto& item) {
    return item.second.expires_at <= now && !live.contains(item.first);
  });
}

}  // namespace tocsin::router
