#include "api/rules.h"

#include "base/hash.h"
#include "tests/api/api_fixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace tocsin::api {
namespace {

using rules::AlertState;
using rules::GroupView;
using rules::Health;
using rules::RuleView;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

RuleView Alerting(std::string name) {
  rules::RuleDefinition rule;
  rule.alert = std::move(name);
  rule.expr = "up == 0";
  RuleView view;
  view.rule = std::make_shared<const rules::RuleDefinition>(std::move(rule));
  return view;
}

RuleView Recording(std::string name) {
  rules::RuleDefinition rule;
  rule.record = std::move(name);
  rule.expr = "up + 1";
  RuleView view;
  view.rule = std::make_shared<const rules::RuleDefinition>(std::move(rule));
  return view;
}

GroupView Group(std::string file, std::string name, std::vector<RuleView> rules) {
  GroupView group;
  group.file = std::move(file);
  group.name = std::move(name);
  group.interval = minutes(1);
  group.rules = std::move(rules);
  return group;
}

std::string Serialize(const std::vector<GroupView>& groups, const std::string& query = "") {
  const auto target = net::ParseRequestTarget("/api/v1/rules" + query);
  const Result<RulesQuery> parsed = ParseRulesQuery(target->query);
  if (!parsed) return "parameter error: " + parsed.error().message;
  const Result<std::string> json = SerializeRules(groups, *parsed);
  return json ? *json : "error: " + json.error().message;
}

// `group:rule,rule group:rule` of an answer.
std::string Listed(const std::string& json) {
  std::string listed;
  for (std::size_t at = 0; (at = json.find("\"name\":\"", at)) != std::string::npos;) {
    at += 8;
    const std::string name = json.substr(at, json.find('"', at) - at);
    const bool group = json.compare(at + name.size(), 9, "\",\"file\":") == 0;
    if (!listed.empty()) listed += group ? ' ' : ',';
    listed += name;
  }
  return listed;
}

TEST(RulesJsonTest, AnAlertingRuleWithAlerts) {
  rules::RuleDefinition rule;
  rule.alert = "Down";
  rule.expr = "up == 0";
  rule.hold = minutes(5);
  rule.keep_firing_for = milliseconds(1500);
  rule.labels = {{"severity", "page"}};
  rule.annotations = {{"summary", "{{ $labels.instance }} is down"}};
  RuleView view;
  view.rule = std::make_shared<const rules::RuleDefinition>(std::move(rule));
  view.health = Health::kOk;
  view.last_evaluation = kNow;
  view.evaluation_time = milliseconds(2);
  view.state = AlertState::kFiring;
  rules::RuleAlert firing;
  firing.state = AlertState::kFiring;
  firing.labels = {{"alertname", "Down"}, {"instance", "a"}};
  firing.active_at = kNow - minutes(6);
  firing.keep_firing_since = kNow - Duration(1);
  firing.value = 15;
  firing.annotations = {{"summary", "a is down"}};
  view.alerts.push_back(firing);
  GroupView group = Group("alert.rules", "g", {view});
  group.limit = 7;
  group.last_evaluation = kNow;
  group.evaluation_time = milliseconds(4);

  const std::string alert =
      R"({"labels":{"alertname":"Down","instance":"a"},"annotations":{"summary":"a is down"},)"
      R"("state":"firing","activeAt":"2026-11-21T01:09:23.902Z",)"
      R"("keepFiringSince":"2026-11-21T01:15:23.901999999Z","value":"1.5e+01"})";
  EXPECT_EQ(Serialize({group}),
            R"({"status":"success","data":{"groups":[{"name":"g","file":"alert.rules","rules":[)"
            R"({"state":"firing","name":"Down","query":"up == 0","duration":300,)"
            R"("keepFiringFor":1.5,"labels":{"severity":"page"},)"
            R"("annotations":{"summary":"{{ $labels.instance }} is down"},"alerts":[)" +
                alert +
                R"(],"health":"ok","evaluationTime":0.002,)"
                R"("lastEvaluation":"2026-11-21T01:15:23.902Z","type":"alerting"}],)"
                R"("interval":60,"limit":7,"evaluationTime":0.004,)"
                R"("lastEvaluation":"2026-11-21T01:15:23.902Z"}]}})");
  EXPECT_EQ(SerializeRuleAlerts({group}),
            R"({"status":"success","data":{"alerts":[)" + alert + "]}}");
}

TEST(RulesJsonTest, AnnotationsAreExpandedAndAlertsSortedWhenTheAnswerIsMade) {
  rules::RuleDefinition rule;
  rule.alert = "Down";
  rule.annotations = {
      {"text", "{{ $labels.__name__ }} {{ $value }} {{ $externalLabels.dc }} {{ externalURL }}"}};
  std::vector<std::string> errors;
  const auto context = std::make_shared<const rules::TemplateContext>(rules::TemplateContext{
      rules::CompiledRule::Compile(std::make_shared<const rules::RuleDefinition>(std::move(rule)),
                                   &errors),
      {{"dc", "eu"}},
      "http://prom",
      kNow});
  RuleView view = Alerting("Down");
  for (const char* instance : {"c", "a", "b"}) {
    rules::RuleAlert& alert = view.alerts.emplace_back();
    alert.labels = {{"instance", instance}};
    alert.sample_labels = {{"__name__", "up"}, {"instance", instance}};
    alert.seen_by = context;
  }
  const std::string json = SerializeRuleAlerts({Group("f", "g", {view})});
  std::size_t at = 0;
  for (const char* instance : {"a", "b", "c"}) {
    const std::string begin = std::string(R"({"labels":{"instance":")") + instance +
                              R"("},"annotations":{"text":"up 0 eu http://prom"},)";
    const std::size_t found = json.find(begin, at);
    ASSERT_NE(found, std::string::npos) << begin << " after " << at << " in " << json;
    at = found;
  }
}

