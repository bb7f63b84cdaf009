#pragma once

// A store in a folder of its own, a core that only runs what comes to its inbox, and state to
// store.

#include "base/clock.h"
#include "core/inbox.h"
#include "core/store.h"
#include "storage/sqlite_store.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::storage {

model::SilencePtr MakeSilence(const std::string& id, const std::string& comment);
router::LogEntryPtr MakeLogEntry(std::uint64_t hash);
router::AlertStored MakeAlert(std::uint64_t id, const std::string& instance, std::int64_t end,
                              std::vector<std::uint64_t> groups);
router::GroupStored MakeGroup(std::uint64_t id, router::GroupTimer timer);

// All that is in them, as text to compare.
std::string Describe(const model::Silence& silence);
std::string Describe(const router::LogEntry& entry);
std::string Describe(const model::Alert& alert);
std::string Describe(const router::GroupState& group);
std::map<std::string, std::string> Describe(const LoadedState& state);  // By id or key.

core::StoreBatch Batch(std::vector<router::StateChange> changes);

class StoreFixture : public testing::Test {
 protected:
  StoreFixture();
  ~StoreFixture() override;

  // A test alters these before Open.
  SqliteStore::Options options;

  // Opens and starts; what was stored goes to `loaded`.
  void Open();
  void Close() { store.reset(); }
  // Closes, opens again and gives what is stored.
  std::map<std::string, std::string> Reopened();

  // Runs what comes to the core until `done`; fails the test after half a minute.
  void RunUntil(const std::function<bool()>& done);
  // Writes and waits for the answer.
  Status Write(std::vector<router::StateChange> changes, bool replaces_everything = false);

  std::size_t Events(StoreEvent::Kind kind);
  std::string LastEvent(StoreEvent::Kind kind);
  SqliteStore::Health health() { return store->stats().health; }
  std::string path() const { return options.folder + "/tocsin.db"; }
  // Names in the folder that begin so.
  std::vector<std::string> Files(const std::string& prefix);

  std::filesystem::path folder;
  SystemClock clock;
  core::Inbox inbox{1 << 20};
  std::unique_ptr<SqliteStore> store;
  LoadedState loaded;
  int rewrites_asked = 0;
  std::function<void()> on_rewrite;  // Called in the core when a rewrite is asked for.

 private:
  std::mutex mutex_;
  std::vector<StoreEvent> events_;  // Guarded by mutex_.
};

}  // namespace tocsin::storage
