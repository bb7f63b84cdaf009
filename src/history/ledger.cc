#include "history/ledger.h"

#include "base/same_error.h"
#include "base/thread_name.h"
#include "storage/state_file.h"

#include <algorithm>
#include <chrono>

namespace tocsin::history {
namespace {

constexpr Duration kRetryLongest = std::chrono::minutes(1);
constexpr Duration kPruneIntervalMost = std::chrono::minutes(10);
// Of complete blocks, how many events may wait for a disk that fails.
constexpr std::size_t kUnwrittenBlocks = 10;
// Of more it is not said that they are dropped.
constexpr std::size_t kDroppingMax = 100'000;

// Is it worth the way to the ledger's thread? A source that repeats itself is not.
bool IsNews(const router::Decision& decision) {
  const auto* received = std::get_if<router::AlertReceived>(&decision);
  return received == nullptr || received->change != router::AlertReceived::Change::kNothing;
}

}  // namespace

Ledger::Ledger(Options options)
    : options_(std::move(options)),
      retention_(options_.limits.retention.count()),
      bytes_max_(options_.limits.bytes_max),
      backoff_(options_.retry_shortest) {}

Ledger::~Ledger() {
  Stop();
}

void Ledger::Start() {
  thread_ = std::thread([this] {
    NameThisThread("history");
    Loop();
  });
}

void Ledger::Stop() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Ledger::SetLimits(Limits limits) {
  retention_ = limits.retention.count();
  bytes_max_ = limits.bytes_max;
}

Ledger::Stats Ledger::stats() const {
  Stats stats{events_, dropped_, failures_, bytes_, 0, good_, unwritten_since_};
  const std::lock_guard lock(mutex_);
  stats.queue = waiting_.size();
  return stats;
}

void Ledger::Flush(Duration timeout) {
  std::unique_lock lock(mutex_);
  if (closed_) return;
  const std::uint64_t mine = ++flushes_asked_;
  arrived_.notify_all();
  flushed_.wait_for(lock, timeout, [&] { return closed_ || flushes_done_ >= mine; });
}

void Ledger::OnDecision(Time now, const router::Decision& decision) {
  // After a reload a rule that fails is said to once more.
  if (std::holds_alternative<router::RoutesInstalled>(decision)) failing_.clear();
  if (enabled() && history::IsNews(decision)) Push({now, decision});
}

void Ledger::OnDecision(Time now, const rules::Decision& decision) {
  if (!enabled() || std::holds_alternative<rules::GroupEvaluated>(decision)) return;
  if (const auto* failed = std::get_if<rules::RuleFailed>(&decision)) {
    if (!IsNews(*failed)) return;
  } else if (const auto* evaluated = std::get_if<rules::RuleEvaluated>(&decision)) {
    if (!IsNews(*evaluated)) return;
  }
  Push({now, decision});
}

Ledger::RulePlace Ledger::PlaceOf(const std::string& group, const rules::RuleDefinition& rule) {
  return {group, rule.position.line, rule.position.column};
}

bool Ledger::IsNews(const rules::RuleFailed& failed) {
  std::string& last = failing_[PlaceOf(failed.group, *failed.rule)];
  if (IsSameError(last, failed.error)) return false;
  last = failed.error;
  return true;
}

bool Ledger::IsNews(const rules::RuleEvaluated& evaluated) {
  return !failing_.empty() && failing_.erase(PlaceOf(evaluated.group, *evaluated.rule)) > 0;
}

void Ledger::OnAttempt(Time now, const core::AttemptEnded& attempt) {
  if (enabled()) Push({now, attempt});
}

void Ledger::OnAlertDropped(Time now, const core::AlertDropped& dropped) {
  if (!enabled()) return;
  const auto hash = static_cast<std::uint64_t>(dropped.alert->fingerprint());
  // Its end is dropped, too: if it fires again, that is said again.
  if (dropped.alert->ResolvedAt(now)) {
    dropping_.erase(hash);
    return;
  }
  if (dropping_.size() >= kDroppingMax && !dropping_.contains(hash)) return;
  const auto [known, is_new] = dropping_.try_emplace(hash, dropped.position);
  if (!is_new && known->second == dropped.position) return;
  known->second = dropped.position;
  Push({now, dropped});
}

void Ledger::OnAlertTargets(std::vector<core::AlertTarget> targets) {
  if (enabled()) Push({options_.clock->Now(), std::move(targets)});
}

void Ledger::Push(Waiting waiting) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (waiting_.size() >= options_.queue_max) {
      ++lost_;
      ++dropped_;
      return;
    }
    waiting_.push_back(std::move(waiting));
    if (waiting_.size() != options_.block_events) return;
  }
  // A burst: it is written as it comes, block by block, and does not pile up until the next second.
  arrived_.notify_all();
}

