#pragma once

// An event in a line for people.

#include "history/event.h"

#include <string>

namespace tocsin::explain {

std::string EventText(const history::Event& event);
// `HostDown (rules.yml:12)`
std::string RuleText(const history::Rule& rule);

}  // namespace tocsin::explain
