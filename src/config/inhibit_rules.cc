#include "base/text.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

#include <string>
#include <utility>

namespace tocsin::config {
namespace {

constexpr MatcherKeys kSource = {"source_match", "source_match_re", "source_matchers"};
constexpr MatcherKeys kTarget = {"target_match", "target_match_re", "target_matchers"};

InhibitRule ReadRule(const Source& source, const YamlNodePtr& node, model::MatcherSyntax syntax) {
  ObjectReader reader(source, node, "inhibit_rules");
  InhibitRule rule;
  rule.position = source.At(*node);
  reader.Read("name", &rule.name);
  rule.source = ReadMatcherForms(source, kSource, syntax, &reader);
  rule.target = ReadMatcherForms(source, kTarget, syntax, &reader);
  if (reader.Read("equal", &rule.equal)) {
    for (const YamlNodePtr& item : reader.ReadList("equal")) {
      if (item->is_sequence() || item->is_mapping()) continue;  // Reported already.
      if (model::IsValidLabelName(item->text(), syntax)) continue;
      source.Error(*item, "invalid label name " + GoQuote(item->text()) + " in equal list");
    }
  }
  reader.Finish();
  return rule;
}

}  // namespace

std::vector<InhibitRule> ReadInhibitRules(const Source& source,
                                          const std::vector<YamlNodePtr>& nodes,
                                          model::MatcherSyntax syntax) {
  std::vector<InhibitRule> rules;
  for (const YamlNodePtr& node : nodes) rules.push_back(ReadRule(source, node, syntax));
  return rules;
}

void WriteInhibitRules(const std::vector<InhibitRule>& rules, YamlWriter* writer) {
  if (rules.empty()) return;
  writer->BeginList("inhibit_rules");
  for (const InhibitRule& rule : rules) {
    writer->BeginItem();
    writer->TextIfAny("name", rule.name);
    WriteMatcherForms(rule.source, kSource, writer);
    WriteMatcherForms(rule.target, kTarget, writer);
    writer->TextsIfAny("equal", rule.equal);
    writer->EndItem();
  }
  writer->EndList();
}

}  // namespace tocsin::config
