#include "datasource/request_durations.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace tocsin::datasource {
namespace {

constexpr std::uint64_t kWindowSeconds = 600;
constexpr std::uint64_t kLongest = std::numeric_limits<std::uint32_t>::max();

std::uint64_t WholeSeconds(Duration time) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(time).count(), 0));
}

}  // namespace

void RequestDurations::Add(Duration now, Duration took) {
  took = std::max(took, Duration::zero());
  const double seconds = Seconds(took);
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds <= kBounds[i]) {
      buckets_[i].fetch_add(1, std::memory_order_relaxed);
      break;
    }
  }
  const auto micros = std::chrono::floor<std::chrono::microseconds>(took).count();
  const std::uint64_t shown = std::min(static_cast<std::uint64_t>(micros), kLongest);
  const std::uint64_t number = count_.load(std::memory_order_relaxed);
  recent_[number % kRecent].store((WholeSeconds(now) + 1) << 32U | shown,
                                  std::memory_order_relaxed);
  nanos_.fetch_add(took.count(), std::memory_order_relaxed);
  count_.store(number + 1, std::memory_order_relaxed);
}

std::uint64_t RequestDurations::CountUpTo(std::size_t bound) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bound; ++i) count += buckets_[i].load(std::memory_order_relaxed);
  return count;
}

std::vector<double> RequestDurations::Quantiles(Duration now,
                                                std::span<const double> quantiles) const {
  const std::uint64_t until = WholeSeconds(now) + 1;
  const std::uint64_t from = until - std::min(until, kWindowSeconds);
  std::vector<std::uint32_t> micros;
  for (const std::atomic<std::uint64_t>& recent : recent_) {
    const std::uint64_t request = recent.load(std::memory_order_relaxed);
    if (request == 0 || request >> 32U <= from) continue;
    micros.push_back(static_cast<std::uint32_t>(request));
  }
  std::sort(micros.begin(), micros.end());
  std::vector<double> values;
  for (const double quantile : quantiles) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(micros.size())));
    values.push_back(micros.empty() ? std::numeric_limits<double>::quiet_NaN()
                                    : micros[std::max<std::size_t>(rank, 1) - 1] / 1e6);
  }
  return values;
}

}  // namespace tocsin::datasource
