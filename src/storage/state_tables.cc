#include "storage/state_tables.h"

#include "storage/state_codec.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace tocsin::storage {
namespace {

std::int64_t Nanos(Time time) {
  return time.time_since_epoch().count();
}

Time TimeOf(std::int64_t nanos) {
  return Time(Duration(nanos));
}

Result<model::SilencePtr> ReadSilence(const Statement& row) {
  Result<std::vector<model::Matchers>> matcher_sets = DecodeMatcherSets(row.Bytes(1));
  if (!matcher_sets) return tl::unexpected(matcher_sets.error());
  std::optional<model::LabelSet> annotations = DecodeLabels(row.Bytes(7));
  if (!annotations) return Fail("malformed annotations");
  auto silence = std::make_shared<model::Silence>();
  silence->id = row.Bytes(0);
  silence->matcher_sets = *std::move(matcher_sets);
  silence->starts_at = TimeOf(row.Int(2));
  silence->ends_at = TimeOf(row.Int(3));
  silence->updated_at = TimeOf(row.Int(4));
  silence->created_by = row.Bytes(5);
  silence->comment = row.Bytes(6);
  silence->annotations = *std::move(annotations);
  return silence;
}

Result<router::LogEntryPtr> ReadLogEntry(const Statement& row) {
  std::optional<router::AlertHashes> firing = DecodeHashes(row.Bytes(3));
  std::optional<router::AlertHashes> resolved = DecodeHashes(row.Bytes(4));
  std::optional<model::ReceiverData> data = DecodeReceiverData(row.Bytes(5));
  if (!firing || !resolved || !data) return Fail("malformed");
  auto entry = std::make_shared<router::LogEntry>();
  entry->timestamp = TimeOf(row.Int(1));
  entry->expires_at = TimeOf(row.Int(2));
  entry->firing = *std::move(firing);
  entry->resolved = *std::move(resolved);
  entry->data = *std::move(data);
  return entry;
}

Outcome<void> LoadSilences(Database* db, LoadedState* state) {
  Outcome<Statement> rows = db->Prepare(
      "SELECT id, matcher_sets, starts_at, ends_at, updated_at, created_by, comment, annotations"
      " FROM silence ORDER BY rowid");
  if (!rows) return tl::unexpected(rows.error());
  for (;;) {
    const Outcome<bool> row = rows->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (Result<model::SilencePtr> silence = ReadSilence(*rows)) {
      state->silences.push_back(*std::move(silence));
    } else {
      state->skipped.push_back("silence " + std::string(rows->Bytes(0)) + ": " +
                               silence.error().message);
    }
  }
}

Outcome<void> LoadLogEntries(Database* db, LoadedState* state) {
  Outcome<Statement> rows = db->Prepare(
      "SELECT key, timestamp, expires_at, firing, resolved, receiver_data"
      " FROM log_entry ORDER BY rowid");
  if (!rows) return tl::unexpected(rows.error());
  for (;;) {
    const Outcome<bool> row = rows->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    std::string key(rows->Bytes(0));
    if (Result<router::LogEntryPtr> entry = ReadLogEntry(*rows)) {
      state->log_entries.emplace_back(std::move(key), *std::move(entry));
    } else {
      state->skipped.push_back("log entry " + key + ": " + entry.error().message);
    }
  }
}

}  // namespace

Outcome<StateTables> StateTables::Prepare(Database* db) {
  StateTables tables;
  const std::pair<Statement*, std::string_view> statements[] = {
      {&tables.put_silence_,
       "INSERT INTO silence (id, matcher_sets, starts_at, ends_at, updated_at, created_by, comment,"
       " annotations) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
       " ON CONFLICT (id) DO UPDATE SET matcher_sets = excluded.matcher_sets,"
       " starts_at = excluded.starts_at, ends_at = excluded.ends_at,"
       " updated_at = excluded.updated_at, created_by = excluded.created_by,"
       " comment = excluded.comment, annotations = excluded.annotations"},
      {&tables.remove_silence_, "DELETE FROM silence WHERE id = ?"},
      {&tables.remove_silences_, "DELETE FROM silence"},
      {&tables.put_log_entry_,
       "INSERT INTO log_entry (key, timestamp, expires_at, firing, resolved, receiver_data)"
       " VALUES (?, ?, ?, ?, ?, ?)"
       " ON CONFLICT (key) DO UPDATE SET timestamp = excluded.timestamp,"
       " expires_at = excluded.expires_at, firing = excluded.firing, resolved = excluded.resolved,"
       " receiver_data = excluded.receiver_data"},
      {&tables.remove_log_entry_, "DELETE FROM log_entry WHERE key = ?"},
      {&tables.remove_log_entries_, "DELETE FROM log_entry"},
  };
  for (const auto& [statement, sql] : statements) {
    Outcome<Statement> prepared = db->Prepare(sql);
    if (!prepared) return tl::unexpected(prepared.error());
    *statement = *std::move(prepared);
  }
  return tables;
}

Outcome<void> StateTables::Apply(const router::StateChange& change) {
  return std::visit([this](const auto& c) { return Apply(c); }, change);
}

Outcome<void> StateTables::Apply(const router::SilenceStored& change) {
  const model::Silence& silence = *change.silence;
  const std::string matcher_sets = EncodeMatcherSets(silence.matcher_sets);
  const std::string annotations = EncodeLabels(silence.annotations);
  put_silence_.BindText(1, silence.id);
  put_silence_.BindBlob(2, matcher_sets);
  put_silence_.BindInt(3, Nanos(silence.starts_at));
  put_silence_.BindInt(4, Nanos(silence.ends_at));
  put_silence_.BindInt(5, Nanos(silence.updated_at));
  put_silence_.BindText(6, silence.created_by);
  put_silence_.BindText(7, silence.comment);
  put_silence_.BindBlob(8, annotations);
  return put_silence_.Run();
}

Outcome<void> StateTables::Apply(const router::SilenceRemoved& change) {
  remove_silence_.BindText(1, change.id);
  return remove_silence_.Run();
}

Outcome<void> StateTables::Apply(const router::LogEntryStored& change) {
  const router::LogEntry& entry = *change.entry;
  const std::string firing = EncodeHashes(entry.firing);
  const std::string resolved = EncodeHashes(entry.resolved);
  const std::string data = EncodeReceiverData(entry.data);
  put_log_entry_.BindText(1, change.key);
  put_log_entry_.BindInt(2, Nanos(entry.timestamp));
  put_log_entry_.BindInt(3, Nanos(entry.expires_at));
  put_log_entry_.BindBlob(4, firing);
  put_log_entry_.BindBlob(5, resolved);
  put_log_entry_.BindBlob(6, data);
  return put_log_entry_.Run();
}

Outcome<void> StateTables::Apply(const router::LogEntryRemoved& change) {
  remove_log_entry_.BindText(1, change.key);
  return remove_log_entry_.Run();
}

Outcome<void> StateTables::RemoveEverything() {
  if (Outcome<void> done = remove_silences_.Run(); !done) return done;
  return remove_log_entries_.Run();
}

Outcome<LoadedState> LoadState(Database* db) {
  LoadedState state;
  if (Outcome<void> done = LoadSilences(db, &state); !done) return tl::unexpected(done.error());
  if (Outcome<void> done = LoadLogEntries(db, &state); !done) return tl::unexpected(done.error());
  return state;
}

}  // namespace tocsin::storage
