#pragma once

// Alerts as the body of a POST to Alertmanager's API v2. Pure; safe from any thread.

#include "model/alert.h"
#include "model/relabel.h"

#include <cstddef>
#include <string>
#include <vector>

namespace tocsin::datasource {

struct AlertBody {
  std::string json;
  std::size_t alerts = 0;  // Without those that relabelling drops.
};

// What an alert takes there, about.
std::size_t EncodedBytes(const model::Alert& alert);

AlertBody EncodeAlerts(const std::vector<model::AlertPtr>& alerts,
                       const model::RelabelRules& relabel_rules);

}  // namespace tocsin::datasource
