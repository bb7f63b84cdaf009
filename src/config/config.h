#pragma once

// tocsin.yml, typed: the union of alertmanager.yml and the alerting half of prometheus.yml, and our
// few own keys. A Config is valid by construction (Load returns none otherwise), inheritance from
// `global` is already applied to receivers, and it is immutable once shared. docs/configuration.md
// lists the keys.

#include "base/secret.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "config/event_recorder.h"
#include "config/http_client_config.h"
#include "config/receivers.h"
#include "model/matcher.h"
#include "model/relabel.h"
#include "model/time_interval.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// What integrations inherit, and the rules' half.
struct GlobalConfig {
  Duration resolve_timeout = std::chrono::minutes(5);
  HttpClientConfigPtr http_config;  // Never null. For receivers only, never for datasources.

  std::string smtp_from;
  std::string smtp_hello = "localhost";
  std::string smtp_auth_username, smtp_auth_identity;
  HostPort smtp_smarthost;
  SecretOrFile smtp_auth_password, smtp_auth_secret;
  bool smtp_require_tls = true;
  TlsConfig smtp_tls_config;
  std::optional<bool> smtp_force_implicit_tls;

  SecretOrFile slack_api_url, slack_app_token;
  std::string slack_app_url = "https://slack.com/api/chat.postMessage";
  std::string jira_api_url;
  std::string pagerduty_url = "https://events.pagerduty.com/v2/enqueue";
  std::string opsgenie_api_url = "https://api.opsgenie.com/";
  std::string wechat_api_url = "https://qyapi.weixin.qq.com/cgi-bin/";
  std::string victorops_api_url =
      "https://alert.victorops.com/integrations/generic/20131114/alert/";
  std::string telegram_api_url = "https://api.telegram.org";
  std::string webex_api_url = "https://webexapis.com/v1/messages";
  std::string rocketchat_api_url = "https://open.rocket.chat/";
  SecretOrFile opsgenie_api_key, wechat_api_secret, victorops_api_key, telegram_bot_token;
  SecretOrFile rocketchat_token, rocketchat_token_id, mattermost_webhook_url;
  std::string wechat_api_corp_id;

  // The rules' half, with Prometheus's names.
  Duration evaluation_interval = std::chrono::minutes(1);
  Duration query_offset{};
  std::map<std::string, std::string> external_labels;
};

// Matchers in the three forms that Alertmanager takes.
struct MatcherForms {
  model::Matchers matchers;  // match, match_re and matchers together, in canonical order.
  // The same as written, for printing. A match_re is `^(?:RE)$` above and RE here.
  std::map<std::string, std::string> match, match_re;
  model::Matchers listed_matchers;  // Those under `matchers`, in canonical order.
};

// A node of the route tree as written; router::RouteTree applies inheritance.
struct RouteConfig : MatcherForms {
  std::string receiver;
  std::optional<std::vector<std::string>> group_by;  // Absent: inherited. Without "...".
  bool group_by_all = false;                         // group_by: ['...']
  bool continue_matching = false;
  std::optional<Duration> group_wait, group_interval, repeat_interval;
  // Names of Config's intervals, all defined. Not inherited.
  std::vector<std::string> mute_time_intervals, active_time_intervals;
  std::map<std::string, std::string> labels;  // Values are templates. A child's are put over these.
  Places label_places;
  std::vector<RouteConfig> routes;
  Position position;
};

// While an alert matches `source`, those that match `target` are not notified, if they have the
// same values of all labels in `equal`.
struct InhibitRule {
  std::string name;  // May be empty, and may be there twice.
  MatcherForms source, target;
  std::vector<std::string> equal;
  Position position;
};

// Read, checked and shown; nothing is traced.
struct TracingConfig {
  std::string client_type = "grpc";  // Or http.
  std::string endpoint;
  double sampling_fraction = 0;
  bool insecure = false;
  std::optional<TlsConfig> tls_config;
  std::map<std::string, ExtraHeader> headers;
  std::string compression;  // Or gzip.
  Duration timeout{};
};

// What the expressions for a datasource may be.
enum class QueryLanguage {
  kPromql,
  kPromqlExperimental,  // With what Prometheus has behind --enable-feature=promql-….
  kMetricsql,           // Of VictoriaMetrics: PromQL and more, which cannot be checked here.
};

struct DatasourceConfig {
  std::string name = "default";
  std::string url;           // Without trailing slash.
  std::string external_url;  // Where people open a graph; never empty after load.
  Duration timeout = std::chrono::seconds(30);
  bool use_get = false;
  int max_concurrency = 20;
  QueryLanguage query_language = QueryLanguage::kPromql;
  bool partial_answers = false;  // partial_response_strategy: warn. Else they are errors.
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::pair<std::string, std::string>> headers;
  HttpClientConfigPtr http_config;
};

// Where the samples of rules are written to.
struct RemoteWriteConfig {
  std::string name;  // Unique.
  std::string url;
  std::string datasource;  // Whose store this is: what is written here can be queried there.
  Duration remote_timeout = std::chrono::seconds(30);
  std::map<std::string, std::string> headers;
  model::RelabelRules write_relabel_configs;
  HttpClientConfigPtr http_config;
  std::uint64_t capacity = 1'000'000;  // Samples that wait.
  std::uint64_t max_samples_per_send = 2'000;
  Duration batch_send_deadline = std::chrono::seconds(5);
  Duration min_backoff = std::chrono::milliseconds(30), max_backoff = std::chrono::seconds(5);
  bool retry_on_http_429 = true;
};

