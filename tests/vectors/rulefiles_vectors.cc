// Rule files as Prometheus 3.5.3 reads them: verdict, what is wrong with a rule in its words, and
// what was read.

#include "base/duration.h"
#include "rules/rule_file.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace tocsin::vectors {
namespace {

using StringMap = std::map<std::string, std::string>;

// A null is empty.
StringMap Pairs(const Line& line, std::string_view key) {
  StringMap pairs;
  if (!line.at(key).is_object()) return pairs;
  for (const auto& [name, value] : Object(line, key)) {
    pairs.emplace(name, std::string(value.as_string()));
  }
  return pairs;
}

void ExpectRule(Case& c, const Line& want, StringMap labels, const rules::RuleDefinition& got) {
  const std::string what = "rule " + got.name();
  c.Expect(what, Text(want, "alert"), got.alert);
  c.Expect(what, Text(want, "record"), got.record);
  c.Expect(what, Text(want, "expr"), got.expr);
  c.Expect(what, Text(want, "for"), FormatPrometheusDuration(got.hold));
  c.Expect(what, Text(want, "keep_firing_for"), FormatPrometheusDuration(got.keep_firing_for));
  for (const auto& [name, value] : Pairs(want, "labels")) labels[name] = value;
  c.Expect(what + ": labels", true, got.labels == labels);
  c.Expect(what + ": annotations", true, got.annotations == Pairs(want, "annotations"));
}

void ExpectGroup(Case& c, const Line& want, const rules::GroupDefinition& got) {
  c.Expect("group", Text(want, "name"), got.name);
  c.Expect("interval", Text(want, "interval"), FormatPrometheusDuration(got.interval));
  c.Expect("limit", std::to_string(Integer(want, "limit")), std::to_string(got.limit));
  c.Expect("query_offset", Text(want, "query_offset"),
           got.query_offset ? FormatPrometheusDuration(*got.query_offset) : "");
  const boost::json::array& rules = Array(want, "rules");
  if (rules.size() != got.rules.size()) return c.Differ("another number of rules");
  for (std::size_t i = 0; i < rules.size(); ++i) {
    ExpectRule(c, rules[i].as_object(), Pairs(want, "labels"), got.rules[i]);
  }
}

// What is said of a rule must be among what we say.
void ExpectWords(Case& c, const std::string& got) {
  for (const boost::json::value& error : Array(c.line(), "errors")) {
    const std::string want(error.as_string());
    const std::size_t rule = want.find("group \"");
    if (rule == std::string::npos) continue;
    if (got.find(want.substr(rule)) == std::string::npos) c.Differ("want " + want + ", got " + got);
  }
}

void CheckLine(Case& c) {
  std::ifstream file(*VectorsFolder() / "rulefiles" / Text(c.line(), "file"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  config::Diagnostics diagnostics;
  const auto groups = rules::ParseRuleFile(text, "f", &diagnostics);
  if (diagnostics.HasErrors() == Flag(c.line(), "valid")) {
    return c.Differ(diagnostics.HasErrors() ? diagnostics.ToString() : "accepted");
  }
  if (diagnostics.HasErrors()) return ExpectWords(c, diagnostics.ToString());
  const boost::json::array& want = Array(c.line(), "groups");
  if (want.size() != groups.size()) return c.Differ("another number of groups");
  for (std::size_t i = 0; i < want.size(); ++i) ExpectGroup(c, want[i].as_object(), groups[i]);
}

TEST(Vectors, RuleFiles) {
  RunCollection("rulefiles", "rulefiles/index.jsonl", CheckLine);
}

}  // namespace
}  // namespace tocsin::vectors
