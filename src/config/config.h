#pragma once

// tocsin.yml, typed: the union of alertmanager.yml and the alerting half of prometheus.yml, and our
// few own keys. A Config is valid by construction (Load returns none otherwise), inheritance from
// `global` is already applied to receivers, and it is immutable once shared. docs/configuration.md
// lists the keys.

#include "base/secret.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "config/http_client_config.h"
#include "model/matcher.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

using HttpClientConfigPtr = std::shared_ptr<const HttpClientConfig>;

struct HostPort {
  std::string host;
  std::string port;
  bool empty() const { return host.empty() && port.empty(); }
  std::string ToString() const;  // Brackets around an IPv6 host.
  bool operator==(const HostPort&) const = default;
};

struct GlobalConfig {
  Duration resolve_timeout = std::chrono::minutes(5);
  HttpClientConfigPtr http_config;  // Never null. For receivers only, never for datasources.

  std::string smtp_from;
  std::string smtp_hello = "localhost";
  HostPort smtp_smarthost;
  std::string smtp_auth_username, smtp_auth_identity;
  Secret smtp_auth_password, smtp_auth_secret;
  std::string smtp_auth_password_file, smtp_auth_secret_file;
  bool smtp_require_tls = true;
  TlsConfig smtp_tls_config;
  std::optional<bool> smtp_force_implicit_tls;

  Secret slack_api_url;
  std::string slack_api_url_file;
  Secret slack_app_token;
  std::string slack_app_token_file;
  std::string slack_app_url = "https://slack.com/api/chat.postMessage";

  // Of integrations that have no section here yet: checked, shown, and without effect.
  std::string jira_api_url;
  std::string pagerduty_url = "https://events.pagerduty.com/v2/enqueue";
  std::string opsgenie_api_url = "https://api.opsgenie.com/";
  Secret opsgenie_api_key;
  std::string opsgenie_api_key_file;
  std::string wechat_api_url = "https://qyapi.weixin.qq.com/cgi-bin/";
  Secret wechat_api_secret;
  std::string wechat_api_secret_file;
  std::string wechat_api_corp_id;
  std::string victorops_api_url =
      "https://alert.victorops.com/integrations/generic/20131114/alert/";
  Secret victorops_api_key;
  std::string victorops_api_key_file;
  std::string telegram_api_url = "https://api.telegram.org";
  Secret telegram_bot_token;
  std::string telegram_bot_token_file;
  std::string webex_api_url = "https://webexapis.com/v1/messages";
  std::string rocketchat_api_url = "https://open.rocket.chat/";
  Secret rocketchat_token;
  std::string rocketchat_token_file;
  Secret rocketchat_token_id;
  std::string rocketchat_token_id_file;
  Secret mattermost_webhook_url;
  std::string mattermost_webhook_url_file;

  // The rules' half, with Prometheus's names.
  Duration evaluation_interval = std::chrono::minutes(1);
  Duration query_offset{};
  std::map<std::string, std::string> external_labels;
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

// Strings that people see are templates (defaults in load_slack.cc).
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

class YamlNode;

struct WebhookConfig {
  bool send_resolved = true;
  HttpClientConfigPtr http_config;
  Secret url;  // A template if it holds `{{`.
  std::string url_file;
  std::uint64_t max_alerts = 0;  // 0: all.
  Duration timeout{};
  // `payload`: structured template; null if the standard body is sent.
  std::shared_ptr<const YamlNode> payload;
  Places places;
};

struct ReceiverConfig {
  std::string name;
  std::map<std::string, std::string> labels;  // `name` is always there.
  std::vector<WebhookConfig> webhook_configs;
  std::vector<EmailConfig> email_configs;
  std::vector<SlackConfig> slack_configs;
  Position position;
};

// A node of the route tree as written; router::RouteTree applies inheritance.
struct RouteConfig {
  std::string receiver;
  std::optional<std::vector<std::string>> group_by;  // Absent: inherited. Without "...".
  bool group_by_all = false;                         // group_by: ['...']
  bool continue_matching = false;
  model::Matchers matchers;  // match, match_re and matchers together, in canonical order.
  // The same as written, for printing. A match_re is `^(?:RE)$` above and RE here.
  std::map<std::string, std::string> match, match_re;
  model::Matchers listed_matchers;  // Those under `matchers`, in canonical order.
  std::optional<Duration> group_wait, group_interval, repeat_interval;
  std::vector<RouteConfig> routes;
  Position position;
};

struct DatasourceConfig {
  std::string name = "default";
  std::string url;           // Without trailing slash.
  std::string external_url;  // Where people open a graph; never empty after load.
  Duration timeout = std::chrono::seconds(30);
  bool use_get = false;
  int max_concurrency = 20;
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::pair<std::string, std::string>> headers;
  HttpClientConfigPtr http_config;
};

struct RulesConfig {
  Duration resend_delay = std::chrono::minutes(1);
};

struct LimitsConfig {
  std::uint64_t labels_per_alert = 256;
  std::uint64_t label_value_bytes = 64 * 1024;
  std::uint64_t request_body_bytes = 64 * 1024 * 1024;
};

struct Config {
  GlobalConfig global;
  RouteConfig route;
  std::vector<ReceiverConfig> receivers;
  std::vector<std::string> templates;  // Globs, absolute.
  std::vector<DatasourceConfig> datasources;
  std::vector<std::string> rule_files;  // Globs, absolute.
  RulesConfig rules;
  LimitsConfig limits;
  std::string path;        // As given.
  std::uint64_t hash = 0;  // base Md5Prefix48 of the text.
};

struct LoadResult {
  std::shared_ptr<const Config> config;  // Null if there are errors.
  // With errors: what could be read, to find what else is wrong in it. Not to be run.
  std::shared_ptr<const Config> partial;
  Diagnostics diagnostics;
};

struct LoadOptions {
  model::MatcherSyntax matcher_syntax = model::MatcherSyntax::kFallback;
};

// Reads and validates. `path` is used for relative paths and positions.
LoadResult LoadFile(const std::string& path, const LoadOptions& options = {});
LoadResult LoadText(std::string_view text, const std::string& path,
                    const LoadOptions& options = {});

// The effective configuration as YAML that Alertmanager's own strict reader accepts: defaults
// applied, inherited values in the receivers, secrets masked, none of our own keys.
// `config.original` of the API.
std::string MarshalForAlertmanager(const Config& config);

}  // namespace tocsin::config
