#include "config/config.h"
#include "config/yaml_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

constexpr std::string_view kRoute = "route: {receiver: r}\n";
constexpr std::string_view kPostMessage = "https://slack.com/api/chat.postMessage";

struct Case {
  std::string_view global;
  std::string_view receiver;  // After `receivers: [{name: r, ` on line 3.
  std::string_view want;
};

std::string Text(std::string_view global, std::string_view receiver) {
  return std::string(kRoute) + "global: {" + std::string(global) + "}\nreceivers: [{name: r, " +
         std::string(receiver) + "}]\n";
}

void ExpectErrors(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(LoadText(Text(c.global, c.receiver), "f").diagnostics.ToString(),
              "f:" + std::string(c.want) + "\n")
        << c.receiver;
  }
}

ReceiverConfig Load(std::string_view global, std::string_view receiver) {
  const LoadResult result = LoadText(Text(global, receiver), "/c/f");
  EXPECT_EQ(result.diagnostics.ToString(), "") << receiver;
  return result.config == nullptr ? ReceiverConfig() : result.config->receivers[0];
}

SlackConfig LoadSlack(std::string_view global, std::string_view slack) {
  const ReceiverConfig receiver = Load(global, "slack_configs: [{" + std::string(slack) + "}]");
  return receiver.slack_configs.empty() ? SlackConfig() : receiver.slack_configs[0];
}

EmailConfig LoadEmail(std::string_view global, std::string_view email) {
  const ReceiverConfig receiver = Load(global, "email_configs: [{" + std::string(email) + "}]");
  return receiver.email_configs.empty() ? EmailConfig() : receiver.email_configs[0];
}

TEST(LoadReceivers, ChecksNamesAndLabels) {
  const auto problems = [](const std::string& receivers) {
    return LoadText(std::string(kRoute) + "receivers: [{name: r}, " + receivers + "]\n", "f")
        .diagnostics.ToString();
  };
  EXPECT_EQ(problems("{}"), "f:2:24: missing name in receiver\n");
  EXPECT_EQ(problems("null"), "f:2:24: missing name in receiver\n");
  EXPECT_EQ(problems("{name: ''}"), "f:2:31: missing name in receiver\n");
  EXPECT_EQ(problems("x"),
            "f:2:24: receiver must be a mapping, not a single value\n"
            "f:2:24: missing name in receiver\n");
  EXPECT_EQ(problems("{name: r}"), "f:2:24: notification config name \"r\" is not unique\n");
  EXPECT_EQ(problems("{name: s, labels: {name: t}}"),
            "f:2:42: receiver label \"name\" must match receiver name \"s\", got \"t\"\n");
  EXPECT_EQ(problems("{name: 5, labels: {a: b, name: 5}}"), "");
  EXPECT_EQ(problems("{name: s, telegram_configs: []}"), "");
  EXPECT_EQ(problems("{name: s, slack_config: []}"),
            "f:2:34: unknown key \"slack_config\"; did you mean \"slack_configs\"?\n");
  const ReceiverConfig receiver = Load("", "labels: {team: a}");
  EXPECT_EQ(receiver.labels, (std::map<std::string, std::string>{{"name", "r"}, {"team", "a"}}));
  EXPECT_EQ(receiver.position, (Position{"/c/f", 3, 13}));
}

TEST(LoadReceivers, ChecksWebhooks) {
  ExpectErrors({
      {"", "webhook_configs: [{}]", "3:41: one of url or url_file must be configured"},
      {"", "webhook_configs: [null]", "3:41: missing webhook config"},
      {"", "webhook_configs: {url: x}", "3:40: \"webhook_configs\" must be a list, not a mapping"},
      {"", "webhook_configs: [{url: 'http://w', url_file: f}]",
       "3:59: at most one of url & url_file must be configured"},
      {"", "webhook_configs: [{url: 'ftp://w'}]",
       "3:47: invalid URL: unsupported scheme \"ftp\" for URL"},
      {"", "webhook_configs: [{url: 'http:///x'}]", "3:47: invalid URL: missing host for URL"},
      {"", "webhook_configs: [{url: 'http://w', timeout: 1d}]",
       "3:68: timeout: time: unknown unit \"d\" in duration \"1d\""},
      {"", "webhook_configs: [{url: 'http://w', timeout: 5}]",
       "3:68: timeout: time: missing unit in duration \"5\""},
      {"", "webhook_configs: [{url: 'http://w', timeout: -1s}]",
       "3:68: timeout: a duration cannot be negative here"},
      {"", "webhook_configs: [{url: 'http://w', max_alerts: -1}]",
       "3:71: max_alerts: number out of range: \"-1\""},
      {"", "webhook_configs: [{url: 'http://w', max_alerts: '1'}]",
       "3:71: max_alerts: not a whole number: \"1\""},
  });
}

