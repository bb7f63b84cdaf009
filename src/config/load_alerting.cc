#include "base/text.h"
#include "config/load_parts.h"

#include <array>
#include <string>
#include <utility>

namespace tocsin::config {
namespace {

// Prometheus's other ways to find targets.
constexpr std::array<std::string_view, 23> kOtherDiscoveries = {
    "azure_sd_configs",     "consul_sd_configs",      "digitalocean_sd_configs",
    "docker_sd_configs",    "dockerswarm_sd_configs", "ec2_sd_configs",
    "eureka_sd_configs",    "gce_sd_configs",         "hetzner_sd_configs",
    "http_sd_configs",      "ionos_sd_configs",       "kubernetes_sd_configs",
    "kuma_sd_configs",      "lightsail_sd_configs",   "linode_sd_configs",
    "marathon_sd_configs",  "nerve_sd_configs",       "nomad_sd_configs",
    "openstack_sd_configs", "ovhcloud_sd_configs",    "puppetdb_sd_configs",
    "scaleway_sd_configs",  "serverset_sd_configs"};

void ReadRefreshInterval(ObjectReader* reader, Duration* out) {
  reader->ReadDuration("refresh_interval", out);
  if (*out == Duration::zero()) {
    reader->Error("refresh_interval", "refresh_interval cannot be zero");
  }
}

FileDiscovery ReadFileDiscovery(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "file_sd_config");
  FileDiscovery discovery;
  reader.ReadPaths("files", &discovery.files);
  if (discovery.files.empty()) {
    reader.Error("files", "file service discovery config must contain at least one path name");
  }
  for (const std::string& file : discovery.files) {
    if (file.ends_with(".json") || file.ends_with(".yml") || file.ends_with(".yaml")) continue;
    reader.Error("files", "path name " + Shown(file) +
                              " is not valid for file discovery: it must end in .json, .yml or "
                              ".yaml");
  }
  ReadRefreshInterval(&reader, &discovery.refresh_interval);
  reader.Finish();
  return discovery;
}

DnsDiscovery ReadDnsDiscovery(const Source& source, const YamlNodePtr& node) {
  using Type = DnsDiscovery::Type;
  ObjectReader reader(source, node, "dns_sd_config");
  DnsDiscovery discovery;
  reader.Read("names", &discovery.names);
  if (discovery.names.empty()) {
    reader.Error("names", "DNS-SD config must contain at least one SRV record name");
  }
  std::string type = "SRV";
  reader.Read("type", &type);
  if (AsciiLower(type) == "a") {
    discovery.type = Type::kA;
  } else if (AsciiLower(type) == "aaaa") {
    discovery.type = Type::kAaaa;
  } else if (AsciiLower(type) == "mx") {
    discovery.type = Type::kMx;
  } else if (AsciiLower(type) != "srv") {
    reader.Error("type", "invalid DNS-SD records type " + Shown(type));
  }
  reader.Read("port", &discovery.port);
  if (discovery.port < 0 || discovery.port > 65535) {
    reader.Error("port", "port must be between 1 and 65535");
  } else if (discovery.type != Type::kSrv && discovery.port == 0) {
    reader.Error("a port is required in DNS-SD configs for all record types except SRV");
  }
  ReadRefreshInterval(&reader, &discovery.refresh_interval);
  reader.Finish();
  return discovery;
}

AlertmanagerConfig ReadAlertmanager(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "alertmanager");
  AlertmanagerConfig config;
  reader.Read("scheme", &config.scheme);
  if (config.scheme != "http" && config.scheme != "https") {
    reader.Error("scheme", "scheme must be http or https, not " + Shown(config.scheme));
  }
  reader.Read("path_prefix", &config.path_prefix);
  reader.ReadDuration("timeout", &config.timeout);
  if (config.timeout == Duration::zero()) reader.Error("timeout", "timeout cannot be zero");
  std::string version = "v2";
  reader.Read("api_version", &version);
  if (version != "v2") {
    reader.Error("api_version",
                 "expected Alertmanager api version to be one of [v2] but got " + Shown(version));
  }
  config.static_configs = ReadTargetGroups(source, reader.ReadList("static_configs"));
  for (const YamlNodePtr& item : reader.ReadList("file_sd_configs")) {
    config.file_sd_configs.push_back(ReadFileDiscovery(source, item));
  }
  for (const YamlNodePtr& item : reader.ReadList("dns_sd_configs")) {
    config.dns_sd_configs.push_back(ReadDnsDiscovery(source, item));
  }
  config.relabel_configs = ReadRelabelConfigs(source, reader.ReadList("relabel_configs"));
  config.alert_relabel_configs =
      ReadRelabelConfigs(source, reader.ReadList("alert_relabel_configs"));
  for (std::string_view key : kOtherDiscoveries) reader.NotSupportedYet(key);
  reader.NotSupportedYet("sigv4");
  auto http_config = std::make_shared<HttpClientConfig>();
  ReadHttpKeys(source, &reader, http_config.get());
  config.http_config = std::move(http_config);
  reader.Finish();
  return config;
}

}  // namespace

AlertingConfig ReadAlerting(const Source& source, const YamlNodePtr& node) {
  AlertingConfig alerting;
  if (node == nullptr) return alerting;
  ObjectReader reader(source, node, "alerting");
  alerting.alert_relabel_configs =
      ReadRelabelConfigs(source, reader.ReadList("alert_relabel_configs"));
  for (const YamlNodePtr& item : reader.ReadList("alertmanagers")) {
    alerting.alertmanagers.push_back(ReadAlertmanager(source, item));
  }
  reader.Finish();
  return alerting;
}

}  // namespace tocsin::config
