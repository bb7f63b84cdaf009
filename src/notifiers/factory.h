#pragma once

// Builds the integrations of a receiver from its configuration.

#include "config/config.h"
#include "config/diagnostic.h"
#include "notifiers/integration.h"
#include "templates/notification_templates.h"

#include <memory>
#include <vector>

namespace tocsin::notifiers {

// All integrations, in Alertmanager's order (webhook, email, ..., slack, ...), each numbered within
// its type. What is wrong with a template is added to `diagnostics`; the result is of use only if
// that has gained no error.
std::vector<IntegrationPtr> BuildIntegrations(
    const config::ReceiverConfig& receiver,
    const std::shared_ptr<const templates::NotificationTemplates>& templates,
    config::Diagnostics* diagnostics);

}  // namespace tocsin::notifiers
