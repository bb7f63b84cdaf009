#pragma once

// The loader's parts, one file a subject; for load*.cc only. Each reads one node, reports what is
// wrong with it, and gives the best value it can, so that the others' errors are found too.

#include "config/config.h"
#include "config/object_reader.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// load_http.cc. The keys of a mapping that the caller finishes.
void ReadHttpKeys(const Source& source, ObjectReader* reader, HttpClientConfig* out);
HttpClientConfigPtr ReadHttpConfig(const Source& source, const YamlNodePtr& node);
TlsConfig ReadTlsConfig(const Source& source, const YamlNodePtr& node);

// load_global.cc.
GlobalConfig ReadGlobal(const Source& source, const YamlNodePtr& node, model::MatcherSyntax syntax);
bool ReadHostPort(ObjectReader* reader, std::string_view key, HostPort* out);

// load_receivers.cc.
std::vector<ReceiverConfig> ReadReceivers(const Source& source,
                                          const std::vector<YamlNodePtr>& nodes,
                                          const GlobalConfig& global);

// What the reader of an integration gets beside its node.
struct ReceiverContext {
  const Source& source;
  const GlobalConfig& global;
};

// One file an integration; load_receivers.cc has the table of them.
WebhookConfig ReadWebhook(const ReceiverContext& context, const YamlNodePtr& node);
EmailConfig ReadEmail(const ReceiverContext& context, const YamlNodePtr& node);
SlackConfig ReadSlack(const ReceiverContext& context, const YamlNodePtr& node);

// The receiver's own http_config as a whole, else the global one.
HttpClientConfigPtr ReadReceiverHttpConfig(const ReceiverContext& context, ObjectReader* reader);

// load_route.cc. Names of receivers that do not exist are reported.
RouteConfig ReadRoute(const Source& source, const YamlNodePtr& node,
                      const std::vector<ReceiverConfig>& receivers, model::MatcherSyntax syntax);

// load_datasources.cc.
std::vector<DatasourceConfig> ReadDatasources(const Source& source,
                                              const std::vector<YamlNodePtr>& nodes);

}  // namespace tocsin::config
