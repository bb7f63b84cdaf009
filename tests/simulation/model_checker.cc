#include "tests/simulation/model_checker.h"

#include "tests/simulation/happening.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace tocsin::simulation {
namespace {

constexpr std::size_t kTraceLines = 80;
// What is said of an alert that it fires still.
constexpr Duration kWrittenWithin = std::chrono::seconds(5);

const char* TextOf(router::NothingNew why) {
  switch (why) {
    case router::NothingNew::kNeverFired:
      return "never fired";
    case router::NothingNew::kStillResolved:
      return "still resolved";
    case router::NothingNew::kUnchanged:
      return "unchanged";
  }
  return "?";
}

const char* TextOf(router::Suppression why) {
  switch (why) {
    case router::Suppression::kInhibited:
      return "inhibited";
    case router::Suppression::kOutsideActiveTimes:
      return "outside active times";
    case router::Suppression::kMuteTime:
      return "mute time";
    case router::Suppression::kSilenced:
      return "silenced";
  }
  return "?";
}

const char* TextOf(router::SilenceChanged::Kind kind) {
  switch (kind) {
    case router::SilenceChanged::Kind::kCreated:
      return "created";
    case router::SilenceChanged::Kind::kUpdated:
      return "updated";
    case router::SilenceChanged::Kind::kExpired:
      return "expired";
    case router::SilenceChanged::Kind::kTakenBack:
      return "taken back";
  }
  return "?";
}

const char* TextOf(router::AlertReceived::Change change) {
  switch (change) {
    case router::AlertReceived::Change::kNothing:
      return "";
    case router::AlertReceived::Change::kCreated:
      return "created";
    case router::AlertReceived::Change::kStarted:
      return "started";
    case router::AlertReceived::Change::kEnded:
      return "ended";
    case router::AlertReceived::Change::kEndedAgain:
      return "ended again";
  }
  return "?";
}

std::string NameOf(const router::GroupIdentity& group) {
  return group.key + "@" + group.receiver;
}

std::vector<std::string> CausesOf(const router::SuppressedAlert& alert,
                                  const std::vector<std::string>& intervals) {
  if (alert.inhibited_by) return {LabelText(alert.inhibited_by->labels)};
  std::vector<std::string> ids;
  for (const model::SilencePtr& silence : alert.silenced_by) ids.push_back(silence->id);
  std::sort(ids.begin(), ids.end());
  return ids.empty() ? intervals : ids;
}

std::string LineOf(const router::Decision& decision) {
  return std::visit(
      [](const auto& d) -> std::string {
        using D = std::decay_t<decltype(d)>;
        if constexpr (std::is_same_v<D, router::AlertReceived>) {
          return AlertReceivedLine(*d.alert, TextOf(d.change), d.merged);
        } else if constexpr (std::is_same_v<D, router::GroupCreated>) {
          return GroupCreatedLine(NameOf(*d.group));
        } else if constexpr (std::is_same_v<D, router::FlushStarted>) {
          return FlushLine(NameOf(*d.group), d.due, d.next_flush, d.firing, d.resolved);
        } else if constexpr (std::is_same_v<D, router::NotificationDue>) {
          return NotificationLine(*d.notification, ToString(d.notification->reason));
        } else if constexpr (std::is_same_v<D, router::NotificationNotNeeded>) {
          return NotNeededLine(NameOf(*d.group), d.integration, TextOf(d.why));
        } else if constexpr (std::is_same_v<D, router::NotificationLogged>) {
          return LoggedLine(NameOf(*d.group), d.integration, ToString(d.reason), d.sent);
        } else if constexpr (std::is_same_v<D, router::NotificationFailed>) {
          return FailedLine(NameOf(*d.group), d.integration);
        } else if constexpr (std::is_same_v<D, router::GroupEnded>) {
          return GroupEndedLine(NameOf(*d.group), d.why == router::GroupEnded::Why::kConfiguration);
        } else if constexpr (std::is_same_v<D, router::AlertsSuppressed>) {
          std::vector<std::string> newly;
          for (const router::SuppressedAlert& alert : d.newly) {
            newly.push_back(SuppressedAlertText(alert.alert->labels, CausesOf(alert, d.intervals)));
          }
          return SuppressedLine(NameOf(*d.group), TextOf(d.why), d.count, std::move(newly));
        } else if constexpr (std::is_same_v<D, router::AlertUnsuppressed>) {
          return LetThroughLine(NameOf(*d.group), d.alert->labels);
        } else if constexpr (std::is_same_v<D, router::SilenceChanged>) {
          return SilenceLine(TextOf(d.kind), *d.silence);
        } else if constexpr (std::is_same_v<D, router::AlertRefused>) {
          return "refused " + LabelText(d.alert->labels);
        } else if constexpr (std::is_same_v<D, router::AlertLeftGroup>) {
          return LeftLine(NameOf(*d.group), d.alert->labels);
        } else if constexpr (std::is_same_v<D, router::AlertGrouped>) {
          return JoinedLine(NameOf(*d.group), d.alert->labels);
        } else {
          static_assert(std::is_same_v<D, router::RoutesInstalled>);
          return "";
        }
      },
      decision);
}

std::string TextOf(const router::AlertHashes& hashes) {
  std::string text;
  for (const std::uint64_t hash : hashes) text += " " + std::to_string(hash);
  return text;
}

// As ReferenceModel::DurableLines.
std::vector<std::string> LinesOf(const storage::LoadedState& stored) {
  std::vector<std::string> lines;
  for (const model::SilencePtr& silence : stored.silences) {
    lines.push_back("silence " + silence->id + " " + FormatRfc3339Nano(silence->starts_at) + " " +
                    FormatRfc3339Nano(silence->ends_at));
  }
  for (const auto& [key, entry] : stored.log_entries) {
    lines.push_back("log " + key + " " + FormatRfc3339Nano(entry->timestamp) + " " +
                    FormatRfc3339Nano(entry->expires_at) + " firing" + TextOf(entry->firing) +
                    " resolved" + TextOf(entry->resolved));
  }
  for (const router::AlertState& alert : stored.alerts) {
    lines.push_back("alert " + LabelText(alert.alert->labels));
  }
  for (const router::GroupState& group : stored.groups) {
    const std::string name = group.route_key + ":" + LabelText(group.labels) + "@" + group.receiver;
    lines.push_back(
        "group " + name + " next " + FormatRfc3339Nano(group.next_flush) +
        (group.flushed ? ", flushed" : "") +
        (group.broken_off ? ", in progress " + FormatRfc3339Nano(*group.broken_off) : ""));
    for (const model::AlertPtr& member : group.members) {
      lines.push_back("member " + name + " " + LabelText(member->labels));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The lines of `some` that are not in `others`; both are sorted.
std::string Missing(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  std::vector<std::string> missing;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                      std::back_inserter(missing));
  std::string text;
  for (const std::string& line : missing) text += "  " + line + "\n";
  return text;
}

}  // namespace

void ModelChecker::OnDecision(Time now, const router::Decision& decision) {
  if (const auto* created = std::get_if<router::GroupCreated>(&decision)) {
    OnGroupCreated(now, *created);
  }
  if (const auto* due = std::get_if<router::NotificationDue>(&decision)) {
    const auto group = groups_.find(due->group->id);
    if (group == groups_.end()) return Violated(now, "a notification of an unknown group");
    in_flight_[due->id] = {group->second.number, due->notification->integration};
  }
  if (const auto* changed = std::get_if<router::SilenceChanged>(&decision)) {
    using Kind = router::SilenceChanged::Kind;
    if (changed->kind == Kind::kCreated || changed->kind == Kind::kUpdated) {
      silence_id_ = changed->silence->id;
    }
  }
  std::string line = LineOf(decision);
  if (line.empty()) return;
  ++counts_[line.substr(0, line.find(' '))];
  happenings_.push_back(line);
  Trace(now, std::move(line));
}

void ModelChecker::OnGroupCreated(Time now, const router::GroupCreated& created) {
  GroupInfo& info = groups_[created.group->id];
  info.name = NameOf(*created.group);
  const auto number = model_.FindGroup(info.name, paired_);
  if (!number) return Violated(now, "a group that should not be: " + info.name);
  info.number = *number;
  paired_.insert(*number);
  if (!model_.SettleFirstFlush(*number, created.first_flush)) {
    Violated(now, info.name + " is to be flushed first at the wrong time, " +
                      FormatRfc3339Nano(created.first_flush));
  }
}

void ModelChecker::Completed(Time now, router::NotificationId id, bool delivered,
                             const std::optional<model::ReceiverData>& data) {
  const auto found = in_flight_.find(id);
  if (found == in_flight_.end()) return Violated(now, "a delivery that nobody asked for");
  const InFlight told = found->second;
  in_flight_.erase(found);
  if (!model_.Completed(now, told.group, told.integration, delivered, data)) {
    Violated(now, "a delivery that the model knows nothing of");
  }
}

void ModelChecker::OnAttempt(Time now, const core::AttemptEnded& attempt) {
  if (attempt.outcome.kind != notifiers::Outcome::Kind::kDelivered) return;
  Completed(now, attempt.id, true, attempt.outcome.data);
}

void ModelChecker::OnDeliveryFailed(Time now, const core::DeliveryFailed& failure) {
  Completed(now, failure.id, false, std::nullopt);
}

void ModelChecker::OnLoad(Time now, const ReferenceSetup& setup) {
  model_.Load(now, setup);
  std::vector<router::NotificationId> gone;
  for (const auto& [id, told] : in_flight_) {
    const bool there = std::any_of(setup.integrations.begin(), setup.integrations.end(),
                                   [&](const ReferenceIntegration& integration) {
                                     return integration.id == told.integration;
                                   });
    if (!there) gone.push_back(id);
  }
  for (const router::NotificationId id : gone) Completed(now, id, false, std::nullopt);
}

std::vector<ReferenceModel::Telling> ModelChecker::OnWrite(const core::StoreBatch& batch) {
  std::vector<ReferenceModel::Telling> waiting;
  for (const router::StateChange& change : batch.changes) {
    const auto* const entry = std::get_if<router::LogEntryStored>(&change);
    if (entry == nullptr) continue;
    for (const ReferenceModel::Telling& telling : model_.Unwritten(entry->key)) {
      if (being_written_.insert(telling).second) waiting.push_back(telling);
    }
  }
  return waiting;
}

void ModelChecker::OnWritten(Time now, const std::vector<ReferenceModel::Telling>& waiting) {
  for (const ReferenceModel::Telling& telling : waiting) {
    being_written_.erase(telling);
    model_.Written(now, telling);
  }
}

void ModelChecker::OnRestart(Time now, const ReferenceModel& model,
                             const storage::LoadedState& stored, const ReferenceSetup& setup,
                             Time dispatch_from) {
  CheckStored(now, model, stored);
  if (!difference_.empty()) return;
  ReferenceModel::Alerts alerts;
  for (const router::AlertState& alert : stored.alerts) alerts[alert.alert->labels] = alert.alert;
  model_ = model;
  model_.Restart(now, stored.alive_at.value_or(now), !stored.in_good_order, std::move(alerts),
                 setup, dispatch_from);
  in_flight_.clear();
  being_written_.clear();
  silence_id_.clear();
  groups_.clear();
  paired_.clear();
  for (const router::GroupState& group : stored.groups) {
    const std::string name = group.route_key + ":" + LabelText(group.labels) + "@" + group.receiver;
    const auto number = model.FindGroup(name, paired_);
    if (!number) return Violated(now, "a group that should not be stored: " + name);
    groups_[group.id] = {name, *number};
    paired_.insert(*number);
  }
}

void ModelChecker::CheckStored(Time now, const ReferenceModel& model,
                               const storage::LoadedState& stored) {
  const std::vector<std::string> want = model.DurableLines([](const model::LabelSet& alert) {
    return alert.empty() ? router::kOfNoAlert : router::AlertHash(alert);
  });
  const std::vector<std::string> got = LinesOf(stored);
  if (want != got) {
    return Violated(
        now, "the store has\n" + Missing(got, want) + "and should have\n" + Missing(want, got));
  }
  for (const router::AlertState& there : stored.alerts) {
    const model::Alert& is = *there.alert;
    const model::Alert& should_be = *model.alerts().at(is.labels);
    const bool same = is.starts_at == should_be.starts_at && is.ends_at == should_be.ends_at &&
                      is.timeout == should_be.timeout;
    if (same || *stored.alive_at - model.ChangedAt(is.labels) <= kWrittenWithin) continue;
    Violated(now, "the store has " + AlertReceivedLine(is, "", false) + " and should have " +
                      AlertReceivedLine(should_be, "", false));
  }
}

void ModelChecker::Compare(Time now) {
  std::vector<std::string> want = model_.TakeHappenings();
  if (keep_) {
    for (const std::string& line : want) kept_.emplace_back(now, line);
  }
  std::vector<std::string> got = std::exchange(happenings_, {});
  std::sort(want.begin(), want.end());
  std::sort(got.begin(), got.end());
  if (want == got) return;
  Violated(now, "the router does\n" + Missing(got, want) + "and should\n" + Missing(want, got));
}

void ModelChecker::Violated(Time now, const std::string& what) {
  if (difference_.empty()) difference_ = FormatRfc3339Nano(now) + ": " + what;
}

void ModelChecker::Trace(Time now, std::string line) {
  if (trace_.size() >= 2 * kTraceLines) {
    trace_.erase(trace_.begin(), trace_.begin() + kTraceLines);
  }
  trace_.emplace_back(now, std::move(line));
}

std::string ModelChecker::Trace() const {
  std::string text;
  for (const auto& [time, line] : trace_) text += FormatRfc3339Nano(time) + " " + line + "\n";
  return text;
}

}  // namespace tocsin::simulation
