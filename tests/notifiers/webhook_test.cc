#include "notifiers/webhook.h"

#include "config/yaml_reader.h"
#include "tests/notifiers/test_notification.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::notifiers {
namespace {

class WebhookTest : public testing::Test {
 protected:
  IntegrationPtr Make(const config::WebhookConfig& config) {
    const model::IntegrationId id{"team.x", "webhook", 0};
    FieldCompiler compiler(templates_, id, places_, &diagnostics_);
    return MakeWebhook(id, config, &compiler);
  }
  HttpSend Send(const config::WebhookConfig& config) {
    const auto send = Make(config)->Build(notification_, context_);
    EXPECT_TRUE(send) << send.error().error;
    return send ? std::get<HttpSend>(*send) : HttpSend();
  }
  BuildFailure Failure(const config::WebhookConfig& config) {
    const auto send = Make(config)->Build(notification_, context_);
    EXPECT_FALSE(send);
    return send ? BuildFailure() : send.error();
  }
  std::string PayloadBody(const std::string& yaml) {
    config::WebhookConfig config;
    config.url = Secret("http://hook.example/");
    config::Diagnostics diagnostics;
    config.payload = config::ReadYaml(yaml, "payload.yml", &diagnostics)->front();
    return Send(config).request.body;
  }

  NotificationTemplatesPtr templates_ = templates::NotificationTemplates::Defaults();
  const config::Places places_{{"tocsin.yml", 3, 5}, {{"url", {"tocsin.yml", 4, 10}}}};
  config::Diagnostics diagnostics_;
  model::Notification notification_ = TestNotification();
  BuildContext context_ = TestContext();
};

config::WebhookConfig PlainConfig() {
  config::WebhookConfig config;
  config.http_config = std::make_shared<const config::HttpClientConfig>();
  config.url = Secret("http://hook.example/in");
  config.timeout = std::chrono::seconds(10);
  return config;
}

std::string AlertJson(const std::string& status, const std::string& instance,
                      const std::string& more, const std::string& end,
                      const model::NotifiedAlert& alert) {
  return R"({"status":")" + status + R"(","labels":{"alertname":"HighCPU","instance":")" +
         instance + R"(","severity":"page"},"annotations":{)" + more +
         R"("summary":"CPU \u003c90%\u003e"},"startsAt":"2026-03-01T10:20:30.5Z","endsAt":")" +
         end + R"(","generatorURL":"http://prom.example/graph?g0.expr=up","fingerprint":")" +
         ToString(alert.alert->fingerprint()) + R"("})";
}

TEST_F(WebhookTest, SendsAlertmanagersJson) {
  const config::WebhookConfig config = PlainConfig();
  const HttpSend send = Send(config);
  EXPECT_EQ(send.request.method, "POST");
  EXPECT_EQ(send.request.url.Reveal(), "http://hook.example/in");
  EXPECT_EQ(send.request.headers, (std::vector<HttpHeader>{{"Content-Type", "application/json"}}));
  EXPECT_EQ(send.client, config.http_config);
  EXPECT_EQ(send.timeout, std::chrono::seconds(10));
  constexpr const char* kNoEnd = "0001-01-01T00:00:00Z";
  EXPECT_EQ(send.request.body,
            R"({"receiver":"team\\.x","status":"firing","alerts":[)" +
                AlertJson("resolved", "a", "", "2026-03-01T11:00:00Z", notification_.alerts[0]) +
                "," + AlertJson("firing", "b", "", kNoEnd, notification_.alerts[1]) + "," +
                AlertJson("firing", "c", R"("runbook":"R",)", kNoEnd, notification_.alerts[2]) +
                R"(],"notification_reason":"first notification",)"
                R"("groupLabels":{"alertname":"HighCPU"},)"
                R"("commonLabels":{"alertname":"HighCPU","severity":"page"},)"
                R"("commonAnnotations":{"summary":"CPU \u003c90%\u003e"},)"
                R"("routeLabels":{"team":"x"},"externalURL":"http://am.example:9093",)"
                R"("version":"4","groupKey":"{}:{alertname=\"HighCPU\"}","truncatedAlerts":0})"
                "\n");
}

