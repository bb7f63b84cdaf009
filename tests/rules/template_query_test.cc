// Templates of rules that query the datasource: when their queries are asked, and what becomes of
// the evaluation meanwhile.

#include "rules/template_queries.h"
#include "tests/rules/ruler_fixture.h"

#include <map>
#include <set>

namespace tocsin::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class TemplateQueryTest : public RulerTest {
 protected:
  // Rule A has the annotation `text`; rule B comes after it.
  GroupDefinition GroupWith(const std::string& text) {
    GroupDefinition group = Group("g", {"A", "B"});
    group.rules[0].annotations = {{"text", text}};
    return group;
  }
  // The queries after rule A's own was answered with so many series.
  std::vector<Query> Begin(const std::string& text, int series = 1) {
    Install({GroupWith(text)}, kStart);
    tick_ = FirstTick("g");
    return Answer(tick_, Advance(tick_).queries.at(0), Series(series)).queries;
  }
  static QueryResult Series(int count) {
    QueryResult result;
    for (int i = 0; i < count; ++i) {
      result.vector.push_back({{{"instance", "i" + std::to_string(i)}}, 1.0 * i});
    }
    return result;
  }
  static QueryResult Number(double value) { return {{{{}, value}}, {}}; }
  // The annotation of rule A's alert for that series.
  std::string Text(std::string_view instance) {
    const auto views = ruler_.Snapshot();
    for (const RuleAlert& alert : views.at(0).rules[0].alerts) {
      Expansions counts;
      if (alert.labels.Get("instance") == instance) {
        return std::string(ExpandAnnotations(alert, &counts).Get("text"));
      }
    }
    return "(no alert)";
  }
  // Answers everything that is asked with the number 1 until rule B is reached; how many queries
  // that took.
  std::size_t AnswerAll(std::vector<Query> open, Duration each = {}) {
    std::size_t asked = 0;
    Time now = tick_;
    while (!open.empty() && open.front().expr != "B_expr") {
      ++asked;
      now += each;
      const Output out = Answer(now, open.front(), Number(1));
      open.erase(open.begin());
      open.insert(open.end(), out.queries.begin(), out.queries.end());
    }
    EXPECT_EQ(open.size(), 1u);
    return asked;
  }

  Time tick_{};
};

std::string ErrorText(const std::string& where, const std::string& message) {
  return "<error expanding template: error executing template __alert_A: template: __alert_A:1:" +
         where + ": error calling query: " + message + ">";
}

TEST_F(TemplateQueryTest, TheNextRuleWaitsUntilTheTemplatesHaveTheirAnswers) {
  std::vector<Query> queries = Begin("{{ with query \"up\" }}{{ . | first | value }}{{ end }}");
  ASSERT_EQ(queries.size(), 1u);
  EXPECT_EQ(queries[0].expr, "up");
  EXPECT_EQ(queries[0].time, tick_);
  EXPECT_EQ(queries[0].datasource, "main");
  EXPECT_EQ(queries[0].timeout, seconds(10));
  EXPECT_EQ(Text("i0"), "(no alert)") << "no state before the evaluation is over";
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[0].health, Health::kUnknown);

  const Output out = Answer(tick_ + seconds(2), queries[0], Number(7));
  ASSERT_EQ(out.alerts.size(), 1u);
  EXPECT_EQ(out.alerts[0]->annotations.Get("text"), "7");
  EXPECT_EQ(out.alerts[0]->starts_at, tick_);
  ASSERT_EQ(Count<RuleEvaluated>(out), 1u);
  for (const Decision& decision : out.decisions) {
    if (const auto* rule = std::get_if<RuleEvaluated>(&decision)) {
      EXPECT_EQ(rule->took, seconds(2));
      EXPECT_EQ(rule->samples, 1u);
      EXPECT_EQ(rule->template_expansions, 1u) << "rounds that lacked an answer do not count";
    }
  }
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].expr, "B_expr");
  EXPECT_EQ(Text("i0"), "7");
}

