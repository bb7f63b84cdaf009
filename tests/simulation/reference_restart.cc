// A restart: what is in flight is forgotten, sources that could not be heard get time, flushes that
// were prevented are made up for.

#include "tests/simulation/happening.h"
#include "tests/simulation/reference_model.h"

#include <algorithm>
#include <string>

namespace tocsin::simulation {
namespace {

constexpr Duration kResolveTimeout = std::chrono::minutes(5);

std::string HashesOf(const AlertSet& alerts,
                     const std::function<std::uint64_t(const model::LabelSet&)>& hash_of) {
  std::set<std::uint64_t> hashes;
  for (const model::LabelSet& alert : alerts) hashes.insert(hash_of(alert));
  std::string text;
  for (const std::uint64_t hash : hashes) text += " " + std::to_string(hash);
  return text;
}

}  // namespace

void ReferenceModel::Restart(Time now, Time stopped_at, bool killed, Alerts stored,
                             ReferenceSetup setup, Time dispatch_from) {
  happenings_.clear();
  alerts_ = std::move(stored);
  std::erase_if(groups_, [](const auto& numbered) { return numbered.second.gone; });
  for (auto& [number, group] : groups_) {
    if (group.flushing) group.again = group.due;
    group.waiting_tick.reset();
    group.flushing = group.failed = false;
    group.in_flight.clear();
    group.resolved.clear();
    group.untold.clear();
    group.first_flushes.clear();
    group.marks.clear();  // Not stored.
    for (auto& [labels, alert] : group.alerts) alert = alerts_.at(labels);
  }
  if (killed) SupposeSentAgain(stopped_at);
  // The clock was set back, and nobody was there to notice.
  if (stopped_at > now) {
    ClockWentBack(now, stopped_at - now);
    stopped_at = now;
  }
  NotHeardSince(now, stopped_at);
  dispatch_from_ = dispatch_from;
  // As at a first start.
  const auto old = std::exchange(
      routes_, std::make_shared<const std::vector<ReferenceRoute>>(ReadRoutes(setup.route)));
  setup_ = std::move(setup);
  next_alerts_collection_ = NextBeat(now, setup_.alerts_gc_interval);
  next_log_collection_ = NextBeat(now, setup_.log_gc_interval);
  RouteAnew(now);
  for (auto& [number, group] : groups_) RestartTimer(now, &group);
}

// What was sent again in the last seconds is not written. A silent end about then may be none.
void ReferenceModel::SupposeSentAgain(Time stopped_at) {
  const Duration in_doubt = std::chrono::seconds(6);
  for (auto& [labels, alert] : alerts_) {
    if (alert->ends_at <= stopped_at - in_doubt || alert->ends_at > stopped_at + in_doubt) continue;
    const bool was_said = alert->updated_at >= alert->ends_at;
    const bool was_told = std::any_of(log_.begin(), log_.end(), [&](const auto& entry) {
      const LastTold& told = entry.second.told;
      return told.timestamp >= stopped_at - in_doubt && told.resolved.contains(labels);
    });
    const bool is_left = std::none_of(groups_.begin(), groups_.end(), [&](const auto& numbered) {
      return numbered.second.alerts.contains(labels);
    });
    if (was_said || was_told || is_left) continue;
    const Time end =
        stopped_at + std::min<Duration>(alert->ends_at - alert->updated_at, kResolveTimeout);
    if (end <= alert->ends_at) continue;
    auto sent_again = std::make_shared<model::Alert>(*alert);
    sent_again->ends_at = end;
    alert = std::move(sent_again);
    for (auto& [number, group] : groups_) {
      if (const auto it = group.alerts.find(labels); it != group.alerts.end()) it->second = alert;
    }
  }
}

void ReferenceModel::NotHeardSince(Time now, Time since) {
  for (auto& [labels, alert] : alerts_) {
    if (alert->ends_at <= since) continue;
    const Time waited_for = now + std::min<Duration>(alert->ends_at - since, kResolveTimeout);
    if (alert->ends_at >= waited_for) continue;
    auto changed = std::make_shared<model::Alert>(*alert);
    changed->ends_at = waited_for;
    alert = std::move(changed);
    changed_at_[labels] = now;
  }
  for (auto& [number, group] : groups_) {
    if (group.gone) continue;
    for (auto& [labels, alert] : group.alerts) alert = alerts_.at(labels);
  }
}

// The last of the ticks that were missed is made up for; the others keep their beat.
void ReferenceModel::RestartTimer(Time now, Group* group) {
  // One that was made just now has missed none.
  if (!group->first_flushes.empty()) return;
  while (group->tick <= now) {
    group->again = group->tick;
    group->tick += group->route->group_interval;
  }
}

std::vector<std::string> ReferenceModel::DurableLines(
    const std::function<std::uint64_t(const model::LabelSet&)>& hash_of) const {
  std::vector<std::string> lines;
  for (const auto& [id, silence] : silences_) {
    lines.push_back("silence " + id + " " + FormatRfc3339Nano(silence.starts_at) + " " +
                    FormatRfc3339Nano(silence.ends_at));
  }
  for (const auto& [key, entry] : log_) {
    lines.push_back(
        "log " + key.first + ":" + key.second.receiver + "/" + key.second.type + "/" +
        std::to_string(key.second.index) + " " + FormatRfc3339Nano(entry.told.timestamp) + " " +
        FormatRfc3339Nano(entry.expires_at) + " firing" + HashesOf(entry.told.firing, hash_of) +
        " resolved" + HashesOf(entry.told.resolved, hash_of));
  }
  for (const auto& [labels, alert] : alerts_) lines.push_back("alert " + LabelText(labels));
  for (const auto& [number, group] : groups_) {
    if (group.gone) continue;
    const std::optional<Time> in_progress = group.flushing ? group.due : group.again;
    lines.push_back("group " + group.name + " next " + FormatRfc3339Nano(group.tick) +
                    (group.flushed ? ", flushed" : "") +
                    (in_progress ? ", in progress " + FormatRfc3339Nano(*in_progress) : ""));
    for (const auto& [labels, alert] : group.alerts) {
      lines.push_back("member " + group.name + " " + LabelText(labels));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace tocsin::simulation
