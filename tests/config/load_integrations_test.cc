#include "config/config.h"
#include "config/yaml_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

struct Case {
  std::string_view global;
  std::string_view receiver;  // After `receivers: [{name: r, ` on line 3.
  std::string_view want;      // After the file's name; "" if all is well.
};

std::string Text(std::string_view global, std::string_view receiver) {
  return "route: {receiver: r}\nglobal: {" + std::string(global) + "}\nreceivers: [{name: r, " +
         std::string(receiver) + "}]\n";
}

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(LoadText(Text(c.global, c.receiver), "f").diagnostics.ToString(),
              c.want.empty() ? "" : "f:" + std::string(c.want) + "\n")
        << c.receiver;
  }
}

ReceiverConfig Load(std::string_view global, std::string_view receiver) {
  const LoadResult result = LoadText(Text(global, receiver), "/c/f");
  EXPECT_EQ(result.diagnostics.ToString(), "") << receiver;
  return result.config == nullptr ? ReceiverConfig() : result.config->receivers[0];
}

TEST(LoadIntegrations, NullIsNoConfig) {
  for (const std::string name :
       {"discord", "email", "incidentio", "pagerduty", "slack", "webhook", "opsgenie", "wechat",
        "pushover", "victorops", "sns", "telegram", "webex", "msteams", "msteamsv2", "jira",
        "rocketchat", "mattermost"}) {
    const std::string problems =
        LoadText(Text("", name + "_configs: [~]"), "f").diagnostics.ToString();
    EXPECT_NE(problems.find(": missing " + name + " config\n"), std::string::npos) << problems;
    EXPECT_EQ(LoadText(Text("", name + "_configs: []"), "f").diagnostics.ToString(), "");
  }
}

TEST(LoadIntegrations, ChecksThoseWithAWebhookUrl) {
  for (const std::string name : {"discord", "msteams", "msteamsv2"}) {
    const auto problems = [&name](const std::string& config) {
      const std::string text = "receivers:\n- name: r\n  " + name + "_configs: [\n" + config +
                               "]\nroute: {receiver: r}\n";
      return LoadText(text, "f").diagnostics.ToString();
    };
    EXPECT_EQ(problems("{}"), "f:4:1: one of webhook_url or webhook_url_file must be configured\n");
    EXPECT_EQ(problems("{webhook_url: 'http://x', webhook_url_file: f}"),
              "f:4:27: at most one of webhook_url & webhook_url_file must be configured\n");
    EXPECT_EQ(problems("{webhook_url: x}"),
              "f:4:15: webhook_url: unsupported scheme \"\" for URL\n");
    EXPECT_EQ(problems("{webhook_url_file: f, zzz: 1}"),
              "f:4:23: unknown key \"zzz\" in " + name + "_configs\n");
  }
}