TEST_F(TemplateQueryTest, AsksAtTheTimeOfTheEvaluationWhateverTheOffset) {
  GroupDefinition group = GroupWith("{{ query \"up\" | len }}");
  group.query_offset = minutes(1);
  group.datasource = "other";
  Install({group}, kStart);
  const Time tick = FirstTick("g");
  const Output rule = Advance(tick);
  EXPECT_EQ(rule.queries.at(0).time, tick - minutes(1));
  const Output out = Answer(tick, rule.queries[0], Series(1));
  EXPECT_EQ(out.queries.at(0).time, tick);
  EXPECT_EQ(out.queries.at(0).datasource, "other");
}

TEST_F(TemplateQueryTest, WithoutSamplesNothingIsAsked) {
  const auto queries = Begin("{{ query \"up\" | len }}", 0);
  ASSERT_EQ(queries.size(), 1u);
  EXPECT_EQ(queries[0].expr, "B_expr");
}

TEST_F(TemplateQueryTest, EachQueryIsAskedOnceForAllAlerts) {
  const auto queries = Begin("{{ query \"up\" | len }} {{ query \"down\" | len }}", 50);
  EXPECT_EQ(AnswerAll(queries), 2u);
  EXPECT_EQ(Text("i7"), "1 1");
}

TEST_F(TemplateQueryTest, AFewAreOnTheirWayAtATime) {
  std::vector<Query> open = Begin("{{ printf \"n{i='%s'}\" $labels.instance | query | len }}", 50);
  std::size_t answered = 0;
  while (open.front().expr != "B_expr") {
    ASSERT_LE(open.size(), kTemplateQueriesAtOnce);
    EXPECT_EQ(open.size(), std::min(kTemplateQueriesAtOnce, 50 - answered));
    // The last first: the order of the answers does not matter.
    const Output out = Answer(tick_, open.back(), Number(1));
    open.pop_back();
    open.insert(open.end(), out.queries.begin(), out.queries.end());
    ++answered;
  }
  EXPECT_EQ(answered, 50u);
  EXPECT_EQ(Text("i49"), "1");
}

TEST_F(TemplateQueryTest, AnAnswerMayLeadToTheNextQuery) {
  std::vector<Query> queries = Begin(
      "{{ range query \"top\" }}{{ .Labels.instance }}="
      "{{ printf \"n{i='%s'}\" .Labels.instance | query | first | value }};{{ end }}");
  ASSERT_EQ(queries.size(), 1u);
  queries = Answer(tick_, queries[0], Series(3)).queries;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(queries.size(), 1u);
    EXPECT_EQ(queries[0].expr, "n{i='i" + std::to_string(i) + "'}");
    queries = Answer(tick_, queries[0], Number(10 + i)).queries;
  }
  EXPECT_EQ(queries.at(0).expr, "B_expr");
  EXPECT_EQ(Text("i0"), "i0=10;i1=11;i2=12;");
}

TEST_F(TemplateQueryTest, AFailedQueryIsTheTextOfTheTemplateAndNoFailureOfTheRule) {
  const auto queries = Begin("x{{ query \"up\" | first | value }}");
  const Output out = Answer(tick_, queries.at(0), Fail("connection refused"));
  ASSERT_EQ(out.alerts.size(), 1u);
  const std::string text =
      ErrorText("116: executing \"__alert_A\" at <query \"up\">", "connection refused");
  EXPECT_EQ(out.alerts[0]->annotations.Get("text"), text);
  EXPECT_EQ(Text("i0"), text);
  EXPECT_EQ(Count<RuleFailed>(out), 0u);
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[0].health, Health::kOk);
  for (const Decision& decision : out.decisions) {
    if (const auto* rule = std::get_if<RuleEvaluated>(&decision)) {
      EXPECT_EQ(rule->template_failures, 1u);
    }
  }
}

TEST_F(TemplateQueryTest, TheNumberOfQueriesIsBounded) {
  const int series = static_cast<int>(kTemplateQueriesMax) + 10;
  const auto queries = Begin("{{ printf \"n{i='%s'}\" $labels.instance | query | len }}", series);
  EXPECT_EQ(AnswerAll(queries), kTemplateQueriesMax);
  std::map<std::string, int> texts;
  const std::vector<GroupView> views = ruler_.Snapshot();
  for (const RuleAlert& alert : views.at(0).rules[0].alerts) {
    Expansions counts;
    std::string text(ExpandAnnotations(alert, &counts).Get("text"));
    ++texts[text == "1" ? text : text.substr(text.rfind(": ") + 2)];
  }
  EXPECT_EQ(texts, (std::map<std::string, int>{
                       {"1", static_cast<int>(kTemplateQueriesMax)},
                       {"more than 1000 queries of the templates of one evaluation>", 10}}));
}

