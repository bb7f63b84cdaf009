#include "history/reader.h"

#include "base/clock.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tocsin::history {
namespace {

using storage::Database;
using storage::Failure;
using storage::Outcome;
using storage::Statement;

std::int64_t Nanos(Time time) {
  return time.time_since_epoch().count();
}

bool HasAll(std::string_view encoded, const std::vector<Key>& keys) {
  return std::all_of(keys.begin(), keys.end(), [&](Key key) { return HasKey(encoded, key); });
}

tl::unexpected<Error> Because(const Failure& failure) {
  return Fail("the history cannot be read: " + failure.message);
}

}  // namespace

Result<Reader> Reader::Open(const std::string& path, Duration timeout) {
  Reader reader;
  reader.deadline_ = MonotonicNow() + timeout;
  std::error_code error;
  // Without a log nobody writes it, and there is nothing that reading would have to write first.
  const bool has_log = std::filesystem::exists(path + "-wal", error);
  const auto mode = has_log ? Database::Mode::kReadOnly : Database::Mode::kImmutable;
  Outcome<Database> db = Database::Open(path, mode, "");
  if (!db) return Because(db.error());
  reader.db_ = *std::move(db);
  if (auto begun = reader.db_.Execute("BEGIN"); !begun) return Because(begun.error());
  Outcome<Statement> blocks = reader.db_.Prepare(
      "SELECT id, keys FROM block WHERE id <= ?1 AND id + events > ?2 AND first_at <= ?3 AND "
      "last_at >= ?4 ORDER BY id DESC");
  if (!blocks) return Because(blocks.error());
  reader.blocks_ = *std::move(blocks);
  Outcome<Statement> body = reader.db_.Prepare("SELECT bytes FROM body WHERE id = ?1");
  if (!body) return Because(body.error());
  reader.body_ = *std::move(body);
  return reader;
}

Result<Reader::End> Reader::WalkBack(const Query& query,
                                     const std::function<bool(const std::vector<Entry>&)>& visit) {
  blocks_.BindInt(1, static_cast<std::int64_t>(query.last));
  blocks_.BindInt(2, static_cast<std::int64_t>(query.first));
  blocks_.BindInt(3, Nanos(query.to));
  blocks_.BindInt(4, Nanos(query.from));
  std::size_t read = 0;
  for (;;) {
    const Outcome<bool> row = blocks_.Step();
    if (!row) return Because(row.error());
    if (!*row) return End::kAll;
    if (MonotonicNow() >= deadline_) {
      blocks_.Reset();
      return End::kTimeout;
    }
    if (!HasAll(blocks_.Bytes(1), query.keys)) continue;
    if (read++ == query.blocks_max) {
      blocks_.Reset();
      return End::kLimit;
    }
    const Result<std::vector<Entry>> entries = ReadBlock(blocks_.Int(0), query);
    if (!entries) return tl::unexpected(entries.error());
    if (!entries->empty() && !visit(*entries)) {
      blocks_.Reset();
      return End::kStopped;
    }
  }
}

Result<std::vector<Entry>> Reader::ReadBlock(std::int64_t id, const Query& query) {
  body_.BindInt(1, id);
  const Outcome<bool> row = body_.Step();
  if (!row) return Because(row.error());
  Result<std::vector<Entry>> entries = Fail("no such block");
  if (*row) {
    entries = DecodeBlock(body_.Bytes(0), static_cast<std::uint64_t>(id));
    body_.Reset();
  }
  if (!entries) {
    malformed_.insert(id);
    return std::vector<Entry>();
  }
  std::erase_if(*entries, [&](const Entry& entry) {
    return entry.at < query.from || entry.at > query.to || entry.number < query.first ||
           entry.number > query.last;
  });
  return entries;
}

Result<Time> Reader::Beginning() {
  const Outcome<std::int64_t> first =
      db_.QueryInt("SELECT first_at FROM block ORDER BY id LIMIT 1");
  if (!first) return Because(first.error());
  return *first == 0 ? kZeroTime : Time(Duration(*first));
}

std::optional<Time> Reader::Alive() {
  const Outcome<std::int64_t> alive = db_.QueryInt("SELECT at FROM alive");
  if (!alive || *alive == 0) return std::nullopt;
  return Time(Duration(*alive));
}

}  // namespace tocsin::history
