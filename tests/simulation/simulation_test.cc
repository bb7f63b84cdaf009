#include "tests/simulation/seeds.h"
#include "tests/simulation/world.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace tocsin::simulation {
namespace {

TEST(Simulation, RandomSchedulesKeepTheInvariants) {
  const Seeds seeds = SeedsFromEnvironment(1000, 1000);
  std::size_t arrived = 0;
  std::size_t firings = 0;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
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
              static_cast<unsigned long long>(seeds.count), firings, arrived);
  EXPECT_GT(firings, seeds.count * 10) << "a simulation in which nothing happens shows nothing";
  EXPECT_GT(arrived, seeds.count * 10);
}

}  // namespace
}  // namespace tocsin::simulation
