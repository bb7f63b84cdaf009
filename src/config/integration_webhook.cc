#include "config/http_url.h"
#include "config/integration_parts.h"

#include <string>
#include <utility>

namespace tocsin::config {
namespace {

void ReadWebhookUrl(ObjectReader* reader, Secret* out) {
  std::string text;
  if (!reader->Read("url", &text) || text.empty()) return;
  if (text == kSecretMask || text.find("{{") != std::string::npos) {
    *out = Secret(std::move(text));
    return;
  }
  auto url = ParseHttpUrl(text);
  if (url) {
    *out = Secret(*std::move(url));
  } else {
    reader->Error("url", "invalid URL: " + url.error().message);
  }
}

constexpr auto kKeys = [](auto& fields, auto* config) {
  if constexpr (std::decay_t<decltype(fields)>::kReads) {
    ReadWebhookUrl(&fields.reader(), &config->url);
  } else {
    fields.Password("url", &config->url);
  }
  fields.AnyPath("url_file", &config->url_file);
  fields.AnyNumber("max_alerts", &config->max_alerts);
  fields.AnyGoDuration("timeout", &config->timeout);
  fields.Tree("payload", &config->payload);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     WebhookConfig* config) {
  FieldReader fields(context.source, node, "webhook_configs");
  ReadHttpIntegration(context, &fields, config, kKeys);
  fields.reader().AtMostOne("url", "url_file");
  RequireOneOf(&fields.reader(), "url", "url_file");
  fields.reader().Finish();
}

void WriteIntegration(const WebhookConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
