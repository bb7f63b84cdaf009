#pragma once

// Taking `for` clocks up again from the ALERTS_FOR_STATE series that a ruler wrote before
// (spec/rules.md §2.8), for alerts that no store of ours knows. Pure: says what to ask, and what
// the answers mean.

#include "base/time.h"
#include "model/label_set.h"
#include "rules/query.h"
#include "rules/rule_file.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::rules {

// Prometheus's, with its defaults.
struct ForRestoreOptions {
  Duration outage_tolerance = std::chrono::hours(1);  // What was written longer ago is forgotten.
  // Who was not firing yet does not fire sooner than this after the restore. Rules with a shorter
  // `for` begin anew.
  Duration grace_period = std::chrono::minutes(10);
};

// The clock of an alert as it was written last.
struct WrittenClock {
  Time active_at{};  // Whole seconds.
  Time down_at{};    // When that was written.
};

// The active_at that an alert goes on with after a restore at `now`: the time that nobody evaluated
// does not count, unless it was firing already. Nothing if the clock makes no sense.
std::optional<Time> RestoredActiveAt(const WrittenClock& clock, Duration hold, Duration grace,
                                     Time now);

// One attempt to find the clocks of one rule's alerts. First the newest samples of all its series
// are asked for, then whether each series went on or was ended by a marker, which the query API
// leaves out of ranges: an alert that had ended when the ruler stopped begins anew.
class ForRestore {
 public:
  struct Question {
    std::string expr;
    Time time{};
    bool is_range = false;
  };

  // `alerts` are identities, without `external`, which series may carry too. `interval` is the
  // group's.
  ForRestore(const RuleDefinition& rule, const std::vector<model::LabelSet>& alerts,
             const model::LabelSet& external, const ForRestoreOptions& options, Duration interval,
             Time now);

  Time asked_at() const { return asked_at_; }
  Duration grace_period() const { return options_.grace_period; }
  Question First() const;
  // The answer to that; returns what else to ask, each at a time of its own.
  std::vector<Question> TakeLast(const std::vector<LastSample>& samples);
  // The answer to a question for `time`.
  void TakePresent(Time time, const Vector& vector);
  // By the alert's identity, once all has been answered.
  std::map<model::LabelSet, WrittenClock> Clocks() const;

 private:
  struct Series {
    model::LabelSet alert;
    WrittenClock clock;
    Time last{};   // Of its newest sample.
    Time probe{};  // When it is asked whether it went on.
    bool went_on = false;
  };

  Time ProbeOf(Time last) const;

  const std::string selector_;
  const ForRestoreOptions options_;
  const Duration interval_;
  const Time asked_at_;
  // Labels that a series may have but for its name, to the alert's identity.
  boost::unordered_flat_map<model::LabelSet, model::LabelSet, model::LabelSetHash> wanted_;
  boost::unordered_flat_map<model::LabelSet, Series, model::LabelSetHash> series_;
};

}  // namespace tocsin::rules