void Ledger::Loop() {
  AddEvents({{options_.clock->Now(), Started{options_.version}}});
  for (bool last = false; !last;) {
    last = WaitToFlush();
    std::uint64_t asked = 0;
    {
      const std::lock_guard lock(mutex_);
      asked = flushes_asked_;
    }
    const Time now = options_.clock->Now();
    RecordWaiting();
    if (last) AddEvents({{options_.clock->Now(), Stopped{}}});
    Write(now);
    PruneIfDue();
    {
      const std::lock_guard lock(mutex_);
      flushes_done_ = asked;
    }
    flushed_.notify_all();
  }
  // It ended in order.
  if (file_ && written_ == open_.size()) file_->MarkAlive(kZeroTime);
  file_.reset();
}

bool Ledger::WaitToFlush() {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, options_.flush_interval, [this] {
    return closed_ || flushes_asked_ > flushes_done_ || waiting_.size() >= options_.block_events;
  });
  return closed_;
}

void Ledger::RecordWaiting() {
  std::deque<Waiting> waiting;
  std::uint64_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    lost = std::exchange(lost_, 0);
  }
  Recorder::Out events;
  for (; !waiting.empty(); waiting.pop_front()) {
    const Waiting& one = waiting.front();
    std::visit([&](const auto& what) { recorder_.Record(one.at, what, &events); }, one.what);
    // Block by block: a burst is not in memory twice.
    if (events.size() < options_.block_events) continue;
    AddEvents(std::exchange(events, {}));
    Write(kZeroTime);
  }
  const Time now = options_.clock->Now();
  if (lost > 0) RecordLoss(now, lost, &events);
  if (!events.empty()) recorder_.RepeatDaily(now, &events);
  AddEvents(std::move(events));
}

void Ledger::AddEvents(Recorder::Out events) {
  if (!enabled()) return;
  for (Recorder::Timed& timed : events) {
    open_.push_back({next_number_++, timed.at, std::move(timed.event)});
    NoteStanding(open_.back());
  }
}

void Ledger::NoteStanding(const Entry& entry) {
  if (std::holds_alternative<RoutesInForce>(entry.event)) routes_number_ = entry.number;
  if (std::holds_alternative<AlertTargets>(entry.event)) targets_number_ = entry.number;
}

void Ledger::Write(Time now) {
  if (written_ == open_.size()) return MarkAliveIfDue(now);
  if (retry_at_ && MonotonicNow() < *retry_at_) return DropUnwritten();
  const storage::Outcome<void> done = TryWrite();
  if (!done) {
    Failed(done.error());
    return DropUnwritten();
  }
  unwritten_since_ = kZeroTime;
  if (!good_.exchange(true))
    options_.observe(true, options_.path + ": decisions are recorded again");
  retry_at_.reset();
  backoff_ = options_.retry_shortest;
  MarkAliveIfDue(now);
}

// What cannot be marked is not worth a word: what matters will fail, too.
void Ledger::MarkAliveIfDue(Time now) {
  if (!file_ || !enabled() || IsZero(now)) return;
  const bool marked = !IsZero(marked_alive_) && marked_alive_ <= now;
  if (marked && now - marked_alive_ < options_.alive_interval) return;
  if (file_->MarkAlive(now)) marked_alive_ = now;
}

storage::Outcome<void> Ledger::TryWrite() {
  if (file_ && file_->Moved()) file_.reset();
  if (!file_) {
    if (auto opened = OpenFile(); !opened) return opened;
  }
  while (written_ < open_.size()) {
    const bool seals = open_.size() >= options_.block_events;
    const std::size_t from = seals ? 0 : written_;
    const std::size_t to = std::min(open_.size(), from + options_.block_events);
    const std::span<const Entry> entries(open_.data() + from, to - from);
    if (auto done = file_->Append(entries, seals); !done) return done;
    events_ += to - written_;
    written_ = to;
    if (!seals) continue;
    open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(to));
    written_ = 0;
  }
  if (const auto bytes = file_->Bytes()) bytes_ = *bytes;
  return {};
}

