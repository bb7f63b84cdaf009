#pragma once

// A disk that fails on demand: a SQLite VFS over the real one. One for the process; any thread.

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

namespace tocsin::storage {

class FaultVfs {
 public:
  static constexpr const char* kName = "tocsin_fault";

  // Registers it with SQLite at the first call.
  static FaultVfs& Get();

  // All is well again, and nothing is recorded.
  void Reset();

  // SQLite result codes for what is tried from now on; 0: it works.
  std::atomic<int> write_error{0};
  std::atomic<int> sync_error{0};
  std::atomic<int> open_error{0};  // For writing; reading what is there goes on.
  std::atomic<int> shm_error{0};   // For the index of the log.
  // Syncs wait while this holds.
  void HoldSyncs(bool hold);
  // Kills the process at the n-th operation on the disk from now: 1 is the next. 0: never.
  std::atomic<long> kill_at{0};
  std::atomic<long> operations{0};

  // What would be in the files after a power cut now: each as it was at its last sync.
  std::map<std::string, std::string> SyncedFiles();
  void RecordSyncs(bool record) { record_syncs_ = record; }

  // For the VFS itself.
  void Count();
  void OnSync(const std::string& path);
  void OnDelete(const std::string& path);

 private:
  FaultVfs();

  std::mutex mutex_;
  std::condition_variable released_;
  bool hold_syncs_ = false;
  std::atomic<bool> record_syncs_{false};
  std::map<std::string, std::string> synced_;
};

}  // namespace tocsin::storage
