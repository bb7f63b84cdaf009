#include "base/duration.h"
#include "config/config.h"
#include "config/http_url.h"
#include "config/marshal_parts.h"

#include <string>
#include <string_view>

namespace tocsin::config {
namespace {

void WriteSmtp(const GlobalConfig& global, YamlWriter* writer) {
  writer->TextIfAny("smtp_from", global.smtp_from);
  writer->TextIfAny("smtp_hello", global.smtp_hello);
  writer->TextIfAny("smtp_smarthost", global.smtp_smarthost.ToString());
  writer->TextIfAny("smtp_auth_username", global.smtp_auth_username);
  writer->SecretIfAny("smtp_auth_password", global.smtp_auth_password);
  writer->TextIfAny("smtp_auth_password_file", global.smtp_auth_password_file);
  writer->SecretIfAny("smtp_auth_secret", global.smtp_auth_secret);
  writer->TextIfAny("smtp_auth_secret_file", global.smtp_auth_secret_file);
  writer->TextIfAny("smtp_auth_identity", global.smtp_auth_identity);
  writer->Bool("smtp_require_tls", global.smtp_require_tls);
  WriteTlsConfig("smtp_tls_config", global.smtp_tls_config, writer);
  if (global.smtp_force_implicit_tls) {
    writer->Bool("smtp_force_implicit_tls", *global.smtp_force_implicit_tls);
  }
}

void WriteSlackDefaults(const GlobalConfig& global, YamlWriter* writer) {
  // Beside a token the URL can only be slack_app_url, and its mask would be refused as another one.
  const bool has_token = !global.slack_app_token.empty() || !global.slack_app_token_file.empty();
  if (!has_token) writer->SecretIfAny("slack_api_url", global.slack_api_url);
  writer->TextIfAny("slack_api_url_file", global.slack_api_url_file);
  writer->SecretIfAny("slack_app_token", global.slack_app_token);
  writer->TextIfAny("slack_app_token_file", global.slack_app_token_file);
  writer->TextIfAny("slack_app_url", global.slack_app_url);
}

void WriteOtherIntegrations(const GlobalConfig& global, YamlWriter* writer) {
  writer->TextIfAny("pagerduty_url", global.pagerduty_url);
  writer->TextIfAny("opsgenie_api_url", global.opsgenie_api_url);
  writer->SecretIfAny("opsgenie_api_key", global.opsgenie_api_key);
  writer->TextIfAny("opsgenie_api_key_file", global.opsgenie_api_key_file);
  writer->TextIfAny("wechat_api_url", global.wechat_api_url);
  writer->SecretIfAny("wechat_api_secret", global.wechat_api_secret);
  writer->TextIfAny("wechat_api_secret_file", global.wechat_api_secret_file);
  writer->TextIfAny("wechat_api_corp_id", global.wechat_api_corp_id);
  writer->TextIfAny("victorops_api_url", global.victorops_api_url);
  writer->SecretIfAny("victorops_api_key", global.victorops_api_key);
  writer->TextIfAny("victorops_api_key_file", global.victorops_api_key_file);
  writer->TextIfAny("telegram_api_url", global.telegram_api_url);
  writer->SecretIfAny("telegram_bot_token", global.telegram_bot_token);
  writer->TextIfAny("telegram_bot_token_file", global.telegram_bot_token_file);
  writer->TextIfAny("webex_api_url", global.webex_api_url);
  writer->TextIfAny("rocketchat_api_url", global.rocketchat_api_url);
  writer->SecretIfAny("rocketchat_token", global.rocketchat_token);
  writer->TextIfAny("rocketchat_token_file", global.rocketchat_token_file);
  writer->SecretIfAny("rocketchat_token_id", global.rocketchat_token_id);
  writer->TextIfAny("rocketchat_token_id_file", global.rocketchat_token_id_file);
  writer->SecretIfAny("mattermost_webhook_url", global.mattermost_webhook_url);
  writer->TextIfAny("mattermost_webhook_url_file", global.mattermost_webhook_url_file);
}

void WriteGlobal(const GlobalConfig& global, YamlWriter* writer) {
  writer->BeginMapping("global");
  writer->Text("resolve_timeout", FormatPrometheusDuration(global.resolve_timeout));
  WriteHttpConfig(*global.http_config, writer);
  writer->TextIfAny("jira_api_url", global.jira_api_url);
  WriteSmtp(global, writer);
  WriteSlackDefaults(global, writer);
  WriteOtherIntegrations(global, writer);
  writer->EndMapping();
}

void WriteGroupBy(const RouteConfig& route, YamlWriter* writer) {
  if (!route.group_by) return;
  if (route.group_by_all) {
    writer->TextsIfAny("group_by", {"..."});
  } else if (route.group_by->empty()) {
    // Alertmanager leaves this out, and then reads it as inherited.
    writer->EmptyList("group_by");
  } else {
    writer->TextsIfAny("group_by", *route.group_by);
  }
}

void WriteTimer(std::string_view key, const std::optional<Duration>& value, YamlWriter* writer) {
  if (value) writer->Text(key, FormatPrometheusDuration(*value));
}

void WriteRoute(const RouteConfig& route, YamlWriter* writer) {
  writer->TextIfAny("receiver", route.receiver);
  WriteGroupBy(route, writer);
  writer->MapIfAny("match", route.match);
  writer->MapIfAny("match_re", route.match_re);
  std::vector<std::string> matchers;
  for (const model::Matcher& matcher : route.listed_matchers) {
    matchers.push_back(matcher.ToString());
  }
  writer->TextsIfAny("matchers", matchers);
  writer->Bool("continue", route.continue_matching);
  if (!route.routes.empty()) {
    writer->BeginList("routes");
    for (const RouteConfig& child : route.routes) {
      writer->BeginItem();
      WriteRoute(child, writer);
      writer->EndItem();
    }
  }
  WriteTimer("group_wait", route.group_wait, writer);
  WriteTimer("group_interval", route.group_interval, writer);
  WriteTimer("repeat_interval", route.repeat_interval, writer);
}

}  // namespace

std::string MarshalForAlertmanager(const Config& config) {
  YamlWriter writer;
  WriteGlobal(config.global, &writer);
  writer.BeginMapping("route");
  WriteRoute(config.route, &writer);
  writer.EndMapping();
  if (!config.receivers.empty()) {
    writer.BeginList("receivers");
    for (const ReceiverConfig& receiver : config.receivers) {
      writer.BeginItem();
      WriteReceiver(receiver, &writer);
      writer.EndItem();
    }
  }
  if (config.templates.empty()) {
    writer.EmptyList("templates");
  } else {
    writer.TextsIfAny("templates", config.templates);
  }
  return writer.Take();
}

}  // namespace tocsin::config
