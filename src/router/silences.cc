#include "router/silences.h"

#include "router/silence_size.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace tocsin::router {
namespace {

// Fewer new silences than this are tried one by one rather than looked up in the index.
constexpr std::size_t kFewNew = 16;
// So many retired ones are left among the numbers before all are numbered anew.
constexpr std::size_t kRetiredMin = 64;

tl::unexpected<SilenceError> Invalid(std::string message) {
  return tl::unexpected(SilenceError{SilenceError::Kind::kInvalid, std::move(message)});
}

tl::unexpected<SilenceError> NotFound() {
  return tl::unexpected(SilenceError{SilenceError::Kind::kNotFound, "silence not found"});
}

// Does it ask for nothing that an alert has? `!=` and `!~` count as asking.
bool IsMetByNothing(const model::Matcher& matcher) {
  return (matcher.op() == model::MatchOp::kEqual || matcher.op() == model::MatchOp::kRegex) &&
         matcher.MatchesValue("");
}

// Why nobody can have that silence, or "".
std::string Problem(const model::Silence& silence) {
  if (silence.matcher_sets.empty()) return "at least one matcher set is required";
  for (std::size_t i = 0; i < silence.matcher_sets.size(); ++i) {
    const model::Matchers& set = silence.matcher_sets[i];
    const std::string name = "matcher set " + std::to_string(i);
    if (set.empty()) return name + " is empty";
    if (std::all_of(set.begin(), set.end(), IsMetByNothing)) {
      return name + ": at least one matcher must not match the empty string";
    }
  }
  if (IsZero(silence.ends_at)) return "invalid zero end timestamp";
  if (silence.ends_at < silence.starts_at) return "end time must not be before start time";
  return "";
}

// May `after` take the place of `before` under the same id? Not if it changes what was silenced in
// the past. Precondition: `before` is not over.
bool IsUpdate(const model::Silence& before, const model::Silence& after, Time now) {
  if (before.matcher_sets != after.matcher_sets) return false;
  if (model::StateAt(before, now) == model::SilenceState::kPending) return after.starts_at >= now;
  const auto seconds = [](Time time) { return std::chrono::floor<std::chrono::seconds>(time); };
  return seconds(before.starts_at) == seconds(after.starts_at) && after.ends_at >= now;
}

// Later than what was stored, even if the clock is behind: among replicas the latest wins.
Time UpdateTime(Time now, const model::Silence& before) {
  return std::max(now, SaturatingAdd(before.updated_at, std::chrono::nanoseconds(1)));
}

}  // namespace

model::SilencePtr ByAnEarlierClock(const model::SilencePtr& silence, Time now, Duration by) {
  const Time before = now + by;
  if (silence->starts_at > before) return silence;
  auto shifted = std::make_shared<model::Silence>(*silence);
  shifted->updated_at = SaturatingAdd(silence->updated_at, -by);
  if (silence->ends_at <= before) {
    shifted->starts_at = SaturatingAdd(silence->starts_at, -by);
    shifted->ends_at = SaturatingAdd(silence->ends_at, -by);
  } else {
    shifted->starts_at = std::min(silence->starts_at, now);
  }
  return shifted;
}

Silences::Silences(SilenceLimits limits, Duration retention, const SilenceList& stored)
    : limits_(limits), retention_(retention) {
  for (const model::SilencePtr& silence : stored) {
    Enlist(&by_id_.emplace(silence->id, Stored{silence, kRetired}).first->second);
  }
}

tl::expected<std::string, SilenceError> Silences::Set(Time now, model::Silence silence,
                                                      std::string new_id, SilenceChanges* changes) {
  if (IsZero(silence.starts_at)) silence.starts_at = now;
  if (const std::string problem = Problem(silence); !problem.empty()) {
    return Invalid("invalid silence: " + problem);
  }
  if (silence.id.empty()) return Create(now, std::move(silence), std::move(new_id), changes);
  const auto it = by_id_.find(silence.id);
  if (it == by_id_.end()) return NotFound();
  if (!IsOver(it->second, now) && IsUpdate(*it->second.silence, silence, now)) {
    return Update(now, std::move(silence), &it->second, changes);
  }
  const std::string old_id = silence.id;
  auto created = Create(now, std::move(silence), std::move(new_id), changes);
  if (created) End(now, &by_id_.find(old_id)->second, changes);
  return created;
}