TEST(LoadIntegrations, ChecksWhatIsMissing) {
  Check({
      {"", "telegram_configs: [{chat_id: 1}]",
       "3:42: missing bot_token or bot_token_file on telegram_config"},
      {"telegram_bot_token: t", "telegram_configs: [{}]",
       "3:42: missing chat_id or chat_id_file on telegram_config"},
      {"telegram_bot_token: t", "telegram_configs: [{chat_id: 0}]",
       "3:42: missing chat_id or chat_id_file on telegram_config"},
      {"telegram_bot_token: t", "telegram_configs: [{chat_id: abc}]",
       "3:52: chat_id: not a whole number: \"abc\""},
      {"telegram_bot_token: t", "telegram_configs: [{chat_id: 1, chat_id_file: f}]",
       "3:69: at most one of chat_id & chat_id_file must be configured"},
      {"", "opsgenie_configs: [{}]",
       "3:42: no global OpsGenie API Key set either inline or in a file"},
      {"", "victorops_configs: [{routing_key: r}]", "3:43: no global VictorOps API Key set"},
      {"victorops_api_key: k", "victorops_configs: [{}]",
       "3:43: missing Routing key in VictorOps config"},
      {"", "pushover_configs: [{token: t}]",
       "3:42: one of user_key or user_key_file must be configured"},
      {"", "pushover_configs: [{user_key_file: u}]",
       "3:42: one of token or token_file must be configured"},
      {"wechat_api_corp_id: c", "wechat_configs: [{}]",
       "3:40: no global Wechat Api Secret set either inline or in a file"},
      {"wechat_api_secret: s", "wechat_configs: [{}]", "3:40: no global Wechat CorpID set"},
      {"", "pagerduty_configs: [{}]", "3:43: missing service or routing key in PagerDuty config"},
      {"", "sns_configs: [{}]",
       "3:37: must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"},
      {"", "jira_configs: [{project: p, issue_type: t}]", "3:38: no global Jira Cloud URL set"},
      {"jira_api_url: 'http://j'", "jira_configs: [{issue_type: t}]",
       "3:38: missing project in jira_config"},
      {"rocketchat_token: t", "rocketchat_configs: [{}]",
       "3:44: no global Rocketchat TokenID set either inline or in a file"},
      {"rocketchat_token_id: t", "rocketchat_configs: [{}]",
       "3:44: no global Rocketchat Token set either inline or in a file"},
      {"", "mattermost_configs: [{}]",
       "3:44: missing webhook_url or webhook_url_file on mattermost_config"},
      {"", "incidentio_configs: [{alert_source_token: t}]",
       "3:44: one of url or url_file must be configured"},
      {"", "webex_configs: [{http_config: {authorization: {credentials: x}}}]",
       "3:39: missing room_id on webex_config"},
      {"http_config: {authorization: {credentials: x}}", "webex_configs: [{room_id: r}]",
       "3:39: missing webex_configs.http_config.authorization"},
  });
}

TEST(LoadIntegrations, ChecksValues) {
  Check({
      {"", "telegram_configs: [{bot_token: t, chat_id: 1, parse_mode: HTM}]",
       "3:81: unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty "
       "string"},
      {"", "opsgenie_configs: [{api_key: k, responders: [{type: team}]}]",
       "3:68: opsGenieConfig responder has to have at least one of id, username or name "
       "specified"},
      {"", "opsgenie_configs: [{api_key: k, responders: [{id: i, type: group}]}]",
       "3:82: opsGenieConfig responder type does not match valid options "
       "^(team|teams|user|escalation|schedule)$"},
      {"", "opsgenie_configs: [{api_key: k, details: {a: {b: c}}}]",
       "3:68: details: the value of \"a\" must be a string, not a mapping"},
      {"", "victorops_configs: [{api_key: k, routing_key: r, custom_fields: {entity_id: x}}]",
       "3:87: victorOps config contains custom field entity_id which cannot be used as it "
       "conflicts with the fixed/static fields"},
      {"", "pushover_configs: [{user_key: u, token: t, html: true, monospace: true}]",
       "3:89: at most one of monospace & html must be configured"},
      {"", "pushover_configs: [{user_key: u, token: t, retry: 1d}]",
       "3:73: retry: time: unknown unit \"d\" in duration \"1d\""},
      {"", "wechat_configs: [{api_secret: s, corp_id: c, message_type: html}]",
       "3:82: weChat message type \"html\" does not match valid options ^(text|markdown)$"},
      {"", "sns_configs: [{topic_arn: a, target_arn: b, phone_number: c}]",
       "3:37: must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"},
      {"", "sns_configs: [{topic_arn: a, sigv4: {access_key: a}}]",
       "3:59: must provide a AWS SigV4 Access key and Secret Key if credentials are specified in "
       "the SigV4 config"},
      {"", "sns_configs: [{topic_arn: a, sigv4: {external_id: a}}]",
       "3:73: external_id can only be used with role_arn"},
      {"", "pagerduty_configs: [{routing_key: k, images: [{scr: x}]}]",
       "3:70: unknown key \"scr\"; did you mean \"src\"?"},
      {"", "pagerduty_configs: [{routing_key: k, details: x}]",
       "3:69: details must be a mapping, not a single value"},
      {"jira_api_url: 'http://j'", "jira_configs: [{project: p, issue_type: t, api_type: x}]",
       "3:76: unknown api_type on jira_config, must be auto, cloud or datacenter"},
      {"jira_api_url: 'http://j'", "jira_configs: [{project: p, issue_type: t, summary: [x]}]",
       "3:75: summary must be a mapping, not a list"},
      {"", "mattermost_configs: [{webhook_url: 'http://m', fields: [{title: t}]}]",
       "3:79: missing value in Mattermost field configuration"},
      {"", "mattermost_configs: [{webhook_url: m}]",
       "3:58: webhook_url: unsupported scheme \"\" for URL"},
      {"",
       "incidentio_configs: [{url: 'http://i', alert_source_token: t, http_config: "
       "{authorization: {credentials: x}}}]",
       "3:82: cannot specify alert_source_token or alert_source_token_file when using "
       "http_config.authorization"},
      {"", "incidentio_configs: [{url: 'http://i', http_config: {}}]",
       "3:44: at least one of alert_source_token, alert_source_token_file or "
       "http_config.authorization must be configured"},
      {"", "incidentio_configs: [{url: 'http://i'}]",
       "3:50: warning: no alert_source_token: incident.io will refuse the notifications"},
  });
}

