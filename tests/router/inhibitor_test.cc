#include "router/inhibitor.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace tocsin::router {
namespace {

using std::chrono::minutes;

const Time kStart = Time(std::chrono::hours(24 * 365 * 50));

model::Matchers Matching(const char* text) {
  auto parsed = model::ParseMatchers(text, model::MatcherSyntax::kFallback);
  EXPECT_TRUE(parsed) << text;
  return parsed ? parsed->matchers : model::Matchers();
}

InhibitRule Rule(const char* source, const char* target, std::vector<std::string> equal) {
  return {"", Matching(source), Matching(target), std::move(equal)};
}

// Alerts under an inhibitor, each known by a name: the value of its label `n`.
class Alerts {
 public:
  explicit Alerts(std::vector<InhibitRule> rules) : inhibitor_(std::move(rules)) {}

  Alerts& Fire(const char* name, std::initializer_list<model::Label> labels, Duration ends = {}) {
    model::LabelSetBuilder builder((model::LabelSet(labels)));
    labels_[name] = builder.Set("n", name).Build();
    return Send(name, ends == Duration{} ? minutes(60) : ends);
  }
  // An alert that is known, with another end. Whoever owns the inhibitor tells it only if it had
  // ended.
  Alerts& Send(const char* name, Duration ends) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = labels_.at(name);
    alert->ends_at = kStart + ends;
    const auto slot = store_.Find(alert->labels);
    if (!slot) {
      inhibitor_.OnFiring(store_.Add(alert), alert->labels);
      return *this;
    }
    const bool had_ended = store_[*slot]->ResolvedAt(now_);
    store_.Replace(*slot, alert);
    if (had_ended) inhibitor_.OnFiring(*slot, alert->labels);
    return *this;
  }
  Alerts& Forget(const char* name) {
    const AlertSlot slot = *store_.Find(labels_.at(name));
    inhibitor_.Forget(slot, labels_.at(name));
    store_.Remove(slot);
    return *this;
  }
  Alerts& At(Duration at) {
    now_ = kStart + at;
    return *this;
  }
  // The name of the source and the rule, as in `critical by 0`; "" if nothing inhibits it.
  std::string By(const char* name) {
    const auto hit = inhibitor_.InhibitedBy(labels_.at(name), store_, now_);
    if (!hit) return "";
    return std::string(store_[hit->source]->labels.Get("n")) + " by " + std::to_string(hit->rule);
  }
  model::Fingerprint FingerprintOf(const char* name) const {
    return labels_.at(name).Fingerprint();
  }

 private:
  Inhibitor inhibitor_;
  AlertStore store_;
  std::map<std::string, model::LabelSet> labels_;
  Time now_ = kStart;
};

TEST(Inhibitor, MutesTargetsWithEqualLabelsWhileASourceFires) {
  Alerts alerts({Rule("severity=critical", "severity=warning", {"cluster", "zone"})});
  alerts.Fire("same", {{"severity", "warning"}, {"cluster", "c1"}, {"zone", "z"}});
  EXPECT_EQ(alerts.By("same"), "");
  alerts.Fire("source", {{"severity", "critical"}, {"cluster", "c1"}, {"zone", "z"}}, minutes(5));
  alerts.Fire("other", {{"severity", "warning"}, {"cluster", "c2"}, {"zone", "z"}});
  alerts.Fire("swapped", {{"severity", "warning"}, {"cluster", "z"}, {"zone", "c1"}});
  alerts.Fire("lacks", {{"severity", "warning"}, {"cluster", "c1"}});
  alerts.Fire("info", {{"severity", "info"}, {"cluster", "c1"}, {"zone", "z"}});
  EXPECT_EQ(alerts.By("same"), "source by 0");
  for (const char* name : {"other", "swapped", "lacks", "info", "source"}) {
    EXPECT_EQ(alerts.By(name), "") << name;
  }
  EXPECT_EQ(alerts.At(minutes(5) - Duration(1)).By("same"), "source by 0");
  EXPECT_EQ(alerts.At(minutes(5)).By("same"), "");
}

TEST(Inhibitor, TakesAMissingLabelForAnEmptyOne) {
  Alerts alerts({Rule("severity=critical", "severity=warning", {"cluster", "nowhere"})});
  alerts.Fire("source", {{"severity", "critical"}}).Fire("target", {{"severity", "warning"}});
  alerts.Fire("named", {{"severity", "warning"}, {"cluster", "c1"}});
  EXPECT_EQ(alerts.By("target"), "source by 0");
  EXPECT_EQ(alerts.By("named"), "");
}

TEST(Inhibitor, LetsAnySourceDoWithoutEqualLabels) {
  Alerts alerts({Rule("severity=critical", "severity=warning", {})});
  alerts.Fire("source", {{"severity", "critical"}, {"cluster", "c1"}});
  alerts.Fire("target", {{"severity", "warning"}, {"cluster", "c2"}});
  EXPECT_EQ(alerts.By("target"), "source by 0");
}

