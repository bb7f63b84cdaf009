#include "base/hash.h"
#include "base/text.h"
#include "config/http_url.h"
#include "config/load_parts.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace tocsin::config {
namespace {

// The only message that we can write is that of version 1.0.
void CheckMessage(ObjectReader* reader) {
  std::string message;
  reader->Read("protobuf_message", &message);
  if (message.empty() || message == "prometheus.WriteRequest") return;
  if (message == "io.prometheus.write.v2.Request") {
    return reader->NotSupportedYet("protobuf_message");
  }
  reader->Error("protobuf_message", "unknown protobuf_message " + Shown(message));
}

void ReadQueue(const Source& source, const YamlNodePtr& node, RemoteWriteConfig* out) {
  if (node == nullptr) return;
  ObjectReader reader(source, node, "queue_config");
  const auto read_count = [&reader](std::string_view key, std::uint64_t* count) {
    reader.Read(key, count);
    if (*count == 0) reader.Error(key, std::string(key) + " must be at least 1");
  };
  read_count("capacity", &out->capacity);
  read_count("max_samples_per_send", &out->max_samples_per_send);
  // One request at a time keeps the order; there is nothing to divide.
  std::uint64_t max_shards = 1, min_shards = 1;
  read_count("max_shards", &max_shards);
  read_count("min_shards", &min_shards);
  reader.ReadDuration("batch_send_deadline", &out->batch_send_deadline);
  reader.ReadDuration("min_backoff", &out->min_backoff);
  reader.ReadDuration("max_backoff", &out->max_backoff);
  if (out->min_backoff == Duration::zero()) {
    reader.Error("min_backoff", "min_backoff cannot be zero");
  } else if (out->max_backoff < out->min_backoff) {
    reader.Error("max_backoff", "max_backoff is below min_backoff");
  }
  reader.Read("retry_on_http_429", &out->retry_on_http_429);
  reader.NotSupportedYet("sample_age_limit");
  reader.Finish();
}

void ReadRequestHeaders(const Source& source, ObjectReader* reader, RemoteWriteConfig* out) {
  const YamlNodePtr node = reader->Get("headers");
  reader->Read("headers", &out->headers);
  if (node == nullptr) return;
  for (const YamlNode::Entry& entry : node->entries()) {
    const std::string& name = entry.key->text();
    if (AsciiLower(name) == "authorization") {
      source.Error(*entry.key,
                   "the authorization header is set by basic_auth, authorization or oauth2");
    } else if (IsReservedHeader(name)) {
      source.Error(*entry.key, Shown(name) + " is a reserved header; it must not be changed");
    }
  }
}

void ReadDatasourceName(ObjectReader* reader, const std::vector<DatasourceConfig>& datasources,
                        RemoteWriteConfig* out) {
  if (!datasources.empty()) out->datasource = datasources.front().name;
  if (!reader->Read("datasource", &out->datasource)) return;
  const bool known = std::any_of(
      datasources.begin(), datasources.end(),
      [out](const DatasourceConfig& datasource) { return datasource.name == out->datasource; });
  if (!known) reader->Error("datasource", "undefined datasource " + Shown(out->datasource));
}

RemoteWriteConfig ReadEndpoint(const Source& source, const YamlNodePtr& node,
                               const std::vector<DatasourceConfig>& datasources) {
  ObjectReader reader(source, node, "remote_write");
  RemoteWriteConfig config;
  reader.Read("name", &config.name);
  if (!reader.HasText("url")) reader.Error("url", "url for remote_write is empty");
  reader.ReadUrl("url", &config.url);
  ReadDatasourceName(&reader, datasources, &config);
  reader.ReadDuration("remote_timeout", &config.remote_timeout);
  if (config.remote_timeout == Duration::zero()) {
    reader.Error("remote_timeout", "remote_timeout cannot be zero");
  }
  ReadRequestHeaders(source, &reader, &config);
  config.write_relabel_configs =
      ReadRelabelConfigs(source, reader.ReadList("write_relabel_configs"));
  ReadQueue(source, reader.Get("queue_config"), &config);
  CheckMessage(&reader);
  // What a Prometheus sends besides samples; rules have none of it.
  bool unused = false;
  for (std::string_view key : {"send_exemplars", "send_native_histograms", "round_robin_dns"}) {
    reader.Read(key, &unused);
  }
  reader.Get("metadata_config");
  for (std::string_view key : {"sigv4", "azuread", "google_iam"}) reader.NotSupportedYet(key);
  auto http_config = std::make_shared<HttpClientConfig>();
  ReadHttpKeys(source, &reader, http_config.get());
  config.http_config = std::move(http_config);
  reader.Finish();
  return config;
}

}  // namespace

std::vector<RemoteWriteConfig> ReadRemoteWrite(const Source& source,
                                               const std::vector<YamlNodePtr>& nodes,
                                               const std::vector<DatasourceConfig>& datasources) {
  std::vector<RemoteWriteConfig> endpoints;
  std::set<std::string> names;
  for (const YamlNodePtr& node : nodes) {
    if (node->is_null()) {
      source.Error(*node, "empty or null remote write config section");
      continue;
    }
    RemoteWriteConfig endpoint = ReadEndpoint(source, node, datasources);
    if (!endpoint.name.empty() && !names.insert(endpoint.name).second) {
      source.Error(*node,
                   "found multiple remote write configs with job name " + GoQuote(endpoint.name));
    }
    endpoints.push_back(std::move(endpoint));
  }
  NameRemoteWrites(&endpoints);
  return endpoints;
}

void NameRemoteWrites(std::vector<RemoteWriteConfig>* endpoints) {
  std::set<std::string> names;
  for (const RemoteWriteConfig& endpoint : *endpoints) names.insert(endpoint.name);
  for (RemoteWriteConfig& endpoint : *endpoints) {
    if (!endpoint.name.empty()) continue;
    const std::string name = Hex16(XxHash64(endpoint.url)).substr(0, 6);
    endpoint.name = name;
    for (int i = 2; !names.insert(endpoint.name).second; ++i) {
      endpoint.name = name + "-" + std::to_string(i);
    }
  }
}

}  // namespace tocsin::config
