#pragma once

// The value that ends a series: the one NaN that Prometheus's storage takes for "stale". Any other
// NaN is a value.

#include <bit>
#include <cstdint>

namespace tocsin::rules {

inline constexpr std::uint64_t kStaleNanBits = 0x7ff0000000000002;

inline double StaleNan() {
  return std::bit_cast<double>(kStaleNanBits);
}
inline bool IsStaleNan(double value) {
  return std::bit_cast<std::uint64_t>(value) == kStaleNanBits;
}

}  // namespace tocsin::rules
