#pragma once

// Names that the system's resolver never answers for, as long as a StuckNames lives: `x.stuck.test`
// for any x. The test program's own getaddrinfo takes the place of the system's, also for libcurl.

namespace tocsin::net {

class StuckNames {
 public:
  StuckNames();
  // Lets go of all lookups, and waits until they have gone.
  ~StuckNames();
  StuckNames(const StuckNames&) = delete;
  StuckNames& operator=(const StuckNames&) = delete;

  // Until so many lookups are stuck; false after 20 seconds.
  bool WaitForStuck(int count) const;
};

}  // namespace tocsin::net
