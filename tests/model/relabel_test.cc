#include "model/relabel.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace tocsin::model {
namespace {

using Names = std::vector<std::string>;

const LabelSet kLabels = {{"a", "foo"}, {"b", "bar"}, {"d", "Straße ǅ"}, {"e", "x\ny"}};

// The changes to kLabels as text: `+name=value` set, `-name` gone; "dropped".
std::string Changes(const std::vector<RelabelFields>& fields) {
  RelabelRules rules;
  for (const RelabelFields& one : fields) {
    auto rule = RelabelRule::Create(one);
    if (!rule) return rule.error().message;
    rules.push_back(*rule);
  }
  const std::optional<LabelSet> after = Relabel(rules, kLabels);
  if (!after) return "dropped";
  std::string out;
  for (const Label label : *after) {
    if (kLabels.Get(label.name) != label.value) {
      out += "+" + std::string(label.name) + "=" + std::string(label.value) + " ";
    }
  }
  for (const Label label : kLabels) {
    if (!after->Has(label.name)) out += "-" + std::string(label.name) + " ";
  }
  if (!out.empty()) out.pop_back();
  return out;
}

struct Case {
  std::vector<RelabelFields> rules;
  std::string changes;
};

void Check(const std::vector<Case>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(Changes(cases[i].rules), cases[i].changes) << "case " << i;
  }
}

// What Prometheus 3.14 makes of the same rules, here and in the next tests.
TEST(Relabel, ReplaceSetsWhatTheRegexFinds) {
  Check({
      {{{.source_labels = Names{"a"},
         .regex = "f(.*)",
         .target_label = "d",
         .replacement = "ch${1}-ch${1}"}},
       "+d=choo-choo"},
      {{{.source_labels = Names{"a", "b"},
         .regex = "f(.*);(.*)r",
         .target_label = "a",
         .replacement = "b${1}${2}m"},
        {.source_labels = Names{"b", "a"}, .regex = "(b).*b(.*)ba(.*)", .target_label = "d"}},
       "+a=boobam +d=b"},
      {{{.source_labels = Names{"a"}, .regex = "f(.*)", .target_label = "b", .replacement = ""}},
       "-b"},
      {{{.source_labels = Names{"a"}, .regex = "o(.*)", .target_label = "b", .replacement = "x"}},
       ""},
      {{{.source_labels = Names{"e"}, .regex = "x.y", .target_label = "e", .replacement = "dot"}},
       "+e=dot"},
      {{{.source_labels = Names{"none"}, .regex = "", .target_label = "n", .replacement = "new"}},
       "+n=new"},
      {{{.target_label = "n", .replacement = "fixed"}}, "+n=fixed"},
      {{{.source_labels = Names{"a"}, .target_label = "${1}_x"}}, "+foo_x=foo"},
      {{{.source_labels = Names{"a"},
         .regex = "(?P<n>f)oo",
         .target_label = "x_${n}",
         .replacement = "$n$$-$1W-$2"}},
       "+x_f=f$--"},
      {{{.source_labels = Names{"a", "b"}, .separator = "-", .target_label = "n"}}, "+n=foo-bar"},
      {{{.source_labels = Names{"a", "none", "b"}, .target_label = "n"}}, "+n=foo;;bar"},
      {{{.source_labels = Names{"a"}, .target_label = "sp ace é"}}, "+sp ace é=foo"},
      {{{.regex = "x", .target_label = "n", .replacement = "no source"}}, ""},
      // A target that expands to no name.
      {{{.source_labels = Names{"none"}, .target_label = "${1}", .replacement = "x"}}, ""},
  });
}

TEST(Relabel, OtherActionsThatSetATarget) {
  Check({
      {{{.action = "hashmod", .source_labels = Names{"a"}, .modulus = 1000, .target_label = "n"}},
       "+n=696"},
      {{{.action = "hashmod",
         .source_labels = Names{"a", "b"},
         .modulus = 18446744073709551615U,
         .target_label = "n"}},
       "+n=15973639978189266750"},
      {{{.action = "lowercase", .source_labels = Names{"d"}, .target_label = "n"}}, "+n=straße ǆ"},
      {{{.action = "Uppercase", .source_labels = Names{"d"}, .target_label = "n"}}, "+n=STRAßE Ǆ"},
      // Only replace expands it.
      {{{.action = "lowercase", .source_labels = Names{"a"}, .target_label = "$1"}}, "+$1=foo"},
  });
}

TEST(Relabel, ActionsOnNames) {
  Check({
      {{{.action = "labelmap", .regex = "(a|b)", .replacement = "new_${1}"}},
       "+new_a=foo +new_b=bar"},
      {{{.action = "labelmap", .regex = "a", .replacement = "b"}}, "+b=foo"},
      // Both become z; the later name wins.
      {{{.action = "labelmap", .regex = "[ab]", .replacement = "z"}}, "+z=bar"},
      // No name at all: Prometheus makes a label without one.
      {{{.action = "labelmap", .regex = "a(.*)"}}, ""},
      {{{.action = "labeldrop", .regex = "[ab]"}}, "-a -b"},
      {{{.action = "labelkeep", .regex = "[ab]"}}, "-d -e"},
  });
}

TEST(Relabel, KeepsAndDrops) {
  Check({
      {{{.action = "keep", .source_labels = Names{"a"}, .regex = "fo"}}, "dropped"},
      {{{.action = "keep", .source_labels = Names{"a"}, .regex = "fo."}}, ""},
      {{{.action = "keep", .regex = "x"}}, "dropped"},
      {{{.action = "drop", .source_labels = Names{"a"}, .regex = "foo|bar"}}, "dropped"},
      {{{.action = "drop", .source_labels = Names{"a"}, .regex = "oo"}}, ""},
      {{{.action = "drop"}}, "dropped"},
      {{{.action = "keepequal", .source_labels = Names{"a"}, .target_label = "b"}}, "dropped"},
      {{{.action = "keepequal", .source_labels = Names{"none"}, .target_label = "neither"}}, ""},
      {{{.action = "dropequal", .source_labels = Names{"a"}, .target_label = "b"}}, ""},
      {{{.action = "dropequal", .source_labels = Names{"a"}, .target_label = "a"}}, "dropped"},
      // In order: the second rule reads what the first has written.
      {{{.target_label = "n", .replacement = "fixed"},
        {.action = "drop", .source_labels = Names{"n"}, .regex = "fixed"}},
       "dropped"},
  });
}

}  // namespace
}  // namespace tocsin::model
