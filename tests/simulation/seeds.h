#pragma once

// Which seeds a simulation runs: TOCSIN_SIMULATION_SEED=n replays one, TOCSIN_SIMULATION_SEEDS=n
// runs that many, from TOCSIN_SIMULATION_FIRST=n (1) on. Of a simulation that takes longer than
// others, in proportion: `count` where others run `of`.

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
  Seeds seeds{1, count};
  if (const char* const many = std::getenv("TOCSIN_SIMULATION_SEEDS")) {
    seeds.count = std::max<std::uint64_t>(1, std::strtoull(many, nullptr, 10) * count / of);
  }
  if (const char* const first = std::getenv("TOCSIN_SIMULATION_FIRST")) {
    seeds.first = 1 + (std::strtoull(first, nullptr, 10) - 1) * count / of;
  }
  return seeds;
}

}  // namespace tocsin::simulation
