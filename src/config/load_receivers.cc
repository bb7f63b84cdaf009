#include "base/text.h"
#include "config/load_parts.h"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::config {
namespace {

// Alertmanager's integrations in its order. `read` appends one item of the list to the receiver;
// those without one are known, but not there yet.
struct Integration {
  std::string_view key;
  std::string_view name;
  void (*read)(const ReceiverContext& context, const YamlNodePtr& node, ReceiverConfig* out);
};

Places PlacesOf(const Source& source, const YamlNode& node) {
  Places places;
  places.block = source.At(node);
  for (const YamlNode::Entry& entry : node.entries()) {
    places.keys.emplace(entry.key->text(), source.At(*entry.value));
  }
  return places;
}

constexpr std::array<Integration, 18> kIntegrations = {{
    {"discord_configs", "discord", nullptr},
    {"email_configs", "email",
     [](const ReceiverContext& context, const YamlNodePtr& node, ReceiverConfig* out) {
       out->email_configs.push_back(ReadEmail(context, node));
       out->email_configs.back().places = PlacesOf(context.source, *node);
     }},
    {"incidentio_configs", "incidentio", nullptr},
    {"pagerduty_configs", "pagerduty", nullptr},
    {"slack_configs", "slack",
     [](const ReceiverContext& context, const YamlNodePtr& node, ReceiverConfig* out) {
       out->slack_configs.push_back(ReadSlack(context, node));
       out->slack_configs.back().places = PlacesOf(context.source, *node);
     }},
    {"webhook_configs", "webhook",
     [](const ReceiverContext& context, const YamlNodePtr& node, ReceiverConfig* out) {
       out->webhook_configs.push_back(ReadWebhook(context, node));
       out->webhook_configs.back().places = PlacesOf(context.source, *node);
     }},
    {"opsgenie_configs", "opsgenie", nullptr},
    {"wechat_configs", "wechat", nullptr},
    {"pushover_configs", "pushover", nullptr},
    {"victorops_configs", "victorops", nullptr},
    {"sns_configs", "sns", nullptr},
    {"telegram_configs", "telegram", nullptr},
    {"webex_configs", "webex", nullptr},
    {"msteams_configs", "msteams", nullptr},
    {"msteamsv2_configs", "msteamsv2", nullptr},
    {"jira_configs", "jira", nullptr},
    {"rocketchat_configs", "rocketchat", nullptr},
    {"mattermost_configs", "mattermost", nullptr},
}};

void ReadIntegration(const ReceiverContext& context, const Integration& integration,
                     ObjectReader* reader, ReceiverConfig* out) {
  if (integration.read == nullptr) {
    reader->NotSupportedYet(integration.key);
    return;
  }
  for (const YamlNodePtr& node : reader->ReadList(integration.key)) {
    if (node->is_null()) {
      context.source.Error(*node, "missing " + std::string(integration.name) + " config");
    } else {
      integration.read(context, node, out);
    }
  }
}

void ReadLabels(ObjectReader* reader, ReceiverConfig* out) {
  reader->Read("labels", &out->labels);
  const auto [name, inserted] = out->labels.emplace("name", out->name);
  if (inserted || name->second == out->name) return;
  reader->Error("labels", R"(receiver label "name" must match receiver name )" +
                              GoQuote(out->name) + ", got " + GoQuote(name->second));
}

ReceiverConfig ReadReceiver(const ReceiverContext& context, const YamlNodePtr& node) {
  ObjectReader reader(context.source, node, "receiver");
  ReceiverConfig receiver;
  receiver.position = context.source.At(*node);
  reader.Read("name", &receiver.name);
  if (receiver.name.empty()) reader.Error("name", "missing name in receiver");
  ReadLabels(&reader, &receiver);
  for (const Integration& integration : kIntegrations) {
    ReadIntegration(context, integration, &reader, &receiver);
  }
  reader.Finish();
  return receiver;
}

}  // namespace

HttpClientConfigPtr ReadReceiverHttpConfig(const ReceiverContext& context, ObjectReader* reader) {
  const YamlNodePtr node = reader->Get("http_config");
  return node == nullptr ? context.global.http_config : ReadHttpConfig(context.source, node);
}

std::vector<ReceiverConfig> ReadReceivers(const Source& source,
                                          const std::vector<YamlNodePtr>& nodes,
                                          const GlobalConfig& global) {
  const ReceiverContext context{source, global};
  std::vector<ReceiverConfig> receivers;
  std::set<std::string> names;
  for (const YamlNodePtr& node : nodes) {
    ReceiverConfig receiver = ReadReceiver(context, node);
    if (!receiver.name.empty() && !names.insert(receiver.name).second) {
      source.Error(*node, "notification config name " + GoQuote(receiver.name) + " is not unique");
    }
    receivers.push_back(std::move(receiver));
  }
  return receivers;
}

}  // namespace tocsin::config
