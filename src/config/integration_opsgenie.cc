#include "base/text.h"
#include "config/http_url.h"
#include "config/integration_parts.h"

#include <algorithm>
#include <array>

namespace tocsin::config {
namespace {

bool IsTemplate(std::string_view text) {
  return text.find("{{") != std::string_view::npos;
}

void CheckResponder(ObjectReader* reader, OpsgenieResponder* responder) {
  constexpr std::array<std::string_view, 5> kTypes = {"team", "teams", "user", "escalation",
                                                      "schedule"};
  if (responder->id.empty() && responder->name.empty() && responder->username.empty()) {
    reader->Error(
        "opsGenieConfig responder has to have at least one of id, username or name specified");
  }
  if (IsTemplate(responder->type)) return;
  responder->type = AsciiLower(responder->type);
  if (std::find(kTypes.begin(), kTypes.end(), responder->type) != kTypes.end()) return;
  reader->Error("type",
                "opsGenieConfig responder type does not match valid options "
                "^(team|teams|user|escalation|schedule)$");
}

constexpr auto kResponderKeys = [](auto& fields, auto* responder) {
  fields.Text("id", &responder->id);
  fields.Text("name", &responder->name);
  fields.Text("username", &responder->username);
  fields.Text("type", &responder->type);
  if constexpr (std::decay_t<decltype(fields)>::kReads) {
    CheckResponder(&fields.reader(), responder);
  }
};

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Password("api_key", "api_key_file", &config->api_key);
  fields.Url("api_url", &config->api_url);
  fields.AnyText("message", &config->message);
  fields.AnyText("description", &config->description);
  fields.AnyText("source", &config->source);
  fields.Map("details", &config->details);
  fields.Text("entity", &config->entity);
  fields.List("responders", "an Opsgenie responder", &config->responders, kResponderKeys);
  fields.Text("actions", &config->actions);
  fields.Text("tags", &config->tags);
  fields.Text("note", &config->note);
  fields.Text("priority", &config->priority);
  fields.Flag("update_alerts", &config->update_alerts);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node,
                     OpsgenieConfig* config) {
  FieldReader fields(context.source, node, "opsgenie_configs");
  ReadHttpIntegration(context, &fields, config, kKeys);
  Inherit(context.global.opsgenie_api_key, &config->api_key);
  Inherit(context.global.opsgenie_api_url, &config->api_url);
  config->api_url = WithTrailingSlash(config->api_url);
  if (config->api_key.empty()) {
    fields.reader().Error("no global OpsGenie API Key set either inline or in a file");
  }
  fields.reader().Finish();
}

void WriteIntegration(const OpsgenieConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
