#pragma once

// The thread that drives Control in the server: reads the clock once a turn, runs what came in,
// does what is due, sleeps until the next deadline. Start once, Stop once; Run is safe from any
// thread.

#include "base/clock.h"
#include "core/control.h"
#include "core/inbox.h"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace tocsin::core {

// What the wall clock did from a turn of the core to the next one.
struct Turn {
  enum class Clock {
    kGoesOn,
    kSetBack,
    // Or the process stood still: SIGSTOP, a frozen cgroup, a machine that was suspended or moved.
    // To alerts it is the same, for their ends are on the wall clock.
    kLeapt,
  };
  Time now{};
  Clock clock = Clock::kGoesOn;
};
// `clock`: what it says now. Pure.
Turn NextTurn(Time last, Time clock);

class CoreThread {
 public:
  using Task = std::function<void(Control&, Time now)>;

  // `control`, `clock` and `inbox` outlive this object; `control` is touched by its thread alone
  // from Start to Stop.
  CoreThread(Control* control, const Clock* clock, Inbox* inbox,
             std::function<void(Duration)> observe_turn);
  ~CoreThread();

  void Start();
  // Waits for the turn in progress; tasks that come later are dropped.
  void Stop();

  // Runs `task` in the next turn. False if the inbox is full: answer "later".
  [[nodiscard]] bool TryRun(std::size_t bytes, Task task);
  // How long the turn at hand has taken; zero while it sleeps.
  Duration busy_for() const;

 private:
  void Loop();
  void MakeTurn(std::vector<Inbox::Task>* tasks);
  void Notice(const Turn& turn, Time last);

  Control* const control_;
  const Clock* const clock_;
  Inbox* const inbox_;
  const std::function<void(Duration)> observe_turn_;
  Time turn_now_{};                           // Core thread.
  std::atomic<Duration::rep> turn_began_{0};  // MonotonicNow; 0: no turn at hand.
  std::thread thread_;
};

}  // namespace tocsin::core
