#include "storage/sqlite_store.h"

#include "base/failpoint.h"
#include "base/thread_name.h"
#include "storage/load_state.h"
#include "storage/snapshot_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tocsin::storage {
namespace {

constexpr Duration kIdle = std::chrono::hours(1);

std::string InFolder(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

}  // namespace

SqliteStore::SqliteStore(Options options)
    : options_(std::move(options)),
      path_(InFolder(options_.folder, "tocsin.db")),
      queue_(options_.queue, options_.inbox),
      lock_(InFolder(options_.folder, "tocsin.lock")),
      backoff_(options_.retry_shortest) {}

SqliteStore::~SqliteStore() {
  Stop();
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(Options options) {
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(options)));
  std::error_code error;
  std::filesystem::create_directories(store->options_.folder, error);
  if (const auto taken = store->lock_.Take(); !taken && taken.error().in_use) {
    return Fail(taken.error().message);
  }
  store->LoadWhatIsThere();
  return store;
}

void SqliteStore::LoadWhatIsThere() {
  Outcome<StateFile> file = OpenFile(nullptr);
  Outcome<LoadedState> loaded = file ? LoadState(&file->db) : LoadReadOnly(path_, options_.vfs);
  if (file && loaded) {
    file_ = *std::move(file);
    // Better known now than at the first page.
    if (const Outcome<void> works = Probe(&*file_); !works) RecordFailure(works.error().message);
  } else {
    RecordFailure(file ? loaded.error().message : file.error().message);
    queue_.NoteLoss();
  }
  loaded_all_ = loaded.has_value();
  if (loaded) loaded_ = *std::move(loaded);
  if (loaded_.contradictory) queue_.NoteLoss();
  AnnounceHealth();
  ImportAlertmanager();
}

void SqliteStore::ImportAlertmanager() {
  const bool never_used =
      loaded_all_ ? !loaded_.alive_at && loaded_.silences.empty() && loaded_.log_entries.empty()
                  : HoldsNothing(path_, options_.vfs);
  // What was set aside was newer than what an Alertmanager left long ago.
  if (!never_used || HasSetAside(path_)) return;
  const Time now = options_.clock->Now();
  AlertmanagerState found = ReadAlertmanagerFiles(options_.folder, now);
  if (found.empty()) return;
  for (const model::SilencePtr& silence : found.silences) {
    import_.emplace_back(router::SilenceStored{silence});
  }
  for (const auto& [key, entry] : found.log_entries) {
    import_.emplace_back(router::LogEntryStored{key, entry});
  }
  // Else there are only problems, which are said one by one.
  const bool any = !import_.empty();
  std::deque<WriteQueue::Pending> group(1);
  group.front().batch.now = now;
  const Outcome<void> written = WriteGroup(group);
  if (!written) {
    RecordFailure(written.error().message);
    queue_.NoteLoss();
    AnnounceHealth();
  }
  if (any) {
    Observe(StoreEvent::Kind::kImported,
            options_.folder + ": took over " + std::to_string(found.silences.size()) +
                " silences and " + std::to_string(found.log_entries.size()) +
                " log entries of an Alertmanager; its files stay as they are" +
                (written ? "" : "; until the disk takes writes they are in memory only"));
  }
  loaded_.silences = std::move(found.silences);
  loaded_.log_entries = std::move(found.log_entries);
  for (std::string& problem : found.problems) loaded_.skipped.push_back(std::move(problem));
}

Outcome<StateFile> SqliteStore::OpenFile(const char* set_aside_as) {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error) return tl::unexpected(Failure{options_.folder + ": " + error.message()});
  const auto taken = lock_.Take();
  if (!taken && taken.error().in_use) return tl::unexpected(Failure{taken.error().message});
  Outcome<StateFile> file = set_aside_as != nullptr ? Replace(set_aside_as, last_error_)
                                                    : OpenStateFile(path_, options_.vfs);
  if (!file && file.error().corrupt) file = Replace("corrupt", file.error().message);
  // Not every file system has locks. Without one it is up to whoever starts a second process.
  if (!taken && file) Observe(StoreEvent::Kind::kWarning, taken.error().message);
  if (!taken && !file) file.error().message += "; " + taken.error().message;
  return file;
}

