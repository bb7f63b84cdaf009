#include "base/duration.h"
#include "base/text.h"
#include "config/http_url.h"
#include "config/load_parts.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace tocsin::config {
namespace {

// Each query on the wire is a connection, and so an open file.
constexpr int kMaxConcurrencyMost = 1024;
// A group waits for its queries.
constexpr Duration kTimeoutMost = std::chrono::hours(1);

// Paths are appended to these URLs: no slash at the end of the path, and no fragment behind it. A
// query stays.
std::string AsBase(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t path_end = std::min(url.find('?'), url.size());
  std::string base(url.substr(0, path_end));
  while (base.ends_with('/')) base.pop_back();
  return base.append(url.substr(path_end));
}

void ReadMethod(ObjectReader* reader, DatasourceConfig* out) {
  std::string method = "POST";
  reader->Read("method", &method);
  if (method != "POST" && method != "GET") {
    reader->Error("method", "method must be POST or GET, not " + Shown(method));
  }
  out->use_get = method == "GET";
}

void ReadQueryLanguage(ObjectReader* reader, DatasourceConfig* out) {
  std::string language = "promql";
  reader->Read("query_language", &language);
  if (language == "promql_experimental") {
    out->query_language = QueryLanguage::kPromqlExperimental;
  } else if (language == "metricsql") {
    out->query_language = QueryLanguage::kMetricsql;
  } else if (language != "promql") {
    reader->Error(
        "query_language",
        "query_language must be promql, promql_experimental or metricsql, not " + Shown(language));
  }
}

// Thanos's name and words for it.
void ReadPartialResponses(ObjectReader* reader, DatasourceConfig* out) {
  std::string strategy = "abort";
  reader->Read("partial_response_strategy", &strategy);
  strategy = AsciiLower(strategy);
  if (strategy != "abort" && strategy != "warn") {
    reader->Error("partial_response_strategy",
                  "partial_response_strategy must be abort or warn, not " + Shown(strategy));
  }
  out->partial_answers = strategy == "warn";
}

// A parameter may have several values: `match[]: [a, b]`.
void ReadParams(const Source& source, ObjectReader* reader, DatasourceConfig* out) {
  const YamlNodePtr node = reader->Get("params");
  if (node == nullptr) return;
  const ObjectReader check(source, node, "params");
  for (const YamlNode::Entry& entry : node->entries()) {
    const std::vector<YamlNodePtr> one = {entry.value};
    for (const YamlNodePtr& value : entry.value->is_sequence() ? entry.value->items() : one) {
      if (value->is_scalar() || value->is_null()) {
        out->params.emplace_back(entry.key->text(), value->text());
      } else {
        source.Error(*value, "params: a value must be a string or a list of strings, not " +
                                 std::string(KindName(*value)));
      }
    }
  }
}

void ReadUrls(ObjectReader* reader, DatasourceConfig* out) {
  reader->ReadUrl("url", &out->url);
  if (!reader->HasText("url")) reader->Error("url", "a datasource needs a url");
  out->url = AsBase(out->url);
  if (reader->HasText("external_url")) reader->ReadUrl("external_url", &out->external_url);
  if (out->external_url.find('?') != std::string::npos) {
    reader->Error("external_url", "external_url cannot have a query: links are appended to it");
  }
  out->external_url = AsBase(out->external_url);
  if (out->external_url.empty()) out->external_url = AsBase(WithoutCredentials(out->url));
}

DatasourceConfig ReadDatasource(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "datasource");
  DatasourceConfig config;
  reader.Read("name", &config.name);
  if (config.name.empty()) reader.Error("name", "the name of a datasource must not be empty");
  ReadUrls(&reader, &config);
  reader.ReadDuration("timeout", &config.timeout);
  if (config.timeout == Duration::zero()) {
    reader.Error("timeout", "timeout cannot be zero");
  } else if (config.timeout > kTimeoutMost) {
    reader.Error("timeout", "timeout must be at most " + FormatPrometheusDuration(kTimeoutMost) +
                                ": a group waits for its queries");
  }
  ReadMethod(&reader, &config);
  reader.Read("max_concurrency", &config.max_concurrency);
  if (config.max_concurrency < 1) {
    reader.Error("max_concurrency", "max_concurrency must be at least 1");
  } else if (config.max_concurrency > kMaxConcurrencyMost) {
    reader.Error("max_concurrency",
                 "max_concurrency must be at most " + std::to_string(kMaxConcurrencyMost));
  }
  ReadQueryLanguage(&reader, &config);
  ReadPartialResponses(&reader, &config);
  ReadParams(source, &reader, &config);
  std::map<std::string, std::string> headers;
  reader.Read("headers", &headers);
  config.headers.assign(headers.begin(), headers.end());
  auto http_config = std::make_shared<HttpClientConfig>();
  ReadHttpKeys(source, &reader, http_config.get());
  config.http_config = std::move(http_config);
  reader.Finish();
  return config;
}

}  // namespace

DatasourceConfig DatasourceAt(std::string_view url) {
  DatasourceConfig config;
  config.url = AsBase(url);
  config.external_url = AsBase(WithoutCredentials(config.url));
  return config;
}

std::vector<DatasourceConfig> ReadDatasources(const Source& source,
                                              const std::vector<YamlNodePtr>& nodes) {
  std::vector<DatasourceConfig> datasources;
  std::set<std::string> names;
  for (const YamlNodePtr& node : nodes) {
    DatasourceConfig datasource = ReadDatasource(source, node);
    if (!names.insert(datasource.name).second) {
      source.Error(*node, "datasource name " + GoQuote(datasource.name) + " is not unique");
    }
    datasources.push_back(std::move(datasource));
  }
  return datasources;
}

}  // namespace tocsin::config
