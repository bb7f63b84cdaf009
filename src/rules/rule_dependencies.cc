#include "rules/rule_dependencies.h"

#include "model/matcher.h"
#include "promql/parser.h"
#include "templates/rule_templates.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::rules {
namespace {

constexpr std::array<std::string_view, 2> kAlertSeries = {"ALERTS", "ALERTS_FOR_STATE"};
// A rule that reads what so many others write is taken to read what all do: lists stay short.
constexpr std::size_t kListedMost = 100;

// Which series one selector takes: by their names and, of the series of alerts, by alertname.
struct Selection {
  model::Matchers names, alert_names;
};

bool MatchesAll(const model::Matchers& matchers, std::string_view value) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const model::Matcher& matcher) { return matcher.MatchesValue(value); });
}

bool MayRead(const Selection& selection, const RuleDefinition& writer) {
  if (!writer.is_alerting()) return MatchesAll(selection.names, writer.record);
  return MatchesAll(selection.alert_names, writer.alert) &&
         std::any_of(kAlertSeries.begin(), kAlertSeries.end(),
                     [&](std::string_view name) { return MatchesAll(selection.names, name); });
}

// Nothing if it has no name, or matchers that cannot be applied here.
std::optional<Selection> SelectionOf(const promql::Selector& selector) {
  Selection selection;
  const auto add = [](std::string name, model::MatchOp op, std::string value, model::Matchers* to) {
    Result<model::Matcher> matcher = model::Matcher::Create(std::move(name), op, std::move(value));
    if (!matcher) return false;
    to->push_back(*std::move(matcher));
    return true;
  };
  if (!selector.name.empty()) {
    add("__name__", model::MatchOp::kEqual, selector.name, &selection.names);
  }
  for (const promql::LabelMatcher& matcher : selector.matchers) {
    const bool of_name = matcher.name == "__name__";
    if (!of_name && matcher.name != "alertname") continue;
    if (!add(matcher.name, matcher.op, matcher.value,
             of_name ? &selection.names : &selection.alert_names)) {
      return std::nullopt;
    }
  }
  if (selection.names.empty()) return std::nullopt;
  return selection;
}

// What they ask is known when they are expanded.
bool TemplatesMayQuery(const RuleDefinition& rule) {
  const auto may_query = [&](const auto& text) {
    if (text.second.find("query") == std::string::npos) return false;
    const auto compiled = templates::RuleTemplate::Compile(rule.alert, text.second);
    return compiled && compiled->may_query();
  };
  return rule.is_alerting() &&
         (std::any_of(rule.labels.begin(), rule.labels.end(), may_query) ||
          std::any_of(rule.annotations.begin(), rule.annotations.end(), may_query));
}

// Finds what reads what in one group.
class Readers {
 public:
  explicit Readers(std::span<const RulePtr> rules) : rules_(rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i]->is_alerting()) {
        for (const std::string_view name : kAlertSeries) by_name_[name].push_back(i);
      } else {
        by_name_[rules[i]->record].push_back(i);
      }
      all_.push_back(i);
    }
  }

  // The rules whose series this one may read; nothing: those of all.
  std::optional<std::vector<std::size_t>> WritersFor(const RuleDefinition& rule) const {
    if (TemplatesMayQuery(rule)) return std::nullopt;
    const auto expr = promql::Parse(rule.expr, {true, true, true, true});
    if (!expr) return std::nullopt;
    bool everything = false;
    std::vector<std::size_t> writers;
    promql::Walk(**expr, [&](const promql::Expr& node) {
      const auto* selector = node.As<promql::Selector>();
      if (selector == nullptr || everything) return;
      const auto selection = SelectionOf(*selector);
      everything = !selection;
      if (selection) AddWriters(selector->MetricName(), *selection, &writers);
    });
    std::sort(writers.begin(), writers.end());
    writers.erase(std::unique(writers.begin(), writers.end()), writers.end());
    if (everything || writers.size() > kListedMost) return std::nullopt;
    return writers;
  }

 private:
  void AddWriters(std::string_view name, const Selection& selection,
                  std::vector<std::size_t>* writers) const {
    const std::vector<std::size_t>* candidates = &all_;
    if (!name.empty()) {
      const auto named = by_name_.find(name);
      if (named == by_name_.end()) return;
      candidates = &named->second;
    }
    for (const std::size_t i : *candidates) {
      if (MayRead(selection, *rules_[i])) writers->push_back(i);
    }
  }

  const std::span<const RulePtr> rules_;
  std::map<std::string_view, std::vector<std::size_t>> by_name_;
  std::vector<std::size_t> all_;
};

}  // namespace

std::vector<RuleDependencies> FindDependencies(std::span<const RulePtr> rules) {
  std::vector<RuleDependencies> dependencies(rules.size());
  if (rules.size() < 2) return dependencies;
  const Readers readers(rules);
  // The last one before that reads everything: it has itself waited for all before it.
  std::optional<std::size_t> barrier;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (barrier) dependencies[i].earlier.push_back(*barrier);
    const auto writers = readers.WritersFor(*rules[i]);
    if (!writers) {
      dependencies[i].all_earlier = true;
      barrier = i;
      continue;
    }
    for (const std::size_t writer : *writers) {
      if (writer != i) dependencies[std::max(i, writer)].earlier.push_back(std::min(i, writer));
    }
  }
  for (RuleDependencies& rule : dependencies) {
    std::sort(rule.earlier.begin(), rule.earlier.end());
    rule.earlier.erase(std::unique(rule.earlier.begin(), rule.earlier.end()), rule.earlier.end());
    if (rule.all_earlier) rule.earlier.clear();
  }
  return dependencies;
}

}  // namespace tocsin::rules
