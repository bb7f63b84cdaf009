#pragma once

// Which seeds a simulation runs: TOCSIN_SIMULATION_SEED=n replays one, TOCSIN_SIMULATION_SEEDS=n
// runs that many.

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
  return {1, many != nullptr ? std::strtoull(many, nullptr, 10) : count};
}

}  // namespace tocsin::simulation
