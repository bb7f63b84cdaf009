// What keeps alerts of a flush back: inhibition, time intervals, silences, in this order; and how
// silences are set.

#include "tests/simulation/happening.h"
#include "tests/simulation/reference_model.h"

#include <algorithm>

namespace tocsin::simulation {
namespace {

constexpr std::string_view kThrough = "through";
constexpr std::string_view kOutside = "outside active times";
constexpr std::string_view kMute = "mute time";

bool AllMatch(const model::Matchers& matchers, const model::LabelSet& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const model::Matcher& matcher) {
    return matcher.MatchesValue(labels.Get(matcher.name()));
  });
}

bool Inhibits(const ReferenceInhibitRule& rule, const model::LabelSet& source,
              const model::LabelSet& target) {
  if (!AllMatch(rule.source, source) || !AllMatch(rule.target, target)) return false;
  if (AllMatch(rule.source, target) && AllMatch(rule.target, source)) return false;
  return std::all_of(rule.equal.begin(), rule.equal.end(),
                     [&](const std::string& name) { return source.Get(name) == target.Get(name); });
}

// No matcher of it is against the empty value.
bool TakesEverything(const model::Matchers& matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [](const model::Matcher& matcher) {
    const bool positive =
        matcher.op() == model::MatchOp::kEqual || matcher.op() == model::MatchOp::kRegex;
    return positive && matcher.MatchesValue("");
  });
}

}  // namespace

void ReferenceModel::Suppress(Time now, Time due, Group* group,
                              std::vector<model::NotifiedAlert>* alerts) {
  const ReferenceRoute& route = *group->route;
  TakeOut(
      "inhibited", [&](const model::LabelSet& alert) { return InhibitedBy(alert, now); }, group,
      alerts);
  Causes outside;
  if (Begun(route.active_intervals, due).empty()) outside = route.active_intervals;
  TakeOut(kOutside, [&](const model::LabelSet&) { return outside; }, group, alerts);
  const Causes muted = Begun(route.mute_intervals, due);
  TakeOut(kMute, [&](const model::LabelSet&) { return muted; }, group, alerts);
  TakeOut(
      "silenced", [&](const model::LabelSet& alert) { return SilencedBy(alert, now); }, group,
      alerts);
  LetThrough(group, *alerts);
}

void ReferenceModel::TakeOut(std::string_view why,
                             const std::function<Causes(const model::LabelSet&)>& causes_of,
                             Group* group, std::vector<model::NotifiedAlert>* alerts) {
  std::size_t count = 0;
  std::vector<std::string> newly;
  std::vector<model::NotifiedAlert> left;
  for (const model::NotifiedAlert& alert : *alerts) {
    const model::LabelSet& labels = alert.alert->labels;
    const Causes causes = causes_of(labels);
    if (causes.empty()) {
      left.push_back(alert);
      continue;
    }
    ++count;
    const std::string text = SuppressedAlertText(labels, causes);
    const std::string mark = std::string(why) + " " + text;
    if (group->marks[labels] != mark) newly.push_back(text);
    group->marks[labels] = mark;
    if (alert.resolved) group->untold.insert(labels);
  }
  if (count > 0) Happened(SuppressedLine(group->name, why, count, std::move(newly)));
  *alerts = std::move(left);
}

void ReferenceModel::KeepMarks(Group* group) {
  for (auto& [labels, mark] : group->marks) {
    if (mark != kThrough) mark = "before the reload";
  }
}

void ReferenceModel::LetThrough(Group* group, const std::vector<model::NotifiedAlert>& alerts) {
  for (const model::NotifiedAlert& alert : alerts) {
    std::string& mark = group->marks[alert.alert->labels];
    if (!mark.empty() && mark != kThrough) {
      Happened(LetThroughLine(group->name, alert.alert->labels));
    }
    mark = kThrough;
  }
}

void ReferenceModel::ForgetUntold(const Group& group) {
  for (const ReferenceIntegration& integration : setup_.integrations) {
    const auto logged = log_.find({group.key, integration.id});
    if (integration.id.receiver != group.route->receiver || logged == log_.end()) continue;
    AlertSet& firing = logged->second.told.firing;
    const bool something_fired = !firing.empty();
    for (const model::LabelSet& labels : group.untold) firing.erase(labels);
    // It still knows that something fires. No alert is without labels.
    if (firing.empty() && something_fired) firing.insert(model::LabelSet());
  }
}