TEST_F(TemplateQueryTest, ATemplateThatNeverHasEnoughEnds) {
  const auto queries = Begin(
      "{{ define \"q\" }}{{ query (printf \"n%d\" (len .)) }}"
      "{{ template \"q\" (print . \"x\") }}{{ end }}{{ template \"q\" \"\" }}");
  EXPECT_EQ(AnswerAll(queries), static_cast<std::size_t>(kTemplateRoundsMax));
  const std::string text = Text("i0");
  EXPECT_TRUE(
      text.ends_with("error calling query: more than 100 queries of a template, one after "
                     "the other>"))
      << text;
}

TEST_F(TemplateQueryTest, TheSizeOfTheAnswersIsBounded) {
  std::vector<Query> queries = Begin("{{ query \"a\" | len }} {{ query \"b\" | len }}");
  QueryResult large;
  large.vector.resize(kTemplateSamplesMax);
  queries = Answer(tick_, queries.at(0), std::move(large)).queries;
  queries = Answer(tick_, queries.at(0), Number(1)).queries;
  EXPECT_EQ(queries.at(0).expr, "B_expr");
  EXPECT_EQ(Text("i0"), ErrorText("137: executing \"__alert_A\" at <query \"b\">",
                                  "more than 100000 samples for the templates of one evaluation"));
}

TEST_F(TemplateQueryTest, TheTimeIsBounded) {
  std::vector<Query> open = Begin("{{ printf \"n{i='%s'}\" $labels.instance | query | len }}", 50);
  // Three seconds for every answer: the fourth comes too late for more.
  Time now = tick_;
  std::size_t answered = 0;
  while (open.front().expr != "B_expr") {
    now += seconds(3);
    ++answered;
    const Output out = Answer(now, open.front(), Number(1));
    open.erase(open.begin());
    for (const Query& query : out.queries) {
      if (query.expr != "B_expr") {
        EXPECT_EQ(now + query.timeout, tick_ + seconds(10));
      }
      open.push_back(query);
    }
  }
  EXPECT_EQ(answered, kTemplateQueriesAtOnce + 3);
  const std::string text = Text("i9");
  EXPECT_TRUE(
      text.ends_with("error calling query: the queries of the templates of one evaluation "
                     "took more than 10s>"))
      << text;
}

TEST_F(TemplateQueryTest, AReloadOfTheSameRulesDoesNotDisturbIt) {
  std::vector<Query> queries = Begin("{{ query \"up\" | first | value }}");
  Install({GroupWith("{{ query \"up\" | first | value }}")}, tick_ + seconds(1));
  queries = Answer(tick_ + seconds(2), queries.at(0), Number(7)).queries;
  EXPECT_EQ(queries.at(0).expr, "B_expr");
  EXPECT_EQ(Text("i0"), "7");
}

TEST_F(TemplateQueryTest, AReloadOfOtherRulesDropsIt) {
  const std::vector<Query> queries = Begin("{{ query \"up\" | first | value }}");
  Install({GroupWith("{{ query \"down\" | first | value }}")}, tick_ + seconds(1));
  const Output out = Answer(tick_ + seconds(2), queries.at(0), Number(7));
  EXPECT_TRUE(out.queries.empty());
  EXPECT_TRUE(out.alerts.empty());
  EXPECT_EQ(Text("i0"), "(no alert)");
  EXPECT_EQ(Advance(tick_ + kInterval).queries.at(0).expr, "A_expr");
}

TEST_F(TemplateQueryTest, AClockThatGoesBackMeanwhileDoesNotHoldItUp) {
  const std::vector<Query> queries =
      Begin("{{ query \"up\" | first | value }}{{ query \"down\" | first | value }}");
  const Time back = tick_ - hours(1);
  ruler_.ClockWentBack(back, hours(1));
  const Output out = Answer(back + seconds(4), queries.at(0), Number(7));
  EXPECT_EQ(out.queries.at(0).timeout, seconds(6));
  EXPECT_EQ(Answer(back + seconds(5), out.queries.at(0), Number(7)).queries.at(0).expr, "B_expr");
}

}  // namespace
}  // namespace tocsin::rules
