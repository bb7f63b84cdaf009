#include "explain/chain.h"

#include "explain/lifted.h"
#include "explain/routes.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace tocsin::explain {
namespace {

using history::Entry;
using history::Reader;
using router::GroupIdentity;

// Of no event.
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
// What an explanation is worth: more nobody reads.
constexpr std::size_t kAlertBlocksMax = 200;
constexpr std::size_t kGroupBlocksMax = 100;
constexpr std::size_t kRoutesBlocksMax = 100;
constexpr std::size_t kGroupEventsMax = 2'000;
// Within that time what is in force is repeated.
constexpr Duration kRepeated = std::chrono::hours(25);
// Decisions of one reload, more or less.
constexpr std::uint64_t kGivenUpWithin = 1'000;

// Goes backward through the events of an alert and sees where its last time began.
class BeginningFinder {
 public:
  struct Routing {
    std::size_t routes_taken = 0;
    std::uint64_t until = 0;  // Number of the event with which other routes came into force.
  };
  // Of the alert as the event of that number found it.
  explicit BeginningFinder(std::function<Routing(std::uint64_t)> routing)
      : routing_(std::move(routing)) {}

  // True: the event belongs to the time before.
  bool IsBefore(const Entry& entry) {
    if (begun_by_rule_) return true;
    if (begun_ && !LeadsIn(entry.event)) return true;
    if (may_have_begun_ && IsOver(entry.event)) return true;
    may_have_begun_ = false;
    number_ = entry.number;
    std::visit([&](const auto& event) { On(entry.at, event); }, entry.event);
    return false;
  }
  bool found() const { return begun_by_rule_; }
  bool begun() const { return begun_ || begun_by_rule_ || may_have_begun_; }

 private:
  // What comes right before an alert enters the router: its rules', and that it was refused.
  bool LeadsIn(const history::Event& event) const {
    if (std::holds_alternative<history::AlertRefused>(event)) return true;
    const auto* changed = std::get_if<history::RuleAlertChanged>(&event);
    if (changed == nullptr) return false;
    // That another rule gave it up while this one had it pending is no end.
    const bool given_up = changed->from == rules::AlertState::kPending && !active_.empty();
    return changed->to != rules::AlertState::kInactive || given_up;
  }

  // After it the alert is not there, for all that this event is about.
  static bool IsOver(const history::Event& event) {
    if (const auto* received = std::get_if<history::AlertReceived>(&event)) {
      using Change = history::AlertReceived::Change;
      return received->change == Change::kEnded || received->change == Change::kEndedAgain;
    }
    if (const auto* changed = std::get_if<history::RuleAlertChanged>(&event)) {
      return changed->to == rules::AlertState::kInactive;
    }
    return std::holds_alternative<history::AlertLeftGroup>(event) ||
           std::holds_alternative<history::RuleAlertForgotten>(event) ||
           std::holds_alternative<history::AlertRefused>(event);
  }

  void On(Time at, const history::AlertReceived& event) {
    using Change = history::AlertReceived::Change;
    in_router_ = true;
    if (joined_at_ != at) joined_.clear();
    begun_ = begun_ || event.change == Change::kCreated ||
             (event.change == Change::kStarted && JoinsAll());
  }
  void On(Time at, const history::AlertGrouped&) {
    in_router_ = true;
    if (joined_at_ != at) joined_.clear();
    joined_.push_back(number_);
    joined_at_ = at;
  }
  // One that fires again while it is still in groups joins only the others; and what a reload at
  // the same instant makes it join it does not join because it fires.
  bool JoinsAll() const {
    const Routing routing = routing_(number_);
    const auto joins = std::count_if(joined_.begin(), joined_.end(),
                                     [&](std::uint64_t number) { return number < routing.until; });
    return static_cast<std::size_t>(joins) >= routing.routes_taken;
  }
  // Several rules may make it: it begins with the first of those that have it.
  void On(Time, const history::RuleAlertChanged& event) {
    const auto known = std::find_if(active_.begin(), active_.end(), [&](const history::Rule& rule) {
      return IsSameRule(rule, event.rule);
    });
    if (event.from != rules::AlertState::kInactive) {
      if (known == active_.end() && event.to != rules::AlertState::kInactive) {
        active_.push_back(event.rule);
      }
      return;
    }
    if (known != active_.end()) active_.erase(known);
    if (!active_.empty()) return;
    begun_by_rule_ = begun_;
    // Or another rule had made it before; then it was in the router, or on its way there.
    may_have_begun_ = !begun_ && !in_router_;
  }
  template <class E>
  void On(Time, const E& event) {
    if constexpr (requires { event.group; }) in_router_ = true;
  }

