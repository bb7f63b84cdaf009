#pragma once

// What was last announced for each group and integration, and from it the decision whether there is
// anything new to say. The log is what makes a page go out once. Router's thread only.

#include "base/time.h"
#include "model/label_set.h"
#include "model/notification.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::router {

// Hash of one alert in log entries (xxHash64 over the labels); Alertmanager's snapshots hold the
// same.
std::uint64_t AlertHash(const model::LabelSet& labels);
// Stands in LogEntry::firing for what fired and is not known any more.
inline constexpr std::uint64_t kOfNoAlert = 0;

// Sorted, without repetition.
using AlertHashes = std::vector<std::uint64_t>;

struct LogEntry {
  Time timestamp{};  // When it was written: after the send.
  AlertHashes firing;
  AlertHashes resolved;  // Also those that the integration did not want to hear about.
  model::ReceiverData data;
  Time expires_at{};
};
// Immutable once in the log: the store writes it while the router goes on.
using LogEntryPtr = std::shared_ptr<const LogEntry>;

// `GROUP_KEY:RECEIVER/INTEGRATION/INDEX`.
std::string LogKey(std::string_view group_key, const model::IntegrationId& integration);

// Why a flush has nothing to say to an integration.
enum class NothingNew {
  kNeverFired,     // No entry and nothing firing: it ended before it was announced.
  kStillResolved,  // The end was announced already.
  kUnchanged,      // The same alerts fire and repeat_interval has not passed.
};
std::string_view ToString(NothingNew reason);

struct NotifyDecision {
  // kUnknown: do not notify, for `nothing_new`.
  model::NotifyReason reason = model::NotifyReason::kUnknown;
  NothingNew nothing_new = NothingNew::kUnchanged;

  bool notify() const { return reason != model::NotifyReason::kUnknown; }
};

// `entry` may be null. `now` is the due time of the tick; the repeat is strict: an entry written at
// exactly now - repeat_interval is not yet old enough.
NotifyDecision DecideNotification(const LogEntry* entry, const AlertHashes& firing,
                                  const AlertHashes& resolved, Duration repeat_interval,
                                  bool send_resolved, Time now);

class NotificationLog {
 public:
  using Entries = boost::unordered_flat_map<std::string, LogEntryPtr>;

  NotificationLog() = default;
  explicit NotificationLog(Entries entries) : entries_(std::move(entries)) {}

  // Null if there is none.
  LogEntryPtr Find(const std::string& key) const;
  // An entry written later than this one stays (the clock went back): the newer truth wins, and
  // false is returned.
  bool Put(const std::string& key, LogEntryPtr entry);
  bool HasExpired(Time now) const;
  // Drops what has expired at `now`, except the entries of `live` keys: as long as a group lives,
  // what it told is needed to tell its end. Until then an expired entry still counts. Returns the
  // dropped keys.
  std::vector<std::string> CollectGarbage(Time now,
                                          const boost::unordered_flat_set<std::string>& live);

  // The wall clock was set: everything was written that much earlier or later.
  void Shift(Duration by);

  const Entries& entries() const { return entries_; }

 private:
  Entries entries_;
};

}  // namespace tocsin::router
