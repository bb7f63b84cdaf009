#include "storage/state_file.h"

#include "storage/load_state.h"
#include "storage/schema.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace tocsin::storage {
namespace {

namespace fs = std::filesystem;

// What SQLite keeps beside a database. Before the database itself in every walk: were the process
// to end in between, a log without its database is harmless, but a fresh database beside an old log
// is not.
constexpr const char* kParts[] = {"-wal", "-shm", "-journal", ""};
constexpr std::size_t kSetAsideMax = 10;

// Large pages (of a new file): what an alert costs is for a third the number of pages that go into
// the log and from there into the file. Few are looked at twice, so that a large cache of them
// would only be memory. EXTRA is FULL with a write-ahead log, and also durable where SQLite could
// not have one.
constexpr const char* kSettings =
    "PRAGMA page_size = 16384;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = EXTRA;"
    "PRAGMA cache_size = -512;"
    "PRAGMA journal_size_limit = 16777216";

Outcome<void> CheckIntegrity(Database* db) {
  Outcome<std::string> found = db->QueryText("PRAGMA integrity_check(1)");
  if (!found) return tl::unexpected(found.error());
  if (*found == "ok") return {};
  // "*** in database main ***\nPage 3: ...".
  const std::size_t last_line = found->rfind('\n') + 1;
  return tl::unexpected(Failure{"integrity check: " + found->substr(last_line), true});
}

Outcome<Database> OpenSound(const std::string& path, Database::Mode mode, const std::string& vfs) {
  Outcome<Database> db = Database::Open(path, mode, vfs);
  if (!db) return db;
  if (Outcome<void> sound = CheckIntegrity(&*db); !sound) return tl::unexpected(sound.error());
  return db;
}

Outcome<Database> OpenReadOnly(const std::string& path, const std::string& vfs) {
  std::error_code error;
  const std::uintmax_t log_bytes = fs::file_size(path + "-wal", error);
  // Without a log there is nothing that reading would have to write down first.
  const bool has_log = !error && log_bytes > 0;
  if (!has_log) return OpenSound(path, Database::Mode::kImmutable, vfs);
  Outcome<Database> db = OpenSound(path, Database::Mode::kReadOnly, vfs);
  // The index of the log is a file as well, unless nobody else is to see it.
  if (!db) db = OpenSound(path, Database::Mode::kAlone, vfs);
  return db;
}

Outcome<bool> HasRows(Database* db) {
  Outcome<Statement> tables = db->Prepare(
      "SELECT printf('SELECT EXISTS (SELECT 1 FROM \"%w\")', name)"
      " FROM sqlite_schema WHERE type = 'table'");
  if (!tables) return tl::unexpected(tables.error());
  for (;;) {
    const Outcome<bool> table = tables->Step();
    if (!table) return tl::unexpected(table.error());
    if (!*table) return false;
    const Outcome<std::int64_t> rows = db->QueryInt(tables->Bytes(0));
    if (!rows) return tl::unexpected(rows.error());
    if (*rows != 0) return true;
  }
}

// `20060102T150405Z`.
std::string FileTime(Time now) {
  std::string text = FormatRfc3339Milli(now);
  text.resize(text.rfind('.'));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

// The databases that were set aside with names that begin so. Of one that was lost there may be
// parts alone.
std::size_t CountSetAside(const fs::path& prefix) {
  std::set<std::string> databases;
  std::error_code error;
  for (fs::directory_iterator it(prefix.parent_path(), error), end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().filename().string();
    if (!name.starts_with(prefix.filename().string())) continue;
    for (const std::string_view part : kParts) {
      if (!part.empty() && name.ends_with(part)) name.resize(name.size() - part.size());
    }
    databases.insert(std::move(name));
  }
  return databases.size();
}

bool IsTaken(const std::string& name) {
  std::error_code error;
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](const char* part) { return fs::exists(name + part, error); });
}

Status RemoveAll(const std::string& path) {
  for (const char* part : kParts) {
    std::error_code error;
    fs::remove(path + part, error);
    if (error) return Fail("remove " + path + part + ": " + error.message());
  }
  return {};
}

// SQLite takes an empty file for a new one, and drops the log that is beside it: all that was not
// copied from there yet, which is everything where the file itself was lost.
bool HasLogAlone(const std::string& path) {
  std::error_code error;
  const std::uintmax_t log_bytes = fs::file_size(path + "-wal", error);
  if (error || log_bytes == 0) return false;
  const std::uintmax_t bytes = fs::file_size(path, error);
  return error ? error == std::errc::no_such_file_or_directory : bytes == 0;
}

}  // namespace

Outcome<StateFile> OpenStateFile(const std::string& path, const std::string& vfs) {
  if (HasLogAlone(path)) return tl::unexpected(Failure{"it is lost, but for its log", true});
  Outcome<Database> db = Database::Open(path, Database::Mode::kReadWrite, vfs);
  if (!db) return tl::unexpected(db.error());
  if (Outcome<void> set = db->Execute(kSettings); !set) return tl::unexpected(set.error());
  // Before the migration, which would say less about what is broken.
  if (Outcome<void> sound = CheckIntegrity(&*db); !sound) return tl::unexpected(sound.error());
  if (Outcome<void> ours = Migrate(&*db, Migrations()); !ours) return tl::unexpected(ours.error());
  Outcome<StateTables> tables = StateTables::Prepare(&*db);
  if (!tables) return tl::unexpected(tables.error());
  return StateFile{*std::move(db), *std::move(tables)};
}

Outcome<void> Probe(StateFile* file) {
  // Setting the version writes it even if it is the same.
  const Outcome<std::int64_t> version = file->db.QueryInt("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  Outcome<void> done = file->db.Execute(
      "BEGIN IMMEDIATE; PRAGMA user_version = " + std::to_string(*version) + "; COMMIT");
  if (!done) file->db.Rollback();
  return done;
}

Outcome<LoadedState> LoadReadOnly(const std::string& path, const std::string& vfs) {
  Outcome<Database> file = OpenReadOnly(path, vfs);
  if (!file) return tl::unexpected(file.error());
  // It may be of an older version, and cannot be made one of this where it is.
  Outcome<Database> db = file->CopyToMemory();
  if (!db) return tl::unexpected(db.error());
  if (Outcome<void> ours = Migrate(&*db, Migrations()); !ours) return tl::unexpected(ours.error());
  return LoadState(&*db);
}

bool HoldsNothing(const std::string& path, const std::string& vfs) {
  std::error_code error;
  if (!fs::exists(path, error)) return !error;
  Outcome<Database> db = OpenReadOnly(path, vfs);
  return db && HoldsNothing(&*db);
}

bool HoldsNothing(Database* db) {
  return HasRows(db) == false;
}

bool HasSetAside(const std::string& path) {
  return CountSetAside(path + ".") > 0;
}

Result<std::string> SetAside(const std::string& path, const char* word, Time now) {
  const std::string prefix = path + "." + word + "-";
  if (CountSetAside(prefix) >= kSetAsideMax) {
    if (Status removed = RemoveAll(path); !removed) return tl::unexpected(removed.error());
    return std::string("removed, as there are enough like it");
  }
  std::string name = prefix + FileTime(now);
  std::error_code error;
  for (int i = 2; IsTaken(name); ++i) {
    name = prefix + FileTime(now) + "." + std::to_string(i);
  }
  for (const char* part : kParts) {
    fs::rename(path + part, name + part, error);
    if (error && error != std::errc::no_such_file_or_directory) {
      return Fail("rename " + path + part + ": " + error.message());
    }
  }
  return name;
}

}  // namespace tocsin::storage
