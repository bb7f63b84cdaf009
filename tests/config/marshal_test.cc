#include "config/config.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

constexpr std::string_view kGlobalTail =
    "  pagerduty_url: https://events.pagerduty.com/v2/enqueue\n"
    "  opsgenie_api_url: https://api.opsgenie.com/\n"
    "  wechat_api_url: https://qyapi.weixin.qq.com/cgi-bin/\n"
    "  victorops_api_url: https://alert.victorops.com/integrations/generic/20131114/alert/\n"
    "  telegram_api_url: https://api.telegram.org\n"
    "  webex_api_url: https://webexapis.com/v1/messages\n"
    "  rocketchat_api_url: https://open.rocket.chat/\n";

// The printed text must be accepted again and then print as itself.
std::string Marshal(std::string_view text) {
  const LoadResult first = LoadText(text, "/c/f.yml");
  EXPECT_NE(first.config, nullptr) << first.diagnostics.ToString();
  if (first.config == nullptr) return "";
  const std::string printed = MarshalForAlertmanager(*first.config);
  const LoadResult second = LoadText(printed, "/elsewhere/f.yml");
  EXPECT_NE(second.config, nullptr) << second.diagnostics.ToString() << printed;
  if (second.config != nullptr) {
    EXPECT_EQ(MarshalForAlertmanager(*second.config), printed);
  }
  return printed;
}

TEST(Marshal, PrintsDefaults) {
  EXPECT_EQ(Marshal("route: {receiver: r}\nreceivers: [{name: r}]\n"),
            "global:\n"
            "  resolve_timeout: 5m\n"
            "  http_config:\n"
            "    follow_redirects: true\n"
            "    enable_http2: true\n"
            "  smtp_hello: localhost\n"
            "  smtp_require_tls: true\n"
            "  smtp_tls_config:\n"
            "    insecure_skip_verify: false\n"
            "  slack_app_url: https://slack.com/api/chat.postMessage\n" +
                std::string(kGlobalTail) +
                "route:\n"
                "  receiver: r\n"
                "  continue: false\n"
                "receivers:\n"
                "- name: r\n"
                "  labels:\n"
                "    name: r\n"
                "templates: []\n");
}

// Everything once, in as many forms as there are.
constexpr std::string_view kEverything = R"(
global:
  resolve_timeout: 3m
  http_config: {proxy_url: "http://u:p@proxy:3128/", http_headers: {X-A: {secrets: [s]}}}
  smtp_smarthost: 'mail:587'
  smtp_from: a@b
  smtp_auth_secret_file: f
  opsgenie_api_key: k
  victorops_api_key_file: f
  wechat_api_secret: s
  wechat_api_corp_id: c
  telegram_bot_token: t
  rocketchat_token: t
  rocketchat_token_id_file: i
  mattermost_webhook_url: http://m/
  jira_api_url: http://j/rest/api/2
  slack_app_token: t
route:
  receiver: all
  group_by: [a, "é"]
  routes:
  - matchers: ['a="b"', '"é x"=~"y|z"']
    mute_time_intervals: [off, night]
    active_time_intervals: [work]
    labels: {team: '{{ .X }}'}
    group_by: []
inhibit_rules:
- {name: x, source_match: {a: b}, source_match_re: {a: 'b|c'}, source_matchers: [x=y],
   target_match: {a: b}, target_match_re: {a: 'b|c'}, target_matchers: ['"x"!="y"'], equal: [a, é]}
- {}
time_intervals:
- name: off
  time_intervals:
  - {weekdays: [saturday, 'monday:friday'], times: [{start_time: '00:00', end_time: '24:00'}],
     location: Europe/Berlin}
  - {}
- {name: work, time_intervals: []}
mute_time_intervals:
- name: night
  time_intervals:
  - {days_of_month: ['-3:-1', 1], months: ['january:march', 12], years: [2020, '2021:25000'],
     times: []}
tracing: {client_type: http, endpoint: "h:4318", sampling_fraction: 0.25, insecure: true,
  tls_config: {insecure_skip_verify: true}, headers: {X-A: {values: [a], secrets: [b]}},
  compression: gzip, timeout: 5s}
