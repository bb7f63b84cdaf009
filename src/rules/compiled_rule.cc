#include "rules/compiled_rule.h"

#include "base/text.h"
#include "model/alert.h"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin::rules {
namespace {

using templates::QueryAnswers;
using templates::RuleTemplate;
using templates::RuleTemplateData;

std::vector<std::pair<std::string, RuleTemplate>> CompileAll(
    const std::map<std::string, std::string>& texts, const std::set<std::string>& may_fail,
    const std::string& alert, const char* what, std::vector<std::string>* errors) {
  std::vector<std::pair<std::string, RuleTemplate>> compiled;
  for (const auto& [name, text] : texts) {
    auto result = RuleTemplate::Compile(alert, text);
    if (result) {
      compiled.emplace_back(name, *std::move(result));
    } else if (may_fail.contains(name)) {
      compiled.emplace_back(name, RuleTemplate::Broken(alert, text, result.error()));
    } else {
      errors->push_back(std::string(what) + " \"" + name + "\": " + result.error().message);
    }
  }
  return compiled;
}

std::string Expand(const RuleTemplate& text, const RuleTemplateData& data,
                   const QueryAnswers& answers, Expansions* out) {
  templates::RuleExpansion expansion = text.Expand(data, answers);
  if (!text.is_constant()) ++out->count;
  if (expansion.failed) ++out->failures;
  if (expansion.needs_query) out->needs.insert(*std::move(expansion.needs_query));
  // A label is JSON to everyone outside: what is not UTF-8 would be another label there.
  return IsValidUtf8(expansion.text) ? std::move(expansion.text) : ToValidUtf8(expansion.text);
}

}  // namespace

std::shared_ptr<const CompiledRule> CompiledRule::Compile(RulePtr definition,
                                                          std::vector<std::string>* errors) {
  const std::size_t before = errors->size();
  Templates labels = CompileAll(definition->labels, definition->inherited_labels, definition->alert,
                                "label", errors);
  Templates annotations =
      CompileAll(definition->annotations, {}, definition->alert, "annotation", errors);
  if (errors->size() > before) return nullptr;
  return std::shared_ptr<const CompiledRule>(
      new CompiledRule(std::move(definition), std::move(labels), std::move(annotations)));
}

CompiledRule::CompiledRule(RulePtr definition, Templates labels, Templates annotations)
    : definition_(std::move(definition)),
      labels_(std::move(labels)),
      annotations_(std::move(annotations)),
      generator_path_("/graph?g0.expr=" + QueryEscape(definition_->shown_expr()) + "&g0.tab=1"),
      labels_are_constant_(
          std::all_of(labels_.begin(), labels_.end(),
                      [](const auto& label) { return label.second.is_constant(); })),
      annotations_may_query_(
          std::any_of(annotations_.begin(), annotations_.end(),
                      [](const auto& annotation) { return annotation.second.may_query(); })) {}

model::LabelSet CompiledRule::ExpandLabels(const RuleTemplateData& data,
                                           const QueryAnswers& answers, Expansions* out) const {
  model::LabelSetBuilder builder(data.labels);
  builder.Remove("__name__");
  for (const auto& [name, text] : labels_) builder.Set(name, Expand(text, data, answers, out));
  builder.Set(model::kAlertNameLabel, definition_->alert);
  return builder.Build();
}

model::LabelSet CompiledRule::ExpandAnnotations(const RuleTemplateData& data,
                                                const QueryAnswers& answers,
                                                Expansions* out) const {
  std::vector<std::string> values;
  values.reserve(annotations_.size());
  std::vector<model::Label> pairs;
  for (const auto& [name, text] : annotations_) {
    values.push_back(Expand(text, data, answers, out));
    pairs.push_back({name, values.back()});
  }
  return model::LabelSet::FromSorted(pairs);
}

}  // namespace tocsin::rules
