#include "config/integration_parts.h"

#include <algorithm>
#include <array>

namespace tocsin::config {
namespace {

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Url("api_url", &config->api_url);
  fields.Password("bot_token", "bot_token_file", &config->bot_token);
  fields.Number("chat_id", &config->chat_id);
  fields.Path("chat_id_file", &config->chat_id_file);
  fields.Number("message_thread_id", &config->message_thread_id);
  fields.AnyText("message", &config->message);
  fields.Flag("disable_notifications", &config->disable_notifications);
  fields.AnyText("parse_mode", &config->parse_mode);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     TelegramConfig* config) {
  constexpr std::array<std::string_view, 4> kModes = {"", "Markdown", "MarkdownV2", "HTML"};
  FieldReader fields(context.source, node, "telegram_configs");
  ObjectReader& reader = fields.reader();
  ReadHttpIntegration(context, &fields, config, kKeys);
  Inherit(context.global.telegram_api_url, &config->api_url);
  Inherit(context.global.telegram_bot_token, &config->bot_token);
  if (config->bot_token.empty()) {
    reader.Error("missing bot_token or bot_token_file on telegram_config");
  }
  // What is written may be no number, which is reported already.
  const YamlNodePtr chat_id = reader.Get("chat_id");
  const bool missing = chat_id == nullptr || chat_id->text() == "0";
  if (config->chat_id != 0 && !config->chat_id_file.empty()) {
    reader.Error("chat_id_file", "at most one of chat_id & chat_id_file must be configured");
  } else if (missing && config->chat_id_file.empty()) {
    reader.Error("missing chat_id or chat_id_file on telegram_config");
  }
  if (std::find(kModes.begin(), kModes.end(), config->parse_mode) == kModes.end()) {
    reader.Error("parse_mode",
                 "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or "
                 "empty string");
  }
  reader.Finish();
}

void WriteIntegration(const TelegramConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
