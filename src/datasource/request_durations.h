#pragma once

// How long the requests to one endpoint took, as /metrics shows it: their number and sum, a
// histogram, and quantiles of the last ten minutes. One thread adds; any thread reads.

#include "base/time.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tocsin::datasource {

class RequestDurations {
 public:
  // Upper bounds in seconds, those of Prometheus's remote write; what is above has no bound.
  static constexpr std::array<double, 15> kBounds{.005, .01, .025, .05, .1, .25, .5, 1,
                                                  2.5,  5,   10,   25,  60, 120, 300};

  // `now` is the caller's clock, which never goes back; the same one as for Quantiles.
  void Add(Duration now, Duration took);

  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  Duration sum() const { return Duration(nanos_.load(std::memory_order_relaxed)); }
  // How many took at most kBounds[bound].
  std::uint64_t CountUpTo(std::size_t bound) const;
  // In seconds, of the requests of the last ten minutes; NaN if there were none. Of very many only
  // the newest count.
  std::vector<double> Quantiles(Duration now, std::span<const double> quantiles) const;

 private:
  static constexpr std::size_t kRecent = 1024;

  std::atomic<std::uint64_t> count_{0};
  std::atomic<Duration::rep> nanos_{0};
  std::array<std::atomic<std::uint64_t>, kBounds.size()> buckets_{};
  // When, in seconds and one, and how long, in microseconds, in one word, so that whoever reads
  // sees both of the same request. 0: none yet.
  std::array<std::atomic<std::uint64_t>, kRecent> recent_{};
};

}  // namespace tocsin::datasource
