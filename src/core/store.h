#pragma once

// Port: makes state durable. storage implements it over SQLite, the simulator as it likes. Core
// thread only.

#include "base/result.h"
#include "base/time.h"
#include "router/state_change.h"
#include "rules/rules_state.h"

#include <functional>
#include <vector>

namespace tocsin::core {

// How long a batch may wait to share a commit with others.
enum class Haste {
  kNone,
  kSoon,  // A page that is not noted when the process dies goes out twice.
  kNow,   // Somebody waits for the answer.
};

struct StoreBatch {
  std::vector<router::StateChange> changes;  // Applied in this order.
  // `changes` is the whole state: whatever else is stored goes.
  bool replaces_everything = false;
  Time now{};  // Of the core: a sign of life.
  Haste haste = Haste::kNone;
  std::vector<rules::StateChange> rule_changes{};  // Beside the others; in this order.
  bool last = false;  // The process ends in good order: there is nothing that it has not written.
};

class Store {
 public:
  using Callback = std::function<void(Status)>;

  virtual ~Store() = default;

  // Calls `done`, if it is not empty, exactly once, on the core thread, not inside this call: with
  // success once the whole batch is durable, else with the reason. After a failure the batch may
  // turn up after a crash or not; the rewrite below settles it. Batches become durable in the order
  // of the calls, and are answered in that order, except that a batch is answered before others
  // when it is refused (too much waits already) or timed out. Never blocks.
  virtual void Write(StoreBatch batch, Callback done) = 0;

  // `rewrite` is called on the core thread, not inside another call, when what is stored has missed
  // something (a Write failed, a broken file had to be set aside) and the disk takes writes again.
  // Who owns the state answers with one Write that replaces_everything: the state as all batches
  // written before it make it, those without an answer yet included. If that fails, `rewrite` is
  // called again, later each time. Set once, before anything is written.
  virtual void SetRewriteRequest(std::function<void()> rewrite) = 0;

  // What is stored has missed something that no rewrite has made good: who writes the last batch
  // of a process then replaces everything.
  virtual bool behind() const = 0;
};

}  // namespace tocsin::core
