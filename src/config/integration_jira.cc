#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kTextKeys = [](auto& fields, auto* text) {
  fields.AnyText("template", &text->text);
  fields.Flag("enable_update", &text->enable_update);
};

// Just the template, or a block.
constexpr auto kTextOrBlock = [](auto& fields, std::string_view key, auto* text) {
  if constexpr (std::decay_t<decltype(fields)>::kReads) {
    const YamlNodePtr node = fields.reader().Get(key);
    if (node != nullptr && node->is_scalar()) {
      text->text = node->text();
      return;
    }
  }
  fields.Block(key, key, text, kTextKeys);
};

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Url("api_url", &config->api_url);
  fields.AnyText("api_type", &config->api_type);
  fields.RequiredText("project", &config->project, "missing project in jira_config");
  kTextOrBlock(fields, "summary", &config->summary);
  kTextOrBlock(fields, "description", &config->description);
  fields.Texts("labels", &config->labels);
  fields.AnyText("priority", &config->priority);
  fields.RequiredText("issue_type", &config->issue_type, "missing issue_type in jira_config");
  fields.Text("reopen_transition", &config->reopen_transition);
  fields.Text("resolve_transition", &config->resolve_transition);
  fields.Text("wont_fix_resolution", &config->wont_fix_resolution);
  fields.PrometheusDuration("reopen_duration", &config->reopen_duration);
  fields.Trees("fields", &config->fields);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node, JiraConfig* config) {
  FieldReader fields(context.source, node, "jira_configs");
  ObjectReader& reader = fields.reader();
  ReadHttpIntegration(context, &fields, config, kKeys);
  Inherit(context.global.jira_api_url, &config->api_url);
  if (config->api_url.empty() && !reader.HasText("api_url")) {
    reader.Error("no global Jira Cloud URL set");
  }
  const std::string& type = config->api_type;
  if (type != "auto" && type != "cloud" && type != "datacenter") {
    reader.Error("api_type", "unknown api_type on jira_config, must be auto, cloud or datacenter");
  }
  reader.Finish();
}

void WriteIntegration(const JiraConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
