#pragma once

// Several connections that share one run of requests.

#include "base/time.h"

#include <functional>
#include <string>
#include <vector>

namespace tocsin::load {

class HttpClient;

struct Exchanges {
  std::vector<Duration> latencies;
  std::uint64_t errors = 0;      // Another status than 200, or no response.
  std::uint64_t body_bytes = 0;  // Of the last response.
  std::uint64_t needles = 0;     // The same.
  double elapsed_seconds = 0;
};

struct Exchange {
  Duration begin{};
  int status = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t needles = 0;
};

// Calls `next` from `connections` threads, each with its own client to `address`, with the numbers
// 0, 1, 2, ... until it returns false; it fills in what it has done.
Exchanges RunConnections(const std::string& address, const std::string& needle, int connections,
                         const std::function<bool(std::uint64_t, HttpClient*, Exchange*)>& next);

}  // namespace tocsin::load
