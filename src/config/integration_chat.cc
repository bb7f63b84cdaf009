#include "config/integration_parts.h"

#include <memory>

namespace tocsin::config {
namespace {

constexpr auto kWebhookUrl = [](auto& fields, auto* config) {
  fields.SecretUrl("webhook_url", "webhook_url_file", &config->webhook_url);
};

constexpr auto kDiscordKeys = [](auto& fields, auto* config) {
  kWebhookUrl(fields, config);
  fields.Text("content", &config->content);
  fields.AnyText("title", &config->title);
  fields.AnyText("message", &config->message);
  fields.Text("username", &config->username);
  fields.Text("avatar_url", &config->avatar_url);
};

constexpr auto kMsTeamsKeys = [](auto& fields, auto* config) {
  kWebhookUrl(fields, config);
  fields.AnyText("title", &config->title);
  fields.AnyText("summary", &config->summary);
  fields.AnyText("text", &config->text);
};

constexpr auto kMsTeamsV2Keys = [](auto& fields, auto* config) {
  kWebhookUrl(fields, config);
  fields.AnyText("title", &config->title);
  fields.AnyText("text", &config->text);
};

constexpr auto kWebexKeys = [](auto& fields, auto* config) {
  fields.Url("api_url", &config->api_url);
  fields.AnyText("message", &config->message);
  fields.RequiredText("room_id", &config->room_id, "missing room_id on webex_config");
};

template <class Config, class Keys>
void ReadWebhookIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                            const char* name, Config* config, Keys keys) {
  FieldReader fields(context.source, node, name);
  ReadHttpIntegration(context, &fields, config, keys);
  RequireOneOf(&fields.reader(), "webhook_url", "webhook_url_file");
  fields.reader().Finish();
}

// Alertmanager merges this one key here, and no other key or integration.
void InheritProxyUrl(const HttpClientConfigPtr& global, HttpClientConfigPtr* own) {
  if (*own == global || !(*own)->proxy.url.empty() || (*own)->proxy.from_environment) return;
  auto merged = std::make_shared<HttpClientConfig>(**own);
  merged->proxy.url = global->proxy.url;
  *own = std::move(merged);
}

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     DiscordConfig* config) {
  ReadWebhookIntegration(context, node, "discord_configs", config, kDiscordKeys);
}

void WriteIntegration(const DiscordConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kDiscordKeys, writer);
}

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     MsTeamsConfig* config) {
  ReadWebhookIntegration(context, node, "msteams_configs", config, kMsTeamsKeys);
}

void WriteIntegration(const MsTeamsConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kMsTeamsKeys, writer);
}

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     MsTeamsV2Config* config) {
  ReadWebhookIntegration(context, node, "msteamsv2_configs", config, kMsTeamsV2Keys);
  InheritProxyUrl(context.global.http_config, &config->http_config);
}

void WriteIntegration(const MsTeamsV2Config& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kMsTeamsV2Keys, writer);
}

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node, WebexConfig* config) {
  FieldReader fields(context.source, node, "webex_configs");
  ReadHttpIntegration(context, &fields, config, kWebexKeys);
  Inherit(context.global.webex_api_url, &config->api_url);
  // A token for somebody else's receivers must not go to Webex.
  if (config->http_config == context.global.http_config || !config->http_config->authorization) {
    fields.reader().Error("http_config", "missing webex_configs.http_config.authorization");
  }
  fields.reader().Finish();
}

void WriteIntegration(const WebexConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kWebexKeys, writer);
}

}  // namespace tocsin::config
