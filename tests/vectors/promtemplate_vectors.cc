// Prometheus's expansion of templates in rules.

#include "templates/rule_templates.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::vectors {
namespace {

using templates::QueryAnswers;
using templates::RuleTemplate;

constexpr Time kEvaluationTime{std::chrono::milliseconds(1'709'288'430'500)};
constexpr std::string_view kNamePrefix = "__alert_";

double Float(const Line& line, std::string_view key) {
  return std::strtod(Text(line, key).c_str(), nullptr);
}

QueryAnswers ReadAnswers() {
  QueryAnswers answers;
  for (const Line& line : ReadLines(*VectorsFolder() / "promtemplate.data.jsonl")) {
    for (const auto& [query, samples] : Object(line, "responses")) {
      std::vector<templates::QuerySample> answer;
      for (const auto& sample : samples.as_array()) {
        answer.push_back(
            {Labels(Object(sample.as_object(), "labels")), Float(sample.as_object(), "value")});
      }
      answers.emplace(std::string(query), std::move(answer));
    }
  }
  return answers;
}

// As the rule evaluation does it: answers come one after the other.
templates::RuleExpansion Expand(const RuleTemplate& compiled,
                                const templates::RuleTemplateData& data,
                                const QueryAnswers& known) {
  QueryAnswers answers;
  while (true) {
    templates::RuleExpansion expansion = compiled.Expand(data, answers);
    if (!expansion.needs_query) return expansion;
    const std::string& query = *expansion.needs_query;
    const auto answer = known.find(query);
    if (answer == known.end()) {
      answers.emplace(query, Fail("unknown query: " + query));
    } else {
      answers.emplace(query, answer->second);
    }
  }
}

void CheckRuleTemplate(Case& c, const QueryAnswers& known) {
  const Line& line = c.line();
  const std::string mode = Text(line, "mode");
  const bool html = mode == "html";
  const std::string name = Text(line, "name");
  const auto compiled =
      RuleTemplate::Compile(name.substr(kNamePrefix.size()), Text(line, "template"),
                            html ? RuleTemplate::Mode::kHtml : RuleTemplate::Mode::kText);
  if (html) {
    // `parse_error` is that of a rule's load, which does not know tmpl.
    if (!compiled) return c.Expect("error", Flag(line, "error"), true);
  } else {
    c.Expect("parse error", HasText(line, "parse_error"), !compiled);
  }
  if (!compiled) {
    c.Expect("parse_error", Text(line, "parse_error"), compiled.error().message);
    return;
  }
  const model::LabelSet labels = Labels(Object(line, "labels"));
  const model::LabelSet external_labels = Labels(Object(line, "external_labels"));
  const std::string external_url = Text(line, "external_url");
  const templates::RuleTemplateData data{labels, Float(line, "value"), external_labels,
                                         external_url, kEvaluationTime};
  const templates::RuleExpansion expansion = Expand(*compiled, data, known);
  c.Expect("error", Flag(line, "error"), expansion.failed);
  if (mode == "raw" && expansion.failed) return;  // Columns differ by the definitions.
  c.Expect("text", Text(line, Flag(line, "error") ? "rule_text" : "expect"), expansion.text);
}

TEST(Vectors, PromTemplates) {
  QueryAnswers known;
  if (VectorsFolder()) known = ReadAnswers();
  RunCollection("promtemplate", "promtemplate.jsonl",
                [&known](Case& c) { CheckRuleTemplate(c, known); });
}

}  // namespace
}  // namespace tocsin::vectors
