#include "base/text.h"
#include "config/integration_parts.h"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::config {
namespace {

// A list of a receiver.
struct IntegrationType {
  std::string_view key, name;
  void (*read)(const ReceiverContext& context, const YamlNodePtr& node, ReceiverConfig* out);
  void (*write)(std::string_view key, const ReceiverConfig& receiver, YamlWriter* writer);
};

template <auto kList>
constexpr IntegrationType MakeType(std::string_view key, std::string_view name) {
  return {key, name,
          [](const ReceiverContext& context, const YamlNodePtr& node, ReceiverConfig* out) {
            auto& config = (out->*kList).emplace_back();
            ReadIntegration(context, node, &config);
            config.places = PlacesOf(context.source, *node);
          },
          [](std::string_view list, const ReceiverConfig& receiver, YamlWriter* writer) {
            if ((receiver.*kList).empty()) return;
            writer->BeginList(list);
            for (const auto& config : receiver.*kList) {
              writer->BeginItem();
              WriteIntegration(config, writer);
              writer->EndItem();
            }
            writer->EndList();
          }};
}

using R = ReceiverConfig;

// In Alertmanager's order.
constexpr std::array<IntegrationType, 18> kTypes = {
    MakeType<&R::discord_configs>("discord_configs", "discord"),
    MakeType<&R::email_configs>("email_configs", "email"),
    MakeType<&R::incidentio_configs>("incidentio_configs", "incidentio"),
    MakeType<&R::pagerduty_configs>("pagerduty_configs", "pagerduty"),
    MakeType<&R::slack_configs>("slack_configs", "slack"),
    MakeType<&R::webhook_configs>("webhook_configs", "webhook"),
    MakeType<&R::opsgenie_configs>("opsgenie_configs", "opsgenie"),
    MakeType<&R::wechat_configs>("wechat_configs", "wechat"),
    MakeType<&R::pushover_configs>("pushover_configs", "pushover"),
    MakeType<&R::victorops_configs>("victorops_configs", "victorops"),
    MakeType<&R::sns_configs>("sns_configs", "sns"),
    MakeType<&R::telegram_configs>("telegram_configs", "telegram"),
    MakeType<&R::webex_configs>("webex_configs", "webex"),
    MakeType<&R::msteams_configs>("msteams_configs", "msteams"),
    MakeType<&R::msteamsv2_configs>("msteamsv2_configs", "msteamsv2"),
    MakeType<&R::jira_configs>("jira_configs", "jira"),
    MakeType<&R::rocketchat_configs>("rocketchat_configs", "rocketchat"),
    MakeType<&R::mattermost_configs>("mattermost_configs", "mattermost"),
};

void ReadList(const ReceiverContext& context, const IntegrationType& type, ObjectReader* reader,
              ReceiverConfig* out) {
  for (const YamlNodePtr& node : reader->ReadList(type.key)) {
    if (node->is_null()) {
      context.source.Error(*node, "missing " + std::string(type.name) + " config");
    } else {
      type.read(context, node, out);
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
  for (const IntegrationType& type : kTypes) ReadList(context, type, &reader, &receiver);
  reader.Finish();
  return receiver;
}

}  // namespace

HttpClientConfigPtr ReadReceiverHttpConfig(const ReceiverContext& context, ObjectReader* reader) {
  const YamlNodePtr node = reader->Get("http_config");
  return node == nullptr ? context.global.http_config : ReadHttpConfig(context.source, node);
}

void RequireOneOf(ObjectReader* reader, std::string_view key, std::string_view file_key) {
  if (reader->HasText(key) || reader->HasText(file_key)) return;
  reader->Error("one of " + std::string(key) + " or " + std::string(file_key) +
                " must be configured");
}

void WriteReceiver(const ReceiverConfig& receiver, YamlWriter* writer) {
  writer->Text("name", receiver.name);
  writer->MapIfAny("labels", receiver.labels);
  for (const IntegrationType& type : kTypes) type.write(type.key, receiver, writer);
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