TEST(Inhibitor, NoAlertOfBothSidesIsMutedByAnother) {
  Alerts alerts({Rule("s=1", "t=1", {})});
  alerts.Fire("both", {{"s", "1"}, {"t", "1"}}).Fire("both too", {{"s", "1"}, {"t", "1"}});
  alerts.Fire("target", {{"t", "1"}});
  EXPECT_EQ(alerts.By("both"), "");
  EXPECT_EQ(alerts.By("both too"), "");
  EXPECT_NE(alerts.By("target"), "");
  alerts.Fire("source", {{"s", "1"}});
  EXPECT_EQ(alerts.By("both"), "source by 0");
  EXPECT_EQ(alerts.By("both too"), "source by 0");
  EXPECT_EQ(alerts.By("source"), "");
}

TEST(Inhibitor, AnEmptyRuleMutesNothing) {
  Alerts alerts({Rule("", "", {})});
  alerts.Fire("a", {}).Fire("b", {{"x", "y"}});
  EXPECT_EQ(alerts.By("a"), "");
  EXPECT_EQ(alerts.By("b"), "");
}

TEST(Inhibitor, TakesTheFirstRuleThatHasASource) {
  Alerts alerts({Rule("severity=critical", "severity=~\"warning|info\"", {"cluster"}),
                 Rule("severity=warning", "severity=info", {}),
                 Rule("severity=~\".+\"", "severity=info", {})});
  alerts.Fire("warning", {{"severity", "warning"}, {"cluster", "c1"}});
  alerts.Fire("info", {{"severity", "info"}, {"cluster", "c2"}});
  EXPECT_EQ(alerts.By("info"), "warning by 1");
  alerts.Fire("critical", {{"severity", "critical"}, {"cluster", "c2"}}, minutes(1));
  EXPECT_EQ(alerts.By("info"), "critical by 0");
  EXPECT_EQ(alerts.At(minutes(1)).By("info"), "warning by 1");
}

// Alertmanager keeps one source for each set of equal values, so that here the target would be
// notified although a source fires.
TEST(Inhibitor, TheOthersGoOnWhenOneSourceEndsOrIsForgotten) {
  Alerts alerts({Rule("s=1", "t=1", {"e"})});
  alerts.Fire("target", {{"t", "1"}, {"e", "x"}});
  alerts.Fire("a", {{"s", "1"}, {"e", "x"}}, minutes(10));
  alerts.Fire("b", {{"s", "1"}, {"e", "x"}}, minutes(10));
  const bool a_first = alerts.FingerprintOf("a") < alerts.FingerprintOf("b");
  const char* const first = a_first ? "a" : "b";
  const char* const second = a_first ? "b" : "a";
  EXPECT_EQ(alerts.By("target"), std::string(first) + " by 0");
  alerts.At(minutes(1)).Send(first, minutes(1));
  EXPECT_EQ(alerts.By("target"), std::string(second) + " by 0");
  alerts.Forget(first);
  EXPECT_EQ(alerts.By("target"), std::string(second) + " by 0");
  alerts.Forget(second);
  EXPECT_EQ(alerts.By("target"), "");
}

TEST(Inhibitor, ASourceOfBothSidesHidesNoneOfOneSide) {
  for (const bool both_first : {true, false}) {
    Alerts alerts({Rule("s=1", "t=1", {})});
    alerts.Fire("target", {{"s", "1"}, {"t", "1"}, {"x", "y"}});
    if (both_first) alerts.Fire("both", {{"s", "1"}, {"t", "1"}}, minutes(50));
    alerts.Fire("one", {{"s", "1"}}, minutes(5));
    if (!both_first) alerts.Fire("both", {{"s", "1"}, {"t", "1"}}, minutes(50));
    EXPECT_EQ(alerts.By("target"), "one by 0");
    EXPECT_EQ(alerts.At(minutes(5)).By("target"), "");
  }
}

TEST(Inhibitor, ASourceThatFiresAgainCountsAgain) {
  Alerts alerts({Rule("s=1", "t=1", {})});
  alerts.Fire("target", {{"t", "1"}}).Fire("source", {{"s", "1"}}, minutes(5));
  EXPECT_EQ(alerts.By("target"), "source by 0");
  alerts.At(minutes(4)).Send("source", minutes(8));  // Nothing is told: it had not ended.
  EXPECT_EQ(alerts.At(minutes(7)).By("target"), "source by 0");
  EXPECT_EQ(alerts.At(minutes(8)).By("target"), "");
  EXPECT_EQ(alerts.Send("source", minutes(20)).By("target"), "source by 0");
}

TEST(Inhibitor, AnAlertThatIsAlreadyEndedIsASourceOnceItFires) {
  Alerts alerts({Rule("s=1", "t=1", {})});
  alerts.At(minutes(5)).Fire("target", {{"t", "1"}}).Fire("source", {{"s", "1"}}, minutes(4));
  EXPECT_EQ(alerts.By("target"), "");
  EXPECT_EQ(alerts.Send("source", minutes(6)).By("target"), "source by 0");
}

