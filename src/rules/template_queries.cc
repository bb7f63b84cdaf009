#include "rules/template_queries.h"

#include "base/duration.h"

#include <cassert>
#include <utility>

namespace tocsin::rules {

void TemplateQueries::Need(const std::set<std::string>& queries) {
  ++rounds_;
  for (const std::string& query : queries) {
    if (rounds_ > kTemplateRoundsMax) {
      Refuse(query, "more than " + std::to_string(kTemplateRoundsMax) +
                        " queries of a template, one after the other");
    } else if (queries_ >= kTemplateQueriesMax) {
      Refuse(query, "more than " + std::to_string(kTemplateQueriesMax) +
                        " queries of the templates of one evaluation");
    } else {
      ++queries_;
      to_ask_.push_back(query);
    }
  }
}

std::optional<TemplateQueries::Next> TemplateQueries::TakeNext(Time now) {
  if (now >= deadline_) {
    for (const std::string& query : to_ask_) {
      Refuse(query, "the queries of the templates of one evaluation took more than " +
                        FormatPrometheusDuration(budget_));
    }
    to_ask_.clear();
  }
  if (to_ask_.empty() || asked_.size() >= kTemplateQueriesAtOnce) return std::nullopt;
  Next next{std::move(to_ask_.front()), deadline_ - now};
  to_ask_.pop_front();
  return next;
}

void TemplateQueries::Asked(QueryId id, std::string query) {
  asked_.emplace(id, std::move(query));
}

void TemplateQueries::Answer(QueryId id, Result<QueryResult> result) {
  const auto it = asked_.find(id);
  assert(it != asked_.end());
  const std::string query = std::move(it->second);
  asked_.erase(it);
  if (!result) {
    Refuse(query, std::move(result.error().message));
    return;
  }
  samples_ += result->vector.size();
  if (samples_ > kTemplateSamplesMax) {
    Refuse(query, "more than " + std::to_string(kTemplateSamplesMax) +
                      " samples for the templates of one evaluation");
    return;
  }
  answers_.emplace(query, std::move(result->vector));
}

void TemplateQueries::Refuse(const std::string& query, std::string why) {
  answers_.emplace(query, Fail(std::move(why)));
}

}  // namespace tocsin::rules
