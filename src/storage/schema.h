#pragma once

// The tables of `tocsin.db` and how a file of an older version becomes one of this. The version is
// the file's user_version; what a step once did is never changed, a new step is added.

#include "storage/database.h"

#include <span>

namespace tocsin::storage {

// Marks the file as ours ("tocs").
inline constexpr int kApplicationId = 0x746f6373;

// Step i makes version i + 1 of version i.
std::span<const char* const> Migrations();

// Brings the file to the version of the last step, each step in one transaction. A file that is not
// ours, or of a later version, is left alone and reported as corrupt: it cannot be used.
Outcome<void> Migrate(Database* db, std::span<const char* const> steps);

}  // namespace tocsin::storage
