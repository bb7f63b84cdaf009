#pragma once

// The integrations of a receiver as they are configured: values after validation, with what is
// inherited from `global` already in place. Strings that people see are templates, and their
// initial values are Alertmanager's defaults. An empty secret or URL is one that is not configured.
// The files integration_*.cc have the keys.

#include "base/secret.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "config/http_client_config.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::config {

class YamlNode;
using YamlNodePtr = std::shared_ptr<const YamlNode>;

struct HostPort {
  std::string host;
  std::string port;
  bool empty() const { return host.empty() && port.empty(); }
  std::string ToString() const;  // Brackets around an IPv6 host.
  bool operator==(const HostPort&) const = default;
};

// Given in place, or in a file that is read whenever the secret is needed. Never both.
struct SecretOrFile {
  Secret value;
  std::string file;
  bool empty() const { return value.empty() && file.empty(); }
  bool operator==(const SecretOrFile&) const = default;
};

struct WebhookConfig {
  bool send_resolved = true;
  HttpClientConfigPtr http_config;
  Secret url;  // A template if it holds `{{`.
  std::string url_file;
  std::uint64_t max_alerts = 0;  // 0: all.
  Duration timeout{};
  // `payload`: structured template; null if the standard body is sent.
  YamlNodePtr payload;
  Places places;
};

struct EmailConfig {
  bool send_resolved = false;
  std::string to, from, hello;
  HostPort smarthost;
  std::string auth_username, auth_identity;
  Secret auth_password, auth_secret;
  std::string auth_password_file, auth_secret_file;
  std::map<std::string, std::string>
      headers;  // Canonical names; Subject, To and From always present.
  std::string html, text;
  bool require_tls = true;
  TlsConfig tls_config;
  std::optional<bool> force_implicit_tls;
  bool threading_enabled = false;
  bool thread_by_date_daily = true;
  Places places;
};

struct SlackField {
  std::string title, value;
  std::optional<bool> short_field;
};

struct SlackConfirm {
  std::string title, text, ok_text, dismiss_text;
};

struct SlackAction {
  std::string type, text, url, style, name, value;
  std::optional<SlackConfirm> confirm;
};

struct SlackConfig {
  bool send_resolved = false;
  HttpClientConfigPtr http_config;
  // What is in effect after inheritance: either a URL (or its file), or a token (or its file) with
  // app_url. A token is also in http_config already, as its authorization.
  Secret api_url;
  std::string api_url_file;
  Secret app_token;
  std::string app_token_file;
  std::string app_url;
  std::string channel, username, color, title, title_link, pretext, text, fallback, callback_id;
  std::string footer, icon_emoji, icon_url, message_text, image_url, thumb_url;
  std::vector<SlackField> fields;
  bool short_fields = false;
  bool link_names = false;
  std::vector<std::string> mrkdwn_in;  // Empty: fallback, pretext and text.
  std::vector<SlackAction> actions;
  bool update_message = false;
  Duration timeout{};  // Of one attempt; 0: only the flush's deadline.
  Places places;
};

// What all of the following have.
struct HttpIntegration {
  bool send_resolved = true;
  HttpClientConfigPtr http_config;
  Places places;
};

struct DiscordConfig : HttpIntegration {
  SecretOrFile webhook_url;
  std::string content;
  std::string title = R"({{ template "discord.default.title" . }})";
  std::string message = R"({{ template "discord.default.message" . }})";
  std::string username, avatar_url;  // No templates.
};

// The legacy connectors.
struct MsTeamsConfig : HttpIntegration {
  SecretOrFile webhook_url;
  std::string title = R"({{ template "msteams.default.title" . }})";
  std::string summary = R"({{ template "msteams.default.summary" . }})";
  std::string text = R"({{ template "msteams.default.text" . }})";
};

// Power Automate workflows.
struct MsTeamsV2Config : HttpIntegration {
  SecretOrFile webhook_url;
  std::string title = R"({{ template "msteamsv2.default.title" . }})";
  std::string text = R"({{ template "msteamsv2.default.text" . }})";
};

struct WebexConfig : HttpIntegration {
  std::string api_url, room_id;
  std::string message = R"({{ template "webex.default.message" . }})";
};

