#pragma once

// The parts of MarshalForAlertmanager; for marshal*.cc only. Each writes entries of the current
// mapping, in the order of Alertmanager's own output.

#include "config/config.h"
#include "config/yaml_writer.h"

#include <string_view>

namespace tocsin::config {

void WriteTlsConfig(std::string_view key, const TlsConfig& tls, YamlWriter* writer);
void WriteHttpConfig(const HttpClientConfig& http,
                     YamlWriter* writer);  // The key `http_config` too.
void WriteReceiver(const ReceiverConfig& receiver, YamlWriter* writer);

}  // namespace tocsin::config
