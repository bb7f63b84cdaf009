#include "explain/explanation.h"

#include "explain/conclusion.h"
#include "explain/routes.h"

#include <algorithm>
#include <utility>

namespace tocsin::explain {
namespace {

// Follows a stay through the events.
class StayFollower {
 public:
  StayFollower(const Membership& membership, const Chain& chain) : chain_(chain) {
    stay_.membership = membership;
  }

  void Follow(const history::Entry& entry) {
    const Membership& membership = stay_.membership;
    if (std::holds_alternative<history::Started>(entry.event)) {
      restarted_ = true;
      for (Telling& telling : stay_.tellings) telling.interrupted = true;
    }
    if (const auto* received = std::get_if<history::AlertReceived>(&entry.event)) {
      using Change = history::AlertReceived::Change;
      ended_ = received->change == Change::kEnded || received->change == Change::kEndedAgain;
    }
    const router::GroupIdentity* group = history::GroupOf(entry.event);
    if (group == nullptr || !IsSameGroup(*group, *membership.group)) return;
    if (entry.number < membership.first) return;
    if (membership.last != 0 && entry.number > membership.last) return;
    if (entry.number == membership.first) {
      stay_.joined = entry.at;
      seen_joining_ = std::holds_alternative<history::AlertGrouped>(entry.event);
    }
    number_ = entry.number;
    std::visit([&](const auto& event) { On(entry.at, event); }, entry.event);
  }
  Stay Take() && { return std::move(stay_); }

 private:
  void On(Time, const history::GroupFlushed&) {
    stay_.flushed = true;
    // Another process tells again what it leaves out, right after this.
    if (std::exchange(restarted_, false)) Unsuppress();
  }
  void On(Time at, const history::AlertLeftGroup&) { stay_.left = at; }
  void On(Time at, const history::GroupEnded& event) {
    stay_.left = at;
    stay_.left_by_configuration = event.why == router::GroupEnded::Why::kConfiguration;
  }
  void On(Time at, const history::AlertSuppressed& event) {
    stay_.flushed = true;
    stay_.suppressed = event;
    stay_.suppressed_at = at;
    const auto lifted = chain_.lifted.find(number_);
    stay_.lifted = lifted == chain_.lifted.end() ? std::nullopt : std::optional(lifted->second);
    restarted_ = false;
  }
  void On(Time, const history::AlertUnsuppressed&) { Unsuppress(); }
  void On(Time at, const history::NotificationDue& event) {
    stay_.flushed = true;
    Telling& telling = Of(event.integration);
    // Only what is new to the integration is named: of the others it hears what it heard before,
    // but not of those that ended where it does not want to hear of ends.
    if (stay_.suppressed || ended_) telling.of_alert = false;
    for (const history::NotificationDue::Told& told : event.told) {
      if (told.alert != chain_.alert) continue;
      telling.of_alert = true;
      telling.resolved = told.resolved;
      Unsuppress();
    }
    telling.state = Telling::State::kSending;
    telling.interrupted = false;
    telling.since = at;
    telling.reason = event.reason;
    telling.attempts = 0;
    telling.last_attempt.reset();
    telling.error.clear();
  }
  void On(Time at, const history::NotificationNotNeeded& event) {
    Telling& telling = Of(event.integration);
    telling.nothing_new = event.why;
    telling.nothing_new_ended = ended_;
    if (telling.state == Telling::State::kNothingNew) telling.since = at;
    // A flush comes after the one before it: that has told, and a process that died has written
    // down for itself, but not here, that it had.
    const bool told = event.why != router::NothingNew::kNeverFired;
    if (telling.state == Telling::State::kSending && told) OnTold(telling.since, true, &telling);
  }
  void On(Time, const history::AttemptEnded& event) {
    Telling& telling = Of(event.integration);
    telling.attempts = event.attempt;
    telling.last_attempt = event;
  }
  void On(Time at, const history::NotificationLogged& event) {
    OnTold(at, event.sent, &Of(event.integration));
  }
  void On(Time at, const history::NotificationFailed& event) {
    Telling& telling = Of(event.integration);
    telling.state = Telling::State::kFailed;
    telling.since = at;
    telling.error = event.error;
  }
  template <class E>
  void On(Time, const E&) {}

