// promtool's unit tests of alerting rules: what fires when, with which labels and annotations, as
// promtool reports it. Their rules are evaluated here by the Ruler, their expressions by a handful
// of lines (series_notation.h); cases that need more PromQL than that are left out.

#include "base/duration.h"
#include "base/text.h"
#include "config/object_reader.h"
#include "config/yaml_reader.h"
#include "rules/ruler.h"
#include "rules/schedule.h"
#include "tests/vectors/collection.h"
#include "tests/vectors/series_notation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tocsin::vectors {
namespace {

using Strings = std::map<std::string, std::string>;

struct ShownAlert {
  Strings labels, annotations;
  auto operator<=>(const ShownAlert&) const = default;
};

struct AlertCheck {
  Duration at{};
  std::string alert;
  std::vector<ShownAlert> expected;
};

struct TestGroup {
  Duration step{};
  std::vector<InputSeries> series;
  std::vector<AlertCheck> checks;
  Strings external_labels;
  std::string external_url;
};

struct TestFile {
  Duration interval = std::chrono::minutes(1);
  std::vector<TestGroup> groups;
};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

AlertCheck ReadCheck(const config::Source& source, const config::YamlNodePtr& node) {
  config::ObjectReader reader(source, node, "check");
  AlertCheck check;
  reader.ReadDuration("eval_time", &check.at);
  if (!reader.Read("alertname", &check.alert)) reader.Error("no alertname");
  for (const config::YamlNodePtr& item : reader.ReadList("exp_alerts")) {
    config::ObjectReader alert(source, item, "alert");
    ShownAlert& shown = check.expected.emplace_back();
    alert.Read("exp_labels", &shown.labels);
    alert.Read("exp_annotations", &shown.annotations);
    shown.labels["alertname"] = check.alert;
    alert.Finish();
  }
  reader.Finish();
  return check;
}

TestGroup ReadTestGroup(const config::Source& source, const config::YamlNodePtr& node,
                        Duration interval) {
  config::ObjectReader reader(source, node, "test");
  TestGroup group;
  group.step = interval;
  reader.ReadDuration("interval", &group.step);
  std::string name;
  reader.Read("name", &name);
  for (const config::YamlNodePtr& item : reader.ReadList("input_series")) {
    config::ObjectReader input(source, item, "series");
    std::string series, values;
    input.Read("series", &series);
    input.Read("values", &values);
    input.Finish();
    auto parsed = ParseInputSeries(series, values);
    if (!parsed) {
      input.Error("not that simple");
      continue;
    }
    group.series.push_back(*std::move(parsed));
  }
  for (const config::YamlNodePtr& item : reader.ReadList("alert_rule_test")) {
    group.checks.push_back(ReadCheck(source, item));
  }
  reader.Read("external_labels", &group.external_labels);
  reader.Read("external_url", &group.external_url);
  reader.Finish();  // Refuses promql_expr_test.
  return group;
}

// Nothing if it tests anything but alerts of the one rule file.
std::optional<TestFile> ReadTestFile(const std::filesystem::path& path) {
  config::Diagnostics diagnostics;
  const config::Source source{"test.yml", "/", &diagnostics};
  const auto documents = config::ReadYaml(ReadFile(path), "test.yml", &diagnostics);
  if (!documents || documents->empty()) return std::nullopt;
  config::ObjectReader reader(source, documents->front(), "test file");
  TestFile file;
  std::vector<std::string> rule_files, order;
  reader.Read("rule_files", &rule_files);
  reader.ReadDuration("evaluation_interval", &file.interval);
  reader.Read("group_eval_order", &order);  // There is one group.
  for (const config::YamlNodePtr& node : reader.ReadList("tests")) {
    file.groups.push_back(ReadTestGroup(source, node, file.interval));
  }
  reader.Finish();
  if (diagnostics.HasErrors() || file.groups.empty() ||
      rule_files != std::vector<std::string>{"rules.yml"}) {
    return std::nullopt;
  }
  return file;
}

std::vector<rules::GroupDefinition> ReadRules(const std::filesystem::path& path) {
  config::Diagnostics diagnostics;
  auto groups = rules::ParseRuleFile(ReadFile(path), "rules.yml", &diagnostics);
  for (const rules::GroupDefinition& group : groups) {
    for (const rules::RuleDefinition& rule : group.rules) {
      if (rule.is_alerting() && !ParseSimpleExpression(rule.expr)) return {};
    }
  }
  return groups;
}

Strings ToStrings(const model::LabelSet& labels) {
  Strings strings;
  for (const model::Label label : labels) {
    strings.emplace(std::string(label.name), std::string(label.value));
  }
  return strings;
}

// One test: the group's phase is taken as the time 0.
class Run {
 public:
  Run(const std::vector<rules::GroupDefinition>& groups, const TestGroup& test, Duration interval)
      : test_(test), interval_(interval) {
    std::vector<rules::GroupDefinition> changed = groups;
    for (rules::GroupDefinition& group : changed) group.interval = interval;  // As promtool.
    start_ = rules::Slot(Time(std::chrono::hours(1)),
                         rules::GroupOffset("rules.yml", changed.front().name, interval), interval);
    rules::RulerOptions options;
    options.datasources = {{"", test.external_url, std::chrono::seconds(30)}};
    std::vector<model::Label> external;
    for (const auto& [name, value] : test.external_labels) external.push_back({name, value});
    options.external_labels = model::LabelSet::FromUnsorted(external);
    config::Diagnostics diagnostics;
    rules::Output installed;
    ruler_.Install(rules::Ruler::Compile(std::move(changed), &diagnostics), options,
                   start_ - interval, &installed);
  }