TEST(RulesJsonTest, ARuleThatWasNeverEvaluated) {
  EXPECT_EQ(Serialize({Group("f", "g", {Alerting("A"), Recording("r")})}),
            R"({"status":"success","data":{"groups":[{"name":"g","file":"f","rules":[)"
            R"({"state":"unknown","name":"A","query":"up == 0","duration":0,"keepFiringFor":0,)"
            R"("labels":{},"annotations":{},"alerts":[],"health":"unknown","evaluationTime":0,)"
            R"("lastEvaluation":"0001-01-01T00:00:00Z","type":"alerting"},)"
            R"({"name":"r","query":"up + 1","health":"unknown","evaluationTime":0,)"
            R"("lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],)"
            R"("interval":60,"limit":0,"evaluationTime":0,)"
            R"("lastEvaluation":"0001-01-01T00:00:00Z"}]}})");
}

TEST(RulesJsonTest, ErrorsAreShown) {
  RuleView view = Alerting("A");
  view.health = Health::kErr;
  view.last_error = "bad_data: \"x\"";
  view.last_evaluation = kNow;
  const std::string json = Serialize({Group("f", "g", {view})});
  EXPECT_NE(json.find(R"("health":"err","lastError":"bad_data: \"x\"",)"), std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("state":"inactive")"), std::string::npos) << json;
}

