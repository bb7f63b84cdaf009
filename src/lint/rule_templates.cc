#include "templates/rule_templates.h"

#include "base/text.h"
#include "config/inner_place.h"
#include "lint/checks.h"
#include "lint/label_shape.h"
#include "promql/parser.h"
#include "templates/rule_template_uses.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::lint {
namespace {

using config::Position;
using templates::RuleTemplateUses;

// What labels may hold, as far as functions care: a template that fails with all of these fails.
// What `now` is: some day, so that it can be shown.
constexpr Time kSampleTime{std::chrono::hours(24 * 365 * 55)};
constexpr std::array<std::string_view, 5> kSampleTexts = {"1", "web-1.example.org:9100",
                                                          "0123456789abcdef0123456789abcdef", "5m",
                                                          "2026-01-02T03:04:05Z"};

class TemplateChecks {
 public:
  TemplateChecks(const Subject& subject, Findings* findings)
      : subject_(subject), findings_(findings) {}

  void Run() {
    for (const RuleFile& file : subject_.rule_files) {
      file_ = &file;
      for (const Group& group : file.groups) {
        for (const Rule& rule : group.rules) {
          if (rule.definition.is_alerting()) CheckRule(rule);
        }
      }
    }
  }

 private:
  struct Text {
    const Rule& rule;
    std::string_view what;  // label, annotation
    std::string_view name;
    const std::string& text;
    Position value_at;
  };

  Position Inside(const Text& text, int line, int column) const {
    return config::PlaceInValue(file_->text, text.value_at, text.text, line, column);
  }
  static std::string Named(const Text& text) {
    return std::string(text.what) + " " + GoQuote(text.name);
  }

  void CheckRule(const Rule& rule) {
    for (const bool label : {true, false}) {
      const auto& texts = label ? rule.definition.labels : rule.definition.annotations;
      const config::YamlNodePtr node = Child(rule.node, label ? "labels" : "annotations");
      for (const auto& [name, text] : texts) {
        // A label of the group has its text there.
        const Position at = PlaceOf(file_->path, node != nullptr ? node : rule.node, name);
        CheckText({rule, label ? "label" : "annotation", name, text, at}, label);
      }
    }
  }

  void CheckText(const Text& text, bool is_label) {
    const RuleTemplateUses uses = templates::UsesOf(text.text);
    if (is_label && uses.value) {
      findings_->Add("template/value-in-label", Inside(text, uses.value->line, uses.value->column),
                     Named(text) +
                         " changes with the value, and an alert with another label is another "
                         "alert: `for` starts again at every evaluation, and each one pages anew; "
                         "put the value into an annotation");
    }
    CheckLabels(text, uses);
    CheckExternalLabels(text, uses);
    CheckQueries(text, uses);
    CheckExpansion(text, uses);
  }

  void CheckLabels(const Text& text, const RuleTemplateUses& uses) {
    const LabelShape shape = ShapeOf(text.rule);
    std::set<std::string> reported;
    for (const RuleTemplateUses::Use& use : uses.labels) {
      if (shape.MayHave(use.name) || !reported.insert(use.name).second) continue;
      std::string why =
          text.rule.definition.labels.contains(use.name)
              ? "$labels." + use.name + " is empty: a label of the rule itself is not in $labels"
              : "$labels." + use.name + " is always empty: " + shape.Reason(use.name);
      findings_->Add("template/label-missing", Inside(text, use.line, use.column),
                     Named(text) + ": " + std::move(why));
    }
  }

  void CheckExternalLabels(const Text& text, const RuleTemplateUses& uses) {
    if (!subject_.configuration) return;
    const auto& known = subject_.configuration->config->global.external_labels;
    for (const RuleTemplateUses::Use& use : uses.external_labels) {
      if (known.contains(use.name)) continue;
      findings_->Add("template/external-label", Inside(text, use.line, use.column),
                     Named(text) + ": $externalLabels." + use.name +
                         " is always empty: global.external_labels has no such label");
    }
  }

  // Where the rule's own expression is of a dialect that we don't read, these are too.
  void CheckQueries(const Text& text, const RuleTemplateUses& uses) {
    if (text.rule.expr == nullptr) return;
    constexpr promql::Features kAll{true, true, true, true};
    for (const RuleTemplateUses::Use& use : uses.queries) {
      const auto parsed = promql::Parse(use.name, kAll);
      std::string why;
      if (!parsed) {
        why = ": no datasource will understand this query: " +
              promql::ToString(parsed.error().front(), use.name);
      } else if ((*parsed)->type == promql::ValueType::kMatrix ||
                 (*parsed)->type == promql::ValueType::kString) {
        why = ": the result of this query is a " + std::string(promql::Described((*parsed)->type)) +
              ", and query takes an instant vector or a scalar only";
      } else {
        continue;
      }
      findings_->Add("template/query", Inside(text, use.line, use.column), Named(text) + why);
    }
  }

  // As Prometheus would expand it; at load it only parses (spec/rules.md §1.3).
  void CheckExpansion(const Text& text, const RuleTemplateUses& uses) {
    const auto compiled = templates::RuleTemplate::Compile(text.rule.definition.alert, text.text);
    if (!compiled || compiled->is_constant() || compiled->may_query()) return;
    templates::RuleExpansion expansion;
    for (const std::string_view sample : kSampleTexts) {
      std::vector<model::Label> labels;
      for (const RuleTemplateUses::Use& use : uses.labels) labels.push_back({use.name, sample});
      const model::LabelSet label_set = model::LabelSet::FromUnsorted(labels);
      const model::LabelSet external_labels;
      expansion = compiled->Expand({label_set, 1, external_labels, "", kSampleTime},
                                   templates::QueryAnswers());
      if (!expansion.failed) return;
    }
    findings_->Add("template/fails", Inside(text, expansion.error_line, expansion.error_column),
                   Named(text) + " cannot be expanded: " + expansion.text);
  }

  const Subject& subject_;
  Findings* const findings_;
  const RuleFile* file_ = nullptr;
};

}  // namespace

void CheckRuleTemplates(const Subject& subject, Findings* findings) {
  TemplateChecks(subject, findings).Run();
}

}  // namespace tocsin::lint
