#include "rules/series_writers.h"

#include "rules/rule_group.h"
#include "rules/written_series.h"

#include <algorithm>

namespace tocsin::rules {

void SeriesWriters::Add(const RuleGroup& group) {
  for (const GroupRule& rule : group.rules) {
    rules_[{rule.definition->is_alerting(), rule.definition->name()}].push_back(&rule);
  }
}

void SeriesWriters::MarkEnded(const EndedSeries& ended, Time time,
                              std::vector<SeriesSample>* markers) const {
  const auto found = rules_.find({ended.alerting, ended.name});
  for (const model::LabelSet& series : ended.series) {
    const bool written =
        found != rules_.end() &&
        std::any_of(found->second.begin(), found->second.end(),
                    [&](const GroupRule* r) { return r->written.Contains(series); });
    if (!written) AppendStaleMarkers({&series, 1}, time, markers);
  }
}

}  // namespace tocsin::rules
