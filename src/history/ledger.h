#pragma once

// Writes the decisions of the core to `history.db`, on a thread of its own. It is never in the way
// of a page: the core only puts a decision into a bounded queue, and what does not fit, or cannot
// be written, is dropped and counted. About every second what is there is written, so that a crash
// loses no more than that; many such small blocks become one when there is enough for it.

#include "base/clock.h"
#include "core/event_sink.h"
#include "history/event.h"
#include "history/history_file.h"
#include "history/recorder.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace tocsin::history {

// How much is kept. A retention of zero: nothing is recorded.
struct Limits {
  Duration retention{};
  std::uint64_t bytes_max = 0;
};

class Ledger final : public core::EventSink {
 public:
  struct Options {
    std::string path;              // Of history.db; its folder exists.
    const Clock* clock = nullptr;  // Outlives the ledger.
    std::string version;           // Of the program, for the record.
    Limits limits;
    // What the operator should know: that the file fails, is set aside, works again. On the
    // ledger's thread.
    std::function<void(bool good, const std::string& what)> observe;

    Duration flush_interval = std::chrono::seconds(1);
    // How often it is written down up to when all is on record.
    Duration alive_interval = std::chrono::seconds(10);
    std::size_t queue_max = 100'000;   // Decisions that wait for the thread.
    std::size_t block_events = 2'000;  // At which a block is complete.
    // From a failure to the next attempt at the file; doubled up to a minute.
    Duration retry_shortest = std::chrono::seconds(1);
    std::string vfs;  // SQLite's way to the disk; empty: its own. Tests put faults there.
  };

  struct Stats {
    std::uint64_t events = 0;    // Written since start.
    std::uint64_t dropped = 0;   // Decisions and events that were not.
    std::uint64_t failures = 0;  // Writes that failed.
    std::uint64_t bytes = 0;     // Of the file's content.
    std::size_t queue = 0;       // Decisions that wait.
    bool good = true;            // The last write went well.
    // Of the first decision since writing fails; kZeroTime if it does not.
    Time unwritten_since = kZeroTime;
  };

  explicit Ledger(Options options);
  ~Ledger() override;

  void Start();
  // Writes what waits. Idempotent; decisions that come later are dropped.
  void Stop();

  // Any thread.
  void SetLimits(Limits limits);
  Stats stats() const;
  // Until all decisions up to now are written, or cannot be, or `timeout` has passed.
  void Flush(Duration timeout);

  // core::EventSink, on the core thread.
  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time now, const rules::Decision& decision) override;
  void OnAttempt(Time now, const core::AttemptEnded& attempt) override;
  void OnDeliveryFailed(Time, const core::DeliveryFailed&) override {}  // The router says so too.
  void OnAlertDropped(Time now, const core::AlertDropped& dropped) override;
  // The same thread: how further Alertmanagers take alerts from now on.
  void OnAlertTargets(std::vector<core::AlertTarget> targets);

 private:
  struct Waiting {
    Time at{};
    std::variant<router::Decision, rules::Decision, core::AttemptEnded, core::AlertDropped,
                 std::vector<core::AlertTarget>>
        what;
  };
  using RulePlace = std::tuple<std::string, int, int>;  // Group, line and column.

  bool enabled() const { return retention_ > 0; }
  void Push(Waiting waiting);
  // Names may come twice in a group.
  static RulePlace PlaceOf(const std::string& group, const rules::RuleDefinition& rule);
  bool IsNews(const rules::RuleFailed& failed);
  bool IsNews(const rules::RuleEvaluated& evaluated);

  // The ledger's thread.
  void Loop();
  // Waits until it is time to write, or the end; true: the end.
  bool WaitToFlush();
  void RecordWaiting();
  void AddEvents(Recorder::Out events);
  // All decisions up to `now` are in open_, if they are anywhere; kZeroTime: not all of any time.
  void Write(Time now);
  storage::Outcome<void> TryWrite();
  void MarkAliveIfDue(Time now);
  storage::Outcome<void> OpenFile();
  void PruneIfDue();
  // What stays true is recorded again when its event goes.
  void NoteStanding(const Entry& entry);
  // What the file no longer has must not come back with the block that is complete one day.
  void ForgetWritten(std::uint64_t before);
  void DropUnwritten();
  void RecordLoss(Time now, std::uint64_t count, Recorder::Out* out);
  void Failed(const storage::Failure& failure);

  const Options options_;
  // The rules that fail, with their last error. Core thread.
  std::map<RulePlace, std::string> failing_;
  // Alerts that are dropped, by hashes of their labels, and the last one's position. Core thread.
  boost::unordered_flat_map<std::uint64_t, std::size_t> dropping_;

  mutable std::mutex mutex_;
  std::condition_variable arrived_, flushed_;
  // Guarded by mutex_.
  std::deque<Waiting> waiting_;
  std::uint64_t lost_ = 0;  // Since the thread last looked.
  std::uint64_t flushes_asked_ = 0, flushes_done_ = 0;
  bool closed_ = false;

  std::atomic<Duration::rep> retention_;
  std::atomic<std::uint64_t> bytes_max_;
  std::atomic<std::uint64_t> events_{0}, dropped_{0}, failures_{0}, bytes_{0};
  std::atomic<bool> good_{true};
  std::atomic<Time> unwritten_since_{kZeroTime};

  // The ledger's thread.
  Recorder recorder_;
  std::optional<HistoryFile> file_;
  std::vector<Entry> open_;  // Since the last complete block.
  std::size_t written_ = 0;  // Of them.
  std::uint64_t next_number_ = 1;
  std::uint64_t routes_number_ = 0, targets_number_ = 0;  // Of the last such event; 0: none.
  bool corrupt_ = false;                                  // The file; it is to be set aside.
  Duration backoff_{};
  std::optional<Duration> retry_at_;   // Of MonotonicNow.
  std::optional<Duration> pruned_at_;  // Of MonotonicNow.
  Time marked_alive_ = kZeroTime;
  bool opened_before_ = false;  // The file, by this ledger.

  std::thread thread_;
};

}  // namespace tocsin::history
