#include "base/text.h"
#include "lint/checks.h"
#include "lint/label_shape.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::lint {
namespace {

// What is known of an alerting rule's labels before it has ever fired.
class AlertLabels {
 public:
  AlertLabels(const Rule& rule, const std::map<std::string, std::string>& external_labels)
      : rule_(rule.definition), external_labels_(external_labels), shape_(ShapeOf(rule)) {}

  // The value, "" if the label is never there; nothing where that depends on the series.
  std::optional<std::string_view> Value(std::string_view name) const {
    if (name == "alertname") return rule_.alert;
    const auto own = rule_.labels.find(std::string(name));
    if (own != rule_.labels.end()) {
      if (own->second.find("{{") != std::string::npos) return std::nullopt;
      return own->second;
    }
    if (shape_.MayHave(name)) return std::nullopt;
    const auto external = external_labels_.find(std::string(name));
    return external == external_labels_.end() ? std::string_view() : external->second;
  }

  bool CanMatch(const model::Matchers& matchers) const {
    return std::all_of(matchers.begin(), matchers.end(), [this](const model::Matcher& matcher) {
      const std::optional<std::string_view> value = Value(matcher.name());
      return !value || matcher.MatchesValue(*value);
    });
  }

 private:
  const rules::RuleDefinition& rule_;
  const std::map<std::string, std::string>& external_labels_;
  const LabelShape shape_;
};

class RoutingChecks {
 public:
  RoutingChecks(const Subject& subject, Findings* findings)
      : configuration_(*subject.configuration),
        config_(*subject.configuration->config),
        findings_(findings) {
    for (const RuleFile& file : subject.rule_files) {
      for (const Group& group : file.groups) {
        for (const Rule& rule : group.rules) {
          if (!rule.definition.is_alerting()) continue;
          alerts_.emplace_back(rule, config_.global.external_labels);
        }
      }
    }
  }

  void Run() {
    if (alerts_.empty()) return;  // All alerts come from elsewhere.
    CheckRoute(config_.route, Child(configuration_.root, "route"), {});
    for (std::size_t i = 0; i < config_.inhibit_rules.size(); ++i) CheckInhibitRule(i);
  }

 private:
  bool AnyCanMatch(const model::Matchers& matchers) const {
    return std::any_of(alerts_.begin(), alerts_.end(),
                       [&](const AlertLabels& alert) { return alert.CanMatch(matchers); });
  }

  void CheckRoute(const config::RouteConfig& route, const config::YamlNodePtr& node,
                  model::Matchers matchers) {
    matchers.insert(matchers.end(), route.matchers.begin(), route.matchers.end());
    if (!AnyCanMatch(matchers)) {
      findings_->Add("route/no-rule", PlaceOf(config_.path, node),
                     "no rule's alerts take this route: " + model::ToString(matchers) +
                         " matches the labels of none of them; only alerts that others send can");
      return;
    }
    for (std::size_t i = 0; i < route.routes.size(); ++i) {
      CheckRoute(route.routes[i], ChildItem(node, "routes", i), matchers);
    }
  }

  void CheckInhibitRule(std::size_t i) {
    const config::InhibitRule& rule = config_.inhibit_rules[i];
    for (const bool source : {true, false}) {
      const model::Matchers& matchers = source ? rule.source.matchers : rule.target.matchers;
      if (AnyCanMatch(matchers)) continue;
      findings_->Add("inhibit/no-rule",
                     PlaceOf(config_.path, ChildItem(configuration_.root, "inhibit_rules", i)),
                     std::string("no rule's alerts are a ") + (source ? "source" : "target") +
                         " of this: " + model::ToString(matchers) +
                         " matches the labels of none of them; only alerts that others send can");
    }
  }

  const Configuration& configuration_;
  const config::Config& config_;
  Findings* const findings_;
  std::vector<AlertLabels> alerts_;
};

}  // namespace

void CheckRuleRouting(const Subject& subject, Findings* findings) {
  if (subject.configuration) RoutingChecks(subject, findings).Run();
}

}  // namespace tocsin::lint