receivers:
- name: all
  discord_configs: [{webhook_url: "http://d/", content: c, username: u, title: ''}]
  email_configs: [{to: t@x, auth_password: p, threading: {enabled: true}}]
  incidentio_configs:
  - {url: "http://i/", alert_source_token_file: f, max_alerts: 3, timeout: 1m}
  - {url_file: f, alert_source_token: t}
  pagerduty_configs:
  - {routing_key_file: f, images: [{href: h, src: s, alt: a}], links: [{href: h, text: t}],
     severity: s, class: c, component: c, group: g, details: {a: [1, {b: c}], d: "1", n: null}}
  - {service_key: k, routing_key: r, http_config: {basic_auth: {username: u, password: p}}}
  slack_configs:
  - {channel: c, actions: [{type: button, text: t, url: u}], mrkdwn_in: [text]}
  - {api_url: "https://slack.com/api/chat.postMessage", update_message: true}
  webhook_configs: [{url_file: f, payload: {a: ['{{ .Status }}', 1, null, true], "b c": {}}}]
  opsgenie_configs:
  - {responders: [{name: n, type: TEAM}, {id: i, type: '{{ .X }}'}], details: {a: b}, tags: t,
     note: n, entity: e, actions: a, priority: P1, update_alerts: true, api_url: "https://x/y"}
  wechat_configs: [{message_type: markdown, to_user: ''}]
  pushover_configs:
  - {user_key: u, token_file: f, retry: 90s, ttl: 5s, html: true, sound: s, url_title: t}
  - {user_key_file: u, token: f, monospace: true}
  victorops_configs: [{routing_key: r, custom_fields: {a: b}}]
  sns_configs:
  - {topic_arn: t, attributes: {a: b}, sigv4: {region: r, access_key: a, secret_key: s}}
  - {phone_number: 1}
  telegram_configs:
  - {chat_id: -5, message_thread_id: 7, disable_notifications: true, parse_mode: ''}
  - {chat_id_file: f, bot_token_file: g}
  webex_configs: [{room_id: r, http_config: {authorization: {credentials_file: x}}}]
  msteams_configs:
  - webhook_url_file: f
    summary: ''
    http_config:
      oauth2: {client_id: i, token_url: "http://t/", scopes: [s], claims: {a: [1, yes], b: c},
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", client_certificate_key_file: k,
        client_certificate_key_id: id, signature_algorithm: RS512, iss: me, audience: you}
  msteamsv2_configs: [{webhook_url: "http://x/", http_config: {enable_http2: false}}]
  jira_configs:
  - {project: P, issue_type: B, summary: s, description: {template: x, enable_update: false},
     labels: [a], priority: '', reopen_duration: 1d, fields: {a: {b: [c, 1]}, n: 5}}
  rocketchat_configs:
  - {fields: [{title: t, value: v, short: true}], short_fields: true, token_id: i,
     actions: [{type: button, text: t, url: u, msg: m}]}
  mattermost_configs:
  - {fields: [{title: t, value: v}], props: {card: c}, author_name: n,
     attachments: [{text: t, fields: [{title: t, value: v, short: true}]}],
     priority: {priority: urgent, requested_ack: true}}
)";

