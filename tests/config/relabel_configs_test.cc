#include "config/load_parts.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

std::string Problems(const std::string& rule) {
  Diagnostics diagnostics;
  const auto documents = ReadYaml("- " + rule + "\n", "f.yml", &diagnostics);
  if (!documents) return diagnostics.ToString();
  const Source source{"f.yml", "/", &diagnostics, nullptr};
  const auto rules = ReadRelabelConfigs(source, documents->front()->items());
  EXPECT_LE(rules.size(), 1U) << rule;
  return diagnostics.ToString();
}

// Verdicts of promtool 3.14.
TEST(RelabelConfigs, TakesWhatPrometheusTakes) {
  const std::string good[] = {
      "{action: REPLACE, target_label: a}",
      "{target_label: 'a b'}",
      "{target_label: '${1}_x'}",
      "{target_label: 'a${'}",
      "{target_label: b, replacement: }",
      "{target_label: b, separator: }",
      "{action: lowercase, source_labels: [a], target_label: b, replacement: $1}",
      "{action: lowercase, source_labels: [a], target_label: b, regex: x}",
      "{action: keepequal, source_labels: [a], target_label: b}",
      "{action: labeldrop}",
      "{action: labelmap, regex: 'a(.*)', replacement: 'é'}",
      "{action: keep, regex: ''}",
      "{action: keep, regex: }",
      "{action: drop, source_labels: [a], target_label: b, modulus: 3}",
  };
  for (const std::string& rule : good) EXPECT_EQ(Problems(rule), "") << rule;
}

TEST(RelabelConfigs, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string rule, problem;
  };
  const std::string target = "action requires 'target_label' value\n";
  const std::string only =
      "action requires only 'source_labels' and 'target_label', and no other fields\n";
  const std::string names = "action requires only 'regex', and no other fields\n";
  const Case cases[] = {
      {"{}", "1:3: relabel configuration for replace " + target},
      {"{action: ''}", "1:12: relabel action cannot be empty\n"},
      {"{action: bogus}", "1:12: unknown relabel action \"bogus\"\n"},
      {"{target_label: }", "1:3: relabel configuration for replace " + target},
      {"{action: hashmod, target_label: a}",
       "1:3: relabel configuration for hashmod requires non-zero modulus\n"},
      {"{action: hashmod, modulus: 4}", "1:3: relabel configuration for hashmod " + target},
      {"{action: uppercase}", "1:3: relabel configuration for uppercase " + target},
      {"{action: lowercase, target_label: b, replacement: x}",
       "1:53: 'replacement' can not be set for lowercase action\n"},
      {"{action: dropequal, target_label: b, replacement: x}",
       "1:53: 'replacement' can not be set for dropequal action\n"},
      {"{action: keepequal, target_label: b, regex: x}", "1:3: keepequal " + only},
      {"{action: keepequal, target_label: b, separator: x}", "1:3: keepequal " + only},
      {"{action: keepequal, target_label: b, modulus: 1}", "1:3: keepequal " + only},
      {"{action: labeldrop, source_labels: []}", "1:3: labeldrop " + names},
      {"{action: labelkeep, separator: x}", "1:3: labelkeep " + names},
      {"{action: labelkeep, target_label: b}", "1:3: labelkeep " + names},
      {"{action: labelmap, replacement: ''}",
       "1:35: \"\" is invalid 'replacement' for labelmap action\n"},
      {"{action: keep, regex: '('}", "1:25: error parsing regexp: missing closing ): `^(?s:()$`\n"},
      {"{action: keep, source_labels: ['']}", "1:33: \"\" is not a valid label name\n"},
      {"{action: keep, foo: b}", "1:18: unknown key \"foo\" in relabel_config\n"},
      {"null", "1:3: empty or null relabeling rule\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Problems(c.rule), "f.yml:" + c.problem) << c.rule;
}

}  // namespace
}  // namespace tocsin::config
