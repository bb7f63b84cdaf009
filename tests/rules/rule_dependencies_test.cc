#include "rules/rule_dependencies.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tocsin::rules {
namespace {

// `name = expression`; a name in upper case is an alert's.
RulePtr Rule(const std::string& text) {
  auto rule = std::make_shared<RuleDefinition>();
  const std::string name = text.substr(0, text.find(" = "));
  (name[0] >= 'A' && name[0] <= 'Z' ? rule->alert : rule->record) = name;
  rule->expr = text.substr(text.find(" = ") + 3);
  return rule;
}

std::string Describe(const std::vector<std::string>& texts) {
  std::vector<RulePtr> rules;
  for (const std::string& text : texts) rules.push_back(Rule(text));
  std::string all;
  for (const RuleDependencies& rule : FindDependencies(rules)) {
    if (!all.empty()) all += " ";
    all += rule.all_earlier ? "all" : "";
    for (const std::size_t earlier : rule.earlier) all += std::to_string(earlier);
    if (!rule.all_earlier && rule.earlier.empty()) all += "-";
  }
  return all;
}

TEST(RuleDependencies, AreWhatARuleMayReadOfTheOthers) {
  const struct {
    std::vector<std::string> rules;
    const char* expect;
  } cases[] = {
      {{"a = up", "b = down"}, "- -"},
      {{"a = up", "b = sum(a)", "c = a + b"}, "- 0 01"},
      {{"a = up", "b = rate(a[5m]) unless on () max_over_time(x[1h:])"}, "- 0"},
      {{"a = up", "b = {__name__=~\"a|b\"}", "c = {__name__!~\"a.*|\"}"}, "- 0 1"},
      {{"a = up", "b = {\"a\"}"}, "- 0"},
      {{"a = up", "b = sum(up{a=\"a\"})"}, "- -"},
      // What reads the value of before must not find the one of now.
      {{"a = b", "b = up"}, "- 0"},
      {{"a = a + 1", "b = up"}, "- -"},
      {{"A = up", "B = count(ALERTS{alertname=\"A\"})", "C = ALERTS{alertname=~\"A|B\"}"},
       "- 0 01"},
      {{"A = up", "r = up", "B = ALERTS_FOR_STATE", "C = ALERTS{alertname!=\"A\"}"}, "- - 0 2"},
      // Without a name it may read anything; nothing overtakes it.
      {{"a = up", "b = up", "c = {job=\"x\"}", "d = up", "e = b"}, "- - all 2 12"},
      {{"a = up", "b = what is this", "c = up"}, "- all 1"},
  };
  for (const auto& test : cases) EXPECT_EQ(Describe(test.rules), test.expect) << test.rules.back();
}

TEST(RuleDependencies, TemplatesThatAskReadWhatTheyLike) {
  const auto recorded = Rule("r = up");
  const auto with_annotation = [](const std::string& text) {
    auto rule = std::make_shared<RuleDefinition>(*Rule("A = vector(1)"));
    rule->annotations["summary"] = text;
    return rule;
  };
  const auto reads_all = [&](const std::string& text) {
    return FindDependencies(std::vector<RulePtr>{recorded, with_annotation(text)})[1].all_earlier;
  };
  EXPECT_TRUE(reads_all("{{ with query \"time() - r\" }}{{ . | first | value }}{{ end }}"));
  EXPECT_FALSE(reads_all("a slow query: {{ $value }}"));
  EXPECT_FALSE(reads_all("{{ $labels.query }}"));
  auto by_label = std::make_shared<RuleDefinition>(*Rule("A = vector(1)"));
  by_label->labels["lag"] = "{{ query \"r\" | first | value }}";
  EXPECT_TRUE(FindDependencies(std::vector<RulePtr>{recorded, by_label})[1].all_earlier);
}

TEST(RuleDependencies, ListsStayShortHoweverManyRulesAreRead) {
  std::vector<RulePtr> rules;
  for (int i = 0; i < 2000; ++i) rules.push_back(Rule("A" + std::to_string(i) + " = ALERTS"));
  for (const RuleDependencies& rule : FindDependencies(rules)) {
    EXPECT_TRUE(rule.all_earlier);
    EXPECT_TRUE(rule.earlier.empty());
  }
}

}  // namespace
}  // namespace tocsin::rules
