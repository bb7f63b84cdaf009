#pragma once

// Changes of state as rows, and rows as state: the statements over the tables of schema.h. Belongs
// to the thread that its database belongs to.

#include "router/state_change.h"
#include "storage/database.h"
#include "storage/loaded_state.h"

namespace tocsin::storage {

class StateTables {
 public:
  // `db` outlives the tables, at its address or where it is moved to.
  static Outcome<StateTables> Prepare(Database* db);

  // Inside a transaction.
  Outcome<void> Apply(const router::StateChange& change);
  Outcome<void> RemoveEverything();

 private:
  StateTables() = default;
  Outcome<void> Apply(const router::SilenceStored& change);
  Outcome<void> Apply(const router::SilenceRemoved& change);
  Outcome<void> Apply(const router::LogEntryStored& change);
  Outcome<void> Apply(const router::LogEntryRemoved& change);

  Statement put_silence_;
  Statement remove_silence_;
  Statement remove_silences_;
  Statement put_log_entry_;
  Statement remove_log_entry_;
  Statement remove_log_entries_;
};

// All rows. A row that does not decode is left out and said so.
Outcome<LoadedState> LoadState(Database* db);

}  // namespace tocsin::storage
