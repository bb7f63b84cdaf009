#include "config/integration_parts.h"

#include <memory>

namespace tocsin::config {
namespace {

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Url("url", &config->url);
  fields.AnyPath("url_file", &config->url_file);
  fields.Password("alert_source_token", "alert_source_token_file", &config->alert_source_token);
  fields.AnyNumber("max_alerts", &config->max_alerts);
  fields.AnyGoDuration("timeout", &config->timeout);
};

// Sends the token the way any other credential is sent, in a copy: others share the original.
void Authorize(const ReceiverContext& context, ObjectReader* reader, IncidentioConfig* config) {
  const bool own = config->http_config != context.global.http_config;
  const HttpClientConfig& http = *config->http_config;
  if (config->alert_source_token.empty()) {
    if (http.authorization) return;
    if (own) {
      reader->Error(
          "at least one of alert_source_token, alert_source_token_file or "
          "http_config.authorization must be configured");
    } else {
      // Alertmanager loads this, and then every notification fails.
      context.source.diagnostics->AddWarning(
          reader->At("url"), "no alert_source_token: incident.io will refuse the notifications");
    }
    return;
  }
  if (own && http.authorization) {
    reader->Error("alert_source_token",
                  "cannot specify alert_source_token or alert_source_token_file when using "
                  "http_config.authorization");
    return;
  }
  auto copy = std::make_shared<HttpClientConfig>(http);
  copy->basic_auth.reset();
  copy->oauth2.reset();
  copy->authorization.emplace();
  copy->authorization->credentials = config->alert_source_token.value;
  copy->authorization->credentials_file = config->alert_source_token.file;
  config->http_config = std::move(copy);
}

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     IncidentioConfig* config) {
  FieldReader fields(context.source, node, "incidentio_configs");
  ObjectReader& reader = fields.reader();
  ReadHttpIntegration(context, &fields, config, kKeys);
  reader.AtMostOne("url", "url_file");
  RequireOneOf(&reader, "url", "url_file");
  Authorize(context, &reader, config);
  reader.Finish();
}

void WriteIntegration(const IncidentioConfig& config, YamlWriter* writer) {
  if (config.alert_source_token.empty() && !config.http_config->authorization) {
    // It was loaded because the global http_config is in effect; shown here, it would be refused.
    FieldWriter fields(writer);
    fields.AnyFlag("send_resolved", &config.send_resolved);
    kKeys(fields, &config);
    return;
  }
  IncidentioConfig shown = config;
  if (!config.alert_source_token.empty()) {
    auto http = std::make_shared<HttpClientConfig>(*config.http_config);
    http->authorization.reset();  // Both together would be refused.
    shown.http_config = std::move(http);
  }
  WriteHttpIntegration(shown, kKeys, writer);
}

}  // namespace tocsin::config
