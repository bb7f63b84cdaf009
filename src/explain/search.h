#pragma once

// From what somebody knows of an alert to the alerts that are meant.

#include "base/result.h"
#include "explain/explanation.h"
#include "explain/gaps.h"
#include "explain/live.h"
#include "history/reader.h"
#include "model/matcher.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace tocsin::explain {

struct Question {
  model::Matchers matchers;  // Not empty.
  Time at{};
  Time asked{};  // Later than `at`, if that was yet to come.
};

struct Answer {
  Time at{};
  Time asked{};
  std::vector<Explanation> alerts;  // Those that match; what happened last comes first.
  bool more = false;                // There may be others.
  // The rule of that alertname failed at that time.
  std::optional<history::RuleFails> rule_fails;
  Time rule_fails_since{};
  // From the beginning of the first of the alerts on, or at that time.
  std::vector<Gap> gaps;
  // What a server has that was asked about now: not filled in by FindAndExplain.
  std::optional<Live> live;
  // Since then the server cannot write the history; kZeroTime: it can. Not filled in either.
  Time unwritten_since = kZeroTime;
  Time recorded_since = kZeroTime;    // Before that nothing is known; kZeroTime: nothing at all.
  std::size_t unreadable_blocks = 0;  // Of those that were looked at.
};

inline constexpr std::size_t kAlertsMax = 20;

// Alerts that match all matchers and were there at or before that time. If one has exactly the
// labels that `=` asks for, only that one.
Result<Answer> FindAndExplain(history::Reader* reader, const Question& question);

// Keys that a block with an alert or a group that matches must have.
std::vector<history::Key> KeysOf(const model::Matchers& matchers);

// `{alertname="X",instance="a"}`, with or without braces, or a bare alert name.
Result<model::Matchers> ParseQuestion(std::string_view text, model::MatcherSyntax syntax);

// RFC 3339, or seconds since the epoch.
Result<Time> ParseInstant(std::string_view text);

}  // namespace tocsin::explain
