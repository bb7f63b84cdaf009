#pragma once

// The loader's parts, one file a subject; for load*.cc only. Each reads one node, reports what is
// wrong with it, and gives the best value it can, so that the others' errors are found too.

#include "config/config.h"
#include "config/object_reader.h"
#include "config/target_groups.h"
#include "model/relabel.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// load_http.cc. The keys of a mapping that the caller finishes.
void ReadHeaders(const Source& source, const YamlNodePtr& node, std::string_view what,
                 std::map<std::string, ExtraHeader>* out);
void ReadHttpKeys(const Source& source, ObjectReader* reader, HttpClientConfig* out);
// Is it a header that the client, or the protocol it speaks, sets?
bool IsReservedHeader(std::string_view name);
HttpClientConfigPtr ReadHttpConfig(const Source& source, const YamlNodePtr& node);
void ReadTlsVersion(ObjectReader* reader, std::string_view key, std::optional<TlsVersion>* out);
TlsConfig ReadTlsConfig(const Source& source, const YamlNodePtr& node);

// global_config.cc.
GlobalConfig ReadGlobal(const Source& source, const YamlNodePtr& node, model::MatcherSyntax syntax);
bool ReadHostPort(ObjectReader* reader, std::string_view key, HostPort* out);

// receivers.cc.
std::vector<ReceiverConfig> ReadReceivers(const Source& source,
                                          const std::vector<YamlNodePtr>& nodes,
                                          const GlobalConfig& global);

// load_route.cc. Names that do not exist are reported, of receivers // and of time intervals.
RouteConfig ReadRoute(const Source& source, const YamlNodePtr& node,
                      const std::vector<ReceiverConfig>& receivers,
                      const std::set<std::string>& time_intervals, const LoadOptions& options);

// matcher_forms.cc. Under which keys an object has its matchers.
struct MatcherKeys {
  std::string_view match, match_re, matchers;
};
MatcherForms ReadMatcherForms(const Source& source, const MatcherKeys& keys,
                              model::MatcherSyntax syntax, ObjectReader* reader);

// inhibit_rules.cc.
std::vector<InhibitRule> ReadInhibitRules(const Source& source,
                                          const std::vector<YamlNodePtr>& nodes,
                                          model::MatcherSyntax syntax);

// time_intervals.cc. `kind` is that of the list in messages; `names` are those that exist already,
// and gains the new ones.
model::TimeInterval ReadTimeInterval(const Source& source, const YamlNodePtr& node);
std::vector<model::NamedTimeInterval> ReadTimeIntervals(const Source& source,
                                                        const std::vector<YamlNodePtr>& nodes,
                                                        const std::string& kind,
                                                        std::set<std::string>* names);

// relabel_configs.cc. Rules that are wrong are reported and left out.
model::RelabelRules ReadRelabelConfigs(const Source& source, const std::vector<YamlNodePtr>& nodes);

// tracing.cc. Nothing if there is no node.
std::optional<TracingConfig> ReadTracing(const Source& source, const YamlNodePtr& node);

// event_recorder.cc. Nothing if there is no node.
std::optional<EventRecorderConfig> ReadEventRecorder(const Source& source, const YamlNodePtr& node);

// load_datasources.cc.
std::vector<DatasourceConfig> ReadDatasources(const Source& source,
                                              const std::vector<YamlNodePtr>& nodes);

// load_alerting.cc. Nothing if there is no node.
AlertingConfig ReadAlerting(const Source& source, const YamlNodePtr& node);

// load_remote_write.cc. Each belongs to one of the datasources, if there are any.
std::vector<RemoteWriteConfig> ReadRemoteWrite(const Source& source,
                                               const std::vector<YamlNodePtr>& nodes,
                                               const std::vector<DatasourceConfig>& datasources);

}  // namespace tocsin::config
