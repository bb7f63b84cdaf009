#include "storage/load_state.h"

#include "storage/alert_packs.h"
#include "storage/state_codec.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace tocsin::storage {
namespace {

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

// Calls `read` for each row of the query.
Outcome<void> ForEachRow(Database* db, std::string_view sql,
                         const std::function<void(const Statement& row)>& read) {
  Outcome<Statement> rows = db->Prepare(sql);
  if (!rows) return tl::unexpected(rows.error());
  for (;;) {
    const Outcome<bool> row = rows->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    read(*rows);
  }
}

Outcome<void> LoadSilences(Database* db, LoadedState* state) {
  return ForEachRow(
      db,
      "SELECT id, matcher_sets, starts_at, ends_at, updated_at, created_by, comment, annotations"
      " FROM silence ORDER BY rowid",
      [state](const Statement& row) {
        if (Result<model::SilencePtr> silence = ReadSilence(row)) {
          state->silences.push_back(*std::move(silence));
        } else {
          state->skipped.push_back("silence " + std::string(row.Bytes(0)) + ": " +
                                   silence.error().message);
        }
      });
}

Outcome<void> LoadLogEntries(Database* db, LoadedState* state) {
  return ForEachRow(db,
                    "SELECT key, timestamp, expires_at, firing, resolved, receiver_data"
                    " FROM log_entry ORDER BY rowid",
                    [state](const Statement& row) {
                      std::string key(row.Bytes(0));
                      if (Result<router::LogEntryPtr> entry = ReadLogEntry(row)) {
                        state->log_entries.emplace_back(std::move(key), *std::move(entry));
                      } else {
                        state->skipped.push_back("log entry " + key + ": " + entry.error().message);
                      }
                    });
}

Outcome<void> LoadGroups(Database* db, LoadedState* state) {
  return ForEachRow(
      db,
      "SELECT alert_group.id, identity, next_flush, flushed, in_progress"
      " FROM alert_group JOIN group_timer USING (id) ORDER BY alert_group.id",
      [state](const Statement& row) {
        std::optional<router::GroupState> group = DecodeGroup(row.Bytes(1));
        if (!group) {
          state->skipped.push_back("group " + std::to_string(row.Int(0)) + ": malformed");
          return;
        }
        group->id = static_cast<router::GroupId>(row.Int(0));
        group->next_flush = TimeOf(row.Int(2));
        group->flushed = row.Int(3) != 0;
        if (!row.IsNull(4)) group->broken_off = TimeOf(row.Int(4));
        state->groups.push_back(*std::move(group));
      });
}

// An alert as it is read, until it is known which end and which groups it has.
struct AlertRow {
  router::AlertId id{};
  std::int64_t ends_after = 0;
  std::shared_ptr<model::Alert> alert;
  std::vector<router::GroupId> groups;
};

template <class T>
auto FindById(std::vector<T>* all, decltype(T::id) id) {
  const auto it = std::lower_bound(all->begin(), all->end(), id,
                                   [](const T& one, auto wanted) { return one.id < wanted; });
  return it != all->end() && it->id == id ? &*it : nullptr;
}

Outcome<void> ApplyEnds(Database* db, std::vector<AlertRow>* alerts, LoadedState* state) {
  return ForEachRow(
      db, "SELECT number, ends FROM alert_ends ORDER BY number", [&](const Statement& row) {
        const auto ends = DecodeEnds(row.Bytes(1));
        if (!ends) {
          state->skipped.push_back("ends " + std::to_string(row.Int(0)) + ": malformed");
          return;
        }
        for (const auto& [id, end] : *ends) {
          AlertRow* const alert = FindById(alerts, id);
          if (alert != nullptr && alert->ends_after < row.Int(0)) alert->alert->ends_at = end;
        }
      });
}

// By ascending id; of one that is there twice the later counts.
void KeepLastOfEach(std::vector<AlertRow>* alerts) {
  std::stable_sort(alerts->begin(), alerts->end(),
                   [](const AlertRow& a, const AlertRow& b) { return a.id < b.id; });
  const auto first = std::unique(alerts->rbegin(), alerts->rend(),
                                 [](const AlertRow& a, const AlertRow& b) { return a.id == b.id; });
  alerts->erase(alerts->begin(), first.base());
}

// Where the removal of an alert was missed, another one with its labels may have been written
// since: the later counts.
void DropContradictedAlerts(std::vector<AlertRow>* alerts, LoadedState* state) {
  boost::unordered_flat_set<model::LabelSet, model::LabelSetHash> later;
  const auto first = std::remove_if(alerts->rbegin(), alerts->rend(), [&](const AlertRow& alert) {
    return !later.insert(alert.alert->labels).second;
  });
  state->contradictory = state->contradictory || first != alerts->rend();
  alerts->erase(alerts->begin(), first.base());
}

// The same of two groups with the same labels at one route.
void DropContradictedGroups(LoadedState* state) {
  boost::unordered_flat_set<std::string> later;
  std::vector<router::GroupState>& groups = state->groups;
  const auto first =
      std::remove_if(groups.rbegin(), groups.rend(), [&](const router::GroupState& group) {
        return !later
                    .insert(group.route_id + '\n' + group.receiver + '\n' + group.labels.ToString())
                    .second;
      });
  state->contradictory = state->contradictory || first != groups.rend();
  groups.erase(groups.begin(), first.base());
}

Outcome<void> LoadAlerts(Database* db, LoadedState* state) {
  std::vector<AlertRow> alerts;
  Outcome<void> done = AlertPacks::ForEachAlert(
      db,
      [&](const AlertPackReader::Entry& entry) {
        alerts.push_back({entry.id, entry.ends_after,
                          std::make_shared<model::Alert>(entry.ToAlert()), entry.groups});
      },
      [&](std::int64_t pack) {
        state->skipped.push_back("alerts " + std::to_string(pack) + ": malformed");
      });
  KeepLastOfEach(&alerts);
  if (!state->in_good_order) {
    DropContradictedAlerts(&alerts, state);
    DropContradictedGroups(state);
  }
  if (done) done = ApplyEnds(db, &alerts, state);
  for (AlertRow& alert : alerts) {
    const model::AlertPtr shared = std::move(alert.alert);
    state->alerts.push_back({alert.id, shared});
    for (const router::GroupId id : alert.groups) {
      router::GroupState* const group = FindById(&state->groups, id);
      if (group != nullptr) group->members.push_back(shared);
    }
  }
  return done;
}

Outcome<void> LoadRuleAlerts(Database* db, LoadedState* state) {
  return ForEachRow(db, "SELECT rule_group, rule, labels, state FROM rule_alert",
                    [state](const Statement& row) {
                      auto rule = std::make_shared<rules::RuleIdentity>();
                      rule->group = row.Bytes(0);
                      rule->rule = row.Bytes(1);
                      const auto labels = DecodeLabels(row.Bytes(2));
                      std::optional<rules::StoredAlert> alert = DecodeRuleAlert(row.Bytes(3));
                      if (!labels || !alert) {
                        state->skipped.push_back("alert of rule " + rule->rule + ": malformed");
                        return;
                      }
                      alert->labels = *labels;
                      state->rules.alerts.push_back({std::move(rule), *std::move(alert)});
                    });
}

Outcome<void> LoadLife(Database* db, LoadedState* state) {
  return ForEachRow(db, "SELECT alive_at, in_good_order FROM process",
                    [state](const Statement& row) {
                      state->alive_at = TimeOf(row.Int(0));
                      state->in_good_order = row.Int(1) != 0;
                    });
}

}  // namespace

Outcome<LoadedState> LoadState(Database* db) {
  LoadedState state;
  // The sign of life before what may contradict itself, groups before their alerts.
  for (const auto load :
       {LoadLife, LoadSilences, LoadLogEntries, LoadGroups, LoadAlerts, LoadRuleAlerts}) {
    if (Outcome<void> done = load(db, &state); !done) return tl::unexpected(done.error());
  }
  return state;
}

router::RouterState RouterStateOf(LoadedState loaded) {
  router::RouterState state;
  state.silences = std::move(loaded.silences);
  for (auto& [key, entry] : loaded.log_entries) state.log.emplace(key, std::move(entry));
  // Both by ascending id.
  if (!loaded.alerts.empty()) {
    state.next_id = static_cast<std::uint64_t>(loaded.alerts.back().id) + 1;
  }
  if (!loaded.groups.empty()) {
    state.next_id =
        std::max(state.next_id, static_cast<std::uint64_t>(loaded.groups.back().id) + 1);
  }
  state.alerts = std::move(loaded.alerts);
  state.groups = std::move(loaded.groups);
  state.stopped_at = loaded.alive_at;
  state.killed = loaded.alive_at && !loaded.in_good_order;
  return state;
}

}  // namespace tocsin::storage