  // What promtool says of the failures; "" if there are none.
  std::string Failures() {
    Duration end{};
    for (const AlertCheck& check : test_.checks) end = std::max(end, check.at);
    std::string failures;
    for (Duration at{}; at <= end; at += interval_) {
      Evaluate(at);
      if (std::string errors = Errors(at); !errors.empty()) return errors;
      for (const AlertCheck& check : test_.checks) {
        if (check.at >= at && check.at < at + interval_) failures += Compare(check);
      }
    }
    return failures;
  }

 private:
  void Evaluate(Duration at) {
    const Time now = start_ + at;
    rules::Output out;
    ruler_.Advance(now, &out);
    std::deque<rules::Query> open(out.queries.begin(), out.queries.end());
    for (; !open.empty(); open.pop_front()) {
      rules::QueryResult result;
      const auto expression = ParseSimpleExpression(open.front().expr);
      result.vector =
          vectors::Evaluate(*expression, test_.series, test_.step, open.front().time - start_);
      rules::Output next;
      ruler_.Complete(now, open.front().id, std::move(result), &next);
      open.insert(open.end(), next.queries.begin(), next.queries.end());
    }
  }

  std::string Errors(Duration at) const {
    std::string errors;
    for (const rules::GroupView& group : ruler_.Overview()) {
      for (const rules::RuleView& rule : group.rules) {
        if (rule.last_error.empty()) continue;
        errors += "    rule: " + rule.rule->name() + ", time: " + FormatPrometheusDuration(at) +
                  ", err: " + rule.last_error + "\n";
      }
    }
    return errors;
  }

  std::vector<ShownAlert> Firing(const std::string& name) const {
    std::vector<ShownAlert> firing;
    for (const rules::GroupView& group : ruler_.Snapshot()) {
      for (const rules::RuleView& rule : group.rules) {
        for (const rules::RuleAlert& alert : rule.alerts) {
          if (rule.rule->alert != name || alert.state != rules::AlertState::kFiring) continue;
          rules::Expansions counts;
          firing.push_back(
              {ToStrings(alert.labels), ToStrings(rules::ExpandAnnotations(alert, &counts))});
        }
      }
    }
    std::sort(firing.begin(), firing.end());
    return firing;
  }

  static std::string Shown(const std::vector<ShownAlert>& alerts) {
    const auto pairs = [](const Strings& strings) {
      std::string text;
      for (const auto& [name, value] : strings) {
        text += (text.empty() ? "" : ", ") + name + "=" + GoQuote(value);
      }
      return "{" + text + "}";
    };
    std::string text;
    for (std::size_t i = 0; i < alerts.size(); ++i) {
      text += (i > 0 ? ",\n" : "\n") + std::string(12, ' ') + std::to_string(i) +
              ":\n              Labels:" + pairs(alerts[i].labels) +
              "\n              Annotations:" + pairs(alerts[i].annotations);
    }
    return "[" + (text.empty() ? "" : text + "\n            ") + "]";
  }

  std::string Compare(const AlertCheck& check) const {
    const std::vector<ShownAlert> got = Firing(check.alert);
    std::vector<ShownAlert> expected = check.expected;
    std::sort(expected.begin(), expected.end());
    if (got == expected) return "";
    return "    alertname: " + check.alert + ", time: " + FormatPrometheusDuration(check.at) +
           ", \n        exp:" + Shown(expected) + ", \n        got:" + Shown(got) + "\n";
  }

  const TestGroup& test_;
  const Duration interval_;
  Time start_{};
  rules::Ruler ruler_;
};

void CheckUnitTest(Case& c) {
  const std::filesystem::path folder = *VectorsFolder() / "unittests" / Text(c.line(), "dir");
  const std::vector<rules::GroupDefinition> groups = ReadRules(folder / "rules.yml");
  const std::optional<TestFile> file = ReadTestFile(folder / "test.yml");
  if (!file || groups.size() != 1) {
    c.LeaveOut();
    return;
  }
  std::string failures;
  for (const TestGroup& test : file->groups)
    failures += Run(groups, test, file->interval).Failures();
  c.Expect("pass", Flag(c.line(), "pass"), failures.empty());
  if (!failures.empty()) failures = "  FAILED:\n" + failures;
  c.Expect("stderr", Text(c.line(), "stderr"), failures);
}

TEST(Vectors, UnitTests) {
  RunCollection("unittests", "unittests/index.jsonl", CheckUnitTest);
}

}  // namespace
}  // namespace tocsin::vectors