struct IncidentioConfig : HttpIntegration {
  std::string url, url_file;
  // Also in http_config already, as its authorization.
  SecretOrFile alert_source_token;
  std::uint64_t max_alerts = 0;  // 0: all.
  Duration timeout{};
};

struct TelegramConfig : HttpIntegration {
  std::string api_url;
  SecretOrFile bot_token;
  std::int64_t chat_id = 0;
  std::string chat_id_file;
  std::int64_t message_thread_id = 0;
  std::string message = R"({{ template "telegram.default.message" . }})";
  bool disable_notifications = false;
  std::string parse_mode = "HTML";  // Also Markdown, MarkdownV2, or empty.
};

struct OpsgenieResponder {
  std::string id, name, username;
  std::string type;  // In lower case unless it is a template.
};

struct OpsgenieConfig : HttpIntegration {
  SecretOrFile api_key;
  std::string api_url;  // Its path ends in a slash.
  std::string message = R"({{ template "opsgenie.default.message" . }})";
  std::string description = R"({{ template "opsgenie.default.description" . }})";
  std::string source = R"({{ template "opsgenie.default.source" . }})";
  std::map<std::string, std::string> details;
  std::string entity, actions, tags, note, priority;
  std::vector<OpsgenieResponder> responders;
  bool update_alerts = false;
};

struct VictoropsConfig : HttpIntegration {
  SecretOrFile api_key;
  std::string api_url;  // Its path ends in a slash.
  std::string routing_key;
  std::string message_type = "CRITICAL";
  std::string state_message = R"({{ template "victorops.default.state_message" . }})";
  std::string entity_display_name = R"({{ template "victorops.default.entity_display_name" . }})";
  std::string monitoring_tool = R"({{ template "victorops.default.monitoring_tool" . }})";
  std::map<std::string, std::string> custom_fields;
};

struct PushoverConfig : HttpIntegration {
  SecretOrFile user_key, token;
  std::string title = R"({{ template "pushover.default.title" . }})";
  std::string message = R"({{ template "pushover.default.message" . }})";
  std::string url = R"({{ template "pushover.default.url" . }})";
  std::string url_title, device, sound;
  std::string priority = R"({{ if eq .Status "firing" }}2{{ else }}0{{ end }})";
  Duration retry = std::chrono::minutes(1);
  Duration expire = std::chrono::hours(1);
  Duration ttl{};
  bool html = false, monospace = false;
};

struct SigV4Config {
  std::string region, access_key;
  Secret secret_key;
  std::string profile, role_arn, external_id, service_name;
  bool use_fips_sts_endpoint = false;
};

struct SnsConfig : HttpIntegration {
  std::string api_url;
  SigV4Config sigv4;
  std::string topic_arn, phone_number, target_arn;  // One of them.
  std::string subject = R"({{ template "sns.default.subject" . }})";
  std::string message = R"({{ template "sns.default.message" . }})";
  std::map<std::string, std::string> attributes;
  bool use_aws_http_client = false;
};

struct PagerdutyImage {
  std::string href, src, alt;
};

struct PagerdutyLink {
  std::string href, text;
};

struct PagerdutyConfig : HttpIntegration {
  SecretOrFile service_key;  // The old API; wins over routing_key.
  SecretOrFile routing_key;
  std::string url;
  std::string client = R"({{ template "pagerduty.default.client" . }})";
  std::string client_url = R"({{ template "pagerduty.default.clientURL" . }})";
  std::string description = R"({{ template "pagerduty.default.description" .}})";
  std::map<std::string, YamlNodePtr> details;  // Structured templates, the defaults included.
  std::vector<PagerdutyImage> images;
  std::vector<PagerdutyLink> links;
  std::string source;  // As `client` if not given.
  std::string severity, class_name, component, group;
  Duration timeout{};
};

struct JiraText {
  std::string text;
  std::optional<bool> enable_update;  // Not given: true.
};

struct JiraConfig : HttpIntegration {
  std::string api_url;
  std::string api_type = "auto";  // Also cloud, datacenter.
  std::string project, issue_type;
  JiraText summary = {R"({{ template "jira.default.summary" . }})", {}};
  JiraText description = {R"({{ template "jira.default.description" . }})", {}};
  std::vector<std::string> labels;
  std::string priority = R"({{ template "jira.default.priority" . }})";
  std::string reopen_transition, resolve_transition, wont_fix_resolution;
  Duration reopen_duration{};
  std::map<std::string, YamlNodePtr> fields;  // Structured templates.
};