  static void OnTold(Time at, bool sent, Telling* telling) {
    telling->state = sent ? Telling::State::kTold : Telling::State::kNotWanted;
    telling->since = at;
    if (!sent || !telling->of_alert) return;
    telling->told_at = at;
    telling->told_resolved = telling->resolved;
    telling->told_reason = telling->reason;
    telling->told_attempt = telling->last_attempt;
  }

  Telling& Of(const model::IntegrationId& integration) {
    for (Telling& telling : stay_.tellings) {
      if (telling.integration == integration) return telling;
    }
    Telling& telling = stay_.tellings.emplace_back();
    telling.integration = integration;
    telling.of_alert = !seen_joining_ || stay_.membership.cut;
    return telling;
  }

  void Unsuppress() {
    stay_.suppressed.reset();
    stay_.lifted.reset();
  }

  const Chain& chain_;
  Stay stay_;
  std::uint64_t number_ = 0;   // Of the event at hand.
  bool seen_joining_ = false;  // Otherwise what comes first may have been told before.
  bool restarted_ = false;     // And its group has not been flushed since.
  bool ended_ = false;         // The alert, as its source or its rule said.
};

// What the events of its rules come to.
class RuleFollower {
 public:
  explicit RuleFollower(Explanation* explanation) : explanation_(explanation) {}

  void Follow(const history::Entry& entry) {
    if (const auto* changed = std::get_if<history::RuleAlertChanged>(&entry.event)) {
      Of(changed->rule) = {*changed, false};
    } else if (std::holds_alternative<history::AlertReceived>(entry.event)) {
      explanation_->dropped.reset();  // Another configuration lets it through.
    } else if (const auto* gone = std::get_if<history::RuleAlertForgotten>(&entry.event)) {
      RuleStand& stand = Of(gone->rule);
      stand.last.from = gone->state;
      stand.last.to = rules::AlertState::kInactive;
      stand.last.evaluated = entry.at;
      stand.gone = true;
    } else if (const auto* dropped = std::get_if<history::AlertDropped>(&entry.event)) {
      explanation_->dropped = *dropped;
      explanation_->dropped_at = entry.at;
    }
  }

 private:
  RuleStand& Of(const history::Rule& rule) {
    for (RuleStand& known : explanation_->rules) {
      if (IsSameRule(known.last.rule, rule)) return known;
    }
    explanation_->rules.emplace_back().last.rule = rule;
    return explanation_->rules.back();
  }

  Explanation* const explanation_;
};

// None: it fires, or nobody has said that it ended.
std::optional<Time> EndOf(const Chain& chain) {
  using Change = history::AlertReceived::Change;
  for (auto entry = chain.events.rbegin(); entry != chain.events.rend(); ++entry) {
    const auto* received = std::get_if<history::AlertReceived>(&entry->event);
    if (received == nullptr) continue;
    const bool ended = received->change == Change::kEnded ||
                       received->change == Change::kEndedAgain || received->ends_at <= entry->at;
    return ended ? std::optional(received->ends_at) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Explanation Explain(Chain chain) {
  Explanation explanation;
  explanation.ended = EndOf(chain);
  RuleFollower of_rules(&explanation);
  for (const history::Entry& entry : chain.events) of_rules.Follow(entry);
  for (const Membership& membership : chain.memberships) {
    StayFollower follower(membership, chain);
    for (const history::Entry& entry : chain.events) follower.Follow(entry);
    explanation.stays.push_back(std::move(follower).Take());
  }
  const bool received =
      std::any_of(chain.events.begin(), chain.events.end(), [](const history::Entry& entry) {
        return std::holds_alternative<history::AlertReceived>(entry.event);
      });
  if (received) explanation.routes = TryRoutes(chain.routes, chain.alert);
  explanation.chain = std::move(chain);
  explanation.conclusions = Conclude(explanation);
  return explanation;
}

}  // namespace tocsin::explain