TEST_F(WebhookTest, MaxAlertsKeepsFiringOnesAndTheStatus) {
  config::WebhookConfig config = PlainConfig();
  config.max_alerts = 1;
  std::string body = Send(config).request.body;
  EXPECT_NE(body.find(R"("status":"firing","alerts":[{"status":"firing","labels":{"alertname":)"
                      R"("HighCPU","instance":"b")"),
            std::string::npos);
  EXPECT_NE(body.find(R"("truncatedAlerts":2})"), std::string::npos);
  config.max_alerts = 3;
  EXPECT_NE(Send(config).request.body.find(R"("truncatedAlerts":0})"), std::string::npos);
}

// The first alerts say how much room the rest will need; here they say far too little.
TEST_F(WebhookTest, WritesLargeGroupsWhole) {
  const model::NotifiedAlert small = notification_.alerts.front();
  model::Alert large = *small.alert;
  const std::string text(10'000, 'x');
  large.annotations = model::LabelSet::FromUnsorted({{"summary", text}});
  const auto shared = std::make_shared<const model::Alert>(std::move(large));
  notification_.alerts.assign(40, small);
  notification_.alerts.resize(60, {shared, false});
  const std::string body = Send(PlainConfig()).request.body;
  std::size_t alerts = 0;
  std::size_t texts = 0;
  for (std::size_t at = 0; (at = body.find(R"("fingerprint":)", at)) != body.npos; ++at) ++alerts;
  for (std::size_t at = 0; (at = body.find(text, at)) != body.npos; at += text.size()) ++texts;
  EXPECT_EQ(alerts, 60U);
  EXPECT_EQ(texts, 20U);
  EXPECT_TRUE(body.ends_with("\"truncatedAlerts\":0}\n"));
}

TEST_F(WebhookTest, UrlIsATemplate) {
  config::WebhookConfig config = PlainConfig();
  config.url = Secret("http://hook.example/{{ .GroupLabels.alertname }}");
  EXPECT_EQ(Send(config).request.url.Reveal(), "http://hook.example/HighCPU");
  config.url = Secret();
  config.url_file = "/etc/url";
  context_.files = {{"/etc/url", std::string(" http://hook.example/{{ .Status }}\n")}};
  EXPECT_EQ(Make(config)->Files(), std::vector<std::string>{"/etc/url"});
  EXPECT_EQ(Send(config).request.url.Reveal(), "http://hook.example/firing");
}

TEST_F(WebhookTest, FailsForGoodWithoutAUrl) {
  struct Case {
    std::string url, file;
    Result<std::string> content;
    std::string error;
  };
  const std::vector<Case> cases = {
      {"{{ .CommonLabels.nope }}", "", "", "webhook URL is empty after templating"},
      {"{{ .CommonLabels.severity }}://secret", "", "",
       "webhook URL is not a valid http or https URL"},
      {"", "/f", Fail("open /f: no such file or directory"),
       "url_file: open /f: no such file or directory"},
      {"", "/f", "ftp://secret/", "webhook URL is not a valid http or https URL"},
      {"", "/f", "http://secret/{{", "url_file: template: :1: unclosed action"},
      {"http://secret/{{ .Nope }}", "", "",
       "url: template: :1:17: executing \"\" at <.Nope>: can't evaluate field Nope in type "
       "*template.Data"},
  };
  for (const Case& c : cases) {
    config::WebhookConfig config = PlainConfig();
    config.url = Secret(c.url);
    config.url_file = c.file;
    context_.files = {{c.file, c.content}};
    const BuildFailure failure = Failure(config);
    EXPECT_FALSE(failure.retry) << c.url;
    EXPECT_EQ(failure.error, c.error);
  }
}

TEST_F(WebhookTest, ReportsATemplateThatDoesNotCompile) {
  config::WebhookConfig config = PlainConfig();
  config.url = Secret("http://hook.example/{{ nope }}");
  Make(config);
  EXPECT_EQ(diagnostics_.ToString(),
            "tocsin.yml:4:10: receiver \"team.x\": webhook_configs[0].url: template: :1: function "
            "\"nope\" not defined\n");
}

TEST_F(WebhookTest, PayloadStringsAreTemplatesWhoseYamlCounts) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{a: '{{ .Status }}', '{{ .Status }}': 5}", R"({"a":"firing","firing":5})"},
      {"['{{ len .Alerts }}', '{{ len .Alerts.Firing }}x', true, ~, 1.5, 0x1f]",
       R"([3,"2x",true,null,1.5,31])"},
      {"g: '{{ toJson .GroupLabels }}'", R"({"g":{"alertname":"HighCPU"}})"},
      {"t: 'Disk full: /dev/sda'", R"({"t":{"Disk full":"/dev/sda"}})"},
      {"t: '{{ \"a: b: c\" }}'", R"({"t":"a: b: c"})"},
      {"t: '{{ \"yes\" }}'", R"({"t":true})"},
      {"t: '{{ \"0123\" }}'", R"({"t":83})"},
      {"t: '{{ \"1_000\" }}'", R"({"t":1000})"},
      {"t: ''", R"({"t":null})"},
      {"t: '2026-03-01'", R"({"t":"2026-03-01"})"},
      {"t: '{{ \"{{ .Status }}\" }}'", R"({"t":"{{ .Status }}"})"},
      {"t: '{{ \"{a: 1, a: 2}\" }}'", R"({"t":"{a: 1, a: 2}"})"},
      {"t: '{{ \"# comment\" }}'", R"({"t":null})"},
      // As Alertmanager 0.33.1 sends them.
      {"t: '{{ \"7e1234\" }}'", R"({"t":"7e1234"})"},
      {"t: '{{ \"12345678901234567890\" }}'", R"({"t":12345678901234567890})"},
      {"t: '{{ \"0xffffffffffffffff\" }}'", R"({"t":18446744073709551615})"},
      {"t: '{{ \"%CPU\" }}'", R"({"t":"%CPU"})"},
      {"t: '{{ \"!important\" }}'", R"({"t":"!important"})"},
      {"t: '{{ \"!\" }}'", R"({"t":"!"})"},
      {"t: '{{ \", again\" }}'", R"({"t":", again"})"},
      {"t: '{{ \"...\" }}'", R"({"t":"..."})"},
      {"t: '{{ \"\\ta: b\" }}'", R"({"t":"\ta: b"})"},
      {"t: '{{ \"~\" }}'", R"({"t":null})"},
      {"t: '{{ \"--- null\" }}'", R"({"t":null})"},
      {"t: '{{ \"\\t\" }}'", R"({"t":"\t"})"},
      {"t: '{{ \": x\" }}'", R"({"t":": x"})"},
      {"t: '{{ \"Disk full:\" }}'", R"({"t":{"Disk full":null}})"},
      {"t: '{{ \"[x] Disk\" }}'", R"({"t":["x"]})"},
      {"{1: a, n: a, b: c}", R"({"b":"c"})"},
      {"'{{ .Status }}'", R"("firing")"},
      {"[]", "[]"},
  };
  for (const auto& [yaml, json] : cases) EXPECT_EQ(PayloadBody(yaml), json + "\n") << yaml;
}

TEST_F(WebhookTest, PayloadThatJsonCannotSayFailsForGood) {
  config::WebhookConfig config = PlainConfig();
  config::Diagnostics diagnostics;
  config.payload = config::ReadYaml("a: '.inf'", "payload.yml", &diagnostics)->front();
  EXPECT_EQ(Failure(config).error, "payload: json: unsupported value: +Inf");
  config.payload = config::ReadYaml("a: ['{{ .Nope }}']", "payload.yml", &diagnostics)->front();
  EXPECT_TRUE(Failure(config).error.starts_with("payload.a[0]: template: :1:3:"));
}

TEST_F(WebhookTest, JudgesByStatusAndHidesItsUrl) {
  const IntegrationPtr webhook = Make(PlainConfig());
  EXPECT_EQ(webhook->JudgeResponse(notification_, {204, {}, ""}).kind, Outcome::Kind::kDelivered);
  const Outcome outcome =
      webhook->JudgeResponse(notification_, {404, {}, "no route for http://hook.example/in"});
  EXPECT_EQ(outcome.kind, Outcome::Kind::kGiveUp);
  EXPECT_EQ(outcome.error, "unexpected status code 404: no route for <redacted>");
}

}  // namespace
}  // namespace tocsin::notifiers
