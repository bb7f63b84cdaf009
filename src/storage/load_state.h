#pragma once

// Rows as state: all tables of schema.h, read when the process starts.

#include "storage/database.h"
#include "storage/loaded_state.h"

namespace tocsin::storage {

// All rows. A row that does not decode is left out and said so.
Outcome<LoadedState> LoadState(Database* db);

// What the router begins with.
router::RouterState RouterStateOf(LoadedState loaded);

}  // namespace tocsin::storage
