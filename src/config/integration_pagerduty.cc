#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr std::string_view kDefaultDetails =
    "firing: '{{ .Alerts.Firing | toJson }}'\n"
    "num_firing: '{{ .Alerts.Firing | len }}'\n"
    "num_resolved: '{{ .Alerts.Resolved | len }}'\n"
    "resolved: '{{ .Alerts.Resolved | toJson }}'\n";

constexpr auto kImageKeys = [](auto& fields, auto* image) {
  fields.Text("src", &image->src);
  fields.Text("alt", &image->alt);
  fields.Text("href", &image->href);
};

constexpr auto kLinkKeys = [](auto& fields, auto* link) {
  fields.Text("href", &link->href);
  fields.Text("text", &link->text);
};

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Password("service_key", "service_key_file", &config->service_key);
  fields.Password("routing_key", "routing_key_file", &config->routing_key);
  fields.Url("url", &config->url);
  fields.AnyText("client", &config->client);
  fields.AnyText("client_url", &config->client_url);
  fields.AnyText("description", &config->description);
  fields.Trees("details", &config->details);
  fields.List("images", "a PagerDuty image", &config->images, kImageKeys);
  fields.List("links", "a PagerDuty link", &config->links, kLinkKeys);
  fields.Text("source", &config->source);
  fields.Text("severity", &config->severity);
  fields.Text("class", &config->class_name);
  fields.Text("component", &config->component);
  fields.Text("group", &config->group);
  fields.AnyGoDuration("timeout", &config->timeout);
};

void AddDefaultDetails(std::map<std::string, YamlNodePtr>* details) {
  Diagnostics none;
  const auto defaults = ReadYaml(kDefaultDetails, "", &none);
  for (const YamlNode::Entry& entry : defaults->front()->entries()) {
    details->emplace(entry.key->text(), entry.value);
  }
}

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     PagerdutyConfig* config) {
  FieldReader fields(context.source, node, "pagerduty_configs");
  ReadHttpIntegration(context, &fields, config, kKeys);
  Inherit(context.global.pagerduty_url, &config->url);
  if (config->service_key.empty() && config->routing_key.empty()) {
    fields.reader().Error("missing service or routing key in PagerDuty config");
  }
  AddDefaultDetails(&config->details);
  if (config->source.empty()) config->source = config->client;
  fields.reader().Finish();
}

void WriteIntegration(const PagerdutyConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