TEST(LoadReceivers, ReadsWebhooks) {
  const auto webhooks =
      Load("http_config: {bearer_token: t}",
           "webhook_configs: [{url: 'http://w/a b', max_alerts: 1.65e+1, timeout: 1.5s, "
           "send_resolved: no, payload: {a: ['{{ .Status }}', 1]}}, {url_file: u, http_config: "
           "{follow_redirects: false}}, {url: 'http://{{ .X }}/'}, {url: <secret>}]")
          .webhook_configs;
  ASSERT_EQ(webhooks.size(), 4U);
  EXPECT_EQ(webhooks[0].url.Reveal(), "http://w/a%20b");
  EXPECT_EQ(webhooks[0].max_alerts, 16U);
  EXPECT_EQ(webhooks[0].timeout, std::chrono::milliseconds(1500));
  EXPECT_FALSE(webhooks[0].send_resolved);
  EXPECT_EQ(webhooks[0].http_config->authorization->credentials, Secret("t"));
  ASSERT_NE(webhooks[0].payload, nullptr);
  EXPECT_EQ(webhooks[0].payload->entries()[0].key->text(), "a");
  EXPECT_TRUE(webhooks[1].send_resolved);
  EXPECT_EQ(webhooks[1].url_file, "/c/u");
  // The receiver's http_config replaces the global one as a whole.
  EXPECT_EQ(webhooks[1].http_config->authorization, std::nullopt);
  EXPECT_FALSE(webhooks[1].http_config->follow_redirects);
  EXPECT_EQ(webhooks[1].payload, nullptr);
  EXPECT_EQ(webhooks[2].url.Reveal(), "http://{{ .X }}/");
}

constexpr std::string_view kSmtp = "smtp_smarthost: 'h:25', smtp_from: a@b";

TEST(LoadReceivers, ChecksEmail) {
  ExpectErrors({
      {kSmtp, "email_configs: [~]", "3:39: missing email config"},
      {kSmtp, "email_configs: [{from: x}]", "3:39: missing to address in email config"},
      {"smtp_smarthost: 'h:25'", "email_configs: [{to: x}]", "3:39: no global SMTP from set"},
      {"smtp_from: a@b", "email_configs: [{to: x}]", "3:39: no global SMTP smarthost set"},
      {"smtp_from: a@b", "email_configs: [{to: x, smarthost: nohost}]",
       "3:58: address nohost: missing port in address"},
      {kSmtp, "email_configs: [{to: x, auth_password: a, auth_password_file: b}]",
       "3:65: at most one of auth_password & auth_password_file must be configured"},
      {kSmtp, "email_configs: [{to: x, headers: {subject: a, Subject: b}}]",
       "3:56: duplicate header \"Subject\" in email config"},
      {kSmtp, "email_configs: [{to: x, cc: y}]", "3:47: unknown key \"cc\" in email_configs"},
      {kSmtp, "email_configs: [{to: x, threading: {enabled: true, thread_by_date: weekly}}]",
       "3:90: threading.thread_by_date must be either 'none' or 'daily'"},
      {kSmtp, "email_configs: [{to: x, headers: {references: y}, threading: {enabled: true}}]",
       "3:56: conflicting configuration: threading.enabled conflicts with custom References "
       "header"},
      {kSmtp, "email_configs: [{to: x, headers: {in-reply-to: y}, threading: {enabled: true}}]",
       "3:56: conflicting configuration: threading.enabled conflicts with custom In-Reply-To "
       "header"},
  });
}

