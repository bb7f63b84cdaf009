#pragma once

// Answers for people: the conclusion first, then how it came to it, in the order of time.

#include "explain/listing.h"
#include "explain/search.h"

#include <string>

namespace tocsin::explain {

std::string ToText(const Answer& answer);
// One line for each event, the newest first.
std::string ToText(const Page& page);

}  // namespace tocsin::explain
