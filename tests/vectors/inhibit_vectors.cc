#include "config/config.h"
#include "router/inhibitor.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

namespace tocsin::vectors {

namespace {

const Time kNow = Time(std::chrono::hours(24 * 365 * 50));

std::vector<router::InhibitRule> LoadRules(Case& c) {
  const std::string text =
      "route: {receiver: r}\nreceivers: [{name: r}]\n" + Text(c.line(), "rules");
  const config::LoadResult loaded = config::LoadText(text, "f.yml");
  std::vector<router::InhibitRule> rules;
  if (loaded.config == nullptr) {
    c.Differ(loaded.diagnostics.ToString());
    return rules;
  }
  for (const config::InhibitRule& rule : loaded.config->inhibit_rules) {
    rules.push_back({rule.name, rule.source.matchers, rule.target.matchers, rule.equal});
  }
  return rules;
}

void CheckInhibit(Case& c) {
  router::Inhibitor inhibitor(LoadRules(c));
  router::AlertStore store;
  for (const boost::json::value& value : Array(c.line(), "expect")) {
    const Line& line = value.as_object();
    auto alert = std::make_shared<model::Alert>();
    alert->labels = Labels(Object(line, "labels"));
    alert->ends_at = kNow + std::chrono::minutes(Text(line, "state") == "firing" ? 1 : -1);
    inhibitor.OnFiring(store.Add(alert), alert->labels);
  }
  for (const boost::json::value& value : Array(c.line(), "expect")) {
    const Line& line = value.as_object();
    const auto hit = inhibitor.InhibitedBy(Labels(Object(line, "labels")), store, kNow);
    const std::string fingerprint = Text(line, "fingerprint");
    c.Expect(fingerprint + " muted", Flag(line, "muted"), hit.has_value());
    // Left out where Alertmanager's choice among several sources depends on their order.
    if (!line.contains("inhibited_by")) continue;
    std::string want;
    for (const boost::json::value& source : Array(line, "inhibited_by")) {
      want += source.as_string();
    }
    c.Expect(fingerprint + " inhibited by", want,
             hit ? model::ToString(store[hit->source]->fingerprint()) : "");
  }
}

}  // namespace

TEST(Vectors, Inhibit) {
  RunCollection("inhibit", "inhibit.jsonl", CheckInhibit);
}

}  // namespace tocsin::vectors
