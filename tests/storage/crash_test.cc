// Nothing that was acknowledged is lost: the process is killed at a random operation on the disk or
// at a random moment, or the power goes and only what was synced is left.

#include "base/random.h"
#include "storage/sqlite_store.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/store_fixture.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tocsin::storage {
namespace {

using router::LogEntryRemoved;
using router::LogEntryStored;
using router::SilenceRemoved;
using router::SilenceStored;

// Step n of the writer, the same in the child that writes and in the parent that checks. Values
// grow, things come and go, and now and then everything is rewritten.
constexpr int kThings = 7;

core::StoreBatch StepBatch(std::uint64_t n) {
  const std::string id = "s" + std::to_string(n % kThings);
  const std::string key = "k" + std::to_string(n % (kThings + 2));
  core::StoreBatch batch;
  if (n % 5 == 4) {
    batch.changes = {SilenceRemoved{id}, LogEntryRemoved{key}};
  } else {
    batch.changes = {SilenceStored{MakeSilence(id, std::to_string(n))},
                     LogEntryStored{key, MakeLogEntry(n)}};
  }
  batch.replaces_everything = n % 50 == 49;
  return batch;
}

std::map<std::string, std::string> StateAfter(std::uint64_t steps) {
  std::map<std::string, std::string> state;
  for (std::uint64_t n = 1; n <= steps; ++n) {
    const core::StoreBatch batch = StepBatch(n);
    if (batch.replaces_everything) state.clear();
    for (const router::StateChange& change : batch.changes) {
      if (const auto* silence = std::get_if<SilenceStored>(&change)) {
        state[silence->silence->id] = Describe(*silence->silence);
      } else if (const auto* entry = std::get_if<LogEntryStored>(&change)) {
        state[entry->key] = Describe(*entry->entry);
      } else if (const auto* id = std::get_if<SilenceRemoved>(&change)) {
        state.erase(id->id);
      } else {
        state.erase(std::get<LogEntryRemoved>(change).key);
      }
    }
  }
  return state;
}

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class CrashTest : public StoreFixture {
 protected:
  // The next child finds everything as the one before left it.
  std::map<std::string, std::string> StoredInACopy() {
    const std::filesystem::path copy = folder / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::create_directories(options.folder);
    std::filesystem::copy(options.folder, copy);
    SqliteStore::Options of_copy = options;
    of_copy.folder = copy;
    of_copy.vfs.clear();
    const auto opened = SqliteStore::Open(of_copy);
    EXPECT_TRUE(opened);
    return opened ? Describe((*opened)->TakeLoaded()) : std::map<std::string, std::string>();
  }
};

// The child: writes step after step from the given one on, some at once, and tells on standard
// output the number of each that was acknowledged. Runs until it is killed.
TEST_F(CrashTest, DISABLED_Writer) {
  options.folder = std::getenv("TOCSIN_STORAGE_FOLDER");
  const auto kill_at = FromEnvironment("TOCSIN_STORAGE_KILL_AT", 0);
  FaultVfs::Get().kill_at = static_cast<long>(kill_at);
  Open();
  std::uint64_t written = FromEnvironment("TOCSIN_STORAGE_STEP", 0);
  std::uint64_t acknowledged = written;
  for (;;) {
    for (int i = 0; i < 3; ++i) {
      ++written;
      store->Write(StepBatch(written), [&acknowledged, n = written](const Status& status) {
        ASSERT_TRUE(status);
        ASSERT_EQ(n, acknowledged + 1);
        acknowledged = n;
        ASSERT_EQ(write(STDOUT_FILENO, &n, sizeof n), static_cast<ssize_t>(sizeof n));
      });
    }
    RunUntil([&] { return acknowledged == written; });
  }
}

class Child {
 public:
  Child(const std::string& folder, std::uint64_t step, std::uint64_t kill_at) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const std::vector<std::string> environment = {
        "TOCSIN_STORAGE_FOLDER=" + folder, "TOCSIN_STORAGE_STEP=" + std::to_string(step),
        "TOCSIN_STORAGE_KILL_AT=" + std::to_string(kill_at),
        "TMPDIR=" + std::filesystem::path(folder).parent_path().string()};
    std::vector<char*> pointers;
    for (const std::string& text : environment) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    // Its report goes where the numbers do not.
    const char* const arguments[] = {"storage_test", "--gtest_also_run_disabled_tests",
                                     "--gtest_filter=CrashTest.DISABLED_Writer", "--gtest_brief=1",
                                     nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    EXPECT_EQ(posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr,
                          const_cast<char* const*>(arguments), pointers.data()),
              0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    from_child_ = ends[0];
  }
  ~Child() { close(from_child_); }

  // The next number that it wrote; 0 at its end.
  std::uint64_t Next() {
    std::uint64_t n = 0;
    return read(from_child_, &n, sizeof n) == static_cast<ssize_t>(sizeof n) ? n : 0;
  }
  void Kill() { kill(pid_, SIGKILL); }
  // How it ended.
  int Wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    return status;
  }

 private:
  pid_t pid_ = -1;
  int from_child_ = -1;
};

TEST_F(CrashTest, NothingAcknowledgedIsLost) {
  const std::uint64_t kills = FromEnvironment("TOCSIN_STORAGE_KILLS", 40);
  Random random(FromEnvironment("TOCSIN_STORAGE_SEED", 1));
  std::uint64_t step = 0;
  for (std::uint64_t i = 0; i < kills; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    // Every second time by itself, at an operation on the disk: the first dozen make the file.
    const std::uint64_t kill_at = i % 2 == 0 ? 1 + random.Below(i % 4 == 0 ? 20 : 400) : 0;
    const std::uint64_t kill_after = random.Below(60);
    if (i % 20 == 19) {
      std::filesystem::remove_all(options.folder);
      step = 0;
    }
    Child child(options.folder, step, kill_at);
    std::uint64_t acknowledged = step;
    for (std::uint64_t read = 0;; ++read) {
      if (kill_at == 0 && read == kill_after) child.Kill();
      const std::uint64_t n = child.Next();
      if (n == 0) break;
      acknowledged = n;
    }
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child failed by itself";
    const auto stored = StoredInACopy();
    ASSERT_EQ(Events(StoreEvent::Kind::kSetAside), 0u) << LastEvent(StoreEvent::Kind::kSetAside);
    // Up to three steps were on their way.
    step = acknowledged;
    while (step < acknowledged + 3 && StateAfter(step) != stored) ++step;
    ASSERT_EQ(StateAfter(step), stored) << "acknowledged: " << acknowledged;
  }
}

TEST_F(CrashTest, APowerCutLosesNothingAcknowledged) {
  FaultVfs::Get().RecordSyncs(true);
  Open();
  const std::string after = folder / "after";
  for (std::uint64_t n = 1; n <= 160; ++n) {
    core::StoreBatch batch = StepBatch(n);
    ASSERT_TRUE(Write(std::move(batch.changes), batch.replaces_everything));
    if (n % 10 != 0) continue;
    std::filesystem::create_directories(after);
    for (const auto& [path, content] : FaultVfs::Get().SyncedFiles()) {
      std::ofstream(after / std::filesystem::path(path).filename(), std::ios::binary) << content;
    }
    SqliteStore::Options other = options;
    other.folder = after;
    other.vfs.clear();
    auto opened = SqliteStore::Open(other);
    ASSERT_TRUE(opened);
    EXPECT_EQ(Describe((*opened)->TakeLoaded()), StateAfter(n)) << n;
    opened->reset();
    std::filesystem::remove_all(after);
  }
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u);
}

}  // namespace
}  // namespace tocsin::storage