TEST(Marshal, PrintsEverythingSoThatItCanBeReadAgain) {
  const std::string printed = Marshal(kEverything);
  // Values that could be lost, and secrets that must be.
  for (const char* line :
       {"group_by: []",
        "mute_time_intervals:\n    - \"off\"",
        "- times: []",
        "  - {}\n- name: work",
        "    years: [\"2020\", '2021:25000']",
        "    days_of_month: ['-3:-1', \"1\"]",
        "    sigv4: {}",
        "    title: \"\"",
        "    parse_mode: \"\"",
        "    chat_id: -5",
        "      \"n\": null",
        "      a:\n      - 1\n      - b: c\n",
        "    reopen_duration: 1d",
        "    retry: 1m30s",
        "    api_url: https://slack.com/api/chat.postMessage",
        "    api_url: https://x/y/",
        "      type: team",
        "        claims:\n          a:\n          - 1\n          - true\n          b: c\n",
        "        client_certificate_key_file: /c/k",
        "        signature_algorithm: RS512",
        "  sampling_fraction: 0.25",
        "    labels:\n      team: '{{ .X }}'",
        "proxy_url: http://u:xxxxx@proxy:3128/"}) {
    EXPECT_NE(printed.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(printed.find("http://d/"), std::string::npos);
  EXPECT_EQ(printed.find("http://m/"), std::string::npos);
}

TEST(Marshal, LeavesOutOurKeys) {
  const std::string printed = Marshal(
      "global: {evaluation_interval: 5s, external_labels: {a: b}}\n"
      "datasources: [{url: http://p}]\nrule_files: [x]\nlimits: {labels_per_alert: 3}\n"
      "route: {receiver: r}\nreceivers: [{name: r}]\n");
  for (const char* key : {"evaluation", "external", "datasources", "rule_files", "limits"}) {
    EXPECT_EQ(printed.find(key), std::string::npos) << key;
  }
}

// Captured from Alertmanager, apart from `tls_config` paths being absolute.
constexpr std::string_view kFull =
    "global:\n"
    "  resolve_timeout: 5m\n"
    "  http_config:\n"
    "    basic_auth:\n"
    "      username: u\n"
    "      password: <secret>\n"
    "    tls_config:\n"
    "      ca_file: /c/ca.pem\n"
    "      server_name: s\n"
    "      insecure_skip_verify: false\n"
    "      min_version: TLS12\n"
    "      max_version: TLS13\n"
    "    follow_redirects: true\n"
    "    enable_http2: true\n"
    "    proxy_url: http://u:xxxxx@h:3/\n"
    "    no_proxy: a,b\n"
    "    proxy_connect_header:\n"
    "      X-A:\n"
    "      - <secret>\n"
    "      - <secret>\n"
    "    http_headers:\n"
    "      X-B:\n"
    "        values:\n"
    "        - v\n"
    "        secrets:\n"
    "        - <secret>\n"
    "        files:\n"
    "        - /f\n"
    "  jira_api_url: http://h/a%20b\n"
    "  smtp_from: a@b\n"
    "  smtp_hello: localhost\n"
    "  smtp_smarthost: '[::1]:25'\n"
    "  smtp_auth_username: u\n"
    "  smtp_auth_password: <secret>\n"
    "  smtp_auth_secret: <secret>\n"
    "  smtp_auth_identity: i\n"
    "  smtp_require_tls: true\n"
    "  smtp_tls_config:\n"
    "    insecure_skip_verify: false\n"
    "  smtp_force_implicit_tls: false\n"
    "  slack_api_url: <secret>\n"
    "  slack_app_url: https://slack.com/api/chat.postMessage\n";

TEST(Marshal, PrintsGlobalSettings) {
  const std::string printed = Marshal(
      "global:\n"
      "  http_config:\n"
      "    proxy_url: http://u:p@h:3/\n"
      "    no_proxy: a,b\n"
      "    proxy_connect_header: {X-A: [s, t]}\n"
      "    http_headers: {X-B: {values: [v], secrets: [s], files: [/f]}}\n"
      "    basic_auth: {username: u, password: p}\n"
      "    tls_config: {ca_file: ca.pem, min_version: TLS12, max_version: TLS13, server_name: s}\n"
      "  smtp_smarthost: '[::1]:25'\n"
      "  smtp_from: a@b\n"
      "  smtp_auth_username: u\n"
      "  smtp_auth_identity: i\n"
      "  smtp_auth_password: p\n"
      "  smtp_auth_secret: s\n"
      "  smtp_force_implicit_tls: false\n"
      "  slack_api_url: http://x/a b\n"
      "  jira_api_url: http://h/a b\n"
      "route: {receiver: r}\nreceivers: [{name: r}]\n");
  const std::string want = std::string(kFull) + std::string(kGlobalTail);
  EXPECT_EQ(printed.substr(0, want.size()), want);
}

std::string From(const std::string& printed, std::string_view line) {
  const std::size_t at = printed.find("\n" + std::string(line));
  return at == std::string::npos ? printed : printed.substr(at + 1);
}

TEST(Marshal, PrintsRoutes) {
  EXPECT_EQ(From(Marshal("route:\n"
                         "  receiver: off\n"
                         "  group_by: [a, '...x', n]\n"
                         "  group_interval: 90m\n"
                         "  routes:\n"
                         "  - matchers: [x=y, 'a=~\"b\"', '\"a b\"=\"é\"']\n"
                         "    match: {z: '1'}\n"
                         "    match_re: {q: a.*}\n"
                         "    continue: true\n"
                         "    group_by: ['...']\n"
                         "    group_wait: 0s\n"
                         "    repeat_interval: 8d\n"
                         "    routes: [{group_by: []}]\n"
                         "receivers: [{name: off}]\n"
                         "templates: ['t/*.tmpl']\n"),
                 "route:"),
            "route:\n"
            "  receiver: \"off\"\n"
            "  group_by:\n"
            "  - a\n"
            "  - '...x'\n"
            "  - \"n\"\n"
            "  continue: false\n"
            "  routes:\n"
            "  - group_by:\n"
            "    - '...'\n"
            "    match:\n"
            "      z: \"1\"\n"
            "    match_re:\n"
            "      q: a.*\n"
            "    matchers:\n"
            "    - a=~\"b\"\n"
            "    - '\"a b\"=\"é\"'\n"
            "    - x=\"y\"\n"
            "    continue: true\n"
            "    routes:\n"
            "    - group_by: []\n"
            "      continue: false\n"
            "    group_wait: 0s\n"
            "    repeat_interval: 8d\n"
            "  group_interval: 1h30m\n"
            "receivers:\n"
            "- name: \"off\"\n"
            "  labels:\n"
            "    name: \"off\"\n"
            "templates:\n"
            "- /c/t/*.tmpl\n");
}

TEST(Marshal, PrintsWebhooksAndEmail) {
  EXPECT_EQ(From(Marshal("global: {smtp_smarthost: 'localhost:25', smtp_from: b@example.org}\n"
                         "route: {receiver: r}\n"
                         "receivers:\n"
                         "- name: r\n"
                         "  email_configs: [{to: a@example.org, auth_password: x, text: \"m\\nn\", "
                         "threading: {enabled: true}}]\n"
                         "  webhook_configs:\n"
                         "  - url: http://w/\n"
                         "    payload: {a: [1, \"2\", yes, x y, ~], 3: {}, b: [\"m\\nn\"]}\n"
                         "  - {url_file: u, timeout: 90s, http_config: {bearer_token: t}}\n"),
                 "receivers:"),
            "receivers:\n"
            "- name: r\n"
            "  labels:\n"
            "    name: r\n"
            "  email_configs:\n"
            "  - send_resolved: false\n"
            "    to: a@example.org\n"
            "    from: b@example.org\n"
            "    hello: localhost\n"
            "    smarthost: localhost:25\n"
            "    auth_password: <secret>\n"
            "    headers:\n"
            "      From: b@example.org\n"
            "      Subject: '{{ template \"email.default.subject\" . }}'\n"
            "      To: a@example.org\n"
            "    html: '{{ template \"email.default.html\" . }}'\n"
            "    text: |-\n"
            "      m\n"
            "      n\n"
            "    require_tls: true\n"
            "    tls_config:\n"
            "      insecure_skip_verify: false\n"
            "    threading:\n"
            "      enabled: true\n"
            "      thread_by_date: daily\n"
            "  webhook_configs:\n"
            "  - send_resolved: true\n"
            "    http_config:\n"
            "      follow_redirects: true\n"
            "      enable_http2: true\n"
            "    url: <secret>\n"
            "    url_file: \"\"\n"
            "    max_alerts: 0\n"
            "    timeout: 0s\n"
            "    payload:\n"
            "      3: {}\n"
            "      a:\n"
            "      - 1\n"
            "      - \"2\"\n"
            "      - true\n"
            "      - x y\n"
            "      - null\n"
            "      b:\n"
            "      - |-\n"
            "        m\n"
            "        n\n"
            "  - send_resolved: true\n"
            "    http_config:\n"
            "      authorization:\n"
            "        type: Bearer\n"
            "        credentials: <secret>\n"
            "      follow_redirects: true\n"
            "      enable_http2: true\n"
            "    url_file: /c/u\n"
            "    max_alerts: 0\n"
            "    timeout: 1m30s\n"
            "templates: []\n");
}

TEST(Marshal, PrintsSlack) {
  const std::string printed =
      From(Marshal("global: {slack_app_token: t, slack_api_url: "
                   "'https://slack.com/api/chat.postMessage'}\n"
                   "route: {receiver: r}\n"
                   "receivers:\n"
                   "- name: r\n"
                   "  slack_configs:\n"
                   "  - channel: '#x'\n"
                   "    text: ''\n"
                   "    update_message: true\n"
                   "    fields: [{title: a, value: b, short: true}]\n"
                   "    actions: [{type: button, text: x, name: n, confirm: {text: sure}}]\n"
                   "  - {api_url: 'https://slack.com/api/chat.postMessage', update_message: true}\n"
                   "  - {api_url_file: /u}\n"),
           "receivers:");
  EXPECT_EQ(printed.substr(0, printed.find("\n  - ", printed.find("- send_resolved") + 1) + 1),
            "receivers:\n"
            "- name: r\n"
            "  labels:\n"
            "    name: r\n"
            "  slack_configs:\n"
            "  - send_resolved: false\n"
            "    http_config:\n"
            "      follow_redirects: true\n"
            "      enable_http2: true\n"
            "    app_token: <secret>\n"
            "    app_url: https://slack.com/api/chat.postMessage\n"
            "    channel: '#x'\n"
            "    username: '{{ template \"slack.default.username\" . }}'\n"
            "    color: '{{ template \"slack.default.color\" . }}'\n"
            "    title: '{{ template \"slack.default.title\" . }}'\n"
            "    title_link: '{{ template \"slack.default.titlelink\" . }}'\n"
            "    pretext: '{{ template \"slack.default.pretext\" . }}'\n"
            "    text: \"\"\n"
            "    fields:\n"
            "    - title: a\n"
            "      value: b\n"
            "      short: true\n"
            "    short_fields: false\n"
            "    footer: '{{ template \"slack.default.footer\" . }}'\n"
            "    fallback: '{{ template \"slack.default.fallback\" . }}'\n"
            "    callback_id: '{{ template \"slack.default.callbackid\" . }}'\n"
            "    icon_emoji: '{{ template \"slack.default.iconemoji\" . }}'\n"
            "    icon_url: '{{ template \"slack.default.iconurl\" . }}'\n"
            "    link_names: false\n"
            "    actions:\n"
            "    - type: button\n"
            "      text: x\n"
            "      name: \"n\"\n"
            "      confirm:\n"
            "        text: sure\n"
            "    update_message: false\n"
            "    timeout: 0s\n");
}

TEST(Marshal, NeverPrintsASecret) {
  const std::string printed = Marshal(
      "global:\n"
      "  http_config:\n"
      "    oauth2: {client_id: c, client_secret: hunter2, token_url: 'http://t/'}\n"
      "    proxy_url: http://u:hunter2@p/\n"
      "    proxy_connect_header: {A: [hunter2]}\n"
      "    http_headers: {B: {secrets: [hunter2]}}\n"
      "    tls_config: {key: hunter2, cert: c}\n"
      "  smtp_smarthost: h:25\n"
      "  smtp_from: f\n"
      "  smtp_auth_password: hunter2\n"
      "  smtp_auth_secret: hunter2\n"
      "  opsgenie_api_key: hunter2\n"
      "  wechat_api_secret: hunter2\n"
      "  victorops_api_key: hunter2\n"
      "  telegram_bot_token: hunter2\n"
      "  rocketchat_token: hunter2\n"
      "  rocketchat_token_id: hunter2\n"
      "  mattermost_webhook_url: http://hunter2\n"
      "route: {receiver: r}\n"
      "receivers:\n"
      "- name: r\n"
      "  webhook_configs: [{url: 'http://hunter2', http_config: {bearer_token: hunter2}}]\n"
      "  slack_configs: [{api_url: 'http://hunter2'}, {app_token: hunter2, http_config: {}}]\n"
      "  email_configs: [{to: x}]\n");
  EXPECT_EQ(printed.find("hunter2"), std::string::npos) << printed;
  EXPECT_NE(printed.find("client_secret: <secret>"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::config
