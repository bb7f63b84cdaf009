#pragma once

// The generic webhook: Alertmanager's JSON (version 4), or a payload of the user's own.

#include "notifiers/field_templates.h"
#include "notifiers/integration.h"

namespace tocsin::notifiers {

IntegrationPtr MakeWebhook(model::IntegrationId id, const config::WebhookConfig& config,
                           FieldCompiler* compiler);

}  // namespace tocsin::notifiers
