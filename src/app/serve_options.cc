#include "app/serve_options.h"

#include "app/web_url.h"
#include "base/duration.h"
#include "base/text.h"
#include "net/listen_address.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace tocsin::app {
namespace {

constexpr std::string_view kWithoutEffect[] = {"auto-gomemlimit", "event-recorder"};

Duration DurationOf(const FlagValues& given, std::string_view name) {
  return *ParseFlagDuration(FlagText(given, name));
}

// What is negative means "none", too.
std::uint64_t CountOf(const FlagValues& given, std::string_view name) {
  return static_cast<std::uint64_t>(
      std::max(0LL, std::strtoll(FlagText(given, name).c_str(), nullptr, 10)));
}

// Empty if there is none, and need be none.
std::string DefaultConfigFile(const RulerFlags& ruler) {
  std::error_code ignored;
  if (std::filesystem::exists("tocsin.yml", ignored)) return "tocsin.yml";
  const bool none =
      !ruler.rule_files.empty() && !std::filesystem::exists("alertmanager.yml", ignored);
  return none ? "" : "alertmanager.yml";
}

log::Level LogLevelOf(const std::string& given) {
  const std::string text = AsciiLower(given);
  if (text == "debug") return log::Level::kDebug;
  if (text == "warn") return log::Level::kWarn;
  return text == "error" ? log::Level::kError : log::Level::kInfo;
}

// False if it is none of these.
bool TurnOn(std::string_view feature, MetricFeatures* features) {
  bool* const flag = feature == "alert-names-in-metrics"     ? &features->alert_names
                     : feature == "receiver-name-in-metrics" ? &features->receiver_names
                     : feature == "group-key-in-metrics"     ? &features->group_keys
                                                             : nullptr;
  if (flag) *flag = true;
  return flag != nullptr;
}

Status ReadFeatures(const FlagValues& given, ServeOptions* options) {
  const std::string list = FlagText(given, "--enable-feature");
  bool classic = false;
  bool strict = false;
  for (const std::string_view feature : Split(list, ',')) {
    classic = classic || feature == "classic-mode";
    strict = strict || feature == "utf8-strict-mode";
    if (feature.empty() || feature == "classic-mode" || feature == "utf8-strict-mode" ||
        TurnOn(feature, &options->metric_features)) {
      continue;
    }
    if (std::find(std::begin(kWithoutEffect), std::end(kWithoutEffect), feature) ==
        std::end(kWithoutEffect)) {
      return Fail("unknown option '" + std::string(feature) + "' for --enable-feature");
    }
    options->without_effect.push_back("--enable-feature=" + std::string(feature));
  }
  if (classic && strict) return Fail("cannot have both classic and UTF-8 modes enabled");
  if (classic) options->matcher_syntax = model::MatcherSyntax::kClassic;
  if (strict) options->matcher_syntax = model::MatcherSyntax::kUtf8Strict;
  return {};
}

Status ReadWebFlags(const FlagValues& given, ServeOptions* options) {
  options->listen_addresses = FlagTexts(given, "--web.listen-address");
  options->systemd_sockets = FlagText(given, "--web.systemd-socket") == "true";
  options->web_config_file = FlagText(given, "--web.config.file");
  options->get_concurrency =
      static_cast<int>(std::min<std::uint64_t>(CountOf(given, "--web.get-concurrency"), 1'000'000));
  options->web_timeout = DurationOf(given, "--web.timeout");
  if (const std::string pattern = FlagText(given, "--web.cors.origin"); !pattern.empty()) {
    Result<model::Regex> origins = model::Regex::Compile(pattern, model::Regex::Anchor::kFull);
    if (!origins) return Fail("--web.cors.origin: " + origins.error().message);
    options->trusted_origins = *std::move(origins);
  }
  if (const std::string url = FlagText(given, "--web.external-url"); !url.empty()) {
    Result<std::string> external_url = ParseExternalUrl(url);
    if (!external_url) return Fail("--web.external-url: " + external_url.error().message);
    options->external_url = std::move(*external_url);
  }
  Result<std::string> prefix =
      ParseRoutePrefix(FlagText(given, "--web.route-prefix"), options->external_url);
  if (!prefix) return Fail("--web.route-prefix: " + prefix.error().message);
  options->route_prefix = std::move(*prefix);
  return {};
}

Status ReadClusterFlags(const FlagValues& given, ServeOptions* options) {
  options->cluster_listen_address = FlagText(given, "--cluster.listen-address");
  options->cluster_advertise_address = FlagText(given, "--cluster.advertise-address");
  options->cluster_peer_name = FlagText(given, "--cluster.peer-name");
  options->cluster_peers = FlagTexts(given, "--cluster.peer");
  if (options->cluster_listen_address.empty()) return {};
  const auto address = net::ParseListenAddress(options->cluster_listen_address);
  if (!address) return Fail("--cluster.listen-address: " + address.error().message);
  return {};
}

}  // namespace

Result<ServeOptions> ReadServeOptions(const FlagValues& given) {
  ServeOptions options;
  options.config_file = FlagText(given, "--config.file");
  Result<RulerFlags> ruler = ReadRulerFlags(given);
  if (!ruler) return tl::unexpected(ruler.error());
  options.ruler = *std::move(ruler);
  if (options.config_file.empty()) options.config_file = DefaultConfigFile(options.ruler);
  options.storage_path = FlagText(given, "--storage.path");
  options.data_retention = DurationOf(given, "--data.retention");
  options.dispatch_start_delay = DurationOf(given, "--dispatch.start-delay");
  options.maintenance_interval = DurationOf(given, "--data.maintenance-interval");
  options.alerts_gc_interval = DurationOf(given, "--alerts.gc-interval");
  options.alerts_per_alertname = CountOf(given, "--alerts.per-alertname-limit");
  options.silences_max = CountOf(given, "--silences.max-silences");
  options.silence_bytes_max = CountOf(given, "--silences.max-silence-size-bytes");
  options.log_level = LogLevelOf(FlagText(given, "--log.level"));
  const bool json = FlagText(given, "--log.format") == "json";
  options.log_format = json ? log::Format::kJson : log::Format::kLogfmt;
  options.log_silences = FlagText(given, "--log.silences") == "true";
  for (const FlagSpec& spec : AllFlags()) {
    const bool changed = given.contains(spec.name) && FlagText(given, spec.name) != spec.fallback;
    if (spec.help.empty() && changed) options.without_effect.emplace_back(spec.name);
  }
  for (const auto read : {ReadWebFlags, ReadClusterFlags, ReadFeatures}) {
    if (Status status = read(given, &options); !status) return tl::unexpected(status.error());
  }
  return options;
}

}  // namespace tocsin::app
