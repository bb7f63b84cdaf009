// The ledger under the router's trace: what it costs on the disk.

#include "base/clock.h"
#include "history/ledger.h"
#include "tests/simulation/router_world.h"
#include "tests/simulation/seeds.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-history-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string File() const { return (path_ / "history.db").string(); }

 private:
  std::filesystem::path path_;
};

TEST(HistoryTrace, AnEventTakesFewBytesOnTheDisk) {
  const SystemClock clock;
  Folder folder;
  history::Ledger::Options options;
  options.path = folder.File();
  options.clock = &clock;
  options.limits = {hours(24 * 365 * 200), std::uint64_t{1} << 40};
  options.observe = [](bool, const std::string& what) { ADD_FAILURE() << what; };
  options.queue_max = 10'000'000;
  history::Ledger ledger(options);
  ledger.Start();
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    RouterWorld world(seed, &ledger);
    world.Run(hours(12));
    ledger.Flush(seconds(60));
  }
  ledger.Stop();
  const history::Ledger::Stats stats = ledger.stats();
  ASSERT_EQ(stats.dropped, 0u);
  ASSERT_GT(stats.events, 20'000u);
  const auto file = std::filesystem::file_size(folder.File());
  const double each = static_cast<double>(file) / static_cast<double>(stats.events);
  std::printf("%.1f bytes an event, of %llu\n", each,
              static_cast<unsigned long long>(stats.events));
  EXPECT_LE(each, 200);
}

}  // namespace
}  // namespace tocsin::simulation
