#include "config/load_parts.h"

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

void RequireText(ObjectReader* reader, std::string_view key, std::string_view where,
                 std::string* out) {
  reader->Read(key, out);
  if (!out->empty()) return;
  reader->Error(
      key, "missing " + std::string(key) + " in Slack " + std::string(where) + " configuration");
}

SlackField ReadField(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "a Slack field");
  SlackField field;
  RequireText(&reader, "title", "field", &field.title);
  RequireText(&reader, "value", "field", &field.value);
  reader.Read("short", &field.short_field);
  reader.Finish();
  return field;
}

SlackConfirm ReadConfirm(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "a Slack confirmation");
  SlackConfirm confirm;
  RequireText(&reader, "text", "confirmation", &confirm.text);
  reader.Read("title", &confirm.title);
  reader.Read("ok_text", &confirm.ok_text);
  reader.Read("dismiss_text", &confirm.dismiss_text);
  reader.Finish();
  return confirm;
}

SlackAction ReadAction(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "a Slack action");
  SlackAction action;
  RequireText(&reader, "type", "action", &action.type);
  RequireText(&reader, "text", "action", &action.text);
  reader.Read("url", &action.url);
  reader.Read("style", &action.style);
  reader.Read("name", &action.name);
  reader.Read("value", &action.value);
  if (const auto confirm = reader.Get("confirm")) action.confirm = ReadConfirm(source, confirm);
  reader.Finish();
  if (!action.url.empty()) {
    // A button that opens a page sends nothing back, so that these would have no effect.
    action.name.clear();
    action.value.clear();
    action.confirm.reset();
  } else if (action.name.empty()) {
    reader.Error("missing name or url in Slack action configuration");
  }
  return action;
}

void ReadMessage(const Source& source, ObjectReader* reader, SlackConfig* out) {
  reader->Read("channel", &out->channel);
  reader->Read("username", &out->username);
  reader->Read("color", &out->color);
  reader->Read("title", &out->title);
  reader->Read("title_link", &out->title_link);
  reader->Read("pretext", &out->pretext);
  reader->Read("text", &out->text);
  reader->Read("fallback", &out->fallback);
  reader->Read("callback_id", &out->callback_id);
  reader->Read("footer", &out->footer);
  reader->Read("icon_emoji", &out->icon_emoji);
  reader->Read("icon_url", &out->icon_url);
  reader->Read("message_text", &out->message_text);
  reader->Read("image_url", &out->image_url);
  reader->Read("thumb_url", &out->thumb_url);
  reader->Read("short_fields", &out->short_fields);
  reader->Read("link_names", &out->link_names);
  reader->Read("mrkdwn_in", &out->mrkdwn_in);
  for (const auto& node : reader->ReadList("fields")) {
    out->fields.push_back(ReadField(source, node));
  }
  for (const auto& node : reader->ReadList("actions")) {
    out->actions.push_back(ReadAction(source, node));
  }
}

bool HasUrl(const SlackConfig& config) {
  return !config.api_url.empty() || !config.api_url_file.empty();
}

bool HasToken(const SlackConfig& config) {
  return !config.app_token.empty() || !config.app_token_file.empty();
}

void ReadTarget(ObjectReader* reader, SlackConfig* out) {
  reader->ReadSecretUrl("api_url", &out->api_url);
  reader->ReadPath("api_url_file", &out->api_url_file);
  reader->Read("app_token", &out->app_token);
  reader->ReadPath("app_token_file", &out->app_token_file);
  reader->ReadUrl("app_url", &out->app_url);
  reader->AtMostOne("api_url", "api_url_file");
  reader->AtMostOne("app_token", "app_token_file");
  if (HasUrl(*out) && HasToken(*out)) {
    reader->Error(
        "at most one of api_url/api_url_file & app_token/app_token_file must be configured");
  }
}

// What the receiver says wins over the global settings, a URL (or its file) as well as a token.
void InheritTarget(const GlobalConfig& global, bool own_authorization, SlackConfig* out) {
  if (out->app_url.empty()) out->app_url = global.slack_app_url;
  if (HasUrl(*out) || HasToken(*out)) return;
  if (!own_authorization) {
    out->app_token = global.slack_app_token;
    out->app_token_file = global.slack_app_token_file;
  }
  if (HasToken(*out)) return;
  out->api_url = global.slack_api_url;
  out->api_url_file = global.slack_api_url_file;
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

SlackConfig ReadSlack(const ReceiverContext& context, const YamlNodePtr& node) {
  ObjectReader reader(context.source, node, "slack_configs");
  SlackConfig config;
  SetDefaults(&config);
  reader.Read("send_resolved", &config.send_resolved);
  config.http_config = ReadReceiverHttpConfig(context, &reader);
  const bool own_authorization = config.http_config != context.global.http_config &&
                                 config.http_config->authorization.has_value();
  ReadTarget(&reader, &config);
  ReadMessage(context.source, &reader, &config);
  reader.Read("update_message", &config.update_message);
  reader.ReadGoDuration("timeout", &config.timeout);
  InheritTarget(context.global, own_authorization, &config);
  // A URL that is there but wrong has been reported already.
  const bool written = reader.HasText("api_url");
  if (!HasUrl(config) && !HasToken(config) && !written) {
    reader.Error("no Slack API URL nor App token set either inline or in a file");
  }
  AuthorizeWithToken(&reader, &config);
  CheckUpdateMessage(&reader, config);
  reader.Finish();
  return config;
}

}  // namespace tocsin::config
