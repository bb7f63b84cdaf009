#pragma once

// Checks that ask the datasources: do the series and labels of a rule exist, would it fire now, how
// long does it take. Pure: what is asked goes out as questions, and the checks run again with the
// answers, until they ask nothing more (which takes a few rounds, since answers lead to questions).

#include "base/result.h"
#include "base/time.h"
#include "lint/finding.h"
#include "lint/subject.h"

#include <compare>
#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace tocsin::lint {

// An instant query, as of now.
struct Question {
  std::string datasource;  // By name.
  std::string query;
  std::strong_ordering operator<=>(const Question&) const = default;
};

struct Answer {
  std::size_t series = 0;
  double value = 0;  // Of the first one.
  Duration took{};
};
using Answers = std::map<Question, Result<Answer>>;

struct OnlineRound {
  Findings findings;         // Whole if nothing is needed.
  std::set<Question> needs;  // Not among the answers.
};

// No more rounds than this are ever needed.
inline constexpr int kOnlineRounds = 8;

// Precondition: the subject has a configuration, with at least one datasource. One that does not
// answer is one finding, and its rules are passed over.
OnlineRound CheckOnline(const Subject& subject, const Answers& answers);

}  // namespace tocsin::lint
