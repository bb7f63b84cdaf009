#pragma once

// Slack, by an incoming webhook or by chat.postMessage with a token. With `update_message` the
// message of a group is edited instead of a new one being posted: its ids are kept with the
// notification log.

#include "notifiers/field_templates.h"
#include "notifiers/integration.h"

namespace tocsin::notifiers {

IntegrationPtr MakeSlack(model::IntegrationId id, const config::SlackConfig& config,
                         FieldCompiler* compiler);

}  // namespace tocsin::notifiers