// The slot of one alert is the next one's, with other labels.
TEST(Inhibitor, AForgottenSourceDoesNotComeBackWithItsSlot) {
  Alerts alerts({Rule("s=1", "t=1", {"e"})});
  alerts.Fire("target", {{"t", "1"}, {"e", "x"}}).Fire("source", {{"s", "1"}, {"e", "x"}});
  alerts.Forget("source").Fire("nobody", {{"e", "x"}});
  EXPECT_EQ(alerts.By("target"), "");
}

TEST(Inhibitor, WithoutRulesNothingIsMuted) {
  Alerts alerts({});
  alerts.Fire("a", {{"s", "1"}}).Fire("b", {{"t", "1"}});
  EXPECT_EQ(alerts.By("a"), "");
  alerts.Forget("a");
}

// What the rules say, tried one by one.
std::string LiterallyInhibitedBy(const std::vector<InhibitRule>& rules,
                                 const model::LabelSet& target,
                                 const std::map<model::LabelSet, Time>& ends, Time now) {
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const InhibitRule& rule = rules[r];
    if (!model::MatchesAll(rule.target, target)) continue;
    const model::LabelSet* best = nullptr;
    for (const auto& [source, end] : ends) {
      if (end <= now || !model::MatchesAll(rule.source, source)) continue;
      if (model::MatchesAll(rule.source, target) && model::MatchesAll(rule.target, source))
        continue;
      bool same = true;
      for (const std::string& name : rule.equal) same &= source.Get(name) == target.Get(name);
      if (!same) continue;
      if (best == nullptr || source.Fingerprint() < best->Fingerprint()) best = &source;
    }
    if (best != nullptr) return best->ToString() + " by " + std::to_string(r);
  }
  return "";
}

class RandomRun {
 public:
  explicit RandomRun(unsigned seed) : random_(seed), rules_(MakeRules()), inhibitor_(rules_) {}

  void Step() {
    now_ += minutes(Below(2));
    const model::LabelSet labels = RandomLabels();
    const auto slot = store_.Find(labels);
    if (slot && Below(10) == 0) {
      inhibitor_.Forget(*slot, labels);
      store_.Remove(*slot);
      ends_.erase(labels);
      return;
    }
    Send(labels, slot, now_ + minutes(Below(20)) - minutes(3));
  }
  void Check() {
    const model::LabelSet target = RandomLabels();
    const auto hit = inhibitor_.InhibitedBy(target, store_, now_);
    const std::string got =
        !hit ? "" : store_[hit->source]->labels.ToString() + " by " + std::to_string(hit->rule);
    ASSERT_EQ(got, LiterallyInhibitedBy(rules_, target, ends_, now_)) << target.ToString();
    if (hit) ++hits_;
  }
  int hits() const { return hits_; }

 private:
  unsigned Below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::vector<InhibitRule> MakeRules() {
    static constexpr std::array kMatchers = {"a=1",    "a=2",    "b=1", "b!=1",
                                             "a=~1|2", "c=\"\"", "",    "c=~\".+\""};
    static constexpr std::array kEqual = {"a", "b", "c", "d"};
    std::vector<InhibitRule> rules;
    for (unsigned i = 1 + Below(3); i-- > 0;) {
      InhibitRule rule = Rule(kMatchers.at(Below(8)), kMatchers.at(Below(8)), {});
      for (unsigned j = Below(3); j-- > 0;) rule.equal.emplace_back(kEqual.at(Below(4)));
      rules.push_back(std::move(rule));
    }
    return rules;
  }
  model::LabelSet RandomLabels() {
    static constexpr std::array kValues = {"", "1", "2"};
    model::LabelSetBuilder builder;
    for (const char* name : {"a", "b", "c", "d"}) builder.Set(name, kValues.at(Below(3)));
    return builder.Set("always", "here").Build();
  }
  void Send(const model::LabelSet& labels, std::optional<AlertSlot> slot, Time ends_at) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = labels;
    alert->ends_at = ends_at;
    ends_[labels] = ends_at;
    const bool told = !slot || store_[*slot]->ResolvedAt(now_);
    if (slot) {
      store_.Replace(*slot, alert);
    } else {
      slot = store_.Add(alert);
    }
    if (told) inhibitor_.OnFiring(*slot, labels);
  }

  std::mt19937 random_;
  std::vector<InhibitRule> rules_;
  Inhibitor inhibitor_;
  AlertStore store_;
  std::map<model::LabelSet, Time> ends_;
  Time now_ = kStart;
  int hits_ = 0;
};

TEST(Inhibitor, AgreesWithTheRulesTriedOneByOne) {
  int hits = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomRun run(seed);
    for (int step = 0; step < 150; ++step) {
      run.Step();
      run.Check();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
    hits += run.hits();
  }
  EXPECT_GT(hits, 1000);
}

}  // namespace
}  // namespace tocsin::router
