#include "tests/simulation/world.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace tocsin::simulation {
namespace {

std::uint64_t FromEnvironment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

// TOCSIN_SIMULATION_SEED=n replays one seed, TOCSIN_SIMULATION_SEEDS=n runs that many.
TEST(Simulation, RandomSchedulesKeepTheInvariants) {
  const std::uint64_t only = FromEnvironment("TOCSIN_SIMULATION_SEED", 0);
  const std::uint64_t first = only ? only : 1;
  const std::uint64_t count = only ? 1 : FromEnvironment("TOCSIN_SIMULATION_SEEDS", 3000);
  std::size_t arrived = 0;
  std::size_t firings = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    World world(seed);
    world.Run(std::chrono::hours(6));
    arrived += world.checker().arrived();
    firings += world.checker().firings();
    ASSERT_TRUE(world.checker().violations().empty())
        << "seed " << seed << "\n"
        << world.checker().violations().front() << "\n"
        << world.Describe();
  }
  std::printf("%llu seeds, %zu alerts fired, %zu notifications arrived\n",
              static_cast<unsigned long long>(count), firings, arrived);
  EXPECT_GT(firings, count * 10) << "a simulation in which nothing happens shows nothing";
  EXPECT_GT(arrived, count * 10);
}

}  // namespace
}  // namespace tocsin::simulation
