#include "lint/lint.h"

#include "lint/checks.h"

namespace tocsin::lint {

Findings Check(const Subject& subject) {
  Findings findings;
  if (subject.configuration) {
    CheckRoutes(*subject.configuration, &findings);
    CheckInhibition(*subject.configuration, &findings);
  }
  CheckRules(subject, &findings);
  CheckRuleChains(subject, &findings);
  CheckAnnotations(subject, &findings);
  CheckRuleTemplates(subject, &findings);
  CheckExpressions(subject, &findings);
  CheckAlertConditions(subject, &findings);
  CheckJoins(subject, &findings);
  CheckRuleRouting(subject, &findings);
  return findings;
}

}  // namespace tocsin::lint