  const std::function<Routing(std::uint64_t)> routing_;
  std::uint64_t number_ = 0;           // Of the event at hand.
  bool begun_ = false;                 // In the router.
  bool begun_by_rule_ = false;         // Nothing comes before it.
  bool may_have_begun_ = false;        // By a rule: the event before will tell.
  std::vector<history::Rule> active_;  // Rules that have it, whose beginning is still to come.
  bool in_router_ = false;
  std::vector<std::uint64_t> joined_;  // Numbers of the joins at the instant after it.
  std::optional<Time> joined_at_;
};

class Collector {
 public:
  Collector(Reader* reader, const model::LabelSet& alert, Time at) : reader_(reader) {
    chain_.alert = alert;
    chain_.at = at;
  }

  Result<Chain> Collect() {
    Status status = FindRoutes();
    if (status) status = CollectAlert();
    if (status) status = CollectTargets();
    if (status) FindMemberships();
    for (Membership& membership : chain_.memberships) {
      if (status) status = CollectGroup(&membership);
      if (status && membership.last == 0) status = FindNextFlush(&membership);
    }
    if (status) status = CollectStarts();
    if (!status) return tl::unexpected(status.error());
    auto& events = chain_.events;
    std::sort(events.begin(), events.end(),
              [](const Entry& a, const Entry& b) { return a.number < b.number; });
    const auto same = [](const Entry& a, const Entry& b) { return a.number == b.number; };
    events.erase(std::unique(events.begin(), events.end(), same), events.end());
    auto lifted = FindLifted(reader_, chain_.at, &events);
    if (!lifted) return tl::unexpected(lifted.error());
    chain_.lifted = *std::move(lifted);
    return std::move(chain_);
  }

 private:
  Status Walk(const Reader::Query& query,
              const std::function<bool(const std::vector<Entry>&)>& visit) {
    const Result<Reader::End> end = reader_->WalkBack(query, visit);
    if (!end) return tl::unexpected(end.error());
    if (*end == Reader::End::kLimit || *end == Reader::End::kTimeout) cut_ = true;
    if (cut_) chain_.complete = false;
    return {};
  }

  // Newest first.
  Status CollectAlert() {
    BeginningFinder beginning([this](std::uint64_t number) { return RoutingAt(number); });
    Reader::Query query;
    query.keys = history::KeysOfAlert(chain_.alert);
    query.to = chain_.at;
    query.blocks_max = kAlertBlocksMax;
    const Status status = Walk(query, [&](const std::vector<Entry>& entries) {
      for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
        const model::LabelSet* alert = history::AlertOf(it->event);
        if (alert == nullptr || *alert != chain_.alert) continue;
        if (beginning.IsBefore(*it)) return false;
        chain_.events.push_back(*it);
      }
      return !beginning.found();
    });
    std::reverse(chain_.events.begin(), chain_.events.end());
    if (!chain_.events.empty() && !beginning.begun()) chain_.complete = false;
    return status;
  }

