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

LogEntryPtr NotificationLog::Find(const std::string& key) const {
  const auto it = entries_.find(key);
  return it == entries_.end() ? nullptr : it->second;
}

bool NotificationLog::Put(const std::string& key, LogEntryPtr entry) {
  LogEntryPtr& stored = entries_[key];
  if (stored && stored->timestamp > entry->timestamp) return false;
  stored = std::move(entry);
  return true;
}

void NotificationLog::Shift(Duration by) {
  for (auto& [key, entry] : entries_) {
    auto shifted = std::make_shared<LogEntry>(*entry);
    shifted->timestamp += by;
    shifted->expires_at += by;
    entry = std::move(shifted);
  }
}

bool NotificationLog::HasExpired(Time now) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [now](const auto& item) { return item.second->expires_at <= now; });
}

std::vector<std::string> NotificationLog::CollectGarbage(
    Time now, const boost::unordered_flat_set<std::string>& live) {
  std::vector<std::string> dropped;
  for (const auto& [key, entry] : entries_) {
    if (entry->expires_at <= now && !live.contains(key)) dropped.push_back(key);
  }
  for (const std::string& key : dropped) entries_.erase(key);
  return dropped;
}

}  // namespace tocsin::router
