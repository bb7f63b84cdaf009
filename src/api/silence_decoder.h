#pragma once

// The body of `POST /api/v2/silences`, decoded and checked as Alertmanager's API does it before it
// looks at what is in it. Pure; safe from any thread, and from any input.

#include "api/body_error.h"
#include "model/silence.h"

#include <tl/expected.hpp>

#include <string>
#include <vector>

namespace tocsin::api {

struct DecodedSilence {
  model::Silence silence;  // Without its matchers.
  std::vector<model::MatcherText> matchers;
};

tl::expected<DecodedSilence, BodyError> DecodeSilence(const std::string& body);

}  // namespace tocsin::api
