#pragma once

// The body of `POST /api/v2/alerts`, decoded and checked as Alertmanager does it. Pure; safe from
// any thread, and from any input.

#include "api/body_error.h"
#include "base/time.h"
#include "config/config.h"
#include "model/alert.h"
#include "model/matcher.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::api {

struct AlertDecodeOptions {
  Time now{};  // When the batch was received.
  Duration resolve_timeout{};
  config::LimitsConfig limits;
  model::MatcherSyntax syntax = model::MatcherSyntax::kFallback;  // Decides which names are valid.
};

struct DecodedAlerts {
  std::vector<model::AlertPtr> alerts;  // The valid ones, in order.
  // Why the others are not: the first kErrorsMax of them.
  std::vector<std::string> errors;
  std::uint64_t invalid = 0;
  // As BodyError::code: how to answer if something in the body does not have the form of an alert;
  // else 0. Alertmanager takes nothing of such a body; it finds wrong types (400) before the rest.
  int malformed_code = 0;
  // By their times, invalid ones included.
  std::uint64_t firing = 0;
  std::uint64_t resolved = 0;

  static constexpr std::size_t kErrorsMax = 1000;
};

// With an error, nothing of the body is taken.
tl::expected<DecodedAlerts, BodyError> DecodeAlerts(std::string body,
                                                    const AlertDecodeOptions& options);

}  // namespace tocsin::api
