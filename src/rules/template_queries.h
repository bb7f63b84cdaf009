#pragma once

// The queries that the templates of one evaluation ask: which is to be asked next, and what came
// back. Whatever the templates do, an evaluation ends: a query beyond the bounds is answered with
// an error instead of being asked. Pure; belongs to its evaluation.

#include "base/time.h"
#include "rules/query.h"
#include "templates/rule_templates.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>

namespace tocsin::rules {

// Of one evaluation of one rule.
inline constexpr std::size_t kTemplateQueriesMax = 1000;
// Each answer may make a template ask for another one.
inline constexpr int kTemplateRoundsMax = 100;
inline constexpr std::size_t kTemplateSamplesMax = 100'000;  // In all answers together.
// On their way at one time: the queries of other rules wait in the same line.
inline constexpr std::size_t kTemplateQueriesAtOnce = 4;

class TemplateQueries {
 public:
  TemplateQueries() = default;
  // Nothing is asked from `deadline` on, which is `budget` after the beginning.
  TemplateQueries(Time deadline, Duration budget) : deadline_(deadline), budget_(budget) {}

  // What an expansion lacked: those that have no answer yet.
  void Need(const std::set<std::string>& queries);

  struct Next {
    std::string query;
    Duration timeout{};
  };
  // The next one to ask; report its id with Asked. Nothing if enough are on their way.
  std::optional<Next> TakeNext(Time now);
  void Asked(QueryId id, std::string query);
  // Precondition: asked.
  void Answer(QueryId id, Result<QueryResult> result);

  // Some are on their way: there is no point in expanding again yet.
  bool is_waiting() const { return !asked_.empty(); }
  const templates::QueryAnswers& answers() const { return answers_; }
  void ClockWentBack(Duration by) { deadline_ -= by; }

 private:
  void Refuse(const std::string& query, std::string why);

  Time deadline_{};
  Duration budget_{};
  std::deque<std::string> to_ask_;
  boost::unordered_flat_map<QueryId, std::string> asked_;
  templates::QueryAnswers answers_;
  std::size_t queries_ = 0;
  int rounds_ = 0;
  std::size_t samples_ = 0;
};

}  // namespace tocsin::rules
