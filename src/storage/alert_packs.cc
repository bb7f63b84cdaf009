#include "storage/alert_packs.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tocsin::storage {
namespace {

// Of one pack.
constexpr std::size_t kCountMax = 1024;
constexpr std::size_t kBytesMax = 512 * 1024;
// The rest of a pack moves when it is less than this part of it.
constexpr std::uint32_t kSparse = 4;

constexpr std::string_view kSelectAll =
    "SELECT number, alerts, gone FROM alert_pack LEFT JOIN alert_pack_gone USING (number)"
    " ORDER BY number";

std::int64_t Number(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

bool IsSet(std::string_view bits, std::size_t at) {
  return at / 8 < bits.size() && (static_cast<unsigned char>(bits[at / 8]) >> (at % 8) & 1) != 0;
}

// False if it was set before.
bool Set(std::string* bits, std::size_t at) {
  if (IsSet(*bits, at)) return false;
  if (bits->size() <= at / 8) bits->resize(at / 8 + 1);
  (*bits)[at / 8] = static_cast<char>((*bits)[at / 8] | (1 << (at % 8)));
  return true;
}

}  // namespace

Outcome<AlertPacks> AlertPacks::Prepare(Database* db) {
  AlertPacks packs;
  const std::pair<Statement*, std::string_view> statements[] = {
      {&packs.put_, "INSERT INTO alert_pack (number, alerts) VALUES (?, ?)"},
      {&packs.put_gone_, "INSERT OR REPLACE INTO alert_pack_gone (number, gone) VALUES (?, ?)"},
      {&packs.get_, "SELECT alerts FROM alert_pack WHERE number = ?"},
      {&packs.remove_, "DELETE FROM alert_pack WHERE number = ?"},
      {&packs.remove_gone_, "DELETE FROM alert_pack_gone WHERE number = ?"},
      {&packs.clear_, "DELETE FROM alert_pack"},
      {&packs.clear_gone_, "DELETE FROM alert_pack_gone"},
  };
  for (const auto& [statement, sql] : statements) {
    Outcome<Statement> prepared = db->Prepare(sql);
    if (!prepared) return tl::unexpected(prepared.error());
    *statement = *std::move(prepared);
  }
  Outcome<Statement> rows = db->Prepare(kSelectAll);
  if (!rows) return tl::unexpected(rows.error());
  for (;;) {
    const Outcome<bool> row = rows->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    packs.Learn(static_cast<std::uint64_t>(rows->Int(0)), rows->Bytes(1), rows->Bytes(2));
  }
  return packs;
}

void AlertPacks::Learn(std::uint64_t number, std::string_view alerts, std::string_view gone) {
  number_ = number + 1;
  if (!gone.empty()) gone_[number] = gone;
  std::uint32_t count = 0;
  for (AlertPackReader reader(alerts); reader.Next() && count < 1u << kPositionBits; ++count) {
    last_ends_ = std::max(last_ends_, reader.entry().ends_after);
    if (!IsSet(gone, count)) SetPlace(reader.entry().id, {number, count});
  }
  packs_[number] = {count, CountGone(number)};
}

void AlertPacks::SetPlace(router::AlertId id, const Place& place) {
  const auto [it, inserted] = places_.try_emplace(id, place);
  if (inserted) return;
  MarkGone(it->second);
  it->second = place;
}

std::uint32_t AlertPacks::CountGone(std::uint64_t number) const {
  std::uint32_t count = 0;
  if (const auto gone = gone_.find(number); gone != gone_.end()) {
    for (const char byte : gone->second) {
      count += static_cast<std::uint32_t>(std::popcount(static_cast<unsigned char>(byte)));
    }
  }
  return count;
}

Outcome<void> AlertPacks::ForEachAlert(
    Database* db, const std::function<void(const AlertPackReader::Entry& alert)>& read,
    const std::function<void(std::int64_t pack)>& skip) {
  Outcome<Statement> rows = db->Prepare(kSelectAll);
  if (!rows) return tl::unexpected(rows.error());
  for (;;) {
    const Outcome<bool> row = rows->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    AlertPackReader reader(rows->Bytes(1));
    for (std::size_t position = 0; reader.Next(); ++position) {
      if (!IsSet(rows->Bytes(2), position)) read(reader.entry());
    }
    if (!reader.finished()) skip(rows->Int(0));
  }
}

Outcome<void> AlertPacks::Store(const router::AlertStored& change, std::int64_t ends_after) {
  return Add(change.id, ends_after, change.alert, change.groups);
}

Outcome<void> AlertPacks::Add(router::AlertId id, std::int64_t ends_after, model::AlertPtr alert,
                              std::span<const router::GroupId> groups) {
  SetPlace(id, {number_, writer_.count()});
  writer_.Add(id, ends_after, std::move(alert), groups);
  if (writer_.count() < kCountMax && writer_.bytes() < kBytesMax) return {};
  return WritePack();
}

void AlertPacks::Remove(router::AlertId id) {
  const auto it = places_.find(id);
  if (it == places_.end()) return;
  MarkGone(it->second);
  places_.erase(it);
}

void AlertPacks::MarkGone(const Place& place) {
  if (!Set(&gone_[place.pack()], place.position())) return;
  if (const auto pack = packs_.find(place.pack()); pack != packs_.end()) ++pack->second.gone;
  if (touched_.empty() || touched_.back() != place.pack()) touched_.push_back(place.pack());
}

Outcome<void> AlertPacks::Finish() {
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (const std::uint64_t number : std::exchange(touched_, {})) {
    if (Outcome<void> done = Settle(number); !done) return done;
  }
  return WritePack();
}

Outcome<void> AlertPacks::Settle(std::uint64_t number) {
  const auto pack = packs_.find(number);
  if (pack == packs_.end()) return {};  // The one at hand.
  const std::uint32_t rest = pack->second.count - std::min(pack->second.gone, pack->second.count);
  if (rest > 0 && rest < pack->second.count / kSparse) {
    const Outcome<bool> moved = MoveRest(number);
    if (!moved) return tl::unexpected(moved.error());
    if (*moved) return Delete(number);
  }
  return rest == 0 ? Delete(number) : WriteGone(number);
}

Outcome<bool> AlertPacks::MoveRest(std::uint64_t number) {
  std::string alerts;
  get_.BindInt(1, Number(number));
  const Outcome<bool> row = get_.Step();
  if (!row) return tl::unexpected(row.error());
  if (*row) alerts = get_.Bytes(0);
  get_.Reset();
  std::vector<AlertPackReader::Entry> rest;
  const std::string& gone = gone_[number];
  AlertPackReader reader(alerts);
  for (std::size_t position = 0; reader.Next(); ++position) {
    if (!IsSet(gone, position)) rest.push_back(reader.entry());
  }
  if (!reader.finished()) return false;
  for (const AlertPackReader::Entry& entry : rest) {
    Outcome<void> added = Add(entry.id, entry.ends_after,
                              std::make_shared<const model::Alert>(entry.ToAlert()), entry.groups);
    if (!added) return tl::unexpected(added.error());
  }
  return true;
}

Outcome<void> AlertPacks::WritePack() {
  if (writer_.count() == 0) return {};
  const std::uint64_t number = number_++;
  const Pack pack{static_cast<std::uint32_t>(writer_.count()), CountGone(number)};
  const std::string alerts = writer_.Take();
  if (pack.gone == pack.count) {
    gone_.erase(number);
    return {};
  }
  packs_[number] = pack;
  put_.BindInt(1, Number(number));
  put_.BindBlob(2, alerts);
  if (Outcome<void> done = put_.Run(); !done) return done;
  return pack.gone > 0 ? WriteGone(number) : Outcome<void>();
}

Outcome<void> AlertPacks::WriteGone(std::uint64_t number) {
  put_gone_.BindInt(1, Number(number));
  const std::string& gone = gone_[number];
  put_gone_.BindBlob(2, gone);
  return put_gone_.Run();
}

Outcome<void> AlertPacks::Delete(std::uint64_t number) {
  packs_.erase(number);
  remove_.BindInt(1, Number(number));
  if (Outcome<void> done = remove_.Run(); !done) return done;
  if (gone_.erase(number) == 0) return {};
  remove_gone_.BindInt(1, Number(number));
  return remove_gone_.Run();
}

Outcome<void> AlertPacks::RemoveEverything() {
  places_.clear();
  packs_.clear();
  gone_.clear();
  touched_.clear();
  writer_.Take();
  if (Outcome<void> done = clear_.Run(); !done) return done;
  return clear_gone_.Run();
}

}  // namespace tocsin::storage
