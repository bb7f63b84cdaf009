#pragma once

// All alerts the router knows, each in a slot that it keeps for as long as it is known. Groups,
// inhibition and cached verdicts name an alert by its slot: four bytes, and no update of theirs
// when the alert is sent again. Router's thread only.

#include "model/alert.h"
#include "model/matcher.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tocsin::router {

enum class AlertSlot : std::uint32_t {};

class AlertStore {
 public:
  AlertStore();

  std::optional<AlertSlot> Find(const model::LabelSet& labels) const;
  // Precondition: none with these labels is stored.
  AlertSlot Add(model::AlertPtr alert);
  // Precondition: `alert` has the labels of the one in the slot.
  void Replace(AlertSlot slot, model::AlertPtr alert);
  // The slot is given to another alert some day.
  void Remove(AlertSlot slot);

  // Null for a slot that is free.
  const model::AlertPtr& operator[](AlertSlot slot) const {
    return (*alerts_)[static_cast<std::size_t>(slot)];
  }
  // Appends slots, in order from `*next` on, of alerts that satisfy the matchers, and moves `*next`
  // on; false if slots are left. One call looks at kSliceLooks alerts at most. Where the matchers
  // name a value, most others are passed over without being looked at.
  bool SelectSlice(const model::Matchers& matchers, std::size_t* next,
                   std::vector<AlertSlot>* selected) const;
  // Some tens of microseconds, whatever the matchers are.
  static constexpr std::size_t kSliceLooks = 100;

  std::size_t size() const { return index_.size(); }
  // All slots are below this; some of them may be free.
  std::size_t slot_end() const { return alerts_->size(); }

 private:
  // The index holds slots and half of their hashes, so that it grows and is searched without a
  // look at alerts all over the memory; labels are compared on a hit, through the store.
  struct Indexed {
    AlertSlot slot{};
    std::uint32_t hash = 0;
  };
  static std::uint32_t HashOf(const model::LabelSet& labels);
  struct HashIndexed {
    using is_transparent = void;
    std::size_t operator()(const Indexed& indexed) const { return Spread(indexed.hash); }
    std::size_t operator()(const model::LabelSet& labels) const { return Spread(HashOf(labels)); }
    // The table wants all bits of a hash to be good.
    static std::size_t Spread(std::uint32_t hash) { return hash * 0x9E3779B97F4A7C15ULL; }
  };
  struct EqualIndexed {
    using is_transparent = void;
    const std::vector<model::AlertPtr>* alerts;
    bool operator()(const Indexed& a, const Indexed& b) const { return a.slot == b.slot; }
    bool operator()(const model::LabelSet& labels, const Indexed& indexed) const;
    bool operator()(const Indexed& indexed, const model::LabelSet& labels) const {
      return (*this)(labels, indexed);
    }
  };

  // A few bits for each pair that a label set has: which values it cannot have is seen from this
  // alone.
  using Signature = std::uint64_t;
  static Signature SignatureOf(std::string_view name, std::string_view value);
  static Signature SignatureOf(const model::LabelSet& labels);

  // On the heap, so that the index's functions can point to it wherever this object moves.
  std::unique_ptr<std::vector<model::AlertPtr>> alerts_;
  boost::unordered_flat_set<Indexed, HashIndexed, EqualIndexed> index_;
  std::vector<Signature> signatures_;  // By slot.
  std::vector<AlertSlot> free_;
};

// As the alert has to be after the wall clock was set back by that much, to `now`: what is over or
// was reckoned by the clock moves along. The same pointer if nothing changes.
model::AlertPtr ByAnEarlierClock(const model::AlertPtr& alert, Time now, Duration by);

}  // namespace tocsin::router
