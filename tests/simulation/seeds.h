#pragma once

// Which seeds a simulation runs: TOCSIN_SIMULATION_SEED=n replays one, TOCSIN_SIMULATION_SEEDS=n
// runs that many. Of a simulation that takes longer than others, in proportion: `count` where
// others run `of`.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace tocsin::simulation {

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
};

inline Seeds SeedsFromEnvironment(std::uint64_t count, std::uint64_t of = 3000) {
  if (const char* const one = std::getenv("TOCSIN_SIMULATION_SEED")) {
    return {std::strtoull(one, nullptr, 10), 1};
  }
  const char* const many = std::getenv("TOCSIN_SIMULATION_SEEDS");
  if (many == nullptr) return {1, count};
  return {1, std::max<std::uint64_t>(1, std::strtoull(many, nullptr, 10) * count / of)};
}

}  // namespace tocsin::simulation