TEST(LoadIntegrations, ReceiversWinOverGlobalInWhicheverForm) {
  const ReceiverConfig receiver = Load(
      "opsgenie_api_key: g, victorops_api_key: g, rocketchat_token_file: g, "
      "rocketchat_token_id_file: g, telegram_bot_token: g, wechat_api_secret: g, "
      "wechat_api_corp_id: g, mattermost_webhook_url: 'http://g'",
      "opsgenie_configs: [{api_key_file: f}, {}], "
      "victorops_configs: [{routing_key: r, api_key_file: f}], "
      "rocketchat_configs: [{token: t, token_id: i}, {}], "
      "telegram_configs: [{chat_id: 1, bot_token_file: f}], wechat_configs: [{api_secret_file: f}],"
      "mattermost_configs: [{webhook_url_file: f}, {}]");
  EXPECT_EQ(receiver.opsgenie_configs[0].api_key, (SecretOrFile{Secret(), "/c/f"}));
  EXPECT_EQ(receiver.opsgenie_configs[1].api_key, (SecretOrFile{Secret("g"), ""}));
  EXPECT_EQ(receiver.victorops_configs[0].api_key, (SecretOrFile{Secret(), "/c/f"}));
  EXPECT_EQ(receiver.rocketchat_configs[0].token, (SecretOrFile{Secret("t"), ""}));
  EXPECT_EQ(receiver.rocketchat_configs[0].token_id, (SecretOrFile{Secret("i"), ""}));
  EXPECT_EQ(receiver.rocketchat_configs[1].token, (SecretOrFile{Secret(), "/c/g"}));
  EXPECT_EQ(receiver.telegram_configs[0].bot_token, (SecretOrFile{Secret(), "/c/f"}));
  EXPECT_EQ(receiver.wechat_configs[0].api_secret, (SecretOrFile{Secret(), "/c/f"}));
  EXPECT_EQ(receiver.mattermost_configs[0].webhook_url, (SecretOrFile{Secret(), "/c/f"}));
  EXPECT_EQ(receiver.mattermost_configs[1].webhook_url, (SecretOrFile{Secret("http://g"), ""}));
}

TEST(LoadIntegrations, InheritsUrlsWithATrailingSlashWhereAPathFollows) {
  const ReceiverConfig receiver = Load(
      "opsgenie_api_url: 'http://o/x', opsgenie_api_key: k, victorops_api_key: k, "
      "wechat_api_secret: s, wechat_api_corp_id: c, jira_api_url: 'http://j/rest/api/2', "
      "pagerduty_url: 'http://p'",
      "opsgenie_configs: [{}, {api_url: 'http://own?q'}], "
      "victorops_configs: [{routing_key: r}], wechat_configs: [{api_url: 'http://w'}], "
      "jira_configs: [{project: p, issue_type: t}], pagerduty_configs: [{routing_key: k}]");
  EXPECT_EQ(receiver.opsgenie_configs[0].api_url, "http://o/x/");
  EXPECT_EQ(receiver.opsgenie_configs[1].api_url, "http://own/?q");
  EXPECT_EQ(receiver.victorops_configs[0].api_url,
            "https://alert.victorops.com/integrations/generic/20131114/alert/");
  EXPECT_EQ(receiver.wechat_configs[0].api_url, "http://w/");
  EXPECT_EQ(receiver.jira_configs[0].api_url, "http://j/rest/api/2");
  EXPECT_EQ(receiver.pagerduty_configs[0].url, "http://p");
}

