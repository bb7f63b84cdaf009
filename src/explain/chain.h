#pragma once

// The chain of decisions about one alert, up to an instant: from its becoming pending, or its being
// received, over the groups that it joined and what they told, to what was last decided. Read from
// the ledger alone: the same now, at any past moment, and of a server that does not run.

#include "base/result.h"
#include "base/time.h"
#include "history/event.h"
#include "history/reader.h"
#include "model/label_set.h"
#include "router/decision.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::explain {

// A stay of the alert in a group.
struct Membership {
  router::GroupIdentityPtr group;
  std::uint64_t first = 0;  // Number of the event with which it joined.
  std::uint64_t last = 0;   // With which it left; 0: it is still there.
  bool cut = false;         // What its group told first is not in the chain: it is too much.
  // Of the group, as far as the ledger tells.
  std::optional<Time> next_flush;
};

struct Chain {
  model::LabelSet alert;
  Time at{};
  // In their order: those about the alert, and those about a group while the alert is in it.
  std::vector<history::Entry> events;
  std::vector<Membership> memberships;  // In the order of joining.
  // The further Alertmanagers that it was handed to, as they were last; empty: there were none, or
  // no rule made it.
  std::vector<history::AlertTargets::Target> targets;
  // By the number of an AlertSuppressed: since when nothing of it keeps the alert back (lifted.h).
  std::map<std::uint64_t, Time> lifted;
  // The routes in force when it was routed, or at `at`. Empty: not known.
  std::vector<history::Route> routes;
  // False if something is missing, because the ledger does not reach so far back, it is too much,
  // or time was over.
  bool complete = true;
};

// The last time that the alert was there, at or before `at`; an empty chain if it never was. Fails
// only if the ledger cannot be read.
Result<Chain> CollectChain(history::Reader* reader, const model::LabelSet& alert, Time at);

// To people: a reload may have moved its route.
bool IsSameGroup(const router::GroupIdentity& a, const router::GroupIdentity& b);
// The same: it may also have moved in its file, or have another expression. Of one that was gone
// when the process began only the names are known.
bool IsSameRule(const history::Rule& a, const history::Rule& b);

}  // namespace tocsin::explain
