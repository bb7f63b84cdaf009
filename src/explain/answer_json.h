#pragma once

// Answers for programs, in the envelope of Prometheus's API.

#include "explain/listing.h"
#include "explain/search.h"

#include <string>

namespace tocsin::explain {

std::string ToJson(const Answer& answer);
std::string ToJson(const Page& page);

}  // namespace tocsin::explain
