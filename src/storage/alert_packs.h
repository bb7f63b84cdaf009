#pragma once

// The active alerts' rows: a pack holds those of one transaction, so that a new alert costs some
// hundred bytes of a row rather than a row. An alert that is stored again or removed is marked as
// gone from its pack, in a list beside it. A pack from which all are gone is removed; of one from
// which most are, the others move into the pack at hand, so that the file holds no more than a few
// times what is there. Belongs to the thread that its database belongs to.

#include "router/state_change.h"
#include "storage/alert_pack_codec.h"
#include "storage/database.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::storage {

class AlertPacks {
 public:
  // Reads which alerts are where. After a transaction that was undone this has to be done anew.
  static Outcome<AlertPacks> Prepare(Database* db);

  // Calls `read` for each alert that is there, pack by pack: of two with one id the later counts.
  // `skip` hears of a pack that cannot be read.
  static Outcome<void> ForEachAlert(
      Database* db, const std::function<void(const AlertPackReader::Entry& alert)>& read,
      const std::function<void(std::int64_t pack)>& skip);

  // The latest of all alerts' `ends_after` at Prepare.
  std::int64_t last_ends() const { return last_ends_; }

  // Inside a transaction, which Finish ends before it is committed.
  Outcome<void> Store(const router::AlertStored& change, std::int64_t ends_after);
  void Remove(router::AlertId id);
  Outcome<void> Finish();
  Outcome<void> RemoveEverything();

 private:
  static constexpr int kPositionBits = 16;
  // Of an alert, in eight bytes: there is one for each.
  class Place {
   public:
    Place(std::uint64_t pack, std::size_t position) : bits_(pack << kPositionBits | position) {}
    std::uint64_t pack() const { return bits_ >> kPositionBits; }
    std::size_t position() const { return bits_ & ((1u << kPositionBits) - 1); }

   private:
    std::uint64_t bits_;
  };
  struct Pack {
    std::uint32_t count = 0;
    std::uint32_t gone = 0;  // Of them.
  };

  void Learn(std::uint64_t number, std::string_view alerts, std::string_view gone);
  Outcome<void> Add(router::AlertId id, std::int64_t ends_after, model::AlertPtr alert,
                    std::span<const router::GroupId> groups);
  // That alert is there now, and nowhere else.
  void SetPlace(router::AlertId id, const Place& place);
  void MarkGone(const Place& place);
  std::uint32_t CountGone(std::uint64_t number) const;
  Outcome<void> Settle(std::uint64_t number);
  // The rest of a pack into the one at hand; false: it cannot be read.
  Outcome<bool> MoveRest(std::uint64_t number);
  Outcome<void> WritePack();
  Outcome<void> WriteGone(std::uint64_t number);
  Outcome<void> Delete(std::uint64_t number);

  Statement put_, put_gone_, get_, remove_, remove_gone_, clear_, clear_gone_;
  boost::unordered_flat_map<router::AlertId, Place> places_;
  boost::unordered_flat_map<std::uint64_t, Pack> packs_;
  // Of the packs from which some are gone: a bit for each alert, up to the last that is set.
  boost::unordered_flat_map<std::uint64_t, std::string> gone_;
  std::int64_t last_ends_ = 0;
  std::uint64_t number_ = 1;            // Of the pack at hand.
  AlertPackWriter writer_;              // It.
  std::vector<std::uint64_t> touched_;  // Those from which more are gone; some twice.
};

}  // namespace tocsin::storage
