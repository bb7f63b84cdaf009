#pragma once

// A second router, literal and slow: what Alertmanager's rules say, one after the other, with loops
// over everything instead of indexes and caches, and without a line of the router's code. It is
// given the same inputs at the same times, and says what has to happen. Where tocsin differs on
// purpose (docs/differences.md), so does this.
//
// What happens is told in lines of text (tests/simulation/happening.h).

#include "base/time.h"
#include "model/alert.h"
#include "model/notification.h"
#include "model/silence.h"
#include "tests/simulation/reference_routes.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::simulation {

// The wall clock was set back by that much, to `now`: what is over stays over, what has begun goes
// on.
void SetClockBack(Time now, Duration by, std::map<std::string, model::Silence>* silences);

class ReferenceModel {
 public:
  // Groups are numbered as they are created.
  using GroupNumber = std::uint64_t;

  // The first configuration, or another one.
  void Load(Time now, ReferenceSetup setup);
  // The process has ended, and another one begins with what was durable: this model as it was when
  // that was written. `stored` are the alerts as they were on the disk, and `stopped_at` the last
  // sign of life there, in good order or not; no flush is made before `dispatch_from`.
  using Alerts = std::map<model::LabelSet, model::AlertPtr>;
  void Restart(Time now, Time stopped_at, bool killed, Alerts stored, ReferenceSetup setup,
               Time dispatch_from);
  // All that has to be durable at once, one line each, with the hashes that the log keeps of
  // alerts: silences, log entries, groups with their timers and members, alerts without their
  // times.
  std::vector<std::string> DurableLines(
      const std::function<std::uint64_t(const model::LabelSet&)>& hash_of) const;
  const Alerts& alerts() const { return alerts_; }
  // When it came last, or got its end by a restart.
  Time ChangedAt(const model::LabelSet& alert) const { return changed_at_.at(alert); }
  void Post(Time now, std::span<const model::AlertPtr> alerts);
  // Serves the ticks that are due.
  void Advance(Time now);
  // Forgets what is to be forgotten. After everything else that happens at `now`.
  void CollectGarbage(Time now);
  // The integration has been told what it was due, or that was given up. False if it was due
  // nothing. What was told counts at once, but its group goes on only when it is written down.
  bool Completed(Time now, GroupNumber group, const model::IntegrationId& integration,
                 bool delivered, const std::optional<model::ReceiverData>& data);
  // Those whose log entry under that key, `GROUP_KEY:RECEIVER/TYPE/INDEX`, is not written down yet.
  using Telling = std::pair<GroupNumber, model::IntegrationId>;
  std::vector<Telling> Unwritten(const std::string& log_key) const;
  // It is written down now, or never will be.
  void Written(Time now, const Telling& telling);
  // A silence is created, or the one with its id changed. `id_in_effect` is what the router has
  // answered, empty if it refused. False if that is wrong.
  bool SetSilence(Time now, model::Silence silence, const std::string& id_in_effect);
  // False if there is none.
  bool ExpireSilence(Time now, const std::string& id);
  const std::map<std::string, model::Silence>& silences() const { return silences_; }
  // The last change could not be made durable: they are as before.
  void PutBackSilences(Time now, const std::map<std::string, model::Silence>& before);
  // The wall clock was set back by that much, to `now`.
  void ClockWentBack(Time now, Duration by);
  // No turn was made from `since` to `now`.
  void NotHeardSince(Time now, Time since);

  // When something is to be served next.
  Time NextDeadline() const;
  // The oldest group of that name (`GROUP_KEY@RECEIVER`) that is not `taken`: routes with equal
  // matchers make groups of equal names.
  std::optional<GroupNumber> FindGroup(const std::string& name,
                                       const std::set<GroupNumber>& taken) const;
  // Are there groups of equal names?
  bool HasNamesakes() const;
  // Which of several alerts creates a group that a reload makes is left open, and it decides about
  // the first flush. Is this time one of those that are right? It is taken for the group's.
  bool SettleFirstFlush(GroupNumber number, Time first_flush);
  // What happened since the last call.
  std::vector<std::string> TakeHappenings() { return std::exchange(happenings_, {}); }

 private:
  struct LogEntry {
    LastTold told;
    model::ReceiverData data;
    Time expires_at{};
  };
  using LogKey = std::pair<std::string, model::IntegrationId>;  // Group key first.

