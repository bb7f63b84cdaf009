#pragma once

// Stands for an integration whose configuration is understood, but which cannot send yet: each of
// its notifications fails, so that the counters and the log say so.

#include "notifiers/integration.h"

namespace tocsin::notifiers {

IntegrationPtr MakeUnsendable(model::IntegrationId id, bool send_resolved);

}  // namespace tocsin::notifiers
