#include "app/ruler_flags.h"

#include "config/http_url.h"

#include <filesystem>
#include <set>
#include <utility>

namespace tocsin::app {
namespace {

Status ReadUrls(const FlagValues& given, std::string_view flag, std::vector<std::string>* out) {
  for (const std::string& text : FlagTexts(given, flag)) {
    Result<std::string> url = config::ParseHttpUrl(text);
    if (!url) return Fail(flag, url.error());
    out->push_back(*std::move(url));
  }
  return {};
}

void ReadDuration(const FlagValues& given, std::string_view flag, std::optional<Duration>* out) {
  if (given.contains(flag)) *out = *ParseFlagDuration(FlagText(given, flag));
}

// `http://user:password@host:9093/prefix`
config::AlertmanagerConfig AlertmanagerAt(const std::string& url) {
  config::AlertmanagerConfig config;
  const std::size_t address = url.find("://") + 3;
  const std::size_t path = std::min(url.find_first_of("/?#", address), url.size());
  config.scheme = url.substr(0, address - 3);
  config.static_configs = {{{url.substr(address, path - address)}, {}}};
  config.path_prefix = url.substr(path, url.find_first_of("?#", path) - path);
  return config;
}

}  // namespace

bool RulerFlags::any() const {
  return !datasource_urls.empty() || !notifier_urls.empty() || !remote_write_urls.empty() ||
         !rule_files.empty() || evaluation_interval || resend_delay || max_start_delay ||
         for_outage_tolerance || for_grace_period;
}

void RulerFlags::AddTo(config::Config* config) const {
  std::set<std::string> names;
  for (const config::DatasourceConfig& known : config->datasources) names.insert(known.name);
  for (const std::string& url : datasource_urls) {
    config::DatasourceConfig datasource = config::DatasourceAt(url);
    const std::string name = datasource.name;
    for (int i = 2; !names.insert(datasource.name).second; ++i) {
      datasource.name = name + "-" + std::to_string(i);
    }
    config->datasources.push_back(std::move(datasource));
  }
  for (const std::string& url : notifier_urls) {
    config->alerting.alertmanagers.push_back(AlertmanagerAt(url));
  }
  for (const std::string& url : remote_write_urls) {
    config->remote_write.emplace_back().url = url;
  }
  for (config::RemoteWriteConfig& endpoint : config->remote_write) {
    if (endpoint.datasource.empty() && !config->datasources.empty()) {
      endpoint.datasource = config->datasources.front().name;
    }
  }
  config::NameRemoteWrites(&config->remote_write);
  config->rule_files.insert(config->rule_files.end(), rule_files.begin(), rule_files.end());
  if (evaluation_interval) config->global.evaluation_interval = *evaluation_interval;
  if (resend_delay) config->rules.resend_delay = *resend_delay;
  if (for_outage_tolerance) config->rules.for_outage_tolerance = *for_outage_tolerance;
  if (for_grace_period) config->rules.for_grace_period = *for_grace_period;
  if (max_start_delay) config->rules.max_start_delay = max_start_delay;
}

Result<RulerFlags> ReadRulerFlags(const FlagValues& given) {
  RulerFlags flags;
  const std::pair<std::string_view, std::vector<std::string>*> urls[] = {
      {"--datasource.url", &flags.datasource_urls},
      {"--notifier.url", &flags.notifier_urls},
      {"--remote-write.url", &flags.remote_write_urls}};
  for (const auto& [flag, out] : urls) {
    if (Status status = ReadUrls(given, flag, out); !status) {
      return tl::unexpected(status.error());
    }
  }
  for (const std::string& glob : FlagTexts(given, "--rules.file")) {
    flags.rule_files.push_back(std::filesystem::absolute(glob).lexically_normal().string());
  }
  ReadDuration(given, "--evaluation-interval", &flags.evaluation_interval);
  ReadDuration(given, "--rules.resend-delay", &flags.resend_delay);
  ReadDuration(given, "--rules.alert.for-outage-tolerance", &flags.for_outage_tolerance);
  ReadDuration(given, "--rules.alert.for-grace-period", &flags.for_grace_period);
  ReadDuration(given, "--rules.max-start-delay", &flags.max_start_delay);
  return flags;
}

}  // namespace tocsin::app
