#pragma once

// An event in a line for people.

#include "history/event.h"

#include <string>

namespace tocsin::explain {

std::string EventText(const history::Event& event);
// `HostDown (rules.yml:12, group hosts)`
std::string RuleText(const history::Rule& rule);
// As Prometheus prints a value.
std::string NumberText(double value);
// Of an alert that a relabelling rule drops.
std::string DroppedText(std::size_t position);

}  // namespace tocsin::explain