Outcome<StateFile> SqliteStore::Replace(const char* word, const std::string& reason) {
  const Result<std::string> name = SetAside(path_, word, options_.clock->Now());
  if (!name) return tl::unexpected(Failure{reason + "; " + name.error().message});
  Observe(StoreEvent::Kind::kSetAside, path_ + ": " + reason + "; now " + *name);
  return OpenStateFile(path_, options_.vfs);
}

void SqliteStore::SetRewriteRequest(std::function<void()> rewrite) {
  rewrite_ = std::move(rewrite);
}

void SqliteStore::Start() {
  thread_ = std::thread([this] {
    NameThisThread("store");
    Loop();
  });
  timeouts_ = std::thread([this] {
    NameThisThread("store-timeouts");
    // The storage thread cannot say it.
    queue_.RunTimeouts(
        [this] { Observe(StoreEvent::Kind::kFailed, path_ + ": the disk does not answer"); });
  });
}

void SqliteStore::Stop() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
  queue_.StopTimeouts();
  if (timeouts_.joinable()) timeouts_.join();
}

void SqliteStore::Write(core::StoreBatch batch, Callback done) {
  queue_.Push(std::move(batch), std::move(done));
}

void SqliteStore::Loop() {
  for (;;) {
    queue_.Wait(UntilRetry());
    // Asked first: what is pushed before the closing is seen after it.
    const bool closing = queue_.closed();
    if (!closing && UntilRetry() <= Duration(0)) Retry();
    queue_.Pause(options_.soon_interval, options_.commit_interval);
    const std::deque<WriteQueue::Pending>& group = queue_.TakeGroup();
    if (!group.empty()) {
      Commit(group);
    } else if (closing) {
      break;
    }
  }
  file_.reset();
}

Duration SqliteStore::UntilRetry() {
  if (file_ && !failed_ && !queue_.behind()) {
    retry_at_.reset();
    backoff_ = options_.retry_shortest;
    AnnounceHealth();
    return kIdle;
  }
  AnnounceHealth();
  if (asked_) return kIdle;
  const Duration now = MonotonicNow();
  if (!retry_at_) retry_at_ = now + backoff_;
  return std::max(*retry_at_ - now, Duration(0));
}

void SqliteStore::Commit(const std::deque<WriteQueue::Pending>& group) {
  // Whenever the next try was due, after this one there is none: the disk may be back.
  const core::StoreBatch& newest = group.back().batch;
  if (newest.last && newest.replaces_everything && (!file_ || failed_)) Retry();
  const Duration begin = MonotonicNow();
  const Outcome<void> written = WriteGroup(group);
  const Duration took = MonotonicNow() - begin;
  bool rewrite = false;
  std::uint64_t changes = 0;
  for (const WriteQueue::Pending& pending : group) {
    rewrite = rewrite || pending.batch.replaces_everything;
    changes += pending.batch.changes.size() + pending.batch.rule_changes.size();
  }
  if (written) {
    failed_ = false;
    ++commits_;
    commit_nanos_ += took.count();
    changes_ += changes;
  } else {
    RecordFailure(written.error().message);
  }
  if (rewrite) asked_ = false;
  queue_.Answer(written ? Status() : Fail(written.error().message));
}

