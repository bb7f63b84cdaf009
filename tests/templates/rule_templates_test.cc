#include "templates/rule_templates.h"

#include "templates/rule_functions.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::templates {
namespace {

class RuleTemplateTest : public testing::Test {
 protected:
  RuleTemplateTest() {
    const auto sample = [](std::string_view instance, double value) {
      return QuerySample{model::LabelSet{{"instance", instance}}, value};
    };
    answers_.emplace("x", std::vector<QuerySample>{sample("b", 2), sample("a", 1.5)});
    answers_.emplace("sum(x{job='node'})", std::vector<QuerySample>{sample("", 7)});
    answers_.emplace("none", std::vector<QuerySample>{});
    answers_.emplace("fail", Fail("boom"));
  }

  RuleTemplateData Data() const {
    return {labels_, 0.123456789, external_labels_, "http://prom.example:9090/pfx",
            Time(std::chrono::milliseconds(1'700'000'000'123))};
  }
  RuleExpansion Expand(const std::string& text) const {
    const auto compiled = RuleTemplate::Compile("MyAlert", text);
    EXPECT_TRUE(compiled) << text << ": " << compiled.error().message;
    return compiled ? compiled->Expand(Data(), answers_) : RuleExpansion();
  }

  model::LabelSet labels_{
      {"__name__", "up"}, {"instance", "host1.example.com:9100"}, {"job", "node"}, {"num", "10"}};
  model::LabelSet external_labels_{{"dc", "eu"}};
  QueryAnswers answers_;
};

// Of thousands of templates each costs what it says, and columns stay Prometheus's.
TEST_F(RuleTemplateTest, DefinitionsThatATextDoesNotMentionAreComments) {
  EXPECT_EQ(
      WithRuleDefinitions("{{ $value }} of {{ $labels.job }}"),
      "{{$labels := .Labels}}{{/*                              */}}"
      "{{/*                        */}}{{$value := .Value}}{{ $value }} of {{ $labels.job }}");
  const std::string one = WithRuleDefinitions("{{ $externalURL }}");
  EXPECT_EQ(one.size(), kRuleDefinitions.size() + 18);
  EXPECT_EQ(Expand("{{ $externalURL }}").text, "http://prom.example:9090/pfx");
  EXPECT_EQ(Expand("{{ with $externalLabels }}{{ .dc }}{{ end }} {{ .Value }}").text,
            "eu 0.123456789");
}

TEST_F(RuleTemplateTest, AHistogramIsShownAsPrometheusDoes) {
  const model::NativeHistogram histogram{
      1234567,
      0.25,
      {{-0.5, -0.25, true, false, 1}, {-1e-9, 1e-9, true, true, 2}, {1, 2, false, true, 0.5}}};
  const std::pair<std::string, std::string> cases[] = {
      {"{{ $value }}",
       "{count:1.234567e+06, sum:0.25, [-0.5,-0.25):1, [-1e-09,1e-09]:2, (1,2]:0.5}"},
      {"{{ .Value.Count }} {{ $value.Sum }}", "1.234567e+06 0.25"},
      {"{{ printf \"%s %T\" $value $value }}",
       "{count:1.234567e+06, sum:0.25, [-0.5,-0.25):1, [-1e-09,1e-09]:2, (1,2]:0.5} "
       "*histogram.FloatHistogram"},
      {"{{ $value | humanize }}",
       "<error expanding template: error executing template __alert_MyAlert: template: "
       "__alert_MyAlert:1:124: executing \"__alert_MyAlert\" at <humanize>: error calling "
       "humanize: "
       "can't convert *histogram.FloatHistogram to float>"},
      {"{{ query \"h\" | first | value }}{{ with query \"h\" | first }}{{ .Value }}{{ end }}",
       "{count:3, sum:4}{count:3, sum:4}"},
  };
  QueryAnswers answers;
  answers.emplace("h", std::vector<QuerySample>{{labels_, 0,
                                                 std::make_shared<const model::NativeHistogram>(
                                                     model::NativeHistogram{3, 4, {}})}});
  RuleTemplateData data = Data();
  data.histogram = &histogram;
  for (const auto& [text, shown] : cases) {
    EXPECT_EQ(RuleTemplate::Compile("MyAlert", text)->Expand(data, answers).text, shown) << text;
  }
}

TEST_F(RuleTemplateTest, ExpandsAsPrometheusDoes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{{ $value }}", "0.123456789"},
      {"{{ $labels.instance }}|{{ $labels.missing }}|{{ .Labels.job }}",
       "host1.example.com:9100||node"},
      {"{{ $labels }}", "map[__name__:up instance:host1.example.com:9100 job:node num:10]"},
      {"{{ index $labels \"a.b\" }}{{ len $labels }}", "4"},
      {"{{ $externalLabels.dc }} {{ $externalURL }} {{ externalURL }} {{ pathPrefix }}",
       "eu http://prom.example:9090/pfx http://prom.example:9090/pfx /pfx"},
      {"{{ $value | humanize }} {{ humanize1024 1536 }} {{ humanizePercentage 0.1234 }}",
       "123.5m 1.5ki 12.34%"},
      {"{{ humanizeDuration \"3600\" }} {{ humanizeTimestamp 1435065584.128 }}",
       "1h 0m 0s 2015-06-23 13:19:44.128 +0000 UTC"},
      {"{{ (1435065584 | toTime).Format \"2006-01-02T15:04:05Z07:00\" }} {{ 90 | toDuration }}",
       "2015-06-23T13:19:44Z 1m30s"},
      {"{{ now }}", "1.700000000123e+09"},
      {"{{ query \"x\" | first | value }} {{ query \"x\" | first | label \"instance\" }}", "2 b"},
      {"{{ range query \"x\" | sortByLabel \"instance\" }}{{ .Labels.instance }}{{ .Value }};{{ "
       "end }}",
       "a1.5;b2;"},
      {"{{ query (printf \"sum(x{job='%s'})\" $labels.job) | first | value }}", "7"},
      {"{{ range query \"none\" }}x{{ else }}empty{{ end }}", "empty"},
      {"{{ query \"x\" | first | strvalue }}", ""},
      {"{{ stripPort $labels.instance }} {{ stripDomain $labels.instance }}",
       "host1.example.com host1:9100"},
      {"{{ graphLink \"up == 0\" }} {{ tableLink \"up\" }}",
       "/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=up&g0.tab=1"},
      {"{{ urlQueryEscape \"a b&c=/ü\" }}", "a+b%26c%3D%2F%C3%BC"},
      {"{{ $labels.instance | reReplaceAll \"([^:]+):.*\" \"$1\" }} {{ match \"^node\" $labels.job "
       "}}",
       "host1.example.com true"},
      {"{{ title \"hello wORLD foo-bar\" }} {{ $labels.job | toUpper }}",
       "Hello WORLD Foo-Bar NODE"},
      {"{{ parseDuration \"1h30m\" }} {{ parseDuration \"-5m\" }}", "5400 -300"},
      {"{{ args 1 \"b\" }}", "map[arg0:1 arg1:b]"},
      {"{{ define \"t\" }}<{{ .arg0 }}>{{ end }}{{ template \"t\" (args \"q\") }}", "<q>"},
      {"{{ block \"bb\" . }}B{{ .Value }}{{ end }}", "B0.123456789"},
      {"{{ safeHtml \"<b>\" }}", "<b>"},
      {"{{ if gt $value 0.1 }}big{{ end }}", "big"},
  };
  for (const auto& [text, want] : cases) {
    const RuleExpansion expansion = Expand(text);
    EXPECT_FALSE(expansion.failed) << text;
    EXPECT_FALSE(expansion.needs_query) << text;
    EXPECT_EQ(expansion.text, want) << text;
  }
}

