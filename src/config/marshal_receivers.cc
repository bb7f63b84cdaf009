#include "base/duration.h"
#include "config/marshal_parts.h"

#include <string_view>

namespace tocsin::config {
namespace {

void WriteEmail(const EmailConfig& email, YamlWriter* writer) {
  writer->Bool("send_resolved", email.send_resolved);
  writer->TextIfAny("to", email.to);
  writer->TextIfAny("from", email.from);
  writer->TextIfAny("hello", email.hello);
  writer->TextIfAny("smarthost", email.smarthost.ToString());
  writer->TextIfAny("auth_username", email.auth_username);
  writer->SecretIfAny("auth_password", email.auth_password);
  writer->TextIfAny("auth_password_file", email.auth_password_file);
  writer->SecretIfAny("auth_secret", email.auth_secret);
  writer->TextIfAny("auth_secret_file", email.auth_secret_file);
  writer->TextIfAny("auth_identity", email.auth_identity);
  writer->MapIfAny("headers", email.headers);
  // Left out it would be the default again.
  writer->Text("html", email.html);
  writer->TextIfAny("text", email.text);
  writer->Bool("require_tls", email.require_tls);
  WriteTlsConfig("tls_config", email.tls_config, writer);
  if (email.force_implicit_tls) writer->Bool("force_implicit_tls", *email.force_implicit_tls);
  if (!email.threading_enabled) return;
  writer->BeginMapping("threading");
  writer->Bool("enabled", true);
  writer->Text("thread_by_date", email.thread_by_date_daily ? "daily" : "none");
  writer->EndMapping();
}

void WriteSlackFields(const SlackConfig& slack, YamlWriter* writer) {
  if (slack.fields.empty()) return;
  writer->BeginList("fields");
  for (const SlackField& field : slack.fields) {
    writer->BeginItem();
    writer->Text("title", field.title);
    writer->Text("value", field.value);
    if (field.short_field) writer->Bool("short", *field.short_field);
    writer->EndItem();
  }
}

void WriteSlackActions(const SlackConfig& slack, YamlWriter* writer) {
  if (slack.actions.empty()) return;
  writer->BeginList("actions");
  for (const SlackAction& action : slack.actions) {
    writer->BeginItem();
    writer->Text("type", action.type);
    writer->Text("text", action.text);
    writer->TextIfAny("url", action.url);
    writer->TextIfAny("style", action.style);
    writer->TextIfAny("name", action.name);
    writer->TextIfAny("value", action.value);
    if (action.confirm) {
      writer->BeginMapping("confirm");
      writer->Text("text", action.confirm->text);
      writer->TextIfAny("title", action.confirm->title);
      writer->TextIfAny("ok_text", action.confirm->ok_text);
      writer->TextIfAny("dismiss_text", action.confirm->dismiss_text);
      writer->EndMapping();
    }
    writer->EndItem();
  }
}

void WriteSlackTarget(const SlackConfig& slack, YamlWriter* writer) {
  HttpClientConfig http = *slack.http_config;
  // The loader has put the token there; both together would be refused.
  if (!slack.app_token.empty() || !slack.app_token_file.empty()) http.authorization.reset();
  WriteHttpConfig(http, writer);
  writer->SecretIfAny("api_url", slack.api_url);
  writer->TextIfAny("api_url_file", slack.api_url_file);
  writer->SecretIfAny("app_token", slack.app_token);
  writer->TextIfAny("app_token_file", slack.app_token_file);
  writer->TextIfAny("app_url", slack.app_url);
}

// Texts with a default are written even if empty: left out they would be the default again.
void WriteSlack(const SlackConfig& slack, YamlWriter* writer) {
  writer->Bool("send_resolved", slack.send_resolved);
  WriteSlackTarget(slack, writer);
  writer->TextIfAny("channel", slack.channel);
  writer->Text("username", slack.username);
  writer->Text("color", slack.color);
  writer->Text("title", slack.title);
  writer->Text("title_link", slack.title_link);
  writer->Text("pretext", slack.pretext);
  writer->Text("text", slack.text);
  writer->TextIfAny("message_text", slack.message_text);
  WriteSlackFields(slack, writer);
  writer->Bool("short_fields", slack.short_fields);
  writer->Text("footer", slack.footer);
  writer->Text("fallback", slack.fallback);
  writer->Text("callback_id", slack.callback_id);
  writer->Text("icon_emoji", slack.icon_emoji);
  writer->Text("icon_url", slack.icon_url);
  writer->TextIfAny("image_url", slack.image_url);
  writer->TextIfAny("thumb_url", slack.thumb_url);
  writer->Bool("link_names", slack.link_names);
  writer->TextsIfAny("mrkdwn_in", slack.mrkdwn_in);
  WriteSlackActions(slack, writer);
  writer->Bool("update_message", slack.update_message);
  writer->Text("timeout", FormatGoDuration(slack.timeout));
}

void WriteWebhook(const WebhookConfig& webhook, YamlWriter* writer) {
  writer->Bool("send_resolved", webhook.send_resolved);
  WriteHttpConfig(*webhook.http_config, writer);
  writer->SecretIfAny("url", webhook.url);
  writer->Text("url_file", webhook.url_file);
  writer->Number("max_alerts", webhook.max_alerts);
  writer->Text("timeout", FormatGoDuration(webhook.timeout));
  if (webhook.payload != nullptr) writer->Node("payload", *webhook.payload);
}

template <class T>
void WriteConfigs(std::string_view key, const std::vector<T>& configs,
                  void (*write)(const T&, YamlWriter*), YamlWriter* writer) {
  if (configs.empty()) return;
  writer->BeginList(key);
  for (const T& config : configs) {
    writer->BeginItem();
    write(config, writer);
    writer->EndItem();
  }
}

}  // namespace

void WriteReceiver(const ReceiverConfig& receiver, YamlWriter* writer) {
  writer->Text("name", receiver.name);
  writer->MapIfAny("labels", receiver.labels);
  WriteConfigs("email_configs", receiver.email_configs, WriteEmail, writer);
  WriteConfigs("slack_configs", receiver.slack_configs, WriteSlack, writer);
  WriteConfigs("webhook_configs", receiver.webhook_configs, WriteWebhook, writer);
}

}  // namespace tocsin::config
