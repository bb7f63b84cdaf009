#include "history/history_file.h"

#include "history/block.h"
#include "storage/schema.h"

#include <algorithm>

namespace tocsin::history {
namespace {

using storage::Database;
using storage::Outcome;
using storage::Statement;

// What is looked at for each block is apart from the events, so that passing over a block is cheap.
// Times are nanoseconds since the epoch; id is the number of the first event.
constexpr const char* kMigrations[] = {
    R"(
CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  events INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  keys BLOB NOT NULL
) STRICT;
CREATE TABLE body (
  id INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;
)",
    // Keys of labels are made in another way: what was filed under the old ones would not be found,
    // and denied.
    "DELETE FROM block; DELETE FROM body;",
    // Up to when all that was decided is here. No row: the process that wrote it has stopped.
    "CREATE TABLE alive (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;",
};

// Before there are tables: pages that are free can be given back. Nothing is read twice: a large
// cache would only be memory.
constexpr const char* kSettings =
    "PRAGMA cache_size = -512;"
    "PRAGMA auto_vacuum = INCREMENTAL;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA journal_size_limit = 4194304";

// Blocks that go at a time when there are too many: a transaction stays short.
constexpr int kPruneBlocks = 64;

std::int64_t Nanos(Time time) {
  return time.time_since_epoch().count();
}

}  // namespace

Outcome<HistoryFile> HistoryFile::Open(const std::string& path, const std::string& vfs) {
  HistoryFile file;
  Outcome<Database> db = Database::Open(path, Database::Mode::kReadWrite, vfs);
  if (!db) return tl::unexpected(db.error());
  file.db_ = *std::move(db);
  if (auto set = file.db_.Execute(kSettings); !set) return tl::unexpected(set.error());
  if (auto ours = storage::Migrate(&file.db_, kMigrations); !ours) {
    return tl::unexpected(ours.error());
  }
  Outcome<Statement> block = file.db_.Prepare("INSERT INTO block VALUES (?1, ?2, ?3, ?4, ?5)");
  if (!block) return tl::unexpected(block.error());
  file.add_block_ = *std::move(block);
  Outcome<Statement> body = file.db_.Prepare("INSERT INTO body VALUES (?1, ?2)");
  if (!body) return tl::unexpected(body.error());
  file.add_body_ = *std::move(body);
  const Outcome<std::int64_t> next =
      file.db_.QueryInt("SELECT id + events FROM block ORDER BY id DESC LIMIT 1");
  if (!next) return tl::unexpected(next.error());
  file.next_number_ = static_cast<std::uint64_t>(std::max<std::int64_t>(*next, 1));
  const Outcome<std::int64_t> alive = file.db_.QueryInt("SELECT at FROM alive");
  if (!alive) return tl::unexpected(alive.error());
  if (*alive != 0) file.alive_ = Time(Duration(*alive));
  return file;
}

Outcome<void> HistoryFile::Append(std::span<const Entry> entries, bool seals) {
  Outcome<void> done = db_.Execute("BEGIN IMMEDIATE");
  if (done) done = WriteBlock(entries, seals);
  if (done) done = db_.Execute("COMMIT");
  if (!done) {
    db_.Rollback();
    return done;
  }
  next_number_ = entries.back().number + 1;
  return {};
}

Outcome<void> HistoryFile::MarkAlive(Time at) {
  if (IsZero(at)) return db_.Execute("DELETE FROM alive");
  return db_.Execute("INSERT OR REPLACE INTO alive VALUES (1, " + std::to_string(Nanos(at)) + ")");
}

Outcome<void> HistoryFile::WriteBlock(std::span<const Entry> entries, bool seals) {
  const auto id = static_cast<std::int64_t>(entries.front().number);
  if (seals) {
    const std::string from = " WHERE id >= " + std::to_string(id) + ";";
    const auto done = db_.Execute("DELETE FROM block" + from + "DELETE FROM body" + from);
    if (!done) return done;
  }
  const auto [first, last] = std::minmax_element(
      entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.at < b.at; });
  const PackedBlock block = EncodeBlock(entries);
  add_block_.BindInt(1, id);
  add_block_.BindInt(2, static_cast<std::int64_t>(entries.size()));
  add_block_.BindInt(3, Nanos(first->at));
  add_block_.BindInt(4, Nanos(last->at));
  add_block_.BindBlob(5, block.keys);
  if (auto done = add_block_.Run(); !done) return done;
  add_body_.BindInt(1, id);
  add_body_.BindBlob(2, block.bytes);
  return add_body_.Run();
}

Outcome<std::uint64_t> HistoryFile::Prune(Time oldest, std::uint64_t bytes_max) {
  const auto end = static_cast<std::int64_t>(next_number_);
  const Outcome<std::int64_t> young =
      db_.QueryInt("SELECT coalesce(min(id), " + std::to_string(end) +
                   ") FROM block WHERE last_at >= " + std::to_string(Nanos(oldest)));
  if (!young) return tl::unexpected(young.error());
  if (auto done = RemoveUpTo(*young - 1); !done) return tl::unexpected(done.error());
  for (;;) {
    const Outcome<std::uint64_t> bytes = Bytes();
    if (!bytes) return tl::unexpected(bytes.error());
    if (*bytes <= bytes_max) break;
    const Outcome<std::int64_t> last = OldestOf(*bytes - bytes_max);
    if (!last) return tl::unexpected(last.error());
    if (*last == 0) break;
    if (auto done = RemoveUpTo(*last); !done) return tl::unexpected(done.error());
  }
  const auto vacuumed = db_.Execute("PRAGMA incremental_vacuum(256)");
  if (!vacuumed) return tl::unexpected(vacuumed.error());
  const Outcome<std::int64_t> first =
      db_.QueryInt("SELECT coalesce(min(id), " + std::to_string(end) + ") FROM block");
  if (!first) return tl::unexpected(first.error());
  return static_cast<std::uint64_t>(*first);
}

Outcome<std::int64_t> HistoryFile::OldestOf(std::uint64_t bytes) {
  Outcome<Statement> blocks = db_.Prepare(
      "SELECT id, length(keys) + (SELECT length(bytes) FROM body WHERE body.id = block.id) "
      "FROM block WHERE id < (SELECT max(id) FROM block) ORDER BY id LIMIT " +
      std::to_string(kPruneBlocks));
  if (!blocks) return tl::unexpected(blocks.error());
  std::int64_t last = 0;
  std::uint64_t size = 0;
  while (size < bytes) {
    const Outcome<bool> row = blocks->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    last = blocks->Int(0);
    size += static_cast<std::uint64_t>(blocks->Int(1));
  }
  return last;
}

Outcome<void> HistoryFile::RemoveUpTo(std::int64_t block) {
  const std::string up_to = " WHERE id <= " + std::to_string(block) + ";";
  auto done = db_.Execute("BEGIN IMMEDIATE; DELETE FROM block" + up_to + "DELETE FROM body" +
                          up_to + "COMMIT");
  if (!done) db_.Rollback();
  return done;
}

Outcome<std::uint64_t> HistoryFile::Bytes() {
  std::int64_t numbers[3] = {};
  const char* const kNames[] = {"page_count", "freelist_count", "page_size"};
  for (std::size_t i = 0; i < 3; ++i) {
    const Outcome<std::int64_t> number = db_.QueryInt(std::string("PRAGMA ") + kNames[i]);
    if (!number) return tl::unexpected(number.error());
    numbers[i] = *number;
  }
  return static_cast<std::uint64_t>((numbers[0] - numbers[1]) * numbers[2]);
}

}  // namespace tocsin::history
