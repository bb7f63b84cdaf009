#pragma once

// Which seeds a simulation runs: TOCSIN_SIMULATION_SEED=n replays one, TOCSIN_SIMULATION_SEEDS=n
// runs that many instead of 3,000; of a simulation that runs another number, in proportion.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace tocsin::simulation {

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
};

inline Seeds SeedsFromEnvironment(std::uint64_t count) {
  if (const char* const one = std::getenv("TOCSIN_SIMULATION_SEED")) {
    return {std::strtoull(one, nullptr, 10), 1};
  }
  const char* const many = std::getenv("TOCSIN_SIMULATION_SEEDS");
  if (many == nullptr) return {1, count};
  return {1, std::max<std::uint64_t>(1, std::strtoull(many, nullptr, 10) * count / 3000)};
}

}  // namespace tocsin::simulation
