#include "tests/simulation/router_world.h"
#include "tests/simulation/seeds.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

namespace tocsin::simulation {
namespace {

void Compare(const Seeds& seeds, RouterWorld::Process process) {
  std::map<std::string, std::size_t> counts;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    RouterWorld world(seed, nullptr, process);
    world.Run(std::chrono::hours(3));
    ASSERT_EQ(world.checker().difference(), "") << "seed " << seed << "\n" << world.Describe();
    for (const auto& [kind, times] : world.checker().counts()) counts[kind] += times;
  }
  for (const auto& [kind, times] : counts) std::printf("%s: %zu\n", kind.c_str(), times);
  if (seeds.count < 100) return;
  for (const char* kind : {"received", "refused", "created", "ended", "flush", "notify", "nothing",
                           "logged", "failed", "suppressed", "through", "silence"}) {
    EXPECT_GT(counts[kind], seeds.count) << "what never happens is not compared: " << kind;
  }
}

TEST(ReferenceModel, TheRouterDoesWhatTheRulesSay) {
  Compare(SeedsFromEnvironment(3000), RouterWorld::Process::kStays);
}

// What is written as changes is enough to go on from, whenever the process ends.
TEST(ReferenceModel, TheRouterGoesOnFromWhatWasDurable) {
  Compare(SeedsFromEnvironment(1000, 1000), RouterWorld::Process::kRestarts);
}

}  // namespace
}  // namespace tocsin::simulation
