#include "bench/load/measures.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <sys/resource.h>

namespace tocsin::load {

double Milliseconds(Duration d) {
  return Seconds(d) * 1e3;
}

void WriteLatencies(std::vector<Duration> latencies, JsonWriter* json) {
  if (latencies.empty()) {
    json->Null();
    return;
  }
  std::sort(latencies.begin(), latencies.end());
  const auto quantile = [&](double q) {
    const auto rank = static_cast<std::size_t>(q * static_cast<double>(latencies.size()));
    return Milliseconds(latencies[std::min(rank, latencies.size() - 1)]);
  };
  json->BeginObject();
  json->Key("n").Int(static_cast<std::int64_t>(latencies.size()));
  json->Key("min").Double(Milliseconds(latencies.front()));
  json->Key("p50").Double(quantile(0.50));
  json->Key("p90").Double(quantile(0.90));
  json->Key("p99").Double(quantile(0.99));
  json->Key("max").Double(Milliseconds(latencies.back()));
  json->EndObject();
}

double OwnCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void SleepUntil(Duration when) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(when);
  const timespec until{seconds.count(), (when - seconds).count()};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace tocsin::load
