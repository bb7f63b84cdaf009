#pragma once

// The silences and their rules: who may be changed under which id, which limits hold, and which
// silence an alert. Pure; time and new ids are arguments, what has to be made durable is returned.
// Router's thread only.
//
// Which silences match an alert is remembered by its slot. The matchers of a silence never change
// under its id, so an alert is looked at once for each silence: all of them through an index the
// first time, then only those that were added since.

#include "base/time.h"
#include "model/matcher.h"
#include "model/silence.h"
#include "router/alert_store.h"
#include "router/matcher_index.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::router {

struct SilenceLimits {
  std::size_t count_max = 0;  // Of all that are kept, expired ones included. 0: none.
  std::size_t bytes_max = 0;  // Of one, as Alertmanager measures it. 0: none.
};

struct SilenceError {
  enum class Kind {
    kInvalid,
    kNotFound,
    kNotDurable,  // Not from here, but from whoever writes the changes down.
  };
  Kind kind = Kind::kInvalid;
  std::string message;
};

// What is to be made durable, in this order.
struct SilenceChanges {
  std::vector<model::SilencePtr> stored;
  std::vector<std::string> removed;  // Ids.
};

using SilenceList = std::vector<model::SilencePtr>;

// As it is after the wall clock was set back by that much, to `now`: what was over stays over, what
// had begun goes on. When it is planned to begin or to end is a time of the calendar, and stays.
model::SilencePtr ByAnEarlierClock(const model::SilencePtr& silence, Time now, Duration by);

class Silences {
 public:
  struct Counts {
    std::size_t active = 0, pending = 0, expired = 0;
  };

  // Takes whatever was stored, valid today or not. Ids must differ.
  Silences(SilenceLimits limits, Duration retention, const SilenceList& stored);

  // Creates the silence, under `new_id`, if its id is empty. Otherwise changes the one with that
  // id, or, where an id may not cover the change (another start, other matchers, one that has
  // expired), ends the old one and creates one under `new_id`. Returns the id in effect. On failure
  // nothing has changed. `updated_at` of the argument does not matter.
  // Precondition: the matchers passed model::CompileSilenceMatchers.
  tl::expected<std::string, SilenceError> Set(Time now, model::Silence silence, std::string new_id,
                                              SilenceChanges* changes);
  // Ends it now. To end one that has expired is no error and no change.
  tl::expected<void, SilenceError> Expire(Time now, std::string_view id, SilenceChanges* changes);
  // Undoes a change that cannot be made durable: the silence with that id is `previous` again, or,
  // where that is null, gone.
  void PutBack(const std::string& id, const model::SilencePtr& previous);
  void ClockWentBack(Time now, Duration by);
  // Removes those that ended `retention` ago. To be called now and then: until it is, expired ones
  // are still looked at.
  void CollectGarbage(Time now, SilenceChanges* changes);

  // Null if there is none.
  model::SilencePtr Find(std::string_view id) const;
  // All that are kept, in no order. The same list until something changes.
  std::shared_ptr<const SilenceList> All() const;
  std::size_t size() const { return by_id_.size(); }
  Counts CountByState(Time now) const;

  // Appends those that silence the alert in `slot` at `now`, in the order in which they were
  // created. Valid until the next change.
  void ActiveFor(Time now, AlertSlot slot, const model::LabelSet& labels,
                 std::vector<const model::Silence*>* out);
  // The slot is free from now on; another alert may get it.
  void Forget(AlertSlot slot);

 private:
  // Position in live_; counts up in the order of creation.
  using Number = std::uint32_t;
  static constexpr Number kRetired = ~Number{0};

  struct Stored {
    model::SilencePtr silence;
    Number number = kRetired;
  };
  struct HashId {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>()(id); }
  };
  using ById = boost::unordered_flat_map<std::string, Stored, HashId, std::equal_to<>>;

  tl::expected<std::string, SilenceError> Update(Time now, model::Silence silence, Stored* stored,
                                                 SilenceChanges* changes);
  tl::expected<std::string, SilenceError> Create(Time now, model::Silence silence,
                                                 std::string new_id, SilenceChanges* changes);
  void End(Time now, Stored* stored, SilenceChanges* changes);
  std::string SizeProblem(const model::Silence& silence) const;
  // Ended on purpose counts even at the instant of the end.
  static bool IsOver(const Stored& stored, Time now);

  void Put(Stored* stored, model::SilencePtr silence);
  void Enlist(Stored* stored);
  void Delist(Stored* stored);
  void Retire(Stored* stored);
  // Numbers anew those that are not over at `now`, and forgets what is remembered of alerts.
  void Renumber(Time now);
  // The numbers from `from` on whose silences match, ascending.
  std::vector<Number> Examine(Number from, const model::LabelSet& labels);

  SilenceLimits limits_;
  Duration retention_{};
  ById by_id_;
  mutable std::shared_ptr<const SilenceList> all_;  // Null after a change.

  // By number; null where one was retired: it was found to be over, and is out of the index. Only
  // time that goes back brings it back.
  SilenceList live_;
  std::size_t retired_ = 0;
  Time last_retired_end_ = kZeroTime;
  MatcherIndex index_;

  std::vector<Number> examined_;  // By slot: silences from this number on have not been looked at.
  boost::unordered_flat_map<AlertSlot, std::vector<Number>>
      matches_;                               // Those that were, and match.
  std::vector<MatcherIndex::Id> candidates_;  // Between calls: nothing but capacity.
};

}  // namespace tocsin::router
