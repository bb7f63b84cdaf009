#include "model/interval_change.h"

#include <array>
#include <chrono>
#include <cstddef>

namespace tocsin::model {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr int kQuarterMinutes = 15;

}  // namespace

std::optional<Time> FirstTime(const std::vector<const NamedTimeInterval*>& intervals, Time after,
                              const std::function<bool(Time)>& holds) {
  // Zones are whole quarters of an hour from UTC, and change at such: a minute of the day at which
  // an interval begins or ends is there again in every quarter, whatever the zone.
  std::array<bool, kQuarterMinutes> may_change = {true};
  for (const NamedTimeInterval* named : intervals) {
    for (const TimeInterval& interval : named->intervals) {
      if (!interval.times) continue;
      for (const IntRange& range : *interval.times) {
        may_change[static_cast<std::size_t>(range.begin % kQuarterMinutes)] = true;
        may_change[static_cast<std::size_t>(range.end % kQuarterMinutes)] = true;
      }
    }
  }
  const auto begin = std::chrono::floor<minutes>(after) + minutes(1);
  for (auto at = begin; at <= begin + days(366); at += minutes(1)) {
    const auto of_quarter = at.time_since_epoch() % minutes(kQuarterMinutes);
    if (!may_change[static_cast<std::size_t>(of_quarter.count())]) continue;
    if (holds(at)) return at;
  }
  return std::nullopt;
}

}  // namespace tocsin::model
