#include "core/core_thread.h"

#include "base/log.h"
#include "base/thread_name.h"

#include <algorithm>

namespace tocsin::core {
namespace {

// A deadline is on the wall clock, sleeping is not: never sleep so long that a clock that was set
// goes unnoticed.
constexpr Duration kLongestSleep = std::chrono::seconds(1);
// Smaller steps back are ordinary corrections: the core's time stands still for as long.
constexpr Duration kClockStepBack = std::chrono::seconds(2);
// A turn is made every kLongestSleep. Sources wait about this long for an answer, and then what
// they had to say is lost.
constexpr Duration kNotHeard = std::chrono::seconds(10);

}  // namespace

Turn NextTurn(Time last, Time clock) {
  if (clock + kClockStepBack < last) return {clock, Turn::Clock::kSetBack};
  if (clock - last > kNotHeard) return {clock, Turn::Clock::kLeapt};
  return {std::max(clock, last), Turn::Clock::kGoesOn};
}

CoreThread::CoreThread(Control* control, const Clock* clock, Inbox* inbox,
                       std::function<void(Duration)> observe_turn)
    : control_(control), clock_(clock), inbox_(inbox), observe_turn_(std::move(observe_turn)) {}

CoreThread::~CoreThread() {
  Stop();
}

void CoreThread::Start() {
  turn_now_ = clock_->Now();
  thread_ = std::thread([this] {
    NameThisThread("core");
    Loop();
  });
}

void CoreThread::Stop() {
  inbox_->Close();
  if (thread_.joinable()) thread_.join();
}

bool CoreThread::TryRun(std::size_t bytes, Task task) {
  return inbox_->TryPost(bytes, [this, task = std::move(task)] { task(*control_, turn_now_); });
}

Duration CoreThread::busy_for() const {
  const Duration began(turn_began_.load(std::memory_order_relaxed));
  return began == Duration::zero() ? began : MonotonicNow() - began;
}

void CoreThread::Loop() {
  std::vector<Inbox::Task> tasks;
  Duration sleep{};
  while (inbox_->Wait(sleep, &tasks)) {
    MakeTurn(&tasks);
    sleep = kLongestSleep;
    if (control_->installed()) {
      sleep = std::clamp(control_->NextDeadline() - clock_->Now(), Duration::zero(), kLongestSleep);
    }
  }
}

void CoreThread::MakeTurn(std::vector<Inbox::Task>* tasks) {
  const Duration started = MonotonicNow();
  turn_began_.store(started.count(), std::memory_order_relaxed);
  const Time last = turn_now_;
  const Turn turn = NextTurn(last, clock_->Now());
  const Time now = turn.now;
  turn_now_ = now;
  control_->SetNow(now);
  if (control_->installed()) Notice(turn, last);
  for (const Inbox::Task& task : *tasks) task();
  tasks->clear();
  if (control_->installed()) control_->Advance(now);
  turn_began_.store(0, std::memory_order_relaxed);
  observe_turn_(MonotonicNow() - started);
}

void CoreThread::Notice(const Turn& turn, Time last) {
  switch (turn.clock) {
    case Turn::Clock::kGoesOn:
      return;
    case Turn::Clock::kSetBack:
      log::Warn("Wall clock was set back",
                {{"component", "core"}, {"seconds", std::to_string(Seconds(last - turn.now))}});
      return control_->ClockWentBack(turn.now, last - turn.now);
    case Turn::Clock::kLeapt:
      log::Warn(
          "The process stood still, or the wall clock was put forward: alerts are given the "
          "time that they had left",
          {{"component", "core"}, {"seconds", std::to_string(Seconds(turn.now - last))}});
      return control_->NotHeardSince(turn.now, last);
  }
}

}  // namespace tocsin::core
