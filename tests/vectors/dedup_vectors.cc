#include "base/duration.h"
#include "base/time.h"
#include "router/notification_log.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>

namespace tocsin::vectors {

namespace {

router::AlertHashes Hashes(const boost::json::array& array) {
  router::AlertHashes hashes;
  for (const auto& value : array) {
    const auto& text = value.as_string();
    std::uint64_t hash = 0;
    std::from_chars(text.data(), text.data() + text.size(), hash);
    hashes.push_back(hash);
  }
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

void CheckDedup(Case& c) {
  const Line& line = c.line();
  router::LogEntry entry;
  const bool has_entry = line.at("entry").is_object();
  if (has_entry) {
    const Line& given = Object(line, "entry");
    entry.firing = Hashes(Array(given, "firing"));
    entry.resolved = Hashes(Array(given, "resolved"));
    entry.timestamp = *ParseApiTimestamp(Text(given, "timestamp"));
  }
  const router::NotifyDecision decision = router::DecideNotification(
      has_entry ? &entry : nullptr, Hashes(Array(line, "firing")), Hashes(Array(line, "resolved")),
      *ParseGoDuration(Text(line, "repeat_interval")), Flag(line, "send_resolved"),
      *ParseApiTimestamp(Text(line, "now")));
  c.Expect("needs_update", Flag(line, "needs_update"), decision.notify());
  c.Expect("reason", Text(line, "reason"),
           decision.notify() ? model::ToString(decision.reason) : "none");
}

}  // namespace

TEST(Vectors, Dedup) {
  RunCollection("dedup", "dedup.jsonl", CheckDedup);
}

}  // namespace tocsin::vectors
