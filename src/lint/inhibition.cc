#include "lint/checks.h"
#include "lint/matchers.h"

#include <algorithm>
#include <string>

namespace tocsin::lint {
namespace {

using config::InhibitRule;
using config::Position;
using config::YamlNodePtr;

bool NamesAnAlert(const model::Matchers& matchers) {
  return std::any_of(matchers.begin(), matchers.end(), [](const model::Matcher& matcher) {
    return matcher.name() == "alertname" && !matcher.MatchesValue("");
  });
}

// A side without matchers matches every alert.
bool CheckSides(const InhibitRule& rule, const Position& at, Findings* findings) {
  const bool no_source = rule.source.matchers.empty();
  const bool no_target = rule.target.matchers.empty();
  if (no_source || no_target) {
    findings->Add("inhibit/everything", at,
                  no_target ? "no target matchers: an alert that matches the source keeps every "
                              "other alert from being notified"
                            : "no source matchers: any alert at all inhibits the targets");
  }
  bool possible = true;
  for (const bool source : {true, false}) {
    const auto contradiction = Contradiction(source ? rule.source.matchers : rule.target.matchers);
    if (!contradiction) continue;
    possible = false;
    findings->Add("inhibit/never-matches", at,
                  std::string("no alert is a ") + (source ? "source" : "target") +
                      " of this rule: " + *contradiction + " exclude each other");
  }
  return possible && !no_source && !no_target;
}

void CheckRule(const InhibitRule& rule, const Position& at, Findings* findings) {
  if (!CheckSides(rule, at, findings)) return;
  if (Implies(rule.source.matchers, rule.target.matchers) &&
      Implies(rule.target.matchers, rule.source.matchers)) {
    findings->Add("inhibit/no-effect", at,
                  "source and target are the same alerts, and an alert that is both is not "
                  "inhibited by another one that is both: this rule does nothing");
  } else if (rule.equal.empty() && !NamesAnAlert(rule.source.matchers)) {
    findings->Add("inhibit/no-equal", at,
                  "no `equal`: one alert that matches the source inhibits every target, of "
                  "whatever cluster or service; name the labels that they must share");
  }
}

}  // namespace

void CheckInhibition(const Configuration& configuration, Findings* findings) {
  const config::Config& config = *configuration.config;
  for (std::size_t i = 0; i < config.inhibit_rules.size(); ++i) {
    const YamlNodePtr node = ChildItem(configuration.root, "inhibit_rules", i);
    CheckRule(config.inhibit_rules[i], PlaceOf(config.path, node), findings);
  }
}

}  // namespace tocsin::lint
