#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kFieldKeys = [](auto& fields, auto* field) {
  fields.RequiredText("title", &field->title, "missing title in Mattermost field configuration");
  fields.RequiredText("value", &field->value, "missing value in Mattermost field configuration");
  fields.Flag("short", &field->short_field);
};

constexpr auto kTextsWithoutDefault = [](auto& fields, auto* content) {
  fields.Text("pretext", &content->pretext);
  fields.Text("author_name", &content->author_name);
  fields.Text("author_link", &content->author_link);
  fields.Text("author_icon", &content->author_icon);
  fields.List("fields", "a Mattermost field", &content->fields, kFieldKeys);
  fields.Text("thumb_url", &content->thumb_url);
  fields.Text("footer", &content->footer);
  fields.Text("footer_icon", &content->footer_icon);
  fields.Text("image_url", &content->image_url);
};

constexpr auto kAttachmentKeys = [](auto& fields, auto* content) {
  fields.Text("fallback", &content->fallback);
  fields.Text("color", &content->color);
  fields.Text("text", &content->text);
  fields.Text("title", &content->title);
  fields.Text("title_link", &content->title_link);
  kTextsWithoutDefault(fields, content);
};

constexpr auto kPropsKeys = [](auto& fields, auto* card) { fields.Text("card", card); };

constexpr auto kPriorityKeys = [](auto& fields, auto* priority) {
  fields.Text("priority", &priority->priority);
  fields.Flag("requested_ack", &priority->requested_ack);
  fields.Flag("persistent_notifications", &priority->persistent_notifications);
};

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.SecretUrl("webhook_url", "webhook_url_file", &config->webhook_url);
  fields.Text("channel", &config->channel);
  fields.AnyText("username", &config->username);
  fields.AnyText("text", &config->content.text);
  fields.AnyText("fallback", &config->content.fallback);
  fields.AnyText("color", &config->content.color);
  fields.AnyText("title", &config->content.title);
  fields.AnyText("title_link", &config->content.title_link);
  kTextsWithoutDefault(fields, &config->content);
  fields.Text("icon_url", &config->icon_url);
  fields.Text("icon_emoji", &config->icon_emoji);
  fields.List("attachments", "a Mattermost attachment", &config->attachments, kAttachmentKeys);
  fields.Text("type", &config->type);
  fields.Block("props", "props", &config->card, kPropsKeys);
  fields.Block("priority", "priority", &config->priority, kPriorityKeys);
};

}  // namespace

MattermostContent MattermostConfig::DefaultContent() {
  MattermostContent content;
  content.text = R"({{ template "mattermost.default.text" . }})";
  content.fallback = R"({{ template "mattermost.default.fallback" . }})";
  content.color = R"({{ template "mattermost.default.color" . }})";
  content.title = R"({{ template "mattermost.default.title" . }})";
  content.title_link = R"({{ template "mattermost.default.titlelink" . }})";
  return content;
}

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     MattermostConfig* config) {
  FieldReader fields(context.source, node, "mattermost_configs");
  ReadHttpIntegration(context, &fields, config, kKeys);
  const bool written = fields.reader().HasText("webhook_url");  // Perhaps as no URL.
  if (!written) Inherit(context.global.mattermost_webhook_url, &config->webhook_url);
  if (!written && config->webhook_url.empty()) {
    fields.reader().Error("missing webhook_url or webhook_url_file on mattermost_config");
  }
  fields.reader().Finish();
}

void WriteIntegration(const MattermostConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
