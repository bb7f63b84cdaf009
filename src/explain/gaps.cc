#include "explain/gaps.h"

#include "explain/conclusion.h"
#include "history/block.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tocsin::explain {
namespace {

using history::Entry;
using history::Reader;

constexpr std::size_t kBlocksMax = 200;
// A process that runs says so more often than this.
constexpr Duration kAliveAtLeast = std::chrono::seconds(60);

bool IsOfProcess(const Entry& entry) {
  return std::holds_alternative<history::Started>(entry.event) ||
         std::holds_alternative<history::Stopped>(entry.event) ||
         std::holds_alternative<history::EndedUnnoticed>(entry.event) ||
         std::holds_alternative<history::EventsLost>(entry.event);
}

// The newest first, to the first start or stop before that time.
Result<std::vector<Entry>> EventsOfProcess(Reader* reader, Time since) {
  std::vector<Entry> events;
  Reader::Query query;
  query.keys = {history::KeyOfProcess()};
  query.blocks_max = kBlocksMax;
  const auto end = reader->WalkBack(query, [&](const std::vector<Entry>& entries) {
    for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
      if (!IsOfProcess(*it)) continue;
      events.push_back(*it);
      const bool lost = std::holds_alternative<history::EventsLost>(it->event);
      if (it->at < since && !lost) return false;
    }
    return true;
  });
  if (!end) return tl::unexpected(end.error());
  return events;
}

// None: nothing comes before it.
Result<std::optional<Time>> LastBefore(Reader* reader, std::uint64_t number) {
  std::optional<Time> last;
  Reader::Query query;
  query.last = number - 1;
  query.blocks_max = 1;
  const auto end = reader->WalkBack(query, [&](const std::vector<Entry>& entries) {
    last = entries.back().at;
    return false;
  });
  if (!end) return tl::unexpected(end.error());
  return last;
}

// It ended without being stopped, and another process began with that event.
Status AddEnded(Reader* reader, const Entry& beginning, std::optional<Time> alive,
                std::vector<Gap>* gaps) {
  const Result<std::optional<Time>> last = LastBefore(reader, beginning.number);
  if (!last) return tl::unexpected(last.error());
  const std::optional<Time> from = *last && alive ? std::max(**last, *alive)
                                   : *last        ? *last
                                                  : alive;
  if (from) gaps->push_back({Gap::Why::kEnded, *from, beginning.at});
  return {};
}

// The process that wrote the file does so no longer, and has not said that it stops.
void AddSilence(Reader* reader, Time now, std::vector<Gap>* gaps) {
  const std::optional<Time> alive = reader->Alive();
  if (alive && *alive + kAliveAtLeast < now) {
    gaps->push_back({Gap::Why::kEnded, *alive, std::nullopt});
  }
}

bool Touches(const Gap& gap, Time from, Time to) {
  if (gap.why == Gap::Why::kLost) return gap.from >= from && gap.from <= to;
  return gap.from <= to && (!gap.until || *gap.until >= from);
}

}  // namespace

Result<std::vector<Gap>> FindGaps(Reader* reader, Time from, Time to) {
  Result<std::vector<Entry>> events = EventsOfProcess(reader, from);
  if (!events) return tl::unexpected(events.error());
  std::vector<Gap> gaps;
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::size_t open = kNone;  // The gap that ends where a process speaks again.
  const auto close = [&](Time at) {
    const std::size_t gap = std::exchange(open, kNone);
    if (gap < gaps.size()) gaps[gap].until = at;
    return gap != kNone;
  };
  for (auto it = events->rbegin(); it != events->rend(); ++it) {
    if (const auto* lost = std::get_if<history::EventsLost>(&it->event)) {
      close(it->at);  // Its start may be among what was lost.
      gaps.push_back({Gap::Why::kLost, it->at, std::nullopt, lost->count});
    } else if (std::holds_alternative<history::Stopped>(it->event)) {
      open = gaps.size();
      gaps.push_back({Gap::Why::kStopped, it->at, std::nullopt});
    } else if (const auto* ended = std::get_if<history::EndedUnnoticed>(&it->event)) {
      open = gaps.size();
      if (auto added = AddEnded(reader, *it, ended->alive, &gaps); !added) {
        return tl::unexpected(added.error());
      }
    } else if (!close(it->at) && (it != events->rbegin() || it->at >= from)) {
      if (auto added = AddEnded(reader, *it, std::nullopt, &gaps); !added) {
        return tl::unexpected(added.error());
      }
    }
  }
  AddSilence(reader, to, &gaps);
  std::erase_if(gaps, [&](const Gap& gap) { return !Touches(gap, from, to); });
  if (gaps.size() > kGapsMax) {
    gaps.erase(gaps.begin(), gaps.end() - static_cast<std::ptrdiff_t>(kGapsMax));
  }
  return gaps;
}

std::string GapText(const Gap& gap) {
  switch (gap.why) {
    case Gap::Why::kStopped:
      return "tocsin was stopped at " + TimeText(gap.from) +
             (gap.until ? " and ran again from " + TimeText(*gap.until)
                        : std::string(" and has not run since"));
    case Gap::Why::kEnded:
      if (!gap.until) {
        return "tocsin has recorded nothing since " + TimeText(gap.from) +
               ": it ended without being stopped, or cannot write";
      }
      return "tocsin ended without being stopped, some time after " + TimeText(gap.from) +
             ", and ran again from " + TimeText(*gap.until);
    case Gap::Why::kLost:
      break;
  }
  return std::to_string(gap.lost) + " decisions could not be recorded at " + TimeText(gap.from) +
         " and are missing here";
}

std::string_view ToString(Gap::Why why) {
  constexpr std::string_view kWords[] = {"stopped", "ended", "lost"};
  return kWords[static_cast<std::size_t>(why)];
}

}  // namespace tocsin::explain
