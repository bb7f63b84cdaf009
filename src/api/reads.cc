#include "api/reads.h"

#include <utility>

namespace tocsin::api {
namespace {

// A read of more is a large one: to answer it takes milliseconds.
constexpr std::size_t kSmallRead = 1'000;
// Small answers that wait for a reader; the large ones and the history find room beside them.
constexpr std::size_t kSmallWaitingMax = 500;
constexpr std::string_view kBusy = "too many requests, try again later";
constexpr std::string_view kNoRoom = "too many response bytes in flight, try again later";

class OneLook final : public Read {
 public:
  explicit OneLook(TakeSnapshot take) : take_(std::move(take)) {}

  bool Take(core::Control& control, Time now) override {
    snapshot_ = take_(control, now);
    return true;
  }
  std::size_t size() const override { return snapshot_.size; }
  HttpResponse Answer() override { return snapshot_.answer(); }

 private:
  const TakeSnapshot take_;
  Snapshot snapshot_;
};

}  // namespace

// On its way between the core thread and a reader, on one of them at a time; its place in a lane
// goes with it.
class ReadInProgress : public std::enable_shared_from_this<ReadInProgress> {
 public:
  // They all ask for the same.
  ReadInProgress(std::vector<ExchangePtr> exchanges, MakeRead make, Lane::Place place, bool large)
      : exchanges_(std::move(exchanges)),
        options_(exchanges_.front()->options()),
        make_(std::move(make)),
        place_(std::move(place)),
        large_(large) {}
  // The core takes no more.
  ~ReadInProgress() { AnswerLater("the server is stopping"); }

  void Begin() {
    const bool asked =
        options_.core->TryRun(0, [self = shared_from_this()](core::Control& control, Time now) {
          self->Work(control, now);
        });
    if (!asked) AnswerLater(kBusy);
  }

 private:
  // Core thread.
  void Work(core::Control& control, Time now) {
    if (!control.installed()) return AnswerLater("starting, try again later");
    if (!read_ || installs_ != control.installs()) {
      installs_ = control.installs();
      read_ = make_();
    }
    const Duration until = MonotonicNow() + core::kWalkTime;
    bool all = false;
    while (!all && (large_ || read_->size() <= kSmallRead) && MonotonicNow() < until) {
      all = read_->Take(control, now);
    }
    if (!large_ && read_->size() > kSmallRead) {
      const ExchangePtr exchange = std::move(exchanges_.front());
      exchanges_.clear();
      return options_.readers->BeginLarge(exchange, make_);
    }
    if (!all) return Begin();
    if (!large_) {
      // What it has taken is little. The next one begins here and now, not when a thread of low
      // priority comes to it.
      place_.reset();
      if (options_.readers->pool_.stats().waiting >= kSmallWaitingMax) return AnswerLater(kBusy);
    }
    const bool begun =
        options_.readers->pool_.TryRun([self = shared_from_this()] { self->Answer(); });
    if (!begun) AnswerLater(kBusy);
  }

  // Reader.
  void Answer() {
    HttpResponse response = read_->Answer();
    if (exchanges_.size() > 1) {
      response.shared_body = std::make_shared<SharedBody>();
      response.shared_body->text = std::move(response.body);
    }
    for (std::size_t i = 1; i < exchanges_.size(); ++i) exchanges_[i]->Answer(response);
    exchanges_.front()->Answer(std::move(response));
    exchanges_.clear();
  }

  void AnswerLater(std::string_view why) {
    for (const ExchangePtr& exchange : std::exchange(exchanges_, {})) exchange->AnswerLater(why);
  }

  std::vector<ExchangePtr> exchanges_;  // Not answered yet.
  const Options& options_;
  const MakeRead make_;
  Lane::Place place_;
  const bool large_;
  std::unique_ptr<Read> read_;
  std::uint64_t installs_ = 0;  // When `read_` was made.
};

void AnswerRead(const ExchangePtr& exchange, MakeRead make) {
  const bool taken = exchange->options().readers->small_.TryEnter([exchange,
                                                                   make = std::move(make)](
                                                                      Lane::Place place) {
    std::make_shared<ReadInProgress>(std::vector{exchange}, make, std::move(place), false)->Begin();
  });
  if (!taken) exchange->AnswerLater(kBusy);
}

void AnswerFromSnapshot(const ExchangePtr& exchange, TakeSnapshot take) {
  AnswerRead(exchange, [take = std::move(take)] { return std::make_unique<OneLook>(take); });
}

Readers::Readers(int niceness) : pool_(kThreads, kWaitingMax, niceness) {}

bool Readers::TryReadHistory(std::function<void()> read) {
  // The lanes let in less than the pool takes: it refuses nothing until it is stopped.
  return history_.TryEnter([this, read = std::move(read)](Lane::Place place) {
    (void)pool_.TryRun([read, place = std::move(place)] { read(); });
  });
}

void Readers::Stop() {
  for (Lane* lane : {&small_, &large_, &history_}) lane->Close();
  pool_.Stop();
}

void Readers::BeginLarge(const ExchangePtr& exchange, const MakeRead& make) {
  const std::string& target = exchange->request().target;
  {
    const std::lock_guard lock(mutex_);
    Exchanges& waiting = waiting_[target];
    waiting.push_back(exchange);
    if (waiting.size() > 1) return;
  }
  const bool taken = large_.TryEnter([this, target, make](Lane::Place place) {
    Exchanges exchanges = TakeWaiting(target);
    if (exchanges.front()->options().large_answers_fit()) {
      std::make_shared<ReadInProgress>(std::move(exchanges), make, std::move(place), true)->Begin();
      return;
    }
    for (const ExchangePtr& waited : exchanges) waited->AnswerLater(kNoRoom);
  });
  if (taken) return;
  for (const ExchangePtr& refused : TakeWaiting(target)) refused->AnswerLater(kBusy);
}

Readers::Exchanges Readers::TakeWaiting(const std::string& target) {
  const std::lock_guard lock(mutex_);
  return std::move(waiting_.extract(target).mapped());
}

}  // namespace tocsin::api