tl::expected<std::string, SilenceError> Silences::Update(Time now, model::Silence silence,
                                                         Stored* stored, SilenceChanges* changes) {
  silence.updated_at = UpdateTime(now, *stored->silence);
  if (std::string problem = SizeProblem(silence); !problem.empty()) {
    return Invalid(std::move(problem));
  }
  Put(stored, std::make_shared<const model::Silence>(std::move(silence)));
  changes->stored.push_back(stored->silence);
  return stored->silence->id;
}

tl::expected<std::string, SilenceError> Silences::Create(Time now, model::Silence silence,
                                                         std::string new_id,
                                                         SilenceChanges* changes) {
  if (limits_.count_max > 0 && by_id_.size() >= limits_.count_max) {
    return Invalid("exceeded maximum number of silences: " + std::to_string(by_id_.size()) +
                   " (limit: " + std::to_string(limits_.count_max) + ")");
  }
  silence.id = std::move(new_id);
  silence.starts_at = std::max(silence.starts_at, now);
  silence.updated_at = now;
  if (std::string problem = SizeProblem(silence); !problem.empty()) {
    return Invalid(std::move(problem));
  }
  const auto created = std::make_shared<const model::Silence>(std::move(silence));
  Enlist(&by_id_.emplace(created->id, Stored{created, kRetired}).first->second);
  all_ = nullptr;
  changes->stored.push_back(created);
  return created->id;
}

tl::expected<void, SilenceError> Silences::Expire(Time now, std::string_view id,
                                                  SilenceChanges* changes) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return NotFound();
  End(now, &it->second, changes);
  return {};
}

void Silences::End(Time now, Stored* stored, SilenceChanges* changes) {
  if (IsOver(*stored, now)) return;
  model::Silence ended = *stored->silence;
  ended.starts_at = std::min(ended.starts_at, now);
  ended.ends_at = now;
  ended.updated_at = UpdateTime(now, *stored->silence);
  stored->silence = std::make_shared<const model::Silence>(std::move(ended));
  all_ = nullptr;
  Retire(stored);
  changes->stored.push_back(stored->silence);
}

void Silences::PutBack(const std::string& id, const model::SilencePtr& previous) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  if (previous) return Put(&it->second, previous);
  Delist(&it->second);
  by_id_.erase(it);
  all_ = nullptr;
}

void Silences::CollectGarbage(Time now, SilenceChanges* changes) {
  const std::size_t removed_before = changes->removed.size();
  for (auto it = by_id_.begin(); it != by_id_.end();) {
    Stored& stored = it->second;
    if (IsOver(stored, now)) Retire(&stored);
    if (SaturatingAdd(stored.silence->ends_at, retention_) > now) {
      ++it;
      continue;
    }
    Retire(&stored);
    changes->removed.push_back(it->first);
    by_id_.erase(it++);
  }
  if (changes->removed.size() > removed_before) all_ = nullptr;
  if (retired_ > kRetiredMin + live_.size() / 2) Renumber(now);
}

std::string Silences::SizeProblem(const model::Silence& silence) const {
  if (limits_.bytes_max == 0) return "";
  const std::size_t bytes = EncodedSize(silence, SaturatingAdd(silence.ends_at, retention_));
  if (bytes <= limits_.bytes_max) return "";
  return "silence exceeded maximum size: " + std::to_string(bytes) +
         " bytes (limit: " + std::to_string(limits_.bytes_max) + " bytes)";
}

void Silences::ClockWentBack(Time now, Duration by) {
  for (auto& [id, stored] : by_id_) {
    stored.silence = ByAnEarlierClock(stored.silence, now, by);
    if (stored.number != kRetired) live_[stored.number] = stored.silence;
  }
  all_ = nullptr;
  // All of them were over.
  last_retired_end_ = std::min(last_retired_end_, now);
}

model::SilencePtr Silences::Find(std::string_view id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second.silence;
}

std::shared_ptr<const SilenceList> Silences::All() const {
  if (!all_) {
    auto all = std::make_shared<SilenceList>();
    all->reserve(by_id_.size());
    for (const auto& [id, stored] : by_id_) all->push_back(stored.silence);
    all_ = std::move(all);
  }
  return all_;
}

