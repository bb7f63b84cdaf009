// The process of RouterWorld ends, in good order or at any moment, and another one begins with what
// was durable by then.

#include "storage/load_state.h"
#include "tests/simulation/router_world.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// The model is copied at each write during this time alone, for it takes a while.
constexpr Duration kNear = minutes(3);

bool Forgets(const core::StoreBatch& batch) {
  return std::any_of(batch.changes.begin(), batch.changes.end(), [](const auto& change) {
    return std::holds_alternative<router::AlertRemoved>(change) ||
           std::holds_alternative<router::LogEntryRemoved>(change) ||
           std::holds_alternative<router::SilenceRemoved>(change);
  });
}

}  // namespace

std::unique_ptr<core::Control> RouterWorld::NewControl() {
  std::vector<core::EventSink*> sinks{&checker_};
  if (also_ != nullptr) sinks.push_back(also_);
  return std::make_unique<core::Control>(this, std::move(sinks), /*store=*/this,
                                         seed_ + (++process_number_ << 32));
}

void RouterWorld::RestartLater() {
  const Duration delay =
      random_.Chance(0.2) ? Between(Duration(0), seconds(40)) : Between(minutes(4), minutes(50));
  restart_is_near_ = delay <= kNear;
  After(delay - kNear, [this] { restart_is_near_ = true; });
  StopLater(delay, /*in_good_order=*/random_.Chance(0.3));
}

void RouterWorld::StopLater(Duration delay, bool in_good_order) {
  After(delay, [this, in_good_order, process = process_number_] {
    if (process == process_number_ && control_) StopProcess(in_good_order);
  });
}

std::uint64_t RouterWorld::Remember(core::StoreBatch batch) {
  if (!one_write_ || !std::exchange(one_write_begun_, true)) {
    unwritten_.push_back({++last_number_, {}, nullptr});
  }
  Unwritten& last = unwritten_.back();
  if (restart_is_near_) {
    auto model = std::make_shared<ReferenceModel>(checker_.model());
    if (Forgets(batch)) model->CollectGarbage(now_);
    last.model = std::move(model);
    // It is worst while something is on its way to the disk.
    if (random_.Chance(0.01)) StopLater(Between(Duration(0), milliseconds(100)), false);
  }
  last.batches.push_back(std::move(batch));
  return last.number;
}

void RouterWorld::RememberModel() {
  if (unwritten_.empty() || !unwritten_.back().model) return;
  unwritten_.back().model = std::make_shared<const ReferenceModel>(checker_.model());
}

void RouterWorld::EndOfWrite() {
  one_write_ = one_write_begun_ = false;
}

void RouterWorld::CommitUpTo(std::uint64_t number) {
  while (!unwritten_.empty() && unwritten_.front().number <= number) {
    for (core::StoreBatch& batch : unwritten_.front().batches) disk_.Commit(std::move(batch));
    durable_ = std::move(unwritten_.front().model);
    unwritten_.pop_front();
  }
}

void RouterWorld::StopProcess(bool in_good_order) {
  checker_.Compare(now_);
  if (in_good_order) {
    control_->WriteDown(now_);
    CommitUpTo(last_number_);
    durable_ = std::make_shared<const ReferenceModel>(checker_.model());
  } else {
    // Some are durable that nobody has heard of.
    CommitUpTo(last_number_ - random_.Below(unwritten_.size() + 1));
  }
  if (!durable_) return StopLater(seconds(1), in_good_order);
  checker_.Trace(now_, in_good_order
                           ? "stopped"
                           : "killed, " + std::to_string(unwritten_.size()) + " writes are lost");
  CheckAcknowledged();
  unwritten_.clear();
  control_.reset();
  const Duration down = random_.Chance(0.5)   ? Between(Duration(0), seconds(9))
                        : random_.Chance(0.8) ? Between(seconds(9), minutes(10))
                                              : Between(minutes(10), hours(2));
  After(down, [this] { StartProcess(); });
}

// What somebody was told to be set is there, whatever happens.
void RouterWorld::CheckAcknowledged() {
  const storage::LoadedState stored = disk_.Load();
  for (const std::string& id : acknowledged_) {
    if (!checker_.model().silences().contains(id)) continue;  // Forgotten in good order.
    const bool there = std::any_of(stored.silences.begin(), stored.silences.end(),
                                   [&](const auto& silence) { return silence->id == id; });
    if (!there) checker_.Violated(now_, "silence " + id + " was acknowledged and is lost");
  }
}

void RouterWorld::StartProcess() {
  dispatch_from_ = random_.Chance(0.2) ? now_ + Between(seconds(1), minutes(2)) : now_;
  storage::LoadedState stored = disk_.Load();
  over_ = over_ || durable_->HasNamesakes();
  if (over_) return;
  checker_.OnRestart(now_, *durable_, stored, setup_, dispatch_from_);
  over_ = over_ || checker_.model().HasNamesakes();
  if (over_ || !checker_.difference().empty()) return;
  checker_.Trace(now_, "started");
  silences_changed_ = false;
  control_ = NewControl();
  RestartLater();
  control_->SetNow(now_);
  control_->Restore(storage::RouterStateOf(std::move(stored)), {});
  one_write_ = true;
  control_->Install(now_, MakeGeneration());
  EndOfWrite();
}

}  // namespace tocsin::simulation
