#include "config/integration_parts.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::config {
namespace {

constexpr std::string_view kPostMessageUrl = "https://slack.com/api/chat.postMessage";

void SetDefaults(SlackConfig* config) {
  config->username = R"({{ template "slack.default.username" . }})";
  config->color = R"({{ template "slack.default.color" . }})";
  config->title = R"({{ template "slack.default.title" . }})";
  config->title_link = R"({{ template "slack.default.titlelink" . }})";
  config->pretext = R"({{ template "slack.default.pretext" . }})";
  config->text = R"({{ template "slack.default.text" . }})";
  config->fallback = R"({{ template "slack.default.fallback" . }})";
  config->callback_id = R"({{ template "slack.default.callbackid" . }})";
  config->footer = R"({{ template "slack.default.footer" . }})";
  config->icon_emoji = R"({{ template "slack.default.iconemoji" . }})";
  config->icon_url = R"({{ template "slack.default.iconurl" . }})";
}

constexpr auto kFieldKeys = [](auto& fields, auto* field) {
  fields.RequiredText("title", &field->title, "missing title in Slack field configuration");
  fields.RequiredText("value", &field->value, "missing value in Slack field configuration");
  fields.Flag("short", &field->short_field);
};

constexpr auto kConfirmKeys = [](auto& fields, auto* confirm) {
  fields.RequiredText("text", &confirm->text, "missing text in Slack confirmation configuration");
  fields.Text("title", &confirm->title);
  fields.Text("ok_text", &confirm->ok_text);
  fields.Text("dismiss_text", &confirm->dismiss_text);
};

void CheckAction(ObjectReader* reader, SlackAction* action) {
  if (!action->url.empty()) {
    // A button that opens a page sends nothing back, so that these would have no effect.
    action->name.clear();
    action->value.clear();
    action->confirm.reset();
  } else if (action->name.empty()) {
    reader->Error("missing name or url in Slack action configuration");
  }
}

constexpr auto kActionKeys = [](auto& fields, auto* action) {
  fields.RequiredText("type", &action->type, "missing type in Slack action configuration");
  fields.RequiredText("text", &action->text, "missing text in Slack action configuration");
  fields.Text("url", &action->url);
  fields.Text("style", &action->style);
  fields.Text("name", &action->name);
  fields.Text("value", &action->value);
  fields.Block("confirm", "a Slack confirmation", &action->confirm, kConfirmKeys);
  if constexpr (std::decay_t<decltype(fields)>::kReads) CheckAction(&fields.reader(), action);
};

constexpr auto kTargetKeys = [](auto& fields, auto* config) {
  if constexpr (std::decay_t<decltype(fields)>::kReads) {
    fields.SecretUrl("api_url", &config->api_url);
  } else {
    // No secret, and amtool wants to see it beside update_message.
    const bool known = config->api_url.Reveal() == kPostMessageUrl;
    const std::string shown(known ? kPostMessageUrl : config->api_url.Masked());
    fields.Text("api_url", &shown);
  }
  fields.Path("api_url_file", &config->api_url_file);
  fields.Password("app_token", &config->app_token);
  fields.Path("app_token_file", &config->app_token_file);
  fields.Url("app_url", &config->app_url);
};

constexpr auto kKeys = [](auto& fields, auto* config) {
  kTargetKeys(fields, config);
  fields.Text("channel", &config->channel);
  fields.AnyText("username", &config->username);
  fields.AnyText("color", &config->color);
  fields.AnyText("title", &config->title);
  fields.AnyText("title_link", &config->title_link);
  fields.AnyText("pretext", &config->pretext);
  fields.AnyText("text", &config->text);
  fields.Text("message_text", &config->message_text);
  fields.List("fields", "a Slack field", &config->fields, kFieldKeys);
  fields.AnyFlag("short_fields", &config->short_fields);
  fields.AnyText("footer", &config->footer);
  fields.AnyText("fallback", &config->fallback);
  fields.AnyText("callback_id", &config->callback_id);
  fields.AnyText("icon_emoji", &config->icon_emoji);
  fields.AnyText("icon_url", &config->icon_url);
  fields.Text("image_url", &config->image_url);
  fields.Text("thumb_url", &config->thumb_url);
  fields.AnyFlag("link_names", &config->link_names);
  fields.Texts("mrkdwn_in", &config->mrkdwn_in);
  fields.List("actions", "a Slack action", &config->actions, kActionKeys);
  fields.AnyFlag("update_message", &config->update_message);
  fields.AnyGoDuration("timeout", &config->timeout);
};

bool HasUrl(const SlackConfig& config) {
  return !config.api_url.empty() || !config.api_url_file.empty();
}

bool HasToken(const SlackConfig& config) {
  return !config.app_token.empty() || !config.app_token_file.empty();
}

void CheckTarget(ObjectReader* reader, const SlackConfig& config) {
  reader->AtMostOne("api_url", "api_url_file");
  reader->AtMostOne("app_token", "app_token_file");
  if (HasUrl(config) && HasToken(config)) {
    reader->Error(
        "at most one of api_url/api_url_file & app_token/app_token_file must be configured");
  }
}

// What the receiver says wins over the global settings, a URL (or its file) as well as a token.
void InheritTarget(const GlobalConfig& global, bool own_authorization, SlackConfig* out) {
  if (out->app_url.empty()) out->app_url = global.slack_app_url;
  if (HasUrl(*out) || HasToken(*out)) return;
  if (!own_authorization) {
    out->app_token = global.slack_app_token.value;
    out->app_token_file = global.slack_app_token.file;
  }
  if (HasToken(*out)) return;
  out->api_url = global.slack_api_url.value;
  out->api_url_file = global.slack_api_url.file;
}

// Sends the token the way any other credential is sent, in a copy: others share the original.
void AuthorizeWithToken(ObjectReader* reader, SlackConfig* out) {
  if (!HasToken(*out)) return;
  const HttpClientConfig& shared = *out->http_config;
  if (shared.authorization || shared.basic_auth || shared.oauth2) {
    reader->Error("http_config", "http authorization can't be set when using Slack App tokens");
    return;
  }
  auto copy = std::make_shared<HttpClientConfig>(shared);
  copy->authorization.emplace();
  copy->authorization->credentials = out->app_token;
  copy->authorization->credentials_file = out->app_token_file;
  out->http_config = std::move(copy);
}

void CheckUpdateMessage(ObjectReader* reader, const SlackConfig& config) {
  const std::string& url = config.api_url.Reveal();
  if (!config.update_message || HasToken(config)) return;
  if (url == kPostMessageUrl || url == kSecretMask) return;
  reader->Error("update_message",
                "update_message can only be used with bot tokens. api_url must be set to "
                "https://slack.com/api/chat.postMessage");
}

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node, SlackConfig* config) {
  FieldReader fields(context.source, node, "slack_configs");
  ObjectReader& reader = fields.reader();
  SetDefaults(config);
  ReadHttpIntegration(context, &fields, config, kKeys);
  const bool own_authorization = config->http_config != context.global.http_config &&
                                 config->http_config->authorization.has_value();
  CheckTarget(&reader, *config);
  InheritTarget(context.global, own_authorization, config);
  // A URL that is there but wrong has been reported already.
  const bool written = reader.HasText("api_url");
  if (!HasUrl(*config) && !HasToken(*config) && !written) {
    reader.Error("no Slack API URL nor App token set either inline or in a file");
  }
  AuthorizeWithToken(&reader, config);
  CheckUpdateMessage(&reader, *config);
  reader.Finish();
}

void WriteIntegration(const SlackConfig& config, YamlWriter* writer) {
  SlackConfig shown = config;
  if (HasToken(config)) {
    auto http = std::make_shared<HttpClientConfig>(*config.http_config);
    http->authorization.reset();   // Both together would be refused.
    shown.update_message = false;  // So would this, by amtool.
    shown.http_config = std::move(http);
  }
  WriteHttpIntegration(shown, kKeys, writer);
}

}  // namespace tocsin::config
