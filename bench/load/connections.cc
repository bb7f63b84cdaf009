#include "bench/load/connections.h"

#include "base/clock.h"
#include "bench/load/http_client.h"

#include <atomic>
#include <mutex>
#include <sys/prctl.h>
#include <thread>

namespace tocsin::load {

Exchanges RunConnections(const std::string& address, const std::string& needle, int connections,
                         const std::function<bool(std::uint64_t, HttpClient*, Exchange*)>& next) {
  std::atomic<std::uint64_t> counter = 0;
  std::mutex mutex;
  Exchanges all;
  const auto run = [&] {
    // Sleep to the microsecond: the kernel's default is 50 us late.
    prctl(PR_SET_TIMERSLACK, 1000);
    HttpClient client(address, needle);
    Exchanges own;
    for (Exchange exchange; next(counter++, &client, &exchange);) {
      own.latencies.push_back(MonotonicNow() - exchange.begin);
      if (exchange.status != 200) ++own.errors;
      own.body_bytes = exchange.body_bytes;
      own.needles = exchange.needles;
    }
    const std::lock_guard lock(mutex);
    all.latencies.insert(all.latencies.end(), own.latencies.begin(), own.latencies.end());
    all.errors += own.errors;
    if (!own.latencies.empty()) all.body_bytes = own.body_bytes;
    if (!own.latencies.empty()) all.needles = own.needles;
  };
  const Duration begin = MonotonicNow();
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) threads.emplace_back(run);
  for (std::thread& thread : threads) thread.join();
  all.elapsed_seconds = Seconds(MonotonicNow() - begin);
  return all;
}

}  // namespace tocsin::load