TEST(LoadIntegrations, HasAlertmanagersDefaults) {
  const ReceiverConfig receiver = Load(
      "",
      "pagerduty_configs: [{routing_key: k, client: me, details: {firing: x, own: [1]}}], "
      "pushover_configs: [{user_key: u, token: t}], "
      "telegram_configs: [{bot_token: t, chat_id: -100}], "
      "rocketchat_configs: [{token: t, token_id: i}], "
      "wechat_configs: [{api_secret: s, corp_id: c, message_type: ''}], "
      "jira_configs: [{api_url: 'http://j', project: p, issue_type: t, summary: s, description: "
      "{enable_update: false}}], "
      "opsgenie_configs: [{api_key: k, responders: [{id: i, type: TEAM}, "
      "{name: n, type: '{{ .X }}'}]}]");
  const PagerdutyConfig& pagerduty = receiver.pagerduty_configs[0];
  EXPECT_TRUE(pagerduty.send_resolved);
  EXPECT_EQ(pagerduty.source, "me");
  ASSERT_EQ(pagerduty.details.size(), 5u);
  EXPECT_EQ(pagerduty.details.at("firing")->text(), "x");
  EXPECT_EQ(pagerduty.details.at("num_firing")->text(), "{{ .Alerts.Firing | len }}");
  EXPECT_TRUE(pagerduty.details.at("own")->is_sequence());
  EXPECT_EQ(receiver.pushover_configs[0].retry, std::chrono::minutes(1));
  EXPECT_EQ(receiver.telegram_configs[0].chat_id, -100);
  EXPECT_EQ(receiver.telegram_configs[0].parse_mode, "HTML");
  EXPECT_FALSE(receiver.rocketchat_configs[0].send_resolved);
  EXPECT_FALSE(receiver.wechat_configs[0].send_resolved);
  EXPECT_EQ(receiver.wechat_configs[0].message_type, "text");
  EXPECT_EQ(receiver.jira_configs[0].summary.text, "s");
  EXPECT_EQ(receiver.jira_configs[0].description.text,
            R"({{ template "jira.default.description" . }})");
  EXPECT_EQ(receiver.jira_configs[0].description.enable_update, false);
  EXPECT_EQ(receiver.opsgenie_configs[0].responders[0].type, "team");
  EXPECT_EQ(receiver.opsgenie_configs[0].responders[1].type, "{{ .X }}");
}

TEST(LoadIntegrations, SendsTokensAsAuthorizationInACopy) {
  const ReceiverConfig receiver =
      Load("http_config: {enable_http2: false}",
           "incidentio_configs: [{url: 'http://i', alert_source_token_file: f}], "
           "discord_configs: [{webhook_url_file: f}]");
  const HttpClientConfig& http = *receiver.incidentio_configs[0].http_config;
  ASSERT_TRUE(http.authorization);
  EXPECT_EQ(http.authorization->credentials_file, "/c/f");
  EXPECT_FALSE(http.enable_http2);
  EXPECT_FALSE(receiver.discord_configs[0].http_config->authorization);
}

TEST(LoadIntegrations, MsTeamsV2TakesTheGlobalProxyIntoItsOwnHttpConfig) {
  const ReceiverConfig receiver =
      Load("http_config: {proxy_url: 'http://p', enable_http2: false}",
           "msteamsv2_configs: [{webhook_url_file: f, http_config: {}}, {webhook_url_file: f, "
           "http_config: {proxy_url: 'http://own'}}], "
           "msteams_configs: [{webhook_url_file: f, http_config: {}}]");
  EXPECT_EQ(receiver.msteamsv2_configs[0].http_config->proxy.url, Secret("http://p"));
  EXPECT_TRUE(receiver.msteamsv2_configs[0].http_config->enable_http2);
  EXPECT_EQ(receiver.msteamsv2_configs[1].http_config->proxy.url, Secret("http://own"));
  EXPECT_EQ(receiver.msteams_configs[0].http_config->proxy.url, Secret());
}

}  // namespace
}  // namespace tocsin::config