Outcome<void> SqliteStore::WriteGroup(const std::deque<WriteQueue::Pending>& group) {
  if (!file_) return tl::unexpected(Failure{last_error_});
  Outcome<void> done = file_->db.Execute("BEGIN IMMEDIATE");
  for (const router::StateChange& change : import_) {
    if (done) done = file_->tables.Apply(change);
  }
  for (const WriteQueue::Pending& pending : group) {
    if (done && pending.batch.replaces_everything) {
      done = file_->tables.RemoveEverything(&file_->db);
    }
    for (const router::StateChange& change : pending.batch.changes) {
      if (done) done = file_->tables.Apply(change);
    }
    for (const rules::StateChange& change : pending.batch.rule_changes) {
      if (done) done = file_->tables.Apply(change);
    }
  }
  if (done) done = file_->tables.Finish();
  const core::StoreBatch& newest = group.back().batch;
  // What is written for a process that has missed something does not end in good order.
  const bool complete = newest.replaces_everything || !queue_.behind();
  if (done) done = file_->tables.RecordLife(newest.now, newest.last && complete);
  Failpoint("before_commit");
  if (done) done = file_->db.Execute("COMMIT");
  Failpoint("after_commit");
  if (done && file_->db.Moved()) done = tl::unexpected(Failure{path_ + " was moved or removed"});
  const bool log_is_gone = done && file_->db.LogIsGone();
  if (log_is_gone) done = tl::unexpected(Failure{path_ + "-wal was moved or removed"});
  if (!done) {
    file_->db.Rollback();
    distrust_ = distrust_ || done.error().corrupt;
    Outcome<StateTables> as_before = StateTables::Prepare(&file_->db);
    const bool readable = as_before.has_value();
    if (readable) file_->tables = *std::move(as_before);
    // What is broken or gone takes nothing more.
    if (done.error().corrupt || !readable || log_is_gone || file_->db.Moved()) CloseFile();
    return done;
  }
  import_.clear();
  return done;
}

void SqliteStore::Retry() {
  backoff_ = std::min(backoff_ * 2, options_.retry_longest);
  retry_at_ = MonotonicNow() + backoff_;
  if (!file_ || failed_) {
    if (const Outcome<void> open = Reopen(); !open) {
      distrust_ = distrust_ || open.error().corrupt;
      return RecordFailure(open.error().message);
    }
    failed_ = false;
  }
  if (!queue_.behind() || !rewrite_) return;
  asked_ = true;
  options_.inbox->Post(rewrite_);
}

void SqliteStore::CloseFile() {
  // Whatever comes to be at the path instead is another's.
  if (file_ && file_->db.Moved()) loaded_all_ = false;
  file_.reset();
}

Outcome<void> SqliteStore::Reopen() {
  CloseFile();
  // What could not be read at the start may become readable: it is worth more than our state, which
  // began without it, and must not be overwritten.
  const bool unread = !loaded_all_ && !HoldsNothing(path_, options_.vfs);
  Outcome<StateFile> file = OpenFile(distrust_ ? "corrupt" : unread ? "unread" : nullptr);
  // The folder may have come back in between, and with it the file that could not be read: it is
  // looked at in the next try.
  if (file && !loaded_all_ && !HoldsNothing(&file->db)) {
    return tl::unexpected(Failure{path_ + " appeared while it was to be created"});
  }
  if (!file) return tl::unexpected(file.error());
  distrust_ = false;
  loaded_all_ = true;
  file_ = *std::move(file);
  return Probe(&*file_);
}

void SqliteStore::RecordFailure(const std::string& message) {
  failed_ = true;
  const std::lock_guard lock(error_mutex_);
  last_error_ = message;
}

void SqliteStore::AnnounceHealth() {
  const bool good = file_ && !failed_ && !queue_.behind();
  if (good == !announced_) return;
  announced_ = !good;
  if (good) return Observe(StoreEvent::Kind::kRecovered, path_ + ": all state is stored again");
  const bool missed = file_ && !failed_;
  Observe(StoreEvent::Kind::kFailed,
          missed ? path_ + ": something was not stored; all state is to be written again"
                 : last_error_);
}

void SqliteStore::Observe(StoreEvent::Kind kind, std::string message) {
  if (options_.observe) options_.observe({kind, std::move(message)});
}

SqliteStore::Stats SqliteStore::stats() const {
  Stats stats;
  const WriteQueue::Stats queue = queue_.stats();
  stats.health = failed_ ? Health::kFailed : queue_.behind() ? Health::kBehind : Health::kGood;
  stats.commits = commits_;
  stats.commit_seconds = Seconds(Duration(commit_nanos_));
  stats.changes = changes_;
  stats.failures = queue.failures;
  stats.queue_bytes = queue.bytes;
  stats.queue_batches = queue.batches;
  std::error_code error;
  const std::uintmax_t file_bytes = std::filesystem::file_size(path_, error);
  if (!error) stats.file_bytes = file_bytes;
  const std::lock_guard lock(error_mutex_);
  stats.last_error = last_error_;
  return stats;
}

}  // namespace tocsin::storage
