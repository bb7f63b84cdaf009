#include "base/text.h"
#include "config/http_url.h"
#include "config/load_parts.h"

#include <set>
#include <string>
#include <utility>

namespace tocsin::config {
namespace {

std::string WithoutTrailingSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void ReadMethod(ObjectReader* reader, DatasourceConfig* out) {
  std::string method = "POST";
  reader->Read("method", &method);
  if (method != "POST" && method != "GET") {
    reader->Error("method", "method must be POST or GET, not " + Shown(method));
  }
  out->use_get = method == "GET";
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
  out->url = WithoutTrailingSlash(std::move(out->url));
  if (reader->HasText("external_url")) reader->ReadUrl("external_url", &out->external_url);
  out->external_url = WithoutTrailingSlash(std::move(out->external_url));
  if (out->external_url.empty()) out->external_url = WithoutUserInfo(out->url);
}

DatasourceConfig ReadDatasource(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "datasource");
  DatasourceConfig config;
  reader.Read("name", &config.name);
  if (config.name.empty()) reader.Error("name", "the name of a datasource must not be empty");
  ReadUrls(&reader, &config);
  reader.ReadDuration("timeout", &config.timeout);
  if (config.timeout == Duration::zero()) reader.Error("timeout", "timeout cannot be zero");
  ReadMethod(&reader, &config);
  reader.Read("max_concurrency", &config.max_concurrency);
  if (config.max_concurrency < 1) {
    reader.Error("max_concurrency", "max_concurrency must be at least 1");
  }
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
