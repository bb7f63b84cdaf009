#include "app/flag_table.h"

#include "base/duration.h"
#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace tocsin::app {
namespace {

using Kind = FlagKind;

constexpr std::string_view kClusterPrefix = "--cluster.";

constexpr FlagSpec kFlags[] = {
    {"--config.file", Kind::kText, "",
     "Configuration file (default: tocsin.yml, else alertmanager.yml)"},
    {"--datasource.url", Kind::kTexts, "",
     "Datasource for rules, beside those of the configuration; may be given more than once, as the "
     "next three"},
    {"--rules.file", Kind::kTexts, "", "Glob of rule files"},
    {"--notifier.url", Kind::kTexts, "", "Alertmanager that gets the alerts of rules"},
    {"--remote-write.url", Kind::kTexts, "", "Where what rules record is written to"},
    {"--evaluation-interval", Kind::kPositiveDuration, "", "Instead of global.evaluation_interval"},
    {"--rules.resend-delay", Kind::kDuration, "", "Instead of rules.resend_delay"},
    {"--rules.alert.for-outage-tolerance", Kind::kDuration, "",
     "Instead of rules.for_outage_tolerance"},
    {"--rules.alert.for-grace-period", Kind::kDuration, "10m",
     "An alert whose `for` is restored from ALERTS_FOR_STATE fires no sooner than this after the "
     "restart, unless it was firing; a shorter `for` is not restored"},
    {"--rules.max-start-delay", Kind::kDuration, "",
     "Evaluate each group once within this after the start (default: at its next turn)"},
    {"--storage.path", Kind::kText, "data/", "Folder for what must survive"},
    {"--data.retention", Kind::kPositiveDuration, "120h",
     "How long to remember what was announced, and ended silences"},
    {"--data.maintenance-interval", Kind::kPositiveDuration, "15m",
     "How often what is too old is removed"},
    {"--silences.max-silences", Kind::kNumber, "0",
     "Silences at most, unless limits.silences is set; 0: no limit"},
    {"--silences.max-silence-size-bytes", Kind::kNumber, "0",
     "Size of a silence at most, unless limits.silence_bytes is set; 0: no limit"},
    {"--log.silences", Kind::kSwitch, "false",
     "Log each silence that is created, changed or expired"},
    {"--alerts.gc-interval", Kind::kPositiveDuration, "30m",
     "How often ended alerts are forgotten"},
    {"--alerts.per-alertname-limit", Kind::kNumber, "0",
     "Alerts of one name at most, unless limits.alerts_per_alertname is set; 0: no limit"},
    {"--dispatch.maintenance-interval", Kind::kPositiveDuration, "30s", ""},
    {"--dispatch.start-delay", Kind::kDuration, "0s",
     "After the start of the process, before the first notification"},
    {"--web.listen-address", Kind::kTexts, ":9093",
     "Address to serve on; may be given more than once"},
    {"--web.systemd-socket", Kind::kSwitch, "false",
     "Serve on the sockets that systemd passes, not on addresses"},
    {"--web.config.file", Kind::kText, "", "File with TLS and authentication for the server"},
    {"--web.external-url", Kind::kText, "",
     "URL under which people reach this server; links in messages point there"},
    {"--web.route-prefix", Kind::kText, "",
     "Path below which everything is served (default: the path of the external URL)"},
    {"--web.cors.origin", Kind::kText, "",
     "Regex, anchored: the origins whose pages may write, beside our own"},
    {"--web.get-concurrency", Kind::kNumber, "0", "Reads at a time; 0: 256"},
    {"--web.timeout", Kind::kDuration, "0s", "For a request, then 503; 0: none"},
    {"--auto-gomemlimit.ratio", Kind::kRatio, "0.9", ""},
    {"--cluster.listen-address", Kind::kText, "0.0.0.0:9094",
     "What /api/v2/status shows; there is no gossip. Empty: status `disabled`"},
    {"--cluster.advertise-address", Kind::kText, "",
     "The same, if it is not the address to listen on"},
    {"--cluster.peer-name", Kind::kText, "", "Name in /api/v2/status (default: random)"},
    {"--cluster.peer", Kind::kTexts, "",
     "Not obeyed: there is no gossip. A warning and a metric say so"},
    {"--cluster.peer-timeout", Kind::kPositiveDuration, "15s", ""},
    {"--cluster.peers-resolve-timeout", Kind::kPositiveDuration, "15s", ""},
    {"--cluster.gossip-interval", Kind::kPositiveDuration, "200ms", ""},
    {"--cluster.pushpull-interval", Kind::kPositiveDuration, "1m", ""},
    {"--cluster.tcp-timeout", Kind::kPositiveDuration, "10s", ""},
    {"--cluster.probe-timeout", Kind::kPositiveDuration, "500ms", ""},
    {"--cluster.probe-interval", Kind::kPositiveDuration, "1s", ""},
    {"--cluster.settle-timeout", Kind::kDuration, "1m", ""},
    {"--cluster.reconnect-interval", Kind::kPositiveDuration, "10s", ""},
    {"--cluster.reconnect-timeout", Kind::kPositiveDuration, "6h", ""},
    {"--cluster.tls-config", Kind::kText, "", ""},
    {"--cluster.allow-insecure-public-advertise-address-discovery", Kind::kSwitch, "false", ""},
    {"--cluster.label", Kind::kText, "", ""},
    {"--enable-feature", Kind::kText, "",
     "Comma-separated: classic-mode or utf8-strict-mode; alert-names-in-metrics, "
     "receiver-name-in-metrics, group-key-in-metrics; Alertmanager's others change nothing"},
    {"--log.level", Kind::kLogLevel, "info", "debug, info, warn or error"},
    {"--log.format", Kind::kLogFormat, "logfmt", "logfmt or json"},
};

const FlagSpec& Spec(std::string_view name) {
  return *std::find_if(std::begin(kFlags), std::end(kFlags),
                       [name](const FlagSpec& spec) { return spec.name == name; });
}

template <class Number>
bool IsNumber(const std::string& text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

Status CheckDuration(const std::string& text, bool positive) {
  const Result<Duration> duration = ParseFlagDuration(text);
  if (!duration) return tl::unexpected(duration.error());
  if (*duration < Duration::zero()) return Fail("must not be negative");
  if (positive && *duration == Duration::zero()) return Fail("must be positive");
  return {};
}

Status CheckValue(Kind kind, const std::string& text) {
  switch (kind) {
    case Kind::kText:
    case Kind::kTexts:
      return {};
    case Kind::kSwitch:
      if (text == "true" || text == "false") return {};
      return Fail("takes no value, not " + GoQuote(text));
    case Kind::kNumber: {
      std::int64_t number = 0;
      if (!IsNumber(text, &number)) return Fail("not a number: " + GoQuote(text));
      return {};
    }
    case Kind::kRatio: {
      double ratio = 0;
      if (!IsNumber(text, &ratio)) return Fail("not a number: " + GoQuote(text));
      if (!(ratio > 0 && ratio <= 1)) return Fail("must be above 0 and at most 1");
      return {};
    }
    case Kind::kDuration:
      return CheckDuration(text, false);
    case Kind::kPositiveDuration:
      return CheckDuration(text, true);
    case Kind::kLogLevel:
      if (const std::string level = AsciiLower(text);
          level == "debug" || level == "info" || level == "warn" || level == "error") {
        return {};
      }
      return Fail("must be debug, info, warn or error, not " + GoQuote(text));
    case Kind::kLogFormat:
      if (text == "logfmt" || text == "json") return {};
      return Fail("must be logfmt or json, not " + GoQuote(text));
  }
  return {};
}

}  // namespace

std::span<const FlagSpec> AllFlags() {
  return kFlags;
}

Result<Duration> ParseFlagDuration(const std::string& text) {
  Result<Duration> duration = ParseGoDuration(text);
  if (duration) return duration;
  Result<Duration> with_days = ParsePrometheusDuration(text);
  return with_days ? with_days : duration;
}

Status CheckFlags(const FlagValues& given) {
  const bool clustered = !FlagText(given, "--cluster.listen-address").empty();
  for (const auto& [name, values] : given) {
    Kind kind = Spec(name).kind;
    // As Alertmanager has it: what is not used may be zero.
    if (kind == Kind::kPositiveDuration && name.starts_with(kClusterPrefix) && !clustered) {
      kind = Kind::kDuration;
    }
    if (kind == Kind::kSwitch && values.size() > 1) return Fail(name + ": cannot be repeated");
    for (const std::string& value : values) {
      if (Status status = CheckValue(kind, value); !status) {
        return Fail(name + ": " + status.error().message);
      }
    }
  }
  return {};
}

std::string FlagText(const FlagValues& given, std::string_view name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string(Spec(name).fallback) : found->second.back();
}

std::vector<std::string> FlagTexts(const FlagValues& given, std::string_view name) {
  const auto found = given.find(name);
  if (found != given.end()) return found->second;
  const std::string_view fallback = Spec(name).fallback;
  return fallback.empty() ? std::vector<std::string>() : std::vector{std::string(fallback)};
}

std::string UnknownFlagMessage(std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find('='));
  std::vector<std::string_view> known;
  for (const FlagSpec& spec : kFlags) known.push_back(spec.name);
  const std::string_view nearest = NearestWord(name, known);
  std::string message = "unknown flag " + std::string(name);
  if (!nearest.empty()) message += "; did you mean " + std::string(nearest) + "?";
  return message;
}

}  // namespace tocsin::app
