#include "notifiers/slack_message.h"

#include "base/json_writer.h"
#include "base/text.h"

namespace tocsin::notifiers {
namespace {

constexpr std::size_t kTitleRunes = 1024;

void WriteUnlessEmpty(std::string_view key, std::string_view value, JsonWriter* json) {
  if (!value.empty()) json->Key(key).String(value);
}

}  // namespace

SlackMessage::SlackMessage(const config::SlackConfig& config, FieldCompiler* compiler)
    : channel_(compiler->Text("channel", config.channel)),
      message_text_(compiler->Text("message_text", config.message_text)),
      title_(compiler->Text("title", config.title)),
      head_{{"username", compiler->Text("username", config.username)},
            {"icon_emoji", compiler->Text("icon_emoji", config.icon_emoji)},
            {"icon_url", compiler->Text("icon_url", config.icon_url)}},
      link_names_(config.link_names),
      title_link_(compiler->Text("title_link", config.title_link)),
      pretext_(compiler->Text("pretext", config.pretext)),
      text_(compiler->Text("text", config.text)),
      fallback_(compiler->Text("fallback", config.fallback)),
      callback_id_(compiler->Text("callback_id", config.callback_id)),
      image_url_(compiler->Text("image_url", config.image_url)),
      thumb_url_(compiler->Text("thumb_url", config.thumb_url)),
      footer_(compiler->Text("footer", config.footer)),
      color_(compiler->Text("color", config.color)),
      mrkdwn_in_(config.mrkdwn_in) {
  if (mrkdwn_in_.empty()) mrkdwn_in_ = {"fallback", "pretext", "text"};
  for (const config::SlackField& field : config.fields) {
    const std::string where = "fields[" + std::to_string(fields_.size()) + "].";
    fields_.push_back({compiler->Text(where + "title", field.title),
                       compiler->Text(where + "value", field.value),
                       field.short_field.value_or(config.short_fields)});
  }
  for (const config::SlackAction& action : config.actions) {
    const std::string where = "actions[" + std::to_string(actions_.size()) + "].";
    const auto compile = [&](std::string_view key, std::string_view text) {
      return Entry{key, compiler->Text(where + std::string(key), text)};
    };
    Action compiled;
    compiled.entries = {compile("type", action.type), compile("text", action.text),
                        compile("url", action.url),   compile("style", action.style),
                        compile("name", action.name), compile("value", action.value)};
    if (action.confirm) {
      compiled.confirm = {compile("text", action.confirm->text),
                          compile("title", action.confirm->title),
                          compile("ok_text", action.confirm->ok_text),
                          compile("dismiss_text", action.confirm->dismiss_text)};
    }
    actions_.push_back(std::move(compiled));
  }
}

std::string SlackMessage::Channel(FieldExpander& expand) const {
  return expand("channel", channel_);
}

std::string SlackMessage::Body(FieldExpander& expand, const std::optional<Posted>& edited) const {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  if (edited) {
    json.Key("channel").String(edited->channel);
    json.Key("ts").String(edited->timestamp);
  } else {
    WriteUnlessEmpty("channel", Channel(expand), &json);
  }
  for (const Entry& entry : head_) {
    WriteUnlessEmpty(entry.key, expand(entry.key, entry.value), &json);
  }
  if (link_names_) json.Key("link_names").Bool(true);
  WriteUnlessEmpty("text", expand("message_text", message_text_), &json);
  std::string attachment;
  AppendAttachment(expand, &attachment);
  json.Key("attachments").BeginArray().Raw(attachment).EndArray();
  json.EndObject();
  return body;
}

void SlackMessage::AppendAttachment(FieldExpander& expand, std::string* out) const {
  JsonWriter json(out);
  json.BeginObject();
  WriteUnlessEmpty("title", TruncateRunes(expand("title", title_), kTitleRunes), &json);
  WriteUnlessEmpty("title_link", expand("title_link", title_link_), &json);
  WriteUnlessEmpty("pretext", expand("pretext", pretext_), &json);
  json.Key("text").String(expand("text", text_));
  json.Key("fallback").String(expand("fallback", fallback_));
  json.Key("callback_id").String(expand("callback_id", callback_id_));
  if (!fields_.empty()) {
    json.Key("fields").BeginArray();
    for (const Field& field : fields_) {
      json.BeginObject();
      WriteUnlessEmpty("title", expand("field title", field.title), &json);
      WriteUnlessEmpty("value", expand("field value", field.value), &json);
      json.Key("short").Bool(field.is_short);
      json.EndObject();
    }
    json.EndArray();
  }
  if (!actions_.empty()) {
    json.Key("actions").BeginArray();
    for (const Action& action : actions_) {
      json.BeginObject();
      for (const Entry& entry : action.entries) {
        WriteUnlessEmpty(entry.key, expand(entry.key, entry.value), &json);
      }
      if (!action.confirm.empty()) {
        json.Key("confirm").BeginObject();
        for (const Entry& entry : action.confirm) {
          WriteUnlessEmpty(entry.key, expand(entry.key, entry.value), &json);
        }
        json.EndObject();
      }
      json.EndObject();
    }
    json.EndArray();
  }
  WriteUnlessEmpty("image_url", expand("image_url", image_url_), &json);
  WriteUnlessEmpty("thumb_url", expand("thumb_url", thumb_url_), &json);
  json.Key("footer").String(expand("footer", footer_));
  WriteUnlessEmpty("color", expand("color", color_), &json);
  json.Key("mrkdwn_in").BeginArray();
  for (const std::string& field : mrkdwn_in_) json.String(field);
  json.EndArray();
  json.EndObject();
}

}  // namespace tocsin::notifiers
