#include "config/http_url.h"
#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Password("api_key", "api_key_file", &config->api_key);
  fields.Url("api_url", &config->api_url);
  fields.RequiredText("routing_key", &config->routing_key,
                      "missing Routing key in VictorOps config");
  fields.AnyText("message_type", &config->message_type);
  fields.AnyText("state_message", &config->state_message);
  fields.AnyText("entity_display_name", &config->entity_display_name);
  fields.AnyText("monitoring_tool", &config->monitoring_tool);
  fields.Map("custom_fields", &config->custom_fields);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     VictoropsConfig* config) {
  FieldReader fields(context.source, node, "victorops_configs");
  ObjectReader& reader = fields.reader();
  ReadHttpIntegration(context, &fields, config, kKeys);
  Inherit(context.global.victorops_api_key, &config->api_key);
  Inherit(context.global.victorops_api_url, &config->api_url);
  config->api_url = WithTrailingSlash(config->api_url);
  if (config->api_key.empty()) reader.Error("no global VictorOps API Key set");
  for (const char* fixed : {"routing_key", "message_type", "state_message", "entity_display_name",
                            "monitoring_tool", "entity_id", "entity_state"}) {
    if (!config->custom_fields.contains(fixed)) continue;
    reader.Error("custom_fields", "victorOps config contains custom field " + std::string(fixed) +
                                      " which cannot be used as it conflicts with the "
                                      "fixed/static fields");
  }
  reader.Finish();
}

void WriteIntegration(const VictoropsConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