TEST(LoadReceivers, EmailInheritsFromGlobal) {
  const std::string global =
      std::string(kSmtp) +
      ", smtp_hello: me, smtp_auth_username: u, smtp_auth_identity: i, smtp_auth_password: p, "
      "smtp_auth_secret_file: s, smtp_require_tls: false, smtp_tls_config: {server_name: n}, "
      "smtp_force_implicit_tls: true";
  const EmailConfig inherited = LoadEmail(global, "to: x");
  EXPECT_EQ(inherited.from, "a@b");
  EXPECT_EQ(inherited.hello, "me");
  EXPECT_EQ(inherited.smarthost, (HostPort{"h", "25"}));
  EXPECT_EQ(inherited.auth_username, "u");
  EXPECT_EQ(inherited.auth_identity, "i");
  EXPECT_EQ(inherited.auth_password, Secret("p"));
  EXPECT_EQ(inherited.auth_secret_file, "/c/s");
  EXPECT_FALSE(inherited.require_tls);
  EXPECT_EQ(inherited.tls_config.server_name, "n");
  EXPECT_EQ(inherited.force_implicit_tls, true);
  EXPECT_FALSE(inherited.send_resolved);
  EXPECT_EQ(inherited.html, "{{ template \"email.default.html\" . }}");
  EXPECT_EQ(inherited.headers, (std::map<std::string, std::string>{
                                   {"From", "a@b"},
                                   {"Subject", "{{ template \"email.default.subject\" . }}"},
                                   {"To", "x"}}));
  EXPECT_FALSE(inherited.threading_enabled);
  EXPECT_TRUE(inherited.thread_by_date_daily);

  const EmailConfig own = LoadEmail(
      global,
      "to: x, from: y, hello: z, smarthost: '[::1]:26', auth_username: v, auth_identity: j, "
      "auth_password_file: f, auth_secret: t, require_tls: true, tls_config: {}, "
      "force_implicit_tls: false, html: '', headers: {message-id: m, TO: w}, threading: {enabled: "
      "true, thread_by_date: none}");
  EXPECT_EQ(own.from, "y");
  EXPECT_EQ(own.hello, "z");
  EXPECT_EQ(own.smarthost, (HostPort{"::1", "26"}));
  // A pair is inherited or not as one.
  EXPECT_TRUE(own.auth_password.empty());
  EXPECT_EQ(own.auth_password_file, "/c/f");
  EXPECT_EQ(own.auth_secret, Secret("t"));
  EXPECT_EQ(own.auth_secret_file, "");
  EXPECT_TRUE(own.require_tls);
  EXPECT_EQ(own.tls_config, TlsConfig());
  EXPECT_EQ(own.force_implicit_tls, false);
  EXPECT_EQ(own.html, "");
  EXPECT_EQ(own.headers.at("Message-Id"), "m");
  EXPECT_EQ(own.headers.at("To"), "w");
  EXPECT_TRUE(own.threading_enabled);
  EXPECT_FALSE(own.thread_by_date_daily);
}

constexpr std::string_view kSlack = "slack_api_url: 'http://s/'";

TEST(LoadReceivers, ChecksSlack) {
  ExpectErrors({
      {kSlack, "slack_configs: [~]", "3:39: missing slack config"},
      {"", "slack_configs: [{}]",
       "3:39: no Slack API URL nor App token set either inline or in a file"},
      {"", "slack_configs: [{api_url: x}]", "3:49: api_url: unsupported scheme \"\" for URL"},
      {"", "slack_configs: [{api_url: 'http://a', api_url_file: b}]",
       "3:61: at most one of api_url & api_url_file must be configured"},
      {"", "slack_configs: [{app_token: a, app_token_file: b}]",
       "3:54: at most one of app_token & app_token_file must be configured"},
      {"", "slack_configs: [{app_token: a, api_url: 'http://a'}]",
       "3:39: at most one of api_url/api_url_file & app_token/app_token_file must be configured"},
      {kSlack, "slack_configs: [{fields: [{value: v}]}]",
       "3:49: missing title in Slack field configuration"},
      {kSlack, "slack_configs: [{fields: [{title: t}]}]",
       "3:49: missing value in Slack field configuration"},
      {kSlack, "slack_configs: [{actions: [{text: t, url: u}]}]",
       "3:50: missing type in Slack action configuration"},
      {kSlack, "slack_configs: [{actions: [{type: button, url: u}]}]",
       "3:50: missing text in Slack action configuration"},
      {kSlack, "slack_configs: [{actions: [{type: button, text: t}]}]",
       "3:50: missing name or url in Slack action configuration"},
      {kSlack, "slack_configs: [{actions: [{type: button, text: t, name: n, confirm: {}}]}]",
       "3:92: missing text in Slack confirmation configuration"},
      {kSlack, "slack_configs: [{update_message: true}]",
       "3:56: update_message can only be used with bot tokens. api_url must be set to "
       "https://slack.com/api/chat.postMessage"},
      {"", "slack_configs: [{update_message: true, api_url_file: x}]",
       "3:56: update_message can only be used with bot tokens. api_url must be set to "
       "https://slack.com/api/chat.postMessage"},
      {"slack_app_token: t", "slack_configs: [{app_token: u, http_config: {bearer_token: x}}]",
       "3:67: http authorization can't be set when using Slack App tokens"},
      {"slack_app_token: t, http_config: {basic_auth: {username: u}}", "slack_configs: [{}]",
       "3:39: http authorization can't be set when using Slack App tokens"},
      {"slack_app_token: t", "slack_configs: [{http_config: {bearer_token: x}}]",
       "3:39: no Slack API URL nor App token set either inline or in a file"},
  });
}

