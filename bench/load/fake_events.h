#pragma once

// What the fake has seen: counters, and one line an event for whoever measures times. One thread.

#include "base/time.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::load {

struct FakeEvent {
  enum class Kind : char {
    kQuery = 'q',         // `key` is the rule's number.
    kToggleQuery = 't',   // `key` is the toggle's; `items` 1 if it was on.
    kToggle = 'T',        // Switched on.
    kAlerts = 'a',        // Alerts were posted.
    kNotification = 'h',  // Of the alert with `seq` = `key`.
  };
  Kind kind;
  std::uint64_t key = 0;
  Duration begin{};  // MonotonicNow() at the first byte of the request,
  Duration end{};    // and at the last.
  Duration sent{};   // Of a query: the kernel had the last byte of the answer.
  std::uint64_t items = 0;
};

class FakeEvents {
 public:
  struct Counters {
    std::uint64_t queries = 0;
    std::uint64_t series = 0;
    std::uint64_t writes = 0;  // Remote write requests.
    std::uint64_t alert_posts = 0;
    std::uint64_t alerts = 0;
    std::uint64_t alert_bytes = 0;
    std::uint64_t notifications = 0;
    std::uint64_t notified_alerts = 0;
    std::uint64_t other_requests = 0;
  };

  // Returns the event's position, for SetSent.
  std::size_t Add(const FakeEvent& event);
  // Ignored for a position that Clear has taken away.
  void SetSent(std::size_t position, Duration when);
  void Clear();

  Counters counters;

  // One object.
  std::string CountersJson() const;
  // Lines of `kind key begin_ns end_ns sent_ns items`.
  std::string Lines() const;

 private:
  std::vector<FakeEvent> events_;
};

}  // namespace tocsin::load
