#include "storage/state_tables.h"

#include "storage/state_codec.h"

#include <algorithm>
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

template <class Id>
std::int64_t Number(Id id) {
  return static_cast<std::int64_t>(id);
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
      {&tables.put_log_entry_,
       "INSERT INTO log_entry (key, timestamp, expires_at, firing, resolved, receiver_data)"
       " VALUES (?, ?, ?, ?, ?, ?)"
       " ON CONFLICT (key) DO UPDATE SET timestamp = excluded.timestamp,"
       " expires_at = excluded.expires_at, firing = excluded.firing, resolved = excluded.resolved,"
       " receiver_data = excluded.receiver_data"},
      {&tables.remove_log_entry_, "DELETE FROM log_entry WHERE key = ?"},
      {&tables.put_ends_, "INSERT INTO alert_ends (number, ends) VALUES (?, ?)"},
      {&tables.remove_ends_, "DELETE FROM alert_ends"},
      {&tables.put_group_, "INSERT OR REPLACE INTO alert_group (id, identity) VALUES (?, ?)"},
      {&tables.remove_group_, "DELETE FROM alert_group WHERE id = ?"},
      {&tables.put_timer_,
       "INSERT OR REPLACE INTO group_timer (id, next_flush, flushed, in_progress)"
       " VALUES (?, ?, ?, ?)"},
      {&tables.remove_timer_, "DELETE FROM group_timer WHERE id = ?"},
      {&tables.put_rule_alert_,
       "INSERT OR REPLACE INTO rule_alert (rule_group, rule, labels, state) VALUES (?, ?, ?, ?)"},
      {&tables.remove_rule_alert_,
       "DELETE FROM rule_alert WHERE rule_group = ? AND rule = ? AND labels = ?"},
      {&tables.put_life_,
       "INSERT OR REPLACE INTO process (id, alive_at, in_good_order) VALUES (1, ?, ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    Outcome<Statement> prepared = db->Prepare(sql);
    if (!prepared) return tl::unexpected(prepared.error());
    *statement = *std::move(prepared);
  }
  Outcome<AlertPacks> alerts = AlertPacks::Prepare(db);
  if (!alerts) return tl::unexpected(alerts.error());
  tables.alerts_ = *std::move(alerts);
  const Outcome<std::int64_t> last_ends = db->QueryInt("SELECT max(number) FROM alert_ends");
  if (!last_ends) return tl::unexpected(last_ends.error());
  tables.last_ends_ = std::max(*last_ends, tables.alerts_.last_ends());
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

Outcome<void> StateTables::Apply(const router::AlertStored& change) {
  return alerts_.Store(change, last_ends_);
}

Outcome<void> StateTables::Apply(const router::AlertRemoved& change) {
  alerts_.Remove(change.id);
  return {};
}

Outcome<void> StateTables::Apply(const router::AlertEndsMoved& change) {
  if (change.all) {
    if (Outcome<void> done = remove_ends_.Run(); !done) return done;
  }
  if (change.ends.empty()) return {};
  const std::string ends = EncodeEnds(change.ends);
  put_ends_.BindInt(1, ++last_ends_);
  put_ends_.BindBlob(2, ends);
  return put_ends_.Run();
}

Outcome<void> StateTables::Apply(const router::GroupStored& change) {
  const std::string identity = EncodeGroup(*change.group, change.route_key);
  put_group_.BindInt(1, Number(change.group->id));
  put_group_.BindBlob(2, identity);
  if (Outcome<void> done = put_group_.Run(); !done) return done;
  return Apply(router::GroupTimed{change.group->id, change.timer});
}

Outcome<void> StateTables::Apply(const router::GroupTimed& change) {
  put_timer_.BindInt(1, Number(change.id));
  put_timer_.BindInt(2, Nanos(change.timer.next_flush));
  put_timer_.BindInt(3, change.timer.flushed ? 1 : 0);
  if (change.timer.in_progress) {
    put_timer_.BindInt(4, Nanos(*change.timer.in_progress));
  } else {
    put_timer_.BindNull(4);
  }
  return put_timer_.Run();
}

Outcome<void> StateTables::Apply(const router::GroupRemoved& change) {
  remove_group_.BindInt(1, Number(change.id));
  if (Outcome<void> done = remove_group_.Run(); !done) return done;
  remove_timer_.BindInt(1, Number(change.id));
  return remove_timer_.Run();
}

Outcome<void> StateTables::Apply(const rules::StateChange& change) {
  return std::visit([this](const auto& c) { return Apply(c); }, change);
}

Outcome<void> StateTables::Apply(const rules::AlertStored& change) {
  const std::string labels = EncodeLabels(change.alert.labels);
  const std::string state = EncodeRuleAlert(change.alert);
  put_rule_alert_.BindText(1, change.rule->group);
  put_rule_alert_.BindText(2, change.rule->rule);
  put_rule_alert_.BindBlob(3, labels);
  put_rule_alert_.BindBlob(4, state);
  return put_rule_alert_.Run();
}

Outcome<void> StateTables::Apply(const rules::AlertRemoved& change) {
  const std::string labels = EncodeLabels(change.labels);
  remove_rule_alert_.BindText(1, change.rule->group);
  remove_rule_alert_.BindText(2, change.rule->rule);
  remove_rule_alert_.BindBlob(3, labels);
  return remove_rule_alert_.Run();
}

Outcome<void> StateTables::RecordLife(Time now, bool in_good_order) {
  put_life_.BindInt(1, Nanos(now));
  put_life_.BindInt(2, in_good_order ? 1 : 0);
  return put_life_.Run();
}

Outcome<void> StateTables::RemoveEverything(Database* db) {
  if (Outcome<void> done = alerts_.RemoveEverything(); !done) return done;
  return db->Execute(
      "DELETE FROM silence; DELETE FROM log_entry; DELETE FROM alert_ends;"
      "DELETE FROM alert_group; DELETE FROM group_timer; DELETE FROM rule_alert");
}

}  // namespace tocsin::storage