ReferenceModel::Causes ReferenceModel::InhibitedBy(const model::LabelSet& target, Time now) const {
  for (const ReferenceInhibitRule& rule : setup_.inhibit_rules) {
    const model::LabelSet* first = nullptr;
    for (const auto& [source, alert] : alerts_) {
      if (alert->ends_at <= now || !Inhibits(rule, source, target)) continue;
      if (first == nullptr || source.Fingerprint() < first->Fingerprint()) first = &source;
    }
    if (first != nullptr) return {LabelText(*first)};
  }
  return {};
}

ReferenceModel::Causes ReferenceModel::SilencedBy(const model::LabelSet& labels, Time now) const {
  Causes ids;
  for (const auto& [id, silence] : silences_) {
    if (now < silence.starts_at || now > silence.ends_at) continue;
    const bool matches =
        std::any_of(silence.matcher_sets.begin(), silence.matcher_sets.end(),
                    [&](const model::Matchers& set) { return AllMatch(set, labels); });
    if (matches) ids.push_back(id);
  }
  return ids;
}

ReferenceModel::Causes ReferenceModel::Begun(const std::vector<std::string>& intervals,
                                             Time instant) const {
  Causes begun;
  for (const std::string& name : intervals) {
    const bool contains =
        std::any_of(setup_.intervals.begin(), setup_.intervals.end(),
                    [&](const model::NamedTimeInterval& defined) {
                      return defined.name == name && IntervalContains(defined, instant);
                    });
    if (contains) begun.push_back(name);
  }
  return begun;
}

bool ReferenceModel::SetSilence(Time now, model::Silence silence, const std::string& id_in_effect) {
  const auto old = silences_.find(silence.id);
  if (!silence.id.empty() && old == silences_.end()) return id_in_effect.empty();
  if (TakesEverything(silence.matcher_sets.front())) return id_in_effect.empty();
  if (id_in_effect.empty()) return false;
  if (old != silences_.end()) {
    model::Silence& known = old->second;
    const bool pending = now < known.starts_at;
    const bool active = !pending && now <= known.ends_at;
    // The second counts.
    const auto second = [](Time t) { return std::chrono::floor<std::chrono::seconds>(t); };
    const bool same_start =
        pending ? silence.starts_at >= now : second(silence.starts_at) == second(known.starts_at);
    if ((pending || active) && same_start && silence.ends_at >= now &&
        silence.matcher_sets == known.matcher_sets) {
      known = silence;
      Happened(SilenceLine("updated", known));
      return id_in_effect == known.id;
    }
    if (pending || active) EndSilence(now, &known);
  }
  if (silences_.contains(id_in_effect)) return false;
  silence.id = id_in_effect;
  silence.starts_at = std::max(silence.starts_at, now);
  silences_[silence.id] = silence;
  Happened(SilenceLine("created", silence));
  return true;
}

bool ReferenceModel::ExpireSilence(Time now, const std::string& id) {
  const auto known = silences_.find(id);
  if (known == silences_.end()) return false;
  if (now <= known->second.ends_at) EndSilence(now, &known->second);
  return true;
}

void ReferenceModel::PutBackSilences(Time now,
                                     const std::map<std::string, model::Silence>& before) {
  std::map<std::string, model::Silence> kept;
  for (auto& [id, silence] : silences_) {
    const auto was = before.find(id);
    if (was != before.end()) {
      const bool changed =
          silence.starts_at != was->second.starts_at || silence.ends_at != was->second.ends_at ||
          silence.comment != was->second.comment || silence.created_by != was->second.created_by;
      if (changed) Happened(SilenceLine("taken back", was->second));
      kept.insert(*was);
    } else {
      silence.starts_at = std::min(silence.starts_at, now);
      silence.ends_at = std::min(silence.ends_at, now);
      Happened(SilenceLine("taken back", silence));
    }
  }
  silences_ = std::move(kept);
}

void ReferenceModel::EndSilence(Time now, model::Silence* silence) {
  if (now < silence->starts_at) silence->starts_at = now;
  silence->ends_at = now;
  Happened(SilenceLine("expired", *silence));
}

}  // namespace tocsin::simulation