TEST(RulesJsonTest, ValuesHaveAnExponent) {
  const struct {
    double value;
    const char* text;
  } cases[] = {{1, "1e+00"},
               {0, "0e+00"},
               {-0.25, "-2.5e-01"},
               {1e21, "1e+21"},
               {1.7e308, "1.7e+308"},
               {0.1, "1e-01"},
               {std::nan(""), "NaN"},
               {std::numeric_limits<double>::infinity(), "+Inf"},
               {-std::numeric_limits<double>::infinity(), "-Inf"}};
  for (const auto& c : cases) {
    RuleView view = Alerting("A");
    view.alerts.emplace_back().value = c.value;
    const std::string json = SerializeRuleAlerts({Group("f", "g", {view})});
    EXPECT_NE(json.find(R"("value":")" + std::string(c.text) + '"'), std::string::npos) << json;
  }
}

TEST(RulesJsonTest, IsFiltered) {
  const std::vector<GroupView> groups = {
      Group("f1", "g1", {Alerting("A"), Recording("r")}), Group("f1", "g2", {Alerting("B")}),
      Group("f2", "g1", {Recording("r"), Alerting("A")}), Group("f2", "g3", {})};
  const struct {
    const char* query;
    const char* listed;
  } cases[] = {
      {"", "g1,A,r g2,B g1,r,A"},
      {"?type=alert", "g1,A g2,B g1,A"},
      {"?type=RECORD", "g1,r g1,r"},
      {"?rule_name[]=A&rule_name[]=B", "g1,A g2,B g1,A"},
      {"?rule_group[]=g1", "g1,A,r g1,r,A"},
      {"?file[]=f2", "g1,r,A"},
      {"?file[]=f1&rule_group[]=g1&rule_name[]=r", "g1,r"},
      {"?rule_name[]=none", ""},
      {"?type=&exclude_alerts=", "g1,A,r g2,B g1,r,A"},
  };
  for (const auto& c : cases) EXPECT_EQ(Listed(Serialize(groups, c.query)), c.listed) << c.query;
  EXPECT_EQ(Serialize(groups, "?rule_name[]=none"), R"({"status":"success","data":{"groups":[]}})");
}

TEST(RulesJsonTest, AlertsMayBeLeftOut) {
  RuleView view = Alerting("A");
  view.alerts.emplace_back();
  const std::vector<GroupView> groups = {Group("f", "g", {view})};
  EXPECT_NE(Serialize(groups, "?exclude_alerts=T").find(R"("alerts":null)"), std::string::npos);
  EXPECT_NE(Serialize(groups, "?exclude_alerts=0").find(R"("alerts":[{)"), std::string::npos);
}

TEST(RulesJsonTest, ComesInPages) {
  const std::vector<GroupView> groups = {
      Group("f", "a", {Alerting("A")}), Group("f", "b", {Recording("r")}),
      Group("f", "c", {Alerting("C")}), Group("f", "d", {Alerting("D")})};
  const std::string token = Sha256Hex("f;d");
  const std::string first = Serialize(groups, "?type=alert&group_limit=2");
  EXPECT_EQ(Listed(first), "a,A c,C");
  EXPECT_NE(first.find("],\"groupNextToken\":\"" + token + "\"}}"), std::string::npos) << first;
  const std::string second =
      Serialize(groups, "?type=alert&group_limit=2&group_next_token=" + token);
  EXPECT_EQ(Listed(second), "d,D");
  EXPECT_EQ(second.find("groupNextToken"), std::string::npos);
  // Exactly full is the end.
  EXPECT_EQ(Serialize(groups, "?group_limit=4").find("groupNextToken"), std::string::npos);
  // The token of a group that the filter hides is as unknown as any.
  EXPECT_EQ(Serialize(groups, "?type=alert&group_limit=1&group_next_token=" + Sha256Hex("f;b")),
            R"(error: invalid parameter "group_next_token": invalid group_next_token ')" +
                Sha256Hex("f;b") + "'. were rule groups changed?");
}

TEST(RulesJsonTest, AreMatchedByTheirConfiguredLabels) {
  const auto labelled = [](RuleView view, std::map<std::string, std::string> labels) {
    rules::RuleDefinition rule = *view.rule;
    rule.labels = std::move(labels);
    view.rule = std::make_shared<const rules::RuleDefinition>(std::move(rule));
    return view;
  };
  const std::vector<GroupView> groups = {
      Group("f", "a",
            {labelled(Alerting("A"), {{"team", "db"}, {"severity", "page"}}),
             labelled(Alerting("B"), {{"team", "{{ $labels.team }}"}})}),
      Group("f", "b",
            {labelled(Recording("c"), {{"team", "web"}}), Alerting("D"),
             labelled(Alerting("E"), {{"text", "one\ntwo"}})})};
  const struct {
    std::vector<std::string> selectors;
    const char* listed;
  } cases[] = {
      {{R"({team="db"})"}, "a,A"},
      {{R"({team=~"d.|w.+"})"}, "a,A b,c"},
      {{R"({team=~"d"})"}, ""},  // Anchored.
      // A missing label is empty, and one matcher has to refuse that.
      {{R"({team!=""})"}, "a,A,B b,c"},
      {{R"({team="db", severity=""})"}, ""},
      {{R"({team=~".+", severity!="page"})"}, "a,B b,c"},
      {{R"({team=~".+", team!~"db|web"})"}, "a,B"},
      // All of a set, any of several.
      {{R"({team="db", severity="ticket"})"}, ""},
      {{R"({team="web"})", R"({severity="page"})"}, "a,A b,c"},
      {{R"({team="none"})", R"({team="web"})"}, "b,c"},
      // Templates are their text, not what alerts get from them.
      {{R"({team="{{ $labels.team }}"})"}, "a,B"},
      {{R"({text=~"one.two"})"}, "b,E"},
      // Names of rules are no labels.
      {{"up"}, ""},
      {{R"({alertname="A"})"}, ""},
      {{R"({__name__="c"})"}, ""},
  };
  for (const auto& c : cases) {
    std::vector<net::QueryParam> params;
    for (const std::string& selector : c.selectors) params.push_back({"match[]", selector});
    const Result<RulesQuery> query = ParseRulesQuery(params);
    ASSERT_TRUE(query) << c.selectors[0] << ": " << query.error().message;
    EXPECT_EQ(Listed(*SerializeRules(groups, *query)), c.listed) << c.selectors[0];
  }
  // Beside the other filters.
  EXPECT_EQ(Listed(Serialize(groups, "?type=alert&match[]={team%3D~%22.%2B%22}")), "a,A,B");
}

// Each as Prometheus 3.5 answers.
TEST(RulesJsonTest, BadParametersAreNamed) {
  constexpr const char* kAllEmpty = "match[] must contain at least one non-empty matcher";
  const struct {
    const char* query;
    const char* error;
  } cases[] = {
      {"?type=X", R"(invalid parameter "type": not supported value "x")"},
      {"?type=x&type=alert", R"(invalid parameter "type": not supported value "x")"},
      {"?exclude_alerts=Yes",
       R"(invalid parameter "exclude_alerts": error converting )"
       R"(exclude_alerts: strconv.ParseBool: parsing "yes": invalid syntax)"},
      {"?exclude_alerts=%22&exclude_alerts=1",
       R"(invalid parameter "exclude_alerts": error converting )"
       R"(exclude_alerts: strconv.ParseBool: parsing "\"": invalid syntax)"},
      {"?group_limit=0",
       R"(invalid parameter "group_limit": group_limit needs to be greater than 0)"},
      {"?group_limit=-1",
       R"(invalid parameter "group_limit": group_limit needs to be greater than 0)"},
      {"?group_limit=1x", R"(invalid parameter "group_limit": group_limit needs to be a valid )"
                          R"(number: strconv.ParseInt: parsing "1x": invalid syntax)"},
      {"?group_limit=-", R"(invalid parameter "group_limit": group_limit needs to be a valid )"
                         R"(number: strconv.ParseInt: parsing "-": invalid syntax)"},
      {"?group_limit=2147483648", R"(invalid parameter "group_limit": group_limit needs to be a )"
                                  R"(valid number: strconv.ParseInt: parsing "2147483648": )"
                                  "value out of range"},
      {"?group_limit=-2147483649", R"(invalid parameter "group_limit": group_limit needs to be a )"
                                   R"(valid number: strconv.ParseInt: parsing "-2147483649": )"
                                   "value out of range"},
      {"?group_limit=-2147483648",
       R"(invalid parameter "group_limit": group_limit needs to be greater than 0)"},
      // Said before the letter is seen.
      {"?group_limit=99999999999x", R"(invalid parameter "group_limit": group_limit needs to be a )"
                                    R"(valid number: strconv.ParseInt: parsing "99999999999x": )"
                                    "value out of range"},
      {"?group_next_token=x", R"(invalid parameter "group_next_token": group_limit needs to be )"
                              "present in order to paginate over the groups"},
      {"?match[]={a%3D%22b%22}&match[]=up%20up", R"(1:4: parse error: unexpected identifier "up")"},
      {"?match[]=", "unknown position: parse error: unexpected end of input"},
      {"?match[]={a%3D~%22(%22}", "1:2: parse error: error parsing regexp: missing closing ): `(`"},
      {"?match[]={}", kAllEmpty},
      {"?match[]={team%3D~%22.*%22}", kAllEmpty},
      {"?match[]={team!%3D%22x%22}&match[]=up", kAllEmpty},
      // An error of syntax goes before.
      {"?match[]={}&match[]=up%20up", R"(1:4: parse error: unexpected identifier "up")"},
      {"?match[]=up[5m]", R"(1:3: parse error: unexpected "[")"},
      {"?match[]=up%20offset%205m", "1:4: parse error: unexpected <offset>"},
      {"?match[]=(up)", R"(1:1: parse error: unexpected "(")"},
      {"?match[]=sum(up)", R"(1:4: parse error: unexpected "(")"},
      {"?match[]=a%20or%20b", "1:3: parse error: unexpected <op:or>"},
      {"?match[]=1", R"(1:1: parse error: unexpected number "1")"},
      {"?match[]=on", "1:1: parse error: unexpected <on>"},
      // Of several, in this order.
      {"?group_limit=x&exclude_alerts=x&type=x&match[]={",
       "1:2: parse error: unexpected end of input inside braces"},
      {"?group_limit=x&exclude_alerts=x&type=x",
       R"(invalid parameter "type": not supported value "x")"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Serialize({}, c.query), "parameter error: " + std::string(c.error)) << c.query;
  }
}

TEST(RulesJsonTest, OfRepeatedParametersTheFirstCounts) {
  const std::vector<GroupView> groups = {Group("f", "a", {Alerting("A"), Recording("b")})};
  EXPECT_EQ(Listed(Serialize(groups, "?type=RECORD&type=alert")), "a,b");
  EXPECT_EQ(Listed(Serialize(groups, "?type=&type=alert")), "a,A,b");
  EXPECT_EQ(Serialize(groups, "?exclude_alerts=true&exclude_alerts=x"),
            Serialize(groups, "?exclude_alerts=tRUE"));
  EXPECT_EQ(Listed(Serialize(groups, "?group_limit=1&group_limit=x")), "a,A,b");
}

constexpr const char* kConfig = R"(
route: {receiver: default}
receivers:
- {name: default}
)";

class RulesTest : public ApiFixture {};

TEST_F(RulesTest, AreServed) {
  Start(kConfig);
  EXPECT_EQ(Get("/api/v1/rules").body, R"({"status":"success","data":{"groups":[]}})");
  EXPECT_EQ(Get("/api/v1/alerts").body, R"({"status":"success","data":{"alerts":[]}})");
  HttpResponse response = Get("/api/v1/rules?type=x");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"status":"error","errorType":"bad_data",)"
                           R"("error":"invalid parameter \"type\": not supported value \"x\""})");
  response = Get("/api/v1/rules?type=alert&x=%zz");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"status":"error","errorType":"bad_data","error":)"
                           R"("error parsing form values: invalid URL escape \"%zz\""})");
  response = Get("/api/v1/rules?match[]={}");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find(R"("errorType":"bad_data")"), std::string::npos) << response.body;
  response = Get("/api/v1/rules?group_limit=1&group_next_token=x");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            R"({"status":"error","errorType":"bad_data","error":"invalid parameter )"
            R"(\"group_next_token\": invalid group_next_token 'x'. were rule groups changed?"})");
}

TEST_F(RulesTest, ShowsFurtherAlertmanagers) {
  Alertmanagers found;
  options_.alertmanagers = [&found] { return found; };
  Start(kConfig);
  EXPECT_EQ(Get("/api/v1/alertmanagers").body,
            R"({"status":"success","data":{"activeAlertmanagers":[],"droppedAlertmanagers":[]}})");
  found = {{"http://a/x/api/v2/alerts", "http://b/api/v2/alerts"}, {"http://c/api/v2/alerts"}};
  EXPECT_EQ(Get("/api/v1/alertmanagers").body,
            R"({"status":"success","data":{"activeAlertmanagers":[)"
            R"({"url":"http://a/x/api/v2/alerts"},{"url":"http://b/api/v2/alerts"}],)"
            R"("droppedAlertmanagers":[{"url":"http://c/api/v2/alerts"}]}})");
}

}  // namespace
}  // namespace tocsin::api