TEST_F(RuleTemplateTest, HasTheFunctionsOfVmalert) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{{ crlfEscape \"a\\r\\nb\" }}", "a\\r\\nb"},
      {"{{ quotesEscape \"a\\\"b\\n\" }} {{ jsonEscape \"a\\\"b\" }}", "a\\\"b\\n \"a\\\"b\""},
      {"{{ htmlEscape \"<a href='x'>&\\\"\" }}", "&lt;a href=&#39;x&#39;&gt;&amp;&#34;"},
      {"{{ pathEscape \"a b/c?é+&\" }} {{ queryEscape \"a b/c\" }}",
       "a%20b%2Fc%3F%C3%A9+& a+b%2Fc"},
      {"{{ parseDurationTime \"1h30m\" }} {{ formatTime \"2006-01-02\" 1700000000 }}",
       "1h30m0s 2023-11-14"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(Expand(text).text, want) << text;
}

TEST_F(RuleTemplateTest, ShowsWhatWentWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{{ query \"none\" | first | value }}",
       "1:130: executing \"__alert_MyAlert\" at <first>: error calling first: first() called on "
       "vector with no elements"},
      {"{{ query \"fail\" | first | value }}",
       "1:115: executing \"__alert_MyAlert\" at <query \"fail\">: error calling query: boom"},
      {"{{ humanize \"abc\" }}",
       "1:115: executing \"__alert_MyAlert\" at <humanize \"abc\">: error calling humanize: "
       "strconv.ParseFloat: parsing \"abc\": invalid syntax"},
      {"{{ humanize $labels }}",
       "1:115: executing \"__alert_MyAlert\" at <humanize $labels>: error calling humanize: can't "
       "convert map[string]string to float"},
      {"{{ humanizeTimestamp 1e300 }}",
       "1:115: executing \"__alert_MyAlert\" at <humanizeTimestamp 1e300>: error calling "
       "humanizeTimestamp: 1e+300 cannot be represented as a nanoseconds timestamp since it "
       "overflows int64"},
      {"{{ .Foo }}",
       "1:115: executing \"__alert_MyAlert\" at <.Foo>: can't evaluate field Foo in type struct { "
       "Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value "
       "interface {} }"},
      {"{{ value nil }}",
       "1:115: executing \"__alert_MyAlert\" at <value nil>: error calling value: runtime error: "
       "invalid memory address or nil pointer dereference"},
  };
  for (const auto& [text, error] : cases) {
    const RuleExpansion expansion = Expand(text);
    EXPECT_TRUE(expansion.failed) << text;
    EXPECT_EQ(expansion.text,
              "<error expanding template: error executing template __alert_MyAlert: template: "
              "__alert_MyAlert:" +
                  error + ">");
  }
}

TEST_F(RuleTemplateTest, RefusesAtLoadWhatPrometheusRefuses) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{{ $label.job }}", "undefined variable \"$label\""},
      {"{{ $labels.a-b }}", "bad character U+002D '-'"},
      {"{{ add 1 2 }}", "function \"add\" not defined"},
      {"{{ tmpl \"t\" . }}", "function \"tmpl\" not defined"},
      {"{{ $value", "unclosed action"},
      {"{{ if }}", "missing value for if"},
  };
  for (const auto& [text, error] : cases) {
    const auto compiled = RuleTemplate::Compile("X", text);
    ASSERT_FALSE(compiled) << text;
    EXPECT_EQ(compiled.error().message, "template: __alert_X:1: " + error);
  }
}