storage::Outcome<void> Ledger::OpenFile() {
  auto file = HistoryFile::Open(options_.path, options_.vfs);
  if (corrupt_ || (!file && file.error().corrupt)) {
    const std::string why = file ? "it was found corrupt" : file.error().message;
    file = tl::unexpected(storage::Failure{});  // Closed before it is renamed.
    const auto name = storage::SetAside(options_.path, "corrupt", options_.clock->Now());
    if (!name) return tl::unexpected(storage::Failure{why + "; " + name.error().message});
    corrupt_ = false;
    options_.observe(false, options_.path + ": " + why + "; now " + *name);
    file = HistoryFile::Open(options_.path, options_.vfs);
  }
  if (!file) return tl::unexpected(file.error());
  file_ = *std::move(file);
  // What is still here goes behind what is there; a block of before is complete as it is.
  open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(written_));
  written_ = 0;
  const Time alive = file_->alive();
  if (!std::exchange(opened_before_, true) && !IsZero(alive) && !open_.empty()) {
    open_.insert(open_.begin(), Entry{0, open_.front().at, EndedUnnoticed{alive}});
  }
  next_number_ = file_->next_number();
  // What is not in this file does not stand.
  if (routes_number_ >= next_number_) routes_number_ = 0;
  if (targets_number_ >= next_number_) targets_number_ = 0;
  for (Entry& entry : open_) {
    entry.number = next_number_++;
    NoteStanding(entry);
  }
  Recorder::Out again;
  if (routes_number_ == 0) recorder_.RepeatRoutes(options_.clock->Now(), &again);
  if (targets_number_ == 0) recorder_.RepeatTargets(options_.clock->Now(), &again);
  AddEvents(std::move(again));
  return {};
}

void Ledger::PruneIfDue() {
  const Duration now = MonotonicNow();
  const Duration retention(retention_);
  // Nothing is there for twice as long as it should be.
  const Duration interval = std::min(kPruneIntervalMost, retention / 2);
  const bool due = !pruned_at_ || now - *pruned_at_ >= interval || bytes_ > bytes_max_;
  if (!file_ || !enabled() || !due) return;
  pruned_at_ = now;
  const Time oldest = SaturatingAdd(options_.clock->Now(), -retention);
  const auto first = file_->Prune(oldest, bytes_max_);
  if (!first) return Failed(first.error());
  ForgetWritten(*first);
  Recorder::Out again;
  if (routes_number_ < *first) recorder_.RepeatRoutes(options_.clock->Now(), &again);
  if (targets_number_ < *first) recorder_.RepeatTargets(options_.clock->Now(), &again);
  AddEvents(std::move(again));
  if (const auto bytes = file_->Bytes()) bytes_ = *bytes;
}

void Ledger::ForgetWritten(std::uint64_t before) {
  std::size_t gone = 0;
  while (gone < written_ && open_[gone].number < before) ++gone;
  open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(gone));
  written_ -= gone;
}

void Ledger::DropUnwritten() {
  if (open_.size() <= kUnwrittenBlocks * options_.block_events) return;
  const std::size_t lost = open_.size() - written_;
  dropped_ += lost;
  open_.resize(written_);
  next_number_ -= lost;
  Recorder::Out events;
  RecordLoss(options_.clock->Now(), lost, &events);
  AddEvents(std::move(events));
}

void Ledger::RecordLoss(Time now, std::uint64_t count, Recorder::Out* out) {
  recorder_.RecordLoss(now, count, out);
  // They may be among it.
  recorder_.RepeatRoutes(now, out);
  recorder_.RepeatTargets(now, out);
}

void Ledger::Failed(const storage::Failure& failure) {
  ++failures_;
  corrupt_ = corrupt_ || failure.corrupt;
  if (failure.corrupt) file_.reset();
  if (IsZero(unwritten_since_) && written_ < open_.size()) unwritten_since_ = open_[written_].at;
  if (good_.exchange(false)) options_.observe(false, options_.path + ": " + failure.message);
  retry_at_ = MonotonicNow() + backoff_;
  backoff_ = std::min(backoff_ * 2, kRetryLongest);
}

}  // namespace tocsin::history
