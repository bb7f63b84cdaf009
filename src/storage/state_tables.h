#pragma once

// Changes of state as rows: the statements that write the tables of schema.h. Belongs to the thread
// that its database belongs to.

#include "router/state_change.h"
#include "rules/rules_state.h"
#include "storage/alert_packs.h"
#include "storage/database.h"

#include <cstdint>

namespace tocsin::storage {

class StateTables {
 public:
  // `db` outlives the tables, at its address or where it is moved to. They know what is in it:
  // after a transaction that was undone they have to be prepared anew.
  static Outcome<StateTables> Prepare(Database* db);

  // Inside a transaction.
  Outcome<void> Apply(const router::StateChange& change);
  Outcome<void> Apply(const rules::StateChange& change);
  Outcome<void> RemoveEverything(Database* db);
  // Before it is committed: writes what was gathered.
  Outcome<void> Finish() { return alerts_.Finish(); }
  // The process lived at that time, and ended then in good order or goes on.
  Outcome<void> RecordLife(Time now, bool in_good_order);

 private:
  StateTables() = default;
  Outcome<void> Apply(const router::SilenceStored& change);
  Outcome<void> Apply(const router::SilenceRemoved& change);
  Outcome<void> Apply(const router::LogEntryStored& change);
  Outcome<void> Apply(const router::LogEntryRemoved& change);
  Outcome<void> Apply(const router::AlertStored& change);
  Outcome<void> Apply(const router::AlertRemoved& change);
  Outcome<void> Apply(const router::AlertEndsMoved& change);
  Outcome<void> Apply(const router::GroupStored& change);
  Outcome<void> Apply(const router::GroupTimed& change);
  Outcome<void> Apply(const router::GroupRemoved& change);
  Outcome<void> Apply(const rules::AlertStored& change);
  Outcome<void> Apply(const rules::AlertRemoved& change);

  Statement put_silence_, remove_silence_;
  Statement put_log_entry_, remove_log_entry_;
  AlertPacks alerts_;
  Statement put_ends_, remove_ends_;
  Statement put_group_, remove_group_;
  Statement put_timer_, remove_timer_;
  Statement put_rule_alert_, remove_rule_alert_;
  Statement put_life_;
  std::int64_t last_ends_ = 0;  // Number of the last list of ends, or above it.
};

}  // namespace tocsin::storage
