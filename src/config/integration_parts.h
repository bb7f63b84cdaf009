#pragma once

// Each integration's configuration, one file pair a type or a group of alike; for integration_*.cc
// and receivers.cc only. ReadIntegration reads one item of a receiver's list, inherits and checks;
// WriteIntegration prints it as entries of the current mapping.

#include "config/fields.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

#include <string>

namespace tocsin::config {

// What the reader of an integration gets beside its node.
struct ReceiverContext {
  const Source& source;
  const GlobalConfig& global;
};

void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, DiscordConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, EmailConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, IncidentioConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, PagerdutyConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, SlackConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, WebhookConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, OpsgenieConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, WechatConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, PushoverConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, VictoropsConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, SnsConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, TelegramConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, WebexConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, MsTeamsConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, MsTeamsV2Config*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, JiraConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, RocketchatConfig*);
void ReadIntegration(const ReceiverContext&, const YamlNodePtr&, MattermostConfig*);

void WriteIntegration(const DiscordConfig&, YamlWriter*);
void WriteIntegration(const EmailConfig&, YamlWriter*);
void WriteIntegration(const IncidentioConfig&, YamlWriter*);
void WriteIntegration(const PagerdutyConfig&, YamlWriter*);
void WriteIntegration(const SlackConfig&, YamlWriter*);
void WriteIntegration(const WebhookConfig&, YamlWriter*);
void WriteIntegration(const OpsgenieConfig&, YamlWriter*);
void WriteIntegration(const WechatConfig&, YamlWriter*);
void WriteIntegration(const PushoverConfig&, YamlWriter*);
void WriteIntegration(const VictoropsConfig&, YamlWriter*);
void WriteIntegration(const SnsConfig&, YamlWriter*);
void WriteIntegration(const TelegramConfig&, YamlWriter*);
void WriteIntegration(const WebexConfig&, YamlWriter*);
void WriteIntegration(const MsTeamsConfig&, YamlWriter*);
void WriteIntegration(const MsTeamsV2Config&, YamlWriter*);
void WriteIntegration(const JiraConfig&, YamlWriter*);
void WriteIntegration(const RocketchatConfig&, YamlWriter*);
void WriteIntegration(const MattermostConfig&, YamlWriter*);

// The receiver's own http_config as a whole, else the global one.
HttpClientConfigPtr ReadReceiverHttpConfig(const ReceiverContext& context, ObjectReader* reader);

// The keys that all but e-mail have, then `keys`.
template <class Config, class Keys>
void ReadHttpIntegration(const ReceiverContext& context, FieldReader* fields, Config* config,
                         Keys keys) {
  fields->AnyFlag("send_resolved", &config->send_resolved);
  config->http_config = ReadReceiverHttpConfig(context, &fields->reader());
  keys(*fields, config);
}

template <class Config, class Keys>
void WriteHttpIntegration(const Config& config, Keys keys, YamlWriter* writer) {
  FieldWriter fields(writer);
  fields.AnyFlag("send_resolved", &config.send_resolved);
  WriteHttpConfig(*config.http_config, writer);
  keys(fields, &config);
}

// What the receiver says wins, in whichever of its forms it says it.
inline void Inherit(const SecretOrFile& global, SecretOrFile* own) {
  if (own->empty()) *own = global;
}
inline void Inherit(const std::string& global, std::string* own) {
  if (own->empty()) *own = global;
}

// `one of URL or URL_FILE must be configured`
void RequireOneOf(ObjectReader* reader, std::string_view key, std::string_view file_key);

}  // namespace tocsin::config
