#pragma once

// `match[]` of `/api/v1/rules` (spec/rules.md §6.1): a series selector that is held against what a
// rule file says of a rule's labels, the group's included and templates as their text. A rule has
// neither `__name__` nor, unless it is written there, `alertname`. Immutable; safe from any thread.

#include "base/result.h"
#include "model/regex.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

class RuleSelector {
 public:
  // Fails, with the place within the text, for what is no selector or has a range, `offset` or `@`.
  static Result<RuleSelector> Parse(std::string_view text);

  // No matcher refuses a missing label.
  bool matches_all() const { return matches_all_; }

  // All matchers do; a missing label has the value "".
  bool Matches(const std::map<std::string, std::string>& labels) const;

 private:
  struct Condition {
    std::string name;
    bool negative;
    std::string value;
    // As in PromQL, where a dot matches a newline too: model::Matcher has Alertmanager's meaning.
    std::optional<model::Regex> regex;
  };

  std::vector<Condition> conditions_;
  bool matches_all_ = true;
};

}  // namespace tocsin::api
