#include "core/outgoing_alert.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::core {
namespace {

model::RelabelRule Rule(const char* action, const char* source, const char* regex) {
  model::RelabelFields fields;
  fields.action = action;
  if (*source) fields.source_labels = std::vector<std::string>{source};
  fields.regex = regex;
  return *model::RelabelRule::Create(std::move(fields));
}

TEST(OutgoingAlert, SaysWhichRuleDropsIt) {
  const model::RelabelRules rules = {Rule("labeldrop", "", "replica"), Rule("drop", "team", "x"),
                                     Rule("labeldrop", "", "alertname|team")};
  const model::LabelSet kept{{"alertname", "A"}, {"job", "j"}, {"replica", "1"}, {"team", "y"}};
  OutgoingAlert out = GoOut(rules, kept);
  EXPECT_EQ(out.labels, (model::LabelSet{{"job", "j"}}));
  EXPECT_EQ(out.dropped_by, std::nullopt);
  const model::LabelSet dropped{{"alertname", "A"}, {"team", "x"}};
  out = GoOut(rules, dropped);
  EXPECT_EQ(out.labels, dropped);
  EXPECT_EQ(out.dropped_by, 1u);
  const model::LabelSet emptied{{"alertname", "A"}, {"team", "y"}};
  EXPECT_EQ(GoOut(rules, emptied).dropped_by, 2u) << "without a label it is none";
  EXPECT_EQ(GoOut({}, kept).labels, kept);
}

}  // namespace
}  // namespace tocsin::core
