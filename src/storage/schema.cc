#include "storage/schema.h"

#include "base/failpoint.h"

#include <string>

namespace tocsin::storage {
namespace {

// Times are nanoseconds since the epoch. Blobs: see state_codec.h and
// alert_pack_codec.h.
constexpr const char* kMigrations[] = {
    R"(
CREATE TABLE silence (
  id TEXT NOT NULL PRIMARY KEY,
  matcher_sets BLOB NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  comment TEXT NOT NULL,
  annotations BLOB NOT NULL
) STRICT;
CREATE TABLE log_entry (
  key TEXT NOT NULL PRIMARY KEY,
  timestamp INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  firing BLOB NOT NULL,
  resolved BLOB NOT NULL,
  receiver_data BLOB NOT NULL
) STRICT;
)",
    // Narrow tables beside wide ones: what changes often shares few pages. `alert.ends_after` is
    // the number of the last list of ends that is older than the row.
    R"(
CREATE TABLE alert (
  id INTEGER NOT NULL PRIMARY KEY,
  ends_after INTEGER NOT NULL,
  state BLOB NOT NULL
) STRICT;
CREATE TABLE alert_ends (
  number INTEGER NOT NULL PRIMARY KEY,
  ends BLOB NOT NULL
) STRICT;
CREATE TABLE alert_group (
  id INTEGER NOT NULL PRIMARY KEY,
  identity BLOB NOT NULL
) STRICT;
CREATE TABLE group_timer (
  id INTEGER NOT NULL PRIMARY KEY,
  next_flush INTEGER NOT NULL,
  flushed INTEGER NOT NULL,
  in_progress INTEGER
) STRICT;
CREATE TABLE process (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  alive_at INTEGER NOT NULL
) STRICT;
)",
    R"(
CREATE TABLE rule_alert (
  rule_group TEXT NOT NULL,
  rule TEXT NOT NULL,
  labels BLOB NOT NULL,
  state BLOB NOT NULL,
  PRIMARY KEY (rule_group, rule, labels)
) STRICT, WITHOUT ROWID;
)",
    // Alerts in packs (alert_packs.h), each row of before as one of its own: the numbers as twenty
    // digits each.
    R"(
CREATE TABLE alert_pack (
  number INTEGER NOT NULL PRIMARY KEY,
  alerts BLOB NOT NULL
) STRICT;
CREATE TABLE alert_pack_gone (
  number INTEGER NOT NULL PRIMARY KEY,
  gone BLOB NOT NULL
) STRICT;
INSERT INTO alert_pack
  SELECT id, CAST(printf('0%020lld%020lld', id, ends_after) || state AS BLOB) FROM alert;
DROP TABLE alert;
)",
    "ALTER TABLE process ADD COLUMN in_good_order INTEGER NOT NULL DEFAULT 0;",
};

tl::unexpected<Failure> Unusable(std::string message) {
  return tl::unexpected(Failure{std::move(message), true});
}

// A new file has no tables and no marks; anything else has to have ours.
Outcome<void> CheckOwner(Database* db) {
  const Outcome<std::int64_t> id = db->QueryInt("PRAGMA application_id");
  if (!id) return tl::unexpected(id.error());
  if (*id == kApplicationId) return {};
  const Outcome<std::int64_t> tables = db->QueryInt("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  if (*id != 0 || *tables != 0) return Unusable("it is another program's database");
  return {};
}

}  // namespace

std::span<const char* const> Migrations() {
  return kMigrations;
}

Outcome<void> Migrate(Database* db, std::span<const char* const> steps) {
  if (Outcome<void> owner = CheckOwner(db); !owner) return owner;
  const Outcome<std::int64_t> version = db->QueryInt("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  const auto newest = static_cast<std::int64_t>(steps.size());
  if (*version < 0 || *version > newest) {
    return Unusable("its schema version " + std::to_string(*version) +
                    " is not one that this program knows (up to " + std::to_string(newest) + ")");
  }
  for (std::int64_t from = *version; from < newest; ++from) {
    const std::string sql = "BEGIN IMMEDIATE;" +
                            std::string(steps[static_cast<std::size_t>(from)]) +
                            "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(from + 1);
    Outcome<void> done = db->Execute(sql);
    Failpoint("in_migration");
    if (done) done = db->Execute("COMMIT");
    if (!done) {
      db->Rollback();
      return done;
    }
  }
  return {};
}

}  // namespace tocsin::storage
