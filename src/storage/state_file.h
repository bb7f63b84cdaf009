#pragma once

// `tocsin.db` as a file: opened and checked, read where it cannot be written, set aside where it
// cannot be used. Belongs to the thread that opened it, or to which it was handed.

#include "base/result.h"
#include "base/time.h"
#include "storage/database.h"
#include "storage/loaded_state.h"
#include "storage/state_tables.h"

#include <string>

namespace tocsin::storage {

struct StateFile {
  Database db;
  StateTables tables;  // Goes before the database.
};

// Creates it if it is missing, migrates it, and reads all of it once to see that it is sound.
Outcome<StateFile> OpenStateFile(const std::string& path, const std::string& vfs);

// A write that changes nothing, synced: does the disk work?
Outcome<void> Probe(StateFile* file);

// From a file that OpenStateFile failed to open for writing.
Outcome<LoadedState> LoadReadOnly(const std::string& path, const std::string& vfs);

// There is nothing in it to keep: no file, or one that a full disk left without a single row when
// it was to be created.
bool HoldsNothing(const std::string& path, const std::string& vfs);
bool HoldsNothing(Database* db);

// Was any file set aside from that path?
bool HasSetAside(const std::string& path);

// Renames the file and what belongs to it to `PATH.WORD-TIME` and gives the new name. Of each word
// the first ten are kept, with what they were worth; after that the file is removed.
Result<std::string> SetAside(const std::string& path, const char* word, Time now);

}  // namespace tocsin::storage