  struct InFlight {
    AlertSet firing, resolved;
    std::string reason;
    model::ReceiverData data;
    Duration keep{};  // How long the log entry will be of use.
    bool told = false;
  };
  struct Group {
    GroupNumber number = 0;
    const ReferenceRoute* route = nullptr;
    model::LabelSet labels;
    std::string key, name;
    std::map<model::LabelSet, model::AlertPtr> alerts;

    Time tick{};
    Time due{};                    // Of the flush that is not through.
    std::optional<Time> again;     // The due time of a flush that a restart has to do again.
    std::uint64_t armed = 0;       // Of equal ticks the one that was armed first comes first.
    std::set<Time> first_flushes;  // Where a reload left it open.

    bool flushed = false;  // At least once.
    bool flushing = false;
    bool failed = false;
    std::map<model::IntegrationId, InFlight> in_flight;
    AlertSet resolved;  // Had ended when this flush began.
    AlertSet untold;    // Those of them whose end it keeps back.
    // Why the last flush left an alert out, and what of; kThrough if it did not. Absent: in no
    // flush yet.
    std::map<model::LabelSet, std::string> marks;
    std::optional<Time> waiting_tick;  // Came while the flush before it was not through.

    // A reload left no place for it; it is here until what is in flight has landed.
    bool gone = false;

    bool ticking() const { return !gone && !waiting_tick; }
  };

  void PostOne(Time now, const model::AlertPtr& incoming);
  bool IsOneTooMany(Time now, const model::Alert& incoming) const;
  void Join(Time now, const ReferenceRoute& route, const model::AlertPtr& alert, bool old_news);
  void PutInto(Group* group, const model::AlertPtr& alert);
  Group* FindGroup(const ReferenceRoute& route, const model::LabelSet& labels);
  Group& CreateGroup(Time now, const ReferenceRoute& route, const model::AlertPtr& first);
  void Arm(Group* group, Time when);

  // Groups and alerts take the places that the configuration has for them.
  void RouteAnew(Time now);
  Alerts MoveGroups(Time now);
  const ReferenceRoute* NewRouteOf(const Group& group, bool same_place);
  bool BelongsTo(const Group& group, const model::LabelSet& alert) const;
  void JoinAgain(Time now, const ReferenceRoute& route, const model::AlertPtr& alert,
                 const std::set<GroupNumber>& moved);

  void Tick(Time now, Time due, GroupNumber number);
  void Flush(Time now, Time due, Group* group);
  void Tell(Time now, Time due, Group* group, const ReferenceIntegration& integration,
            const std::vector<model::NotifiedAlert>& alerts);
  void WriteLog(Time now, Group* group, const model::IntegrationId& integration, InFlight sending,
                bool sent);
  void FinishFlush(Time now, GroupNumber number);

  // Over a reload: that it is suppressed stays known, why is told again.
  static void KeepMarks(Group* group);
  void Suppress(Time now, Time due, Group* group, std::vector<model::NotifiedAlert>* alerts);
  // What keeps an alert back; empty: nothing.
  using Causes = std::vector<std::string>;
  void TakeOut(std::string_view why, const std::function<Causes(const model::LabelSet&)>& causes_of,
               Group* group, std::vector<model::NotifiedAlert>* alerts);
  void LetThrough(Group* group, const std::vector<model::NotifiedAlert>& alerts);
  // The alert that counts, of those that inhibit it.
  Causes InhibitedBy(const model::LabelSet& target, Time now) const;
  Causes SilencedBy(const model::LabelSet& labels, Time now) const;
  // Those of the intervals that the instant is in.
  Causes Begun(const std::vector<std::string>& intervals, Time instant) const;
  void EndSilence(Time now, model::Silence* silence);
  // An end that was kept back: whoever is told of the alert again has to hear of it as news.
  void ForgetUntold(const Group& group);

  void SupposeSentAgain(Time stopped_at);
  void RestartTimer(Time now, Group* group);
  void CollectAlerts(Time now);
  void CollectLog(Time now);
  void Happened(std::string line) { happenings_.push_back(std::move(line)); }

  ReferenceSetup setup_;
  std::shared_ptr<const std::vector<ReferenceRoute>> routes_;  // Shared by copies of this.
  Alerts alerts_;
  std::map<model::LabelSet, Time> changed_at_;
  std::map<std::string, model::Silence> silences_;
  std::map<GroupNumber, Group> groups_;
  std::map<LogKey, LogEntry> log_;
  Time next_alerts_collection_{}, next_log_collection_{};
  Time dispatch_from_ = kZeroTime;
  GroupNumber next_number_ = 1;
  std::uint64_t next_armed_ = 1;
  std::vector<std::string> happenings_;
};

}  // namespace tocsin::simulation