// Labels that go with each target of a group.
struct TargetGroup {
  std::vector<std::string> targets;  // `host:port`
  std::map<std::string, std::string> labels;
  bool operator==(const TargetGroup&) const = default;
};

struct FileDiscovery {
  std::vector<std::string> files;  // Globs, absolute: *.json, *.yml, *.yaml.
  Duration refresh_interval = std::chrono::minutes(5);
};

struct DnsDiscovery {
  enum class Type { kSrv, kA, kAaaa, kMx };
  std::vector<std::string> names;
  Type type = Type::kSrv;
  int port = 0;  // Of the types that have none.
  Duration refresh_interval = std::chrono::seconds(30);
};

// Alertmanagers that get the alerts of rules, all of them.
struct AlertmanagerConfig {
  std::string scheme = "http";
  std::string path_prefix = "/";
  Duration timeout = std::chrono::seconds(10);
  HttpClientConfigPtr http_config;
  std::vector<TargetGroup> static_configs;
  std::vector<FileDiscovery> file_sd_configs;
  std::vector<DnsDiscovery> dns_sd_configs;
  model::RelabelRules relabel_configs;        // Of targets.
  model::RelabelRules alert_relabel_configs;  // Of alerts, for these alone.
};

struct AlertingConfig {
  model::RelabelRules alert_relabel_configs;  // Of all alerts of rules, those that stay here too.
  std::vector<AlertmanagerConfig> alertmanagers;
};

// What becomes of the alert of a series that is gone, which is not one whose condition ends.
enum class OnNoData {
  kResolve,  // It ends.
  kKeep,     // It stays as it is.
  kAlert,    // Being gone is a condition, too.
};

struct RulesConfig {
  Duration resend_delay = std::chrono::minutes(1);
  bool resolve_on_error = false;  // on_error: resolve. Else alerts of a rule that fails are kept.
  OnNoData on_no_data = OnNoData::kResolve;
  Duration for_outage_tolerance = std::chrono::hours(1);
  Duration for_grace_period = std::chrono::minutes(10);  // Of a flag alone.
  std::optional<Duration> max_start_delay;               // Of a flag alone.
};

// 0: no limit.
struct LimitsConfig {
  std::uint64_t alerts_per_alertname = 0;
  std::uint64_t labels_per_alert = 256;
  std::uint64_t label_value_bytes = 64 * 1024;
  std::uint64_t annotations_per_alert = 256;
  std::uint64_t annotation_value_bytes = 1024 * 1024;
  std::uint64_t silences = 0;
  std::uint64_t silence_bytes = 0;  // Of one, as the API gets it.
  std::uint64_t request_body_bytes = 64 * 1024 * 1024;
};

// The record of decisions.
struct HistoryConfig {
  Duration retention = std::chrono::hours(30 * 24);  // 0: nothing is recorded.
  std::uint64_t max_size = 1024 * 1024 * 1024;       // Bytes, at least 1 MB.
};

struct StorageConfig {
  // While the disk fails silences are taken all the same, and a crash loses them.
  bool volatile_when_disk_fails = false;
};

struct Config {
  GlobalConfig global;
  RouteConfig route;
  std::vector<ReceiverConfig> receivers;
  std::vector<InhibitRule> inhibit_rules;
  // The old and the new list; no name is twice in both together.
  std::vector<model::NamedTimeInterval> mute_time_intervals, time_intervals;
  std::vector<std::string> templates;  // Globs, absolute.
  std::optional<TracingConfig> tracing;
  std::optional<EventRecorderConfig> event_recorder;
  std::vector<DatasourceConfig> datasources;
  AlertingConfig alerting;
  std::vector<RemoteWriteConfig> remote_write;
  std::vector<std::string> rule_files;  // Globs, absolute.
  RulesConfig rules;
  LimitsConfig limits;
  HistoryConfig history;
  StorageConfig storage;
  std::vector<TlsBlock> tls_blocks;  // All that the file has.
  // Without a file: rules are evaluated, and nothing is notified from here.
  bool only_rules = false;
  std::string path;        // As given; empty: none.
  std::uint64_t hash = 0;  // base Md5Prefix48 of the text.
};

// A datasource of which only the URL is given. Precondition: ParseHttpUrl takes it.
DatasourceConfig DatasourceAt(std::string_view url);

// Gives each without a name one that it has again after a reload, whatever else changes in it.
void NameRemoteWrites(std::vector<RemoteWriteConfig>* endpoints);

struct LoadResult {
  std::shared_ptr<const Config> config;  // Null if there are errors.
  // With errors: what could be read, to find what else is wrong in it. Not to be run.
  std::shared_ptr<const Config> partial;
  Diagnostics diagnostics;
};

struct LoadOptions {
  model::MatcherSyntax matcher_syntax = model::MatcherSyntax::kFallback;
  // How long the notification log remembers; 0: not known here.
  Duration data_retention{};
  bool datasources_follow = false;    // From elsewhere: rule files need none here.
  const std::string* text = nullptr;  // Of the file of LoadFile; null: it is read.
};

// Reads and validates. `path` is used for relative paths and positions.
LoadResult LoadFile(const std::string& path, const LoadOptions& options = {});
LoadResult LoadText(std::string_view text, const std::string& path,
                    const LoadOptions& options = {});

// The effective configuration as YAML that Alertmanager's own strict reader accepts: defaults
// applied, inherited values in the receivers, secrets masked, none of our own keys.
// `config.original` of the API.
std::string MarshalForAlertmanager(const Config& config);

}  // namespace tocsin::config
