#pragma once

// Which alerts are not worth telling while others fire: the inhibit rules, and per rule the alerts
// that match its source side, found by the values of the labels that both sides must share. All of
// them are kept, not one for each set of values: when one ends, the others go on inhibiting.
// Router's thread only.

#include "base/time.h"
#include "model/label_set.h"
#include "model/matcher.h"
#include "router/alert_store.h"
#include "router/matcher_index.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tocsin::router {

// While an alert that matches `source` fires, those that match `target` are not notified, if both
// have the same values of all labels in `equal`; a label that is missing is an empty one. An alert
// that matches both sides is not inhibited by one that matches both, so none inhibits itself.
struct InhibitRule {
  std::string name;
  model::Matchers source, target;
  std::vector<std::string> equal;
};

struct Inhibition {
  AlertSlot source{};
  std::uint32_t rule = 0;  // Position among the rules.
  bool operator==(const Inhibition&) const = default;
};

class Inhibitor {
 public:
  explicit Inhibitor(std::vector<InhibitRule> rules);
  Inhibitor(Inhibitor&&) = default;
  Inhibitor& operator=(Inhibitor&&) = default;

  // Enters the alert in `slot` as a source of the rules that it matches, if it is not one already.
  // To be called when an alert becomes known and when one that had ended fires again, since sources
  // that were found ended are dropped. Not needed when an alert is sent again while it fires: its
  // end is read from the store.
  void OnFiring(AlertSlot slot, const model::LabelSet& labels);
  // The slot is free from now on; `labels` are of the alert that was there. Any alert will do,
  // whether or not it ever fired.
  void Forget(AlertSlot slot, const model::LabelSet& labels);

  // What inhibits an alert with these labels at `now`: by the first rule that has a firing source
  // for it; of several such sources the one with the smallest fingerprint, so that the answer does
  // not depend on the order of arrival. Whether the target fires does not matter, nor whether the
  // source is itself silenced or inhibited. Precondition: what had ended at an earlier call has
  // ended at `now`, unless OnFiring was called for it.
  std::optional<Inhibition> InhibitedBy(const model::LabelSet& target, const AlertStore& store,
                                        Time now);

  const InhibitRule& rule(std::uint32_t index) const { return rules_[index].rule; }

 private:
  // Label sets are equal here if their values of the rule's `equal` are. Views of the rule's names.
  struct HashEqualValues {
    std::span<const std::string> names;
    std::size_t operator()(const model::LabelSet& labels) const;
  };
  struct SameEqualValues {
    std::span<const std::string> names;
    bool operator()(const model::LabelSet& a, const model::LabelSet& b) const;
  };

  struct Source {
    model::Fingerprint fingerprint{};
    AlertSlot slot{};
    auto operator<=>(const Source&) const = default;
  };
  // Those found ended are dropped, so that however many have ended, each is passed over once.
  using Sources = std::set<Source>;
  struct SourcesOfValues {
    Sources one_sided;  // These do not match the target side.
    Sources two_sided;
  };
  struct RuleIndex {
    explicit RuleIndex(InhibitRule inhibit_rule);

    InhibitRule rule;
    // By the values of `equal`; the key is one label set that has them.
    boost::unordered_flat_map<model::LabelSet, SourcesOfValues, HashEqualValues, SameEqualValues>
        sources;
  };

  static const Source* FirstFiring(Sources* sources, const AlertStore& store, Time now);
  static const Source* FirstFiring(RuleIndex* index, const model::LabelSet& target,
                                   const AlertStore& store, Time now);

  std::vector<RuleIndex> rules_;
  MatcherIndex by_source_, by_target_;        // Ids are positions in rules_.
  std::vector<MatcherIndex::Id> candidates_;  // Between calls: nothing but capacity.
};

}  // namespace tocsin::router
