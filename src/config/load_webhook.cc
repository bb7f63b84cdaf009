#include "config/http_url.h"
#include "config/load_parts.h"

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

}  // namespace

WebhookConfig ReadWebhook(const ReceiverContext& context, const YamlNodePtr& node) {
  ObjectReader reader(context.source, node, "webhook_configs");
  WebhookConfig config;
  reader.Read("send_resolved", &config.send_resolved);
  config.http_config = ReadReceiverHttpConfig(context, &reader);
  ReadWebhookUrl(&reader, &config.url);
  reader.ReadPath("url_file", &config.url_file);
  reader.AtMostOne("url", "url_file");
  if (!reader.HasText("url") && !reader.HasText("url_file")) {
    reader.Error("one of url or url_file must be configured");
  }
  reader.Read("max_alerts", &config.max_alerts);
  reader.ReadGoDuration("timeout", &config.timeout);
  config.payload = reader.Get("payload");
  reader.Finish();
  return config;
}

}  // namespace tocsin::config
