// Reloads and restarts are invisible: the same script gives the same notifications, within one
// second, with them and without.

#include "tests/simulation/interrupted_world.h"
#include "tests/simulation/seeds.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Interruptions = InterruptedWorld::Interruptions;
using Arrivals = std::map<std::string, std::vector<InterruptedWorld::Arrival>>;

constexpr Duration kTolerance = seconds(1);

std::string TextOf(const std::vector<InterruptedWorld::Arrival>& arrivals, std::size_t at) {
  if (at >= arrivals.size()) return "nothing";
  return FormatRfc3339Nano(arrivals[at].at) + arrivals[at].alerts;
}

// The first difference to somebody who is notified; empty if there is none. What arrives in the
// last second may arrive after it.
std::string Difference(const Arrivals& alone, const Arrivals& interrupted, Time end) {
  std::set<std::string> whom;
  for (const auto& [name, arrivals] : alone) whom.insert(name);
  for (const auto& [name, arrivals] : interrupted) whom.insert(name);
  static const std::vector<InterruptedWorld::Arrival> kNone;
  for (const std::string& name : whom) {
    const auto of = [&](const Arrivals& all) -> const std::vector<InterruptedWorld::Arrival>& {
      const auto found = all.find(name);
      return found == all.end() ? kNone : found->second;
    };
    const auto &a = of(alone), &b = of(interrupted);
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      const bool same = i < a.size() && i < b.size() && a[i].alerts == b[i].alerts &&
                        std::chrono::abs(a[i].at - b[i].at) <= kTolerance;
      if (same) continue;
      if ((i < a.size() ? a : b)[i].at > end - kTolerance) break;
      return name + "\nalone:       " + TextOf(a, i) + "\ninterrupted: " + TextOf(b, i) + "\n";
    }
  }
  return "";
}

TEST(Interruptions, AreNotNoticed) {
  const Seeds seeds = SeedsFromEnvironment(1000, 1000);
  std::size_t arrived = 0, reloads = 0, stops = 0, kills = 0;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    InterruptedWorld alone(seed, Interruptions::kNone);
    alone.Run(hours(6));
    // A quarter is only reloaded: what a restart repairs stays visible.
    InterruptedWorld interrupted(
        seed, seed % 4 == 0 ? Interruptions::kReloads : Interruptions::kReloadsAndRestarts);
    interrupted.Run(hours(6));
    const std::string difference =
        Difference(alone.arrivals(), interrupted.arrivals(), alone.now());
    ASSERT_EQ(difference, "") << "seed " << seed << "\n" << interrupted.Describe();
    for (const auto& [whom, arrivals] : alone.arrivals()) arrived += arrivals.size();
    reloads += interrupted.reloads();
    stops += interrupted.stops();
    kills += interrupted.kills();
  }
  std::printf("%llu seeds, %zu notifications, %zu reloads, %zu stops, %zu kills\n",
              static_cast<unsigned long long>(seeds.count), arrived, reloads, stops, kills);
  EXPECT_GT(arrived, seeds.count * 10) << "a simulation in which nothing happens shows nothing";
  EXPECT_GT(reloads, seeds.count * 4);
  if (seeds.count < 100) return;
  EXPECT_GT(stops, seeds.count * 4);
  EXPECT_GT(kills, seeds.count * 4);
}

}  // namespace
}  // namespace tocsin::simulation
