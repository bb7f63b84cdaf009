#pragma once

// An alerting rule without its state: the definition with its templates compiled. Immutable; shared
// by the rule, by its alerts and by snapshots of them; used from any thread.

#include "model/label_set.h"
#include "rules/decision.h"
#include "templates/rule_templates.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::rules {

// What expanding some templates came to.
struct Expansions {
  std::uint32_t count = 0;
  std::uint32_t failures = 0;
  // Queries whose answers were missing. The texts mean nothing if there are any.
  std::set<std::string> needs;

  void Add(Expansions other) {
    count += other.count;
    failures += other.failures;
    needs.merge(other.needs);
  }
};

class CompiledRule {
 public:
  // Null if a template does not compile; `errors` then has a line for each. Labels of the group are
  // as Prometheus has them: one that does not compile gives the error as its value.
  static std::shared_ptr<const CompiledRule> Compile(RulePtr definition,
                                                     std::vector<std::string>* errors);

  const RulePtr& definition() const { return definition_; }
  // `/graph?g0.expr=...&g0.tab=1`
  const std::string& generator_path() const { return generator_path_; }
  // Whether the labels of the sample alone decide on those of the alert.
  bool labels_are_constant() const { return labels_are_constant_; }
  bool annotations_may_query() const { return annotations_may_query_; }

  // Sample labels, rule labels, alertname: the identity of the alert.
  model::LabelSet ExpandLabels(const templates::RuleTemplateData& data,
                               const templates::QueryAnswers& answers, Expansions* out) const;
  model::LabelSet ExpandAnnotations(const templates::RuleTemplateData& data,
                                    const templates::QueryAnswers& answers, Expansions* out) const;

 private:
  using Templates = std::vector<std::pair<std::string, templates::RuleTemplate>>;

  CompiledRule(RulePtr definition, Templates labels, Templates annotations);

  const RulePtr definition_;
  const Templates labels_;
  const Templates annotations_;
  const std::string generator_path_;
  const bool labels_are_constant_;
  const bool annotations_may_query_;
};

using CompiledRulePtr = std::shared_ptr<const CompiledRule>;

}  // namespace tocsin::rules
