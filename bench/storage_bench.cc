// What durable state costs: reading it at the start, and writing the notification log.
//
//   storage_bench [--benchmark_...]       in a folder under $TMPDIR: use one on the disk that is
//   meant

#include "base/clock.h"
#include "core/inbox.h"
#include "storage/sqlite_store.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using tocsin::Duration;
using tocsin::core::StoreBatch;
using tocsin::storage::SqliteStore;

std::string Number(int i) {
  return std::to_string(1'000'000 + i);
}

tocsin::model::SilencePtr MakeSilence(int i) {
  using tocsin::model::MatchOp;
  auto silence = std::make_shared<tocsin::model::Silence>();
  silence->id = "5f2f4e4c-0000-4000-8000-00000" + Number(i);
  silence->matcher_sets = {
      {*tocsin::model::Matcher::Create("alertname", MatchOp::kEqual, "HostDown"),
       *tocsin::model::Matcher::Create("instance", MatchOp::kRegex, "host-" + Number(i) + ":.*")}};
  silence->created_by = "somebody@example.org";
  silence->comment = "planned work on rack " + Number(i);
  return silence;
}

tocsin::router::StateChange MakeLogEntry(int i) {
  auto entry = std::make_shared<tocsin::router::LogEntry>();
  for (int k = 0; k < 10; ++k) entry->firing.push_back(static_cast<std::uint64_t>(i + k) * 12345);
  entry->data = {{"threadTs", "1700000000.000100"}};
  return tocsin::router::LogEntryStored{
      R"({}/{team="infra"}:{alertname="HostDown", instance="host-)" + Number(i) +
          R"("}:infra/slack/0)",
      std::move(entry)};
}

// A store in a fresh folder, and the core that waits for its answers.
class Bench {
 public:
  Bench() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-bench-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    Open();
  }
  ~Bench() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  tocsin::storage::LoadedState Open() {
    SqliteStore::Options options;
    options.inbox = &inbox_;
    options.clock = &clock_;
    options.folder = folder_;
    store_ = *SqliteStore::Open(options);
    tocsin::storage::LoadedState loaded = store_->TakeLoaded();
    return loaded;
  }
  void Start() { store_->Start(); }
  void Close() { store_.reset(); }

  void Write(StoreBatch batch) {
    ++waiting_;
    store_->Write(std::move(batch), [this](const tocsin::Status& status) {
      if (!status) std::abort();
      --waiting_;
    });
  }
  void RunInbox(Duration timeout) {
    std::vector<tocsin::core::Inbox::Task> tasks;
    inbox_.Wait(timeout, &tasks);
    for (const auto& task : tasks) task();
  }
  void WaitForAll() {
    while (waiting_ > 0) RunInbox(std::chrono::seconds(1));
  }
  SqliteStore::Stats stats() const { return store_->stats(); }

 private:
  std::string folder_;
  tocsin::SystemClock clock_;
  tocsin::core::Inbox inbox_{1 << 20};
  std::unique_ptr<SqliteStore> store_;
  int waiting_ = 0;
};

// Opening a file with so many silences and as many log entries: checked, decoded, compiled.
void Load(benchmark::State& state) {
  Bench bench;
  bench.Start();
  StoreBatch batch{{}, true};
  for (int i = 0; i < state.range(0); ++i) {
    batch.changes.push_back(tocsin::router::SilenceStored{MakeSilence(i)});
    batch.changes.push_back(MakeLogEntry(i));
  }
  bench.Write(std::move(batch));
  bench.WaitForAll();
  for (auto _ : state) {
    bench.Close();
    const Duration begin = tocsin::MonotonicNow();
    const auto loaded = bench.Open();
    state.SetIterationTime(tocsin::Seconds(tocsin::MonotonicNow() - begin));
    if (loaded.silences.size() != static_cast<std::size_t>(state.range(0))) std::abort();
  }
}
BENCHMARK(Load)->Arg(1000)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);

// So many log entries given at once, one a batch, until the last answer.
void WriteBurst(benchmark::State& state) {
  Bench bench;
  bench.Start();
  int i = 0;
  for (auto _ : state) {
    for (int k = 0; k < state.range(0); ++k) bench.Write({{MakeLogEntry(i++ % 10'000)}, false});
    bench.WaitForAll();
  }
  state.SetItemsProcessed(i);
}
BENCHMARK(WriteBurst)->Arg(1)->Arg(10)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);

// A thousand log entries a second, evenly, for a second: the whole process's CPU.
void WriteSteadily(benchmark::State& state) {
  Bench bench;
  bench.Start();
  const std::clock_t before = std::clock();
  double seconds = 0;
  int i = 0;
  for (auto _ : state) {
    const Duration begin = tocsin::MonotonicNow();
    for (int k = 0; k < 1000; ++k) {
      bench.Write({{MakeLogEntry(i++ % 10'000)}, false});
      const Duration next = begin + std::chrono::milliseconds(k + 1);
      while (tocsin::MonotonicNow() < next) bench.RunInbox(next - tocsin::MonotonicNow());
    }
    bench.WaitForAll();
    seconds += tocsin::Seconds(tocsin::MonotonicNow() - begin);
  }
  state.counters["cores"] =
      static_cast<double>(std::clock() - before) / static_cast<double>(CLOCKS_PER_SEC) / seconds;
  state.counters["commits/s"] = static_cast<double>(bench.stats().commits) / seconds;
  state.counters["commit_ms"] =
      1000 * bench.stats().commit_seconds / static_cast<double>(bench.stats().commits);
}
BENCHMARK(WriteSteadily)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
