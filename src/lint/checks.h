#pragma once

// The families of checks, one file each; for lint.cc only. All are pure.

#include "lint/finding.h"
#include "lint/subject.h"
#include "promql/ast.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::lint {

// routes.cc: routes that no alert takes, and receivers and time intervals that no route names.
void CheckRoutes(const Configuration& configuration, Findings* findings);

// inhibition.cc: rules that inhibit nothing, or far too much.
void CheckInhibition(const Configuration& configuration, Findings* findings);

// rules.cc: what can be said of rules without reading their expressions.
void CheckRules(const Subject& subject, Findings* findings);

// rule_chains.cc: rules that read what others write, or need another one beside them.
void CheckRuleChains(const Subject& subject, Findings* findings);

// annotations.cc: what labels and annotations should, or should not, tell people.
void CheckAnnotations(const Subject& subject, Findings* findings);

// rule_templates.cc: labels and annotations that will not say what they should.
void CheckRuleTemplates(const Subject& subject, Findings* findings);

// expressions.cc: what an expression can never give, or gives always.
void CheckExpressions(const Subject& subject, Findings* findings);

// alert_conditions.cc: alerts that always fire, that flap, or whose evaluation fails.
void CheckAlertConditions(const Subject& subject, Findings* findings);

// joins.cc: binary operators whose two sides never find each other.
void CheckJoins(const Subject& subject, Findings* findings);

// rule_routing.cc: routes and inhibition that no rule's alerts can match.
void CheckRuleRouting(const Subject& subject, Findings* findings);

// rule_expr.cc. A rule with what surrounds it, and where in its expression something is found.
struct RuleExpr {
  const RuleFile& file;
  const Group& group;
  const Rule& rule;
  const promql::Expr& expr;

  void Add(std::string_view id, promql::Span span, std::string message, Findings* findings) const;
  // The text of a part of the expression, shortened for a message.
  std::string Quoted(promql::Span span) const;
};
// Calls `visit` for each rule whose expression could be read.
void ForEachExpr(const Subject& subject, const std::function<void(const RuleExpr&)>& visit);

// A number, also a negated one, in any parentheses.
std::optional<double> NumberOf(const promql::Expr& expr);

// A comparison of something with a number, turned so that the number stands on the right.
struct NumberComparison {
  promql::BinaryOp op;
  const promql::Expr& compared;  // Without parentheses around it.
  double number;
};
std::optional<NumberComparison> AsNumberComparison(const promql::Expr& expr);

}  // namespace tocsin::lint
