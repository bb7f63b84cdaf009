// The process of World ends, in good order or at any moment, and another one begins with what was
// durable by then.

#include "storage/load_state.h"
#include "tests/simulation/world.h"

#include <utility>
#include <variant>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

std::unique_ptr<core::Control> World::NewControl() {
  return std::make_unique<core::Control>(this, std::vector<core::EventSink*>{&checker_},
                                         /*store=*/this,
                                         (seed_ ^ 0x5EED) + (++process_number_ << 32));
}

void World::RestartLater() {
  const bool soon = random_.Chance(0.2);
  After(soon ? Between(milliseconds(1), seconds(40)) : Between(minutes(5), hours(2)),
        [this] { StopProcess(/*in_good_order=*/random_.Chance(0.3)); });
}

void World::Write(core::StoreBatch batch, core::Store::Callback done) {
  unwritten_.push_back(std::move(batch));
  // In the order in which they come.
  last_durable_ = std::max(last_durable_, now_ + Between(milliseconds(1), milliseconds(150)));
  After(last_durable_ - now_,
        [this, number = ++last_written_, process = process_number_, done = std::move(done)] {
          if (process != process_number_) return;
          CommitUpTo(number);
          if (done) done({});
        });
}

void World::CommitUpTo(std::uint64_t number) {
  while (!unwritten_.empty() && last_written_ - unwritten_.size() < number) {
    for (const router::StateChange& change : unwritten_.front().changes) {
      const auto* const logged = std::get_if<router::LogEntryStored>(&change);
      if (logged != nullptr) unlogged_.erase(logged->key);
    }
    disk_.Commit(std::move(unwritten_.front()));
    unwritten_.pop_front();
  }
}

void World::StopProcess(bool in_good_order) {
  if (in_good_order) {
    control_->WriteDown(now_);
    CommitUpTo(last_written_);
  } else {
    // Some are durable that nobody has heard of.
    CommitUpTo(last_written_ - random_.Below(unwritten_.size() + 1));
  }
  checker_.OnStopped(now_, unlogged_);
  unwritten_.clear();
  control_.reset();
  ++process_number_;
  AbandonQueries();
  // What was sent has arrived by then.
  const Duration down = random_.Chance(0.7) ? Between(milliseconds(500), seconds(20))
                                            : Between(seconds(20), hours(1));
  After(down, [this] { StartProcess(); });
}

void World::StartProcess() {
  storage::LoadedState stored = disk_.Load();
  checker_.OnStarting(now_, stored.rules);
  control_ = NewControl();
  control_->SetNow(now_);
  rules::RulesState of_rules = std::move(stored.rules);
  control_->Restore(storage::RouterStateOf(std::move(stored)), std::move(of_rules));
  control_->Install(now_, MakeGeneration());
  std::vector<router::AlertView> alerts;
  for (std::size_t next = 0; !control_->TakeActiveAlerts(now_, {}, &next, &alerts);) {
  }
  checker_.OnStarted(now_, alerts);
  RestartLater();
}

}  // namespace tocsin::simulation