TEST(LoadReceivers, SlackTakesUrlOrToken) {
  const SlackConfig global_url = LoadSlack(kSlack, "channel: c");
  EXPECT_EQ(global_url.api_url.Reveal(), "http://s/");
  EXPECT_EQ(global_url.app_url, kPostMessage);
  EXPECT_EQ(global_url.http_config->authorization, std::nullopt);

  const SlackConfig global_token = LoadSlack("slack_app_token: t", "");
  EXPECT_EQ(global_token.app_token, Secret("t"));
  EXPECT_TRUE(global_token.api_url.empty());
  EXPECT_EQ(global_token.http_config->authorization->credentials, Secret("t"));

  const SlackConfig token_file =
      LoadSlack("slack_app_token: t", "app_token_file: f, app_url: 'http://a/'");
  EXPECT_TRUE(token_file.app_token.empty());
  EXPECT_EQ(token_file.http_config->authorization->credentials_file, "/c/f");
  EXPECT_EQ(token_file.app_url, "http://a/");

  // What the receiver says wins over a global token.
  for (const char* own : {"api_url: 'http://o/'", "api_url_file: o"}) {
    const SlackConfig slack = LoadSlack("slack_app_token: t", own);
    EXPECT_TRUE(slack.app_token.empty()) << own;
    EXPECT_EQ(slack.http_config->authorization, std::nullopt) << own;
  }
  const SlackConfig authorized =
      LoadSlack("slack_app_token: t, slack_api_url: '" + std::string(kPostMessage) + "'",
                "http_config: {bearer_token: x}");
  EXPECT_EQ(authorized.api_url.Reveal(), kPostMessage);
  EXPECT_EQ(authorized.http_config->authorization->credentials, Secret("x"));

  EXPECT_TRUE(LoadSlack("slack_app_token: t", "update_message: true").update_message);
  EXPECT_TRUE(
      LoadSlack("slack_api_url: '" + std::string(kPostMessage) + "'", "update_message: true")
          .update_message);
}

TEST(LoadReceivers, SlackTokenLeavesTheGlobalHttpConfigAlone) {
  const LoadResult result = LoadText(
      Text("slack_app_token: t", "slack_configs: [{}], webhook_configs: [{url: 'http://w/'}]"),
      "f");
  ASSERT_NE(result.config, nullptr) << result.diagnostics.ToString();
  EXPECT_EQ(result.config->global.http_config->authorization, std::nullopt);
  EXPECT_EQ(result.config->receivers[0].webhook_configs[0].http_config,
            result.config->global.http_config);
}

TEST(LoadReceivers, ReadsSlackMessages) {
  const SlackConfig defaults = LoadSlack(kSlack, "");
  EXPECT_FALSE(defaults.send_resolved);
  EXPECT_EQ(defaults.title, "{{ template \"slack.default.title\" . }}");
  EXPECT_EQ(defaults.title_link, "{{ template \"slack.default.titlelink\" . }}");
  EXPECT_EQ(defaults.callback_id, "{{ template \"slack.default.callbackid\" . }}");
  EXPECT_EQ(defaults.icon_emoji, "{{ template \"slack.default.iconemoji\" . }}");
  EXPECT_EQ(defaults.channel, "");
  EXPECT_EQ(defaults.message_text, "");
  const SlackConfig slack = LoadSlack(
      kSlack,
      "text: , title: yes, short_fields: true, fields: [{title: a, value: 1, short: false}, "
      "{title: b, value: c}], actions: [{type: button, text: t, url: u, name: n, value: v, "
      "confirm: {text: x}}, {type: button, text: t, name: n, style: danger, confirm: {text: x, "
      "title: y, ok_text: o, dismiss_text: d}}], mrkdwn_in: [text], timeout: 500ms");
  EXPECT_EQ(slack.text, "");
  EXPECT_EQ(slack.title, "yes");
  ASSERT_EQ(slack.fields.size(), 2U);
  EXPECT_EQ(slack.fields[0].value, "1");
  EXPECT_EQ(slack.fields[0].short_field, false);
  EXPECT_EQ(slack.fields[1].short_field, std::nullopt);
  ASSERT_EQ(slack.actions.size(), 2U);
  EXPECT_EQ(slack.actions[0].name + slack.actions[0].value, "");
  EXPECT_FALSE(slack.actions[0].confirm.has_value());
  EXPECT_EQ(slack.actions[1].confirm->dismiss_text, "d");
  EXPECT_EQ(slack.mrkdwn_in, std::vector<std::string>{"text"});
  EXPECT_EQ(slack.timeout, std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace tocsin::config
