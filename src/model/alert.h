#pragma once

// An alert as the router knows it, whatever sent it: the rules of this process, a Prometheus over
// HTTP, or amtool. Immutable and shared; an update is a new object that shares the label set.

#include "base/interned_text.h"
#include "base/time.h"
#include "model/label_set.h"

#include <memory>
#include <string>

namespace tocsin::model {

struct Alert {
  LabelSet labels;       // Identity. No empty values.
  LabelSet annotations;  // Values may be empty.
  Time starts_at{};
  Time ends_at{};  // The alert is resolved from this instant on. Never kZeroTime in the store.
  Time updated_at{};
  // ends_at was not sent but set from resolve_timeout: a later end does not hold against an
  // explicit one.
  bool timeout = false;
  InternedText generator_url;  // The same for all alerts of a rule.

  bool ResolvedAt(Time now) const { return ends_at <= now; }
  Fingerprint fingerprint() const { return labels.Fingerprint(); }
};

using AlertPtr = std::shared_ptr<const Alert>;

// The stored alert after `incoming` arrives for the same labels. `clock` decides what counts as
// resolved. Activity ranges that overlap are merged, others replaced.
AlertPtr Merge(const AlertPtr& stored, const AlertPtr& incoming, Time clock);

inline constexpr std::string_view kAlertNameLabel = "alertname";

}  // namespace tocsin::model
