#include "base/duration.h"
#include "base/text.h"
#include "lint/checks.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace tocsin::lint {
namespace {

using config::Position;

// How far back a query looks for a sample: Prometheus's default.
constexpr Duration kLookback = std::chrono::minutes(5);

class RuleChecks {
 public:
  RuleChecks(const Subject& subject, Findings* findings) : subject_(subject), findings_(findings) {}

  void Run() {
    for (const RuleFile& file : subject_.rule_files) {
      file_ = &file;
      for (const Group& group : file.groups) {
        CheckInterval(group);
        for (const Rule& rule : group.rules) CheckRule(group, rule);
      }
    }
  }

 private:
  Position At(const config::YamlNodePtr& node, std::string_view key = {}) const {
    return PlaceOf(file_->path, node, key);
  }

  void CheckInterval(const Group& group) {
    const bool records = std::any_of(group.rules.begin(), group.rules.end(), [](const Rule& rule) {
      return !rule.definition.is_alerting();
    });
    if (!records || group.definition.interval < kLookback) return;
    findings_->Add("group/interval-beyond-lookback", At(group.node, "interval"),
                   "the results of recording rules are there for 5m only, and these come every " +
                       FormatPrometheusDuration(group.definition.interval) +
                       ": in between, what reads them finds nothing");
  }

  void CheckRule(const Group& group, const Rule& rule) {
    CheckDuplicate(rule);
    if (!rule.definition.is_alerting()) return CheckRecordingRule(group, rule);
    CheckFor(group, rule);
    CheckLabelNames(rule);
    if (rule.definition.annotations.empty()) {
      findings_->Add("alert/no-annotations", At(rule.node),
                     "alert " + GoQuote(rule.definition.alert) +
                         " has no annotations: the page will not say what it is about");
    }
  }

  // Names of recording and of alerting rules share one space (spec/rules.md §1.6).
  void CheckDuplicate(const Rule& rule) {
    const Position at = At(rule.node);
    const auto [first, is_new] =
        seen_.try_emplace(std::pair(rule.definition.name(), rule.definition.labels), at);
    if (is_new) return;
    findings_->Add("rule/duplicate", at,
                   "the same name and labels as the rule at " + first->second.file + ":" +
                       std::to_string(first->second.line) +
                       (rule.definition.is_alerting()
                            ? ": two alerts that nobody can tell apart; give one another name or "
                              "label"
                            : ": both write the same series, and one of the two is lost"));
  }

  void CheckRecordingRule(const Group& group, const Rule& rule) {
    if (!subject_.configuration) return;
    const config::Config& config = *subject_.configuration->config;
    if (config.remote_write.empty()) return;  // The load has warned of it.
    std::string datasource = group.definition.datasource;
    if (datasource.empty() && !config.datasources.empty()) {
      datasource = config.datasources.front().name;
    }
    const bool written = std::any_of(config.remote_write.begin(), config.remote_write.end(),
                                     [&](const config::RemoteWriteConfig& endpoint) {
                                       return endpoint.datasource == datasource;
                                     });
    if (written) return;
    findings_->Add("rule/not-written", At(rule.node),
                   "no remote_write endpoint belongs to datasource " + GoQuote(datasource) +
                       ": the result of " + GoQuote(rule.definition.record) +
                       " is stored nowhere, and what reads it finds nothing");
  }

  void CheckFor(const Group& group, const Rule& rule) {
    const Duration hold = rule.definition.hold;
    const std::optional<Duration> interval = subject_.IntervalOf(group);
    if (hold == Duration::zero() || !interval || hold % *interval == Duration::zero()) return;
    const Duration real = (hold / *interval + 1) * *interval;
    findings_->Add("alert/for-rounded", At(rule.node, "for"),
                   "rules are evaluated every " + FormatPrometheusDuration(*interval) +
                       ", so this alert fires after " + FormatPrometheusDuration(real) +
                       ", not after " + FormatPrometheusDuration(hold));
  }

  void CheckLabelNames(const Rule& rule) {
    const config::YamlNodePtr labels = Child(rule.node, "labels");
    for (const auto& [name, value] : rule.definition.labels) {
      if (name == "alertname") {
        findings_->Add("alert/alertname-label", At(labels, name),
                       "the label alertname is always the rule's name: this value is never used");
      } else if (!model::IsClassicLabelName(name)) {
        findings_->Add("alert/label-name", At(labels, name),
                       "an Alertmanager before 0.27, or in classic mode, refuses alerts with the "
                       "label " +
                           GoQuote(name));
      }
    }
  }

  using Identity = std::pair<std::string, std::map<std::string, std::string>>;

  const Subject& subject_;
  Findings* const findings_;
  const RuleFile* file_ = nullptr;
  std::map<Identity, Position> seen_;
};

}  // namespace

void CheckRules(const Subject& subject, Findings* findings) {
  RuleChecks(subject, findings).Run();
}

}  // namespace tocsin::lint