Silences::Counts Silences::CountByState(Time now) const {
  Counts counts;
  for (const auto& [id, stored] : by_id_) {
    if (IsOver(stored, now)) {
      ++counts.expired;
    } else {
      const bool pending = model::StateAt(*stored.silence, now) == model::SilenceState::kPending;
      ++(pending ? counts.pending : counts.active);
    }
  }
  return counts;
}

void Silences::ActiveFor(Time now, AlertSlot slot, const model::LabelSet& labels,
                         std::vector<const model::Silence*>* out) {
  if (now < last_retired_end_) Renumber(now);
  const auto position = static_cast<std::size_t>(slot);
  if (position >= examined_.size()) examined_.resize(position + 1, 0);
  if (examined_[position] < live_.size()) {
    const std::vector<Number> found = Examine(examined_[position], labels);
    examined_[position] = static_cast<Number>(live_.size());
    if (!found.empty()) {
      std::vector<Number>& matches = matches_[slot];
      matches.insert(matches.end(), found.begin(), found.end());
    }
  }
  const auto it = matches_.find(slot);
  if (it == matches_.end()) return;
  std::erase_if(it->second, [this](Number number) { return live_[number] == nullptr; });
  for (const Number number : it->second) {
    const model::Silence& silence = *live_[number];
    if (model::StateAt(silence, now) == model::SilenceState::kActive) out->push_back(&silence);
  }
  if (it->second.empty()) matches_.erase(it);
}

void Silences::Forget(AlertSlot slot) {
  const auto position = static_cast<std::size_t>(slot);
  if (position < examined_.size()) examined_[position] = 0;
  matches_.erase(slot);
}

bool Silences::IsOver(const Stored& stored, Time now) {
  return model::StateAt(*stored.silence, now) == model::SilenceState::kExpired ||
         (stored.number == kRetired && stored.silence->ends_at == now);
}

// Precondition: with the matchers of what was there.
void Silences::Put(Stored* stored, model::SilencePtr silence) {
  stored->silence = std::move(silence);
  all_ = nullptr;
  if (stored->number == kRetired) return Enlist(stored);
  live_[stored->number] = stored->silence;
}

void Silences::Enlist(Stored* stored) {
  stored->number = static_cast<Number>(live_.size());
  live_.push_back(stored->silence);
  for (const model::Matchers& set : stored->silence->matcher_sets) index_.Add(stored->number, set);
}

void Silences::Retire(Stored* stored) {
  last_retired_end_ = std::max(last_retired_end_, stored->silence->ends_at);
  Delist(stored);
}

void Silences::Delist(Stored* stored) {
  if (stored->number == kRetired) return;
  for (const model::Matchers& set : stored->silence->matcher_sets) {
    index_.Remove(stored->number, set);
  }
  live_[stored->number] = nullptr;
  stored->number = kRetired;
  ++retired_;
}

void Silences::Renumber(Time now) {
  std::vector<Stored*> order;
  last_retired_end_ = kZeroTime;
  for (auto& [id, stored] : by_id_) {
    if (!IsOver(stored, now)) {
      order.push_back(&stored);
    } else {
      last_retired_end_ = std::max(last_retired_end_, stored.silence->ends_at);
      stored.number = kRetired;
    }
  }
  // Those that were retired come last.
  std::sort(order.begin(), order.end(), [](const Stored* a, const Stored* b) {
    return std::tie(a->number, a->silence->id) < std::tie(b->number, b->silence->id);
  });
  live_.clear();
  retired_ = 0;
  index_ = MatcherIndex();
  examined_.clear();
  matches_.clear();
  for (Stored* stored : order) Enlist(stored);
}

std::vector<Silences::Number> Silences::Examine(Number from, const model::LabelSet& labels) {
  std::vector<Number> found;
  const auto try_one = [&](Number number) {
    if (number >= from && live_[number] && model::Matches(*live_[number], labels)) {
      found.push_back(number);
    }
  };
  if (live_.size() - from <= kFewNew) {
    for (Number number = from; number < live_.size(); ++number) try_one(number);
    return found;
  }
  candidates_.clear();
  index_.Candidates(labels, &candidates_);
  for (const Number number : candidates_) try_one(number);
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace tocsin::router
