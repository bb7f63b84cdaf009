#include "explain/lifted.h"

#include "explain/chain.h"
#include "history/block.h"

#include <algorithm>
#include <optional>

namespace tocsin::explain {
namespace {

using history::Entry;
using history::Reader;

constexpr std::size_t kBlocksMax = 50;
// Of more silences nobody wants to know which one was the last.
constexpr std::size_t kSilencesMax = 20;

Reader::Query After(const Entry& entry, std::vector<history::Key> keys, Time at) {
  Reader::Query query;
  query.keys = std::move(keys);
  query.first = entry.number;
  query.to = at;
  query.blocks_max = kBlocksMax;
  return query;
}

// `of(event)` is what an event says, if it is one of those that are looked for; the newest counts.
// None: nothing is said.
template <class T, class Of>
Result<std::optional<T>> Newest(Reader* reader, const Reader::Query& query, Of of) {
  std::optional<T> newest;
  const auto end = reader->WalkBack(query, [&](const std::vector<Entry>& entries) {
    for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
      newest = of(*it);
      if (newest) return false;
    }
    return true;
  });
  if (!end) return tl::unexpected(end.error());
  return newest;
}

// As it was last changed: an edit keeps the id, and with it what it keeps back.
Result<history::SilenceName> AsChanged(Reader* reader, const Entry& since,
                                       const history::SilenceName& silence, Time at) {
  const auto changed = Newest<history::SilenceName>(
      reader, After(since, {history::KeyOfSilence(silence.id)}, at),
      [&](const Entry& entry) -> std::optional<history::SilenceName> {
        const auto* change = std::get_if<history::SilenceChanged>(&entry.event);
        if (change == nullptr || change->silence.id != silence.id) return std::nullopt;
        return change->silence;
      });
  if (!changed) return tl::unexpected(changed.error());
  return changed->value_or(silence);
}

// Time::max(): it is not known to have ended.
Result<Time> EndOf(Reader* reader, const Entry& since, const model::LabelSet& alert, Time at) {
  using Change = history::AlertReceived::Change;
  const auto ended = Newest<Time>(reader, After(since, history::KeysOfAlert(alert), at),
                                  [&](const Entry& entry) -> std::optional<Time> {
                                    const auto* received =
                                        std::get_if<history::AlertReceived>(&entry.event);
                                    if (received == nullptr || received->alert != alert)
                                      return std::nullopt;
                                    const bool over = received->change == Change::kEnded ||
                                                      received->change == Change::kEndedAgain;
                                    return over ? received->ends_at : Time::max();
                                  });
  if (!ended) return tl::unexpected(ended.error());
  return ended->value_or(Time::max());
}

// And its silences as they were last changed.
Result<Time> EndOf(Reader* reader, Entry* entry, Time at) {
  auto& suppressed = std::get<history::AlertSuppressed>(entry->event);
  if (suppressed.why == router::Suppression::kInhibited) {
    return EndOf(reader, *entry, suppressed.inhibited_by, at);
  }
  const bool few = !suppressed.silences.empty() && suppressed.silences.size() <= kSilencesMax;
  if (suppressed.why != router::Suppression::kSilenced || !few) return Time::max();
  Time last{};
  for (history::SilenceName& silence : suppressed.silences) {
    Result<history::SilenceName> changed = AsChanged(reader, *entry, silence, at);
    if (!changed) return tl::unexpected(changed.error());
    silence = *std::move(changed);
    last = std::max(last, silence.ends_at);
  }
  return last;
}

}  // namespace

Result<std::map<std::uint64_t, Time>> FindLifted(Reader* reader, Time at,
                                                 std::vector<Entry>* events) {
  std::map<std::uint64_t, Time> lifted;
  std::vector<const router::GroupIdentity*> seen;
  for (auto entry = events->rbegin(); entry != events->rend(); ++entry) {
    if (!std::holds_alternative<history::AlertSuppressed>(entry->event)) continue;
    const router::GroupIdentity* group = history::GroupOf(entry->event);
    const bool newer = std::any_of(seen.begin(), seen.end(),
                                   [&](const auto* known) { return IsSameGroup(*known, *group); });
    if (newer) continue;
    seen.push_back(group);
    const Result<Time> end = EndOf(reader, &*entry, at);
    if (!end) return tl::unexpected(end.error());
    if (*end <= at) lifted.emplace(entry->number, *end);
  }
  return lifted;
}

}  // namespace tocsin::explain