  // What further Alertmanagers answered while they were to hear of it.
  Status CollectTargets() {
    const auto first =
        std::find_if(chain_.events.begin(), chain_.events.end(), [](const Entry& entry) {
          const auto* changed = std::get_if<history::RuleAlertChanged>(&entry.event);
          return changed != nullptr && changed->to == rules::AlertState::kFiring;
        });
    if (first == chain_.events.end()) return {};
    const std::uint64_t since = first->number;
    std::vector<Entry> changes;
    Reader::Query query;
    query.keys = {history::KeyOfAlertTargets()};
    query.from = SaturatingAdd(first->at, -kRepeated);
    query.to = chain_.at;
    query.blocks_max = kRoutesBlocksMax;
    bool is_last = true;
    const Status status = Walk(query, [&](const std::vector<Entry>& entries) {
      for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
        const auto* targets = std::get_if<history::AlertTargets>(&it->event);
        if (targets == nullptr) continue;
        if (std::exchange(is_last, false)) chain_.targets = targets->targets;
        if (it->number < since) return false;
        if (!targets->repeated) changes.push_back(*it);
      }
      return true;
    });
    chain_.events.insert(chain_.events.end(), changes.begin(), changes.end());
    return status;
  }

  std::uint64_t FirstSuppressed() const {
    std::uint64_t first = kNever;
    for (const Entry& entry : chain_.events) {
      if (std::holds_alternative<history::AlertSuppressed>(entry.event)) {
        first = std::min(first, entry.number);
      }
    }
    return first;
  }

  // Of the notifications of which it is not said what became of them.
  std::uint64_t FirstUnanswered() const {
    using Recipient = std::tuple<std::string_view, std::string_view, model::IntegrationId>;
    std::map<Recipient, const Entry*> last;
    for (const Entry& entry : chain_.events) {
      const GroupIdentity* group = history::GroupOf(entry.event);
      const model::IntegrationId* integration = history::IntegrationOf(entry.event);
      const bool attempt = std::holds_alternative<history::AttemptEnded>(entry.event);
      if (group == nullptr || integration == nullptr || attempt) continue;
      const Entry*& known = last[{group->key, group->receiver, *integration}];
      if (known == nullptr || known->number < entry.number) known = &entry;
    }
    std::uint64_t first = kNever;
    for (const auto& [recipient, entry] : last) {
      const bool due = std::holds_alternative<history::NotificationDue>(entry->event);
      if (due) first = std::min(first, entry->number);
    }
    return first;
  }

  // A process that begins does not know what the one before left out, nor whom it was telling.
  Status CollectStarts() {
    Reader::Query query;
    query.first = std::min(FirstSuppressed(), FirstUnanswered());
    if (query.first == kNever) return {};
    query.keys = {history::KeyOfProcess()};
    query.to = chain_.at;
    query.blocks_max = kGroupBlocksMax;
    std::vector<Entry> starts;
    const Status status = Walk(query, [&](const std::vector<Entry>& entries) {
      for (const Entry& entry : entries) {
        const bool starts_here = std::holds_alternative<history::Started>(entry.event);
        if (starts_here && entry.number > query.first) starts.push_back(entry);
      }
      return true;
    });
    chain_.events.insert(chain_.events.end(), starts.begin(), starts.end());
    return status;
  }

  void FindMemberships() {
    for (const Entry& entry : chain_.events) {
      const GroupIdentity* group = history::GroupOf(entry.event);
      if (group == nullptr) continue;
      auto& all = chain_.memberships;
      auto open = std::find_if(all.begin(), all.end(), [&](const Membership& membership) {
        return membership.last == 0 && IsSameGroup(*membership.group, *group);
      });
      // It joins anew: the group before it, of the same name, is gone.
      const bool joins = std::holds_alternative<history::AlertGrouped>(entry.event);
      if (open != all.end() && joins) {
        open->last = entry.number - 1;
        open = all.end();
      }
      if (open == all.end()) {
        std::visit(
            [&](const auto& event) {
              if constexpr (requires { event.group; }) {
                all.push_back({event.group, entry.number, 0, false, std::nullopt});
              }
            },
            entry.event);
        open = std::prev(all.end());
      }
      if (std::holds_alternative<history::AlertLeftGroup>(entry.event)) open->last = entry.number;
    }
  }

  static bool IsAbout(const Entry& entry, const GroupIdentity& group) {
    const GroupIdentity* of = history::GroupOf(entry.event);
    return of != nullptr && history::AlertOf(entry.event) == nullptr && IsSameGroup(*of, group);
  }

  Status CollectGroup(Membership* membership) {
    std::vector<Entry> events;  // The newest first.
    cut_ = false;
    const Status status = WalkGroup(*membership, &events);
    membership->cut = cut_;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const bool ends = std::holds_alternative<history::GroupEnded>(events[i].event);
      if (ends && events[i].number >= membership->first) i = EndWith(i, membership, &events);
    }
    if (membership->last != 0 && !events.empty()) {
      membership->last = std::max(membership->last, events.front().number);
    }
    chain_.events.insert(chain_.events.end(), events.begin(), events.end());
    return status;
  }

  // All alerts leave a group that a configuration ends; the sends that it gives up with it come
  // right after. Takes out what is newer; returns where the end is then.
  static std::size_t EndWith(std::size_t end, Membership* membership, std::vector<Entry>* events) {
    const auto ended = events->begin() + static_cast<std::ptrdiff_t>(end);
    const auto kept = std::remove_if(
        events->begin(), ended, [&](const Entry& entry) { return !IsGivenUpAt(ended->at, entry); });
    const auto position = static_cast<std::size_t>(kept - events->begin());
    events->erase(kept, ended);
    membership->last = events->front().number;
    return position;
  }

  // A reload takes alerts out of a group and gives up the group's sends, one after the other.
  static bool IsGivenUpAt(Time at, const Entry& entry) {
    return entry.at == at && std::holds_alternative<history::NotificationFailed>(entry.event);
  }
  // Of a stay that ended by the alert's leaving.
  std::optional<Time> LeftAt(const Membership& membership) const {
    for (const Entry& entry : chain_.events) {
      if (entry.number == membership.last &&
          std::holds_alternative<history::AlertLeftGroup>(entry.event)) {
        return entry.at;
      }
    }
    return std::nullopt;
  }

  Status WalkGroup(const Membership& membership, std::vector<Entry>* events) {
    Reader::Query query;
    query.keys = {history::KeyOfGroup(*membership.group)};
    query.to = chain_.at;
    // A group that is created for it comes right before.
    query.first = std::max<std::uint64_t>(membership.first, 2) - 1;
    const std::optional<Time> left = LeftAt(membership);
    if (membership.last != 0) query.last = membership.last + (left ? kGivenUpWithin : 0);
    query.blocks_max = kGroupBlocksMax;
    return Walk(query, [&](const std::vector<Entry>& entries) {
      for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
        if (!IsAbout(*it, *membership.group)) continue;
        if (left && it->number > membership.last && !IsGivenUpAt(*left, *it)) continue;
        if (it->number < membership.first &&
            !std::holds_alternative<history::GroupCreated>(it->event)) {
          continue;
        }
        if (events->size() == kGroupEventsMax) {
          cut_ = true;
          return false;
        }
        events->push_back(*it);
      }
      return true;
    });
  }

  // The last flush said when the next is, or the creation did.
  Status FindNextFlush(Membership* membership) {
    Reader::Query query;
    query.keys = {history::KeyOfGroup(*membership->group)};
    query.to = chain_.at;
    query.blocks_max = kGroupBlocksMax;
    return Walk(query, [&](const std::vector<Entry>& entries) {
      for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
        if (!IsAbout(*it, *membership->group)) continue;
        if (const auto* flushed = std::get_if<history::GroupFlushed>(&it->event)) {
          membership->next_flush = flushed->next_flush;
          return false;
        }
        if (const auto* created = std::get_if<history::GroupCreated>(&it->event)) {
          membership->next_flush = created->first_flush;
          return false;
        }
      }
      return true;
    });
  }

  // All that were in force, the newest first.
  Status FindRoutes() {
    Reader::Query query;
    query.keys = {history::KeyOfRoutes()};
    query.to = chain_.at;
    query.blocks_max = kRoutesBlocksMax;
    const Result<Reader::End> end =
        reader_->WalkBack(query, [&](const std::vector<Entry>& entries) {
          for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
            const auto* routes = std::get_if<history::RoutesInForce>(&it->event);
            if (routes != nullptr) in_force_.push_back({it->number, routes->routes, std::nullopt});
          }
          return true;
        });
    if (!end) return tl::unexpected(end.error());
    if (!in_force_.empty()) chain_.routes = in_force_.front().routes;
    return {};
  }

  BeginningFinder::Routing RoutingAt(std::uint64_t number) {
    std::uint64_t until = std::numeric_limits<std::uint64_t>::max();
    for (InForce& in_force : in_force_) {
      if (in_force.since > number) {
        until = in_force.since;
        continue;
      }
      if (!in_force.taken) {
        const std::vector<RouteTried> tried = TryRoutes(in_force.routes, chain_.alert);
        in_force.taken = static_cast<std::size_t>(std::count_if(
            tried.begin(), tried.end(), [](const RouteTried& route) { return route.taken; }));
      }
      return {*in_force.taken, until};
    }
    return {1, until};
  }

  struct InForce {
    std::uint64_t since = 0;  // Number of its event.
    std::vector<history::Route> routes;
    std::optional<std::size_t> taken;
  };

  Reader* const reader_;
  Chain chain_;
  bool cut_ = false;  // A walk has not seen all that it was to see.
  std::vector<InForce> in_force_;
};

}  // namespace

Result<Chain> CollectChain(Reader* reader, const model::LabelSet& alert, Time at) {
  return Collector(reader, alert, at).Collect();
}

bool IsSameRule(const history::Rule& a, const history::Rule& b) {
  return a.name == b.name && a.file == b.file && a.group == b.group &&
         (a.line == b.line || a.expr == b.expr || a.expr.empty() || b.expr.empty());
}

bool IsSameGroup(const GroupIdentity& a, const GroupIdentity& b) {
  return &a == &b || (a.key == b.key && a.receiver == b.receiver);
}

}  // namespace tocsin::explain