struct RocketchatField {
  std::string title, value;
  std::optional<bool> short_field;
};

struct RocketchatAction {
  std::string type, text, url, msg;
  // Known to Alertmanager, and without effect there too.
  std::string image_url, webview_height_ratio, msg_processing_type;
  bool is_webview = false, msg_in_chat_window = false;
};

struct RocketchatConfig : HttpIntegration {
  RocketchatConfig() { send_resolved = false; }

  std::string api_url;
  SecretOrFile token_id, token;
  std::string channel;
  std::string color = R"({{ if eq .Status "firing" }}red{{ else }}green{{ end }})";
  std::string title = R"({{ template "rocketchat.default.title" . }})";
  std::string title_link = R"({{ template "rocketchat.default.titlelink" . }})";
  std::string text = R"({{ template "rocketchat.default.text" . }})";
  std::vector<RocketchatField> fields;
  bool short_fields = false;
  std::string emoji = R"({{ template "rocketchat.default.emoji" . }})";
  std::string icon_url = R"({{ template "rocketchat.default.iconurl" . }})";
  std::string image_url, thumb_url;
  bool link_names = false;
  std::vector<RocketchatAction> actions;
};

struct MattermostField {
  std::string title, value;
  std::optional<bool> short_field;
};

// What an attachment has, and the message itself if it has no attachments.
struct MattermostContent {
  std::string fallback, color, pretext, text, author_name, author_link, author_icon;
  std::string title, title_link, thumb_url, footer, footer_icon, image_url;
  std::vector<MattermostField> fields;
};

struct MattermostPriority {
  std::string priority;
  bool requested_ack = false, persistent_notifications = false;
};

struct MattermostConfig : HttpIntegration {
  SecretOrFile webhook_url;
  std::string channel;
  std::string username = R"({{ template "mattermost.default.username" . }})";
  std::string icon_url, icon_emoji, type;
  MattermostContent content = DefaultContent();
  std::vector<MattermostContent> attachments;
  std::optional<std::string> card;  // `props.card`
  std::optional<MattermostPriority> priority;

  static MattermostContent DefaultContent();
};

struct WechatConfig : HttpIntegration {
  WechatConfig() { send_resolved = false; }

  SecretOrFile api_secret;
  std::string corp_id;
  std::string api_url;  // Its path ends in a slash.
  std::string message = R"({{ template "wechat.default.message" . }})";
  std::string to_user = R"({{ template "wechat.default.to_user" . }})";
  std::string to_party = R"({{ template "wechat.default.to_party" . }})";
  std::string to_tag = R"({{ template "wechat.default.to_tag" . }})";
  std::string agent_id = R"({{ template "wechat.default.agent_id" . }})";
  std::string message_type = "text";  // Or markdown.
};

struct ReceiverConfig {
  std::string name;
  std::map<std::string, std::string> labels;  // `name` is always there.
  std::vector<DiscordConfig> discord_configs;
  std::vector<EmailConfig> email_configs;
  std::vector<IncidentioConfig> incidentio_configs;
  std::vector<PagerdutyConfig> pagerduty_configs;
  std::vector<SlackConfig> slack_configs;
  std::vector<WebhookConfig> webhook_configs;
  std::vector<OpsgenieConfig> opsgenie_configs;
  std::vector<WechatConfig> wechat_configs;
  std::vector<PushoverConfig> pushover_configs;
  std::vector<VictoropsConfig> victorops_configs;
  std::vector<SnsConfig> sns_configs;
  std::vector<TelegramConfig> telegram_configs;
  std::vector<WebexConfig> webex_configs;
  std::vector<MsTeamsConfig> msteams_configs;
  std::vector<MsTeamsV2Config> msteamsv2_configs;
  std::vector<JiraConfig> jira_configs;
  std::vector<RocketchatConfig> rocketchat_configs;
  std::vector<MattermostConfig> mattermost_configs;
  Position position;
};

}  // namespace tocsin::config
