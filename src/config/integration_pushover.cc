#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Password("user_key", "user_key_file", &config->user_key);
  fields.Password("token", "token_file", &config->token);
  fields.AnyText("title", &config->title);
  fields.AnyText("message", &config->message);
  fields.AnyText("url", &config->url);
  fields.Text("url_title", &config->url_title);
  fields.Text("device", &config->device);
  fields.Text("sound", &config->sound);
  fields.AnyText("priority", &config->priority);
  fields.AnyGoDuration("retry", &config->retry);
  fields.AnyGoDuration("expire", &config->expire);
  fields.GoDuration("ttl", &config->ttl);
  fields.Flag("html", &config->html);
  fields.Flag("monospace", &config->monospace);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     PushoverConfig* config) {
  FieldReader fields(context.source, node, "pushover_configs");
  ObjectReader& reader = fields.reader();
  ReadHttpIntegration(context, &fields, config, kKeys);
  RequireOneOf(&reader, "user_key", "user_key_file");
  RequireOneOf(&reader, "token", "token_file");
  if (config->html && config->monospace) {
    reader.Error("monospace", "at most one of monospace & html must be configured");
  }
  reader.Finish();
}

void WriteIntegration(const PushoverConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