TEST_F(RuleTemplateTest, TextWithoutActionsIsConstant) {
  const auto constant = RuleTemplate::Compile("X", "$labels.instance }} is down");
  ASSERT_TRUE(constant);
  EXPECT_TRUE(constant->is_constant());
  EXPECT_FALSE(constant->may_query());
  bool failed = true;
  EXPECT_EQ(constant->Expand(Data(), &failed), "$labels.instance }} is down");
  EXPECT_FALSE(failed);
  EXPECT_EQ(constant->source(), "$labels.instance }} is down");
  EXPECT_FALSE(RuleTemplate::Compile("X", "{{ $value }}")->is_constant());
}

TEST_F(RuleTemplateTest, AsksForItsQueriesOneByOne) {
  const auto compiled =
      RuleTemplate::Compile("X", "{{ query \"x\" | first | value }}{{ query \"none\" | len }}");
  ASSERT_TRUE(compiled);
  EXPECT_TRUE(compiled->may_query());
  QueryAnswers answers;
  EXPECT_EQ(compiled->Expand(Data(), answers).needs_query, "x");
  answers.emplace("x", answers_.at("x"));
  EXPECT_EQ(compiled->Expand(Data(), answers).needs_query, "none");
  answers.emplace("none", answers_.at("none"));
  const RuleExpansion done = compiled->Expand(Data(), answers);
  EXPECT_EQ(done.needs_query, std::nullopt);
  EXPECT_EQ(done.text, "20");
}

TEST_F(RuleTemplateTest, WithoutAnybodyToAnswerAQueryIsAnError) {
  const auto compiled = RuleTemplate::Compile("X", "{{ query \"x\" }}");
  bool failed = false;
  EXPECT_EQ(compiled->Expand(Data(), &failed),
            "<error expanding template: error executing template __alert_X: template: "
            "__alert_X:1:115: executing \"__alert_X\" at <query \"x\">: error calling query: query "
            "has nobody to answer it here>");
  EXPECT_TRUE(failed);
}

TEST_F(RuleTemplateTest, KnowsWhetherItMayQuery) {
  EXPECT_FALSE(RuleTemplate::Compile("X", "{{ $value | humanize }}{{ now }}")->may_query());
  EXPECT_TRUE(RuleTemplate::Compile("X", "{{ if false }}{{ query \"x\" }}{{ end }}")->may_query());
  EXPECT_TRUE(
      RuleTemplate::Compile("X", "{{ define \"q\" }}{{ query \"x\" }}{{ end }}{{ template \"q\" }}")
          ->may_query());
}

}  // namespace
}  // namespace tocsin::templates
