#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kFieldKeys = [](auto& fields, auto* field) {
  fields.Flag("short", &field->short_field);
  fields.AnyText("title", &field->title);
  fields.AnyText("value", &field->value);
};

constexpr auto kActionKeys = [](auto& fields, auto* action) {
  fields.AnyText("type", &action->type);
  fields.AnyText("text", &action->text);
  fields.AnyText("url", &action->url);
  fields.AnyText("imageurl", &action->image_url);
  fields.AnyFlag("iswebview", &action->is_webview);
  fields.AnyText("webviewheightratio", &action->webview_height_ratio);
  fields.AnyText("msg", &action->msg);
  fields.AnyFlag("msginchatwindow", &action->msg_in_chat_window);
  fields.AnyText("msgprocessingtype", &action->msg_processing_type);
};

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Url("api_url", &config->api_url);
  fields.Password("token_id", "token_id_file", &config->token_id);
  fields.Password("token", "token_file", &config->token);
  fields.Text("channel", &config->channel);
  fields.AnyText("color", &config->color);
  fields.AnyText("title", &config->title);
  fields.AnyText("title_link", &config->title_link);
  fields.AnyText("text", &config->text);
  fields.List("fields", "a Rocket.Chat field", &config->fields, kFieldKeys);
  fields.AnyFlag("short_fields", &config->short_fields);
  fields.AnyText("emoji", &config->emoji);
  fields.AnyText("icon_url", &config->icon_url);
  fields.Text("image_url", &config->image_url);
  fields.Text("thumb_url", &config->thumb_url);
  fields.AnyFlag("link_names", &config->link_names);
  fields.List("actions", "a Rocket.Chat action", &config->actions, kActionKeys);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     RocketchatConfig* config) {
  FieldReader fields(context.source, node, "rocketchat_configs");
  ReadHttpIntegration(context, &fields, config, kKeys);
  Inherit(context.global.rocketchat_api_url, &config->api_url);
  Inherit(context.global.rocketchat_token, &config->token);
  Inherit(context.global.rocketchat_token_id, &config->token_id);
  if (config->token.empty()) {
    fields.reader().Error("no global Rocketchat Token set either inline or in a file");
  }
  if (config->token_id.empty()) {
    fields.reader().Error("no global Rocketchat TokenID set either inline or in a file");
  }
  fields.reader().Finish();
}

void WriteIntegration(const RocketchatConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
