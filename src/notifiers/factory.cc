#include "notifiers/factory.h"

#include "notifiers/email.h"
#include "notifiers/field_templates.h"
#include "notifiers/slack.h"
#include "notifiers/unsendable.h"
#include "notifiers/webhook.h"

#include <cstdint>
#include <string_view>

namespace tocsin::notifiers {
namespace {

class Builder {
 public:
  Builder(const config::ReceiverConfig& receiver, NotificationTemplatesPtr templates,
          config::Diagnostics* diagnostics)
      : receiver_(receiver), templates_(std::move(templates)), diagnostics_(diagnostics) {}

  template <class Config>
  void Add(std::string_view type, const std::vector<Config>& configs,
           IntegrationPtr (*make)(model::IntegrationId, const Config&, FieldCompiler*)) {
    std::uint32_t index = 0;
    for (const Config& config : configs) {
      const model::IntegrationId id{receiver_.name, std::string(type), index++};
      FieldCompiler compiler(templates_, id, config.places, diagnostics_);
      built_.push_back(make(id, config, &compiler));
    }
  }

  // Of a type that has no sender here yet.
  template <class Config>
  void AddUnsendable(std::string_view type, const std::vector<Config>& configs) {
    std::uint32_t index = 0;
    for (const Config& config : configs) {
      const model::IntegrationId id{receiver_.name, std::string(type), index};
      diagnostics_->AddWarning(config.places.block,
                               "receiver \"" + receiver_.name + "\": " + id.type + "_configs[" +
                                   std::to_string(index) +
                                   "] cannot send yet; its notifications count as failed");
      built_.push_back(MakeUnsendable(id, config.send_resolved));
      ++index;
    }
  }

  // Alertmanager refuses a responder's type if it is a template that does not compile.
  void CheckResponders(const std::vector<config::OpsgenieConfig>& configs) {
    std::uint32_t index = 0;
    for (const config::OpsgenieConfig& config : configs) {
      const model::IntegrationId id{receiver_.name, "opsgenie", index++};
      FieldCompiler compiler(templates_, id, config.places, diagnostics_);
      for (std::size_t i = 0; i < config.responders.size(); ++i) {
        compiler.Text("responders[" + std::to_string(i) + "].type", config.responders[i].type);
      }
    }
  }

  std::vector<IntegrationPtr> Take() { return std::move(built_); }

 private:
  const config::ReceiverConfig& receiver_;
  NotificationTemplatesPtr templates_;
  config::Diagnostics* diagnostics_;
  std::vector<IntegrationPtr> built_;
};

}  // namespace

std::vector<IntegrationPtr> BuildIntegrations(
    const config::ReceiverConfig& receiver,
    const std::shared_ptr<const templates::NotificationTemplates>& templates,
    config::Diagnostics* diagnostics) {
  Builder builder(receiver, templates, diagnostics);
  builder.Add("webhook", receiver.webhook_configs, MakeWebhook);
  builder.Add("email", receiver.email_configs, MakeEmail);
  builder.AddUnsendable("pagerduty", receiver.pagerduty_configs);
  builder.AddUnsendable("opsgenie", receiver.opsgenie_configs);
  builder.CheckResponders(receiver.opsgenie_configs);
  builder.AddUnsendable("wechat", receiver.wechat_configs);
  builder.Add("slack", receiver.slack_configs, MakeSlack);
  builder.AddUnsendable("victorops", receiver.victorops_configs);
  builder.AddUnsendable("pushover", receiver.pushover_configs);
  builder.AddUnsendable("sns", receiver.sns_configs);
  builder.AddUnsendable("telegram", receiver.telegram_configs);
  builder.AddUnsendable("discord", receiver.discord_configs);
  builder.AddUnsendable("webex", receiver.webex_configs);
  builder.AddUnsendable("msteams", receiver.msteams_configs);
  builder.AddUnsendable("msteamsv2", receiver.msteamsv2_configs);
  builder.AddUnsendable("jira", receiver.jira_configs);
  builder.AddUnsendable("incidentio", receiver.incidentio_configs);
  builder.AddUnsendable("rocketchat", receiver.rocketchat_configs);
  builder.AddUnsendable("mattermost", receiver.mattermost_configs);
  return builder.Take();
}

}  // namespace tocsin::notifiers
