#pragma once

// State made durable in `tocsin.db`, a SQLite file. One thread writes it; all batches that wait go
// into one transaction (WAL, synced before it is acknowledged). While the disk fails every Write
// gets an error, and the file is opened again now and then until it works. Open, then TakeLoaded,
// then Start; the stats are safe from any thread, the rest as core::Store says.

#include "base/clock.h"
#include "base/time.h"
#include "core/inbox.h"
#include "core/store.h"
#include "storage/folder_lock.h"
#include "storage/loaded_state.h"
#include "storage/state_file.h"
#include "storage/write_queue.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tocsin::storage {

// What the log should say. Called on the storage thread, on that of its timeouts, or inside Open.
struct StoreEvent {
  enum class Kind {
    kWarning,    // Something is not as it should be, and does no harm for now.
    kSetAside,   // A file could not be used; it was renamed, and a new one begun.
    kFailed,     // The first failure after it worked.
    kRecovered,  // All state is durable again.
    kImported,   // What an Alertmanager left in the folder was taken over.
  };
  Kind kind = Kind::kWarning;
  std::string message;
};

class SqliteStore final : public core::Store {
 public:
  struct Options {
    core::Inbox* inbox = nullptr;  // Of the core thread; outlives the store, as does the clock.
    std::string folder;            // --storage.path; created if it is missing.
    const Clock* clock = nullptr;  // Names the files that are set aside.
    std::function<void(const StoreEvent&)> observe;

    WriteQueue::Limits queue;
    // How long a batch waits for others that share its commit: one of Haste::kSoon, and one that is
    // in no haste. What somebody waits for is written at once, with all that came before.
    Duration soon_interval = std::chrono::milliseconds(20);
    Duration commit_interval = std::chrono::milliseconds(100);
    // From a failure to the next attempt at the file; doubled up to the longest.
    Duration retry_shortest = std::chrono::seconds(1);
    Duration retry_longest = std::chrono::minutes(1);
    std::string vfs;  // SQLite's way to the disk; empty: its own. Tests put faults there.
  };

  enum class Health {
    kGood,
    kBehind,  // Writes work, but something was missed and is not yet rewritten.
    kFailed,  // The last attempt to write failed.
  };
  struct Stats {
    Health health = Health::kGood;
    std::uint64_t commits = 0;  // Since start, as the next three. Transactions, not batches.
    double commit_seconds = 0;
    std::uint64_t changes = 0;   // Made durable.
    std::uint64_t failures = 0;  // Batches answered with an error, whatever the reason.
    std::size_t queue_bytes = 0;
    std::size_t queue_batches = 0;
    std::uintmax_t file_bytes = 0;  // Of the database, without its write-ahead log.
    std::string last_error;         // "" if there was none yet.
  };

  // An error only if another process uses the folder: do not start then. If the disk does not play
  // along the store comes up failed, with what could be read, and says so to `observe`.
  static Result<std::unique_ptr<SqliteStore>> Open(Options options);
  ~SqliteStore() override;

  // What was stored; once, before Start.
  LoadedState TakeLoaded() { return std::move(loaded_); }

  void Start();
  // Writes what waits, then closes the file. Idempotent; nothing may be written after it.
  void Stop();

  void Write(core::StoreBatch batch, Callback done) override;
  void SetRewriteRequest(std::function<void()> rewrite) override;  // Before Start.
  bool behind() const override { return queue_.behind(); }

  Stats stats() const;

 private:
  explicit SqliteStore(Options options);

  // Before Start, then on the storage thread.
  // With a word: whatever file is there is set aside first.
  Outcome<StateFile> OpenFile(const char* set_aside_as);
  // Renames the file, tells `observe`, and opens a new one.
  Outcome<StateFile> Replace(const char* word, const std::string& reason);
  void LoadWhatIsThere();
  // At the first start over an Alertmanager's folder.
  void ImportAlertmanager();

  // Storage thread.
  void Loop();
  Duration UntilRetry();
  void Commit(const std::deque<WriteQueue::Pending>& group);
  Outcome<void> WriteGroup(const std::deque<WriteQueue::Pending>& group);
  // Opens the file again if it failed, then asks for the rewrite.
  void Retry();
  Outcome<void> Reopen();
  void CloseFile();
  void RecordFailure(const std::string& message);
  void AnnounceHealth();
  void Observe(StoreEvent::Kind kind, std::string message);

  // Constant after Start.
  const Options options_;
  const std::string path_;
  std::function<void()> rewrite_;

  WriteQueue queue_;
  std::thread thread_;
  std::thread timeouts_;

  // Before Start, then the storage thread's.
  FolderLock lock_;
  std::optional<StateFile> file_;
  LoadedState loaded_;
  bool loaded_all_ = false;  // What is at the path was read, or is ours.
  // What an Alertmanager left, until it is in the file. It goes before all else that is written:
  // where there is a row, a start does not read the Alertmanager's files again.
  std::vector<router::StateChange> import_;
  bool distrust_ = false;   // SQLite found it corrupt while writing.
  bool asked_ = false;      // For a rewrite that has not been written yet.
  bool announced_ = false;  // That something is wrong.
  Duration backoff_{};
  std::optional<Duration> retry_at_;

  std::atomic<bool> failed_{false};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::int64_t> commit_nanos_{0};
  std::atomic<std::uint64_t> changes_{0};
  mutable std::mutex error_mutex_;
  std::string last_error_;  // Guarded by error_mutex_.
};

}  // namespace tocsin::storage
