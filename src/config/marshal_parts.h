#pragma once

// The parts of MarshalForAlertmanager; for marshal*.cc only. Each writes entries of the current
// mapping, in the order of Alertmanager's own output.

#include "config/config.h"
#include "config/load_parts.h"
#include "config/yaml_writer.h"

#include <string_view>

namespace tocsin::config {

void WriteTlsConfig(std::string_view key, const TlsConfig& tls, YamlWriter* writer);
void WriteHeaders(std::string_view key, const std::map<std::string, ExtraHeader>& headers,
                  YamlWriter* writer);  // Nothing if none sends anything.
void WriteHttpConfig(const HttpClientConfig& http,
                     YamlWriter* writer);                          // The key `http_config` too.
void WriteGlobal(const GlobalConfig& global, YamlWriter* writer);  // The key too.
void WriteMatcherForms(const MatcherForms& forms, const MatcherKeys& keys, YamlWriter* writer);
void WriteInhibitRules(const std::vector<InhibitRule>& rules, YamlWriter* writer);
void WriteTimeInterval(const model::TimeInterval& interval, YamlWriter* writer);
void WriteTimeIntervals(std::string_view key,
                        const std::vector<model::NamedTimeInterval>& intervals, YamlWriter* writer);
void WriteTracing(const TracingConfig& tracing, YamlWriter* writer);
void WriteEventRecorder(const EventRecorderConfig& recorder, YamlWriter* writer);
void WriteReceiver(const ReceiverConfig& receiver, YamlWriter* writer);

}  // namespace tocsin::config
