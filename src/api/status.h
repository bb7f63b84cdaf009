#pragma once

// `/api/v2/status` and `/api/v1/status/buildinfo`: who we are, and with what configuration.

#include "api/exchange.h"

#include <string>

namespace tocsin::api {

void GetStatus(const ExchangePtr& exchange);
void GetBuildInfo(const ExchangePtr& exchange);

// `config_yaml`: what the configuration is, in Alertmanager's words.
std::string SerializeStatus(const Options& options, std::string_view config_yaml);
std::string SerializeBuildInfo(const BuildInfo& build);

}  // namespace tocsin::api
