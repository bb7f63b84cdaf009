#pragma once

// E-mail. Everything is rendered before the server is spoken to, so that a broken template cannot
// send half a mail.

#include "notifiers/field_templates.h"
#include "notifiers/integration.h"

#include <string>

namespace tocsin::notifiers {

IntegrationPtr MakeEmail(model::IntegrationId id, const config::EmailConfig& config,
                         FieldCompiler* compiler);

// An attempt that the mail client could not bring to an end. `code` is the server's answer that
// ended it, 0 if there was none: 4xx is for later, 5xx for good, and so are refused credentials.
// `error` says what happened, code included.
Outcome JudgeMailFailure(int code, bool authentication, std::string error);

}  // namespace tocsin::notifiers
