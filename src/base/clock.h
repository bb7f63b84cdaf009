#pragma once

// The only place that reads a clock. The cores never see it: they take `now` as an argument, read
// once a turn by the loop that drives them.

#include "base/time.h"

namespace tocsin {

// Port. Implementations are safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override;
};

// Monotonic time for measuring how long something took; no relation to Time.
Duration MonotonicNow();

}  // namespace tocsin
