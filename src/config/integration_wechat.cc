#include "config/http_url.h"
#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Password("api_secret", "api_secret_file", &config->api_secret);
  fields.Text("corp_id", &config->corp_id);
  fields.AnyText("message", &config->message);
  fields.Url("api_url", &config->api_url);
  fields.AnyText("to_user", &config->to_user);
  fields.AnyText("to_party", &config->to_party);
  fields.AnyText("to_tag", &config->to_tag);
  fields.AnyText("agent_id", &config->agent_id);
  fields.AnyText("message_type", &config->message_type);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     WechatConfig* config) {
  FieldReader fields(context.source, node, "wechat_configs");
  ObjectReader& reader = fields.reader();
  ReadHttpIntegration(context, &fields, config, kKeys);
  Inherit(context.global.wechat_api_secret, &config->api_secret);
  Inherit(context.global.wechat_api_corp_id, &config->corp_id);
  Inherit(context.global.wechat_api_url, &config->api_url);
  config->api_url = WithTrailingSlash(config->api_url);
  if (config->api_secret.empty()) {
    reader.Error("no global Wechat Api Secret set either inline or in a file");
  }
  if (config->corp_id.empty()) reader.Error("no global Wechat CorpID set");
  if (config->message_type.empty()) config->message_type = "text";
  if (config->message_type != "text" && config->message_type != "markdown") {
    reader.Error("message_type", "weChat message type " + Shown(config->message_type) +
                                     " does not match valid options ^(text|markdown)$");
  }
  reader.Finish();
}

void WriteIntegration(const WechatConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
