#include "notifiers/factory.h"

#include "notifiers/email.h"
#include "notifiers/field_templates.h"
#include "notifiers/slack.h"
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
  builder.Add("slack", receiver.slack_configs, MakeSlack);
  return builder.Take();
}

}  // namespace tocsin::notifiers
