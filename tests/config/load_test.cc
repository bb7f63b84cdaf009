#include "config/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace tocsin::config {
namespace {

constexpr std::string_view kRoute = "route: {receiver: r}\nreceivers: [{name: r}]\n";

// Errors and warnings, one a line.
std::string Problems(std::string_view text) {
  return LoadText(text, "/etc/tocsin/tocsin.yml").diagnostics.ToString();
}

// The text has to load.
std::shared_ptr<const Config> Load(std::string_view text) {
  LoadResult result = LoadText(text, "/etc/tocsin/tocsin.yml");
  EXPECT_EQ(result.diagnostics.ToString(), "") << text;
  if (result.config == nullptr) return std::make_shared<Config>();
  return result.config;
}

struct Case {
  std::string text;
  std::string_view want;  // Without `/etc/tocsin/tocsin.yml:`.
};

void ExpectErrors(const std::vector<Case>& cases, std::string_view before = "",
                  std::string_view after = "") {
  for (const Case& c : cases) {
    const std::string text = std::string(before) + c.text + std::string(after);
    EXPECT_EQ(Problems(text), "/etc/tocsin/tocsin.yml:" + std::string(c.want) + "\n") << text;
    EXPECT_EQ(LoadText(text, "f").config, nullptr) << text;
  }
}

TEST(Load, RefusesWhatIsNoConfiguration) {
  ExpectErrors({
      {"", "1:1: no route provided in config"},
      {"# comment\n", "1:1: no route provided in config"},
      {"null\n", "1:1: no route provided in config"},
      {"receivers: [{name: r}]\n", "1:1: no routes provided"},
      {"route:\nreceivers: [{name: r}]\n", "1:1: no routes provided"},
      {"hello\n", "1:1: the configuration must be a mapping, not a single value"},
      {"- a\n", "1:1: the configuration must be a mapping, not a list"},
      {"{\n", "2:1: end of map flow not found"},
  });
}

TEST(Load, FindsUnknownAndLaterKeys) {
  ExpectErrors(
      {
          {"globl: {}\n", "3:1: unknown key \"globl\"; did you mean \"global\"?"},
          {"zzz: {}\n", "3:1: unknown key \"zzz\" in the configuration"},
          {"global: {resolve_timout: 1m}\n",
           "3:10: unknown key \"resolve_timout\"; did you mean \"resolve_timeout\"?"},
          {"cluster: {peers: [x]}\n", "3:1: \"cluster\" is not supported yet"},
          {"rules: {on_no_data: maybe}\n",
           "3:21: on_no_data must be resolve, keep or alert, not \"maybe\""},
          {"rules: {resend: 1m}\n", "3:9: unknown key \"resend\" in rules"},
          {"history: {retention: 1.5h}\n",
           "3:22: retention: unknown unit \".\" in duration \"1.5h\""},
          {"history: {max_size: 512KB}\n",
           "3:21: max_size must be at least 1MB (retention: 0s turns the history off)"},
          {"history: {max_age: 1d}\n", "3:11: unknown key \"max_age\" in history"},
          {"limits: {silence: 5}\n", "3:10: unknown key \"silence\"; did you mean \"silences\"?"},
      },
      kRoute);
  Load(std::string(kRoute) + "inhibit_rules: []\ntime_intervals:\ntracing:\n");
}

TEST(Load, ReportsAllErrors) {
  EXPECT_EQ(Problems("global:\n"
                     "  resolve_timeout: 5x\n"
                     "  smtp_smarthost: h\n"
                     "route:\n"
                     "  receiver: q\n"
                     "  continue: maybe\n"
                     "  group_by: x\n"
                     "receivers:\n"
                     "  - nam: r\n"
                     "  - name: s\n"
                     "    webhook_configs:\n"
                     "      - url: ftp://h/\n"
                     "templates: [[x]]\n"),
            "/etc/tocsin/tocsin.yml:2:20: resolve_timeout: unknown unit \"x\" in duration \"5x\"\n"
            "/etc/tocsin/tocsin.yml:3:19: address h: missing port in address\n"
            "/etc/tocsin/tocsin.yml:9:5: missing name in receiver\n"
            "/etc/tocsin/tocsin.yml:9:5: unknown key \"nam\"; did you mean \"name\"?\n"
            "/etc/tocsin/tocsin.yml:12:14: invalid URL: unsupported scheme \"ftp\" for URL\n"
            "/etc/tocsin/tocsin.yml:5:13: undefined receiver \"q\" used in route\n"
            "/etc/tocsin/tocsin.yml:7:13: \"group_by\" must be a list, not a single value\n"
            "/etc/tocsin/tocsin.yml:6:13: continue: must be true or false, not \"maybe\"\n"
            "/etc/tocsin/tocsin.yml:13:13: templates: an item must be a string, not a list\n");
}

TEST(Load, WarnsOfASecondDocument) {
  const LoadResult result = LoadText(std::string(kRoute) + "---\nfoo: bar\n", "a.yml");
  EXPECT_NE(result.config, nullptr);
  EXPECT_EQ(result.diagnostics.ToString(),
            "a.yml:4:1: warning: only the first YAML document of the file is read\n");
  EXPECT_NE(Load(std::string(kRoute) + "---\n"), nullptr);
}

TEST(Load, ReadsGlobalSettings) {
  const auto config = Load(
      "global:\n"
      "  resolve_timeout: 10m\n"
      "  http_config: {follow_redirects: no, tls_config: {ca_file: ca.pem, min_version: TLS13}}\n"
      "  smtp_smarthost: '[::1]:25'\n"
      "  smtp_hello: 1\n"
      "  smtp_auth_password_file: pw\n"
      "  smtp_require_tls: off\n"
      "  smtp_force_implicit_tls: false\n"
      "  slack_api_url: https://hooks.slack.com/x y\n"
      "  opsgenie_api_key: k\n"
      "  evaluation_interval: 15s\n"
      "  rule_query_offset: 5s\n"
      "  external_labels: {cluster: 1}\n" +
      std::string(kRoute));
  const GlobalConfig& global = config->global;
  EXPECT_EQ(global.resolve_timeout, std::chrono::minutes(10));
  EXPECT_FALSE(global.http_config->follow_redirects);
  EXPECT_TRUE(global.http_config->enable_http2);
  EXPECT_EQ(global.http_config->tls.ca_file, "/etc/tocsin/ca.pem");
  EXPECT_EQ(global.http_config->tls.min_version, TlsVersion::kTls13);
  EXPECT_EQ(global.smtp_smarthost, (HostPort{"::1", "25"}));
  EXPECT_EQ(global.smtp_smarthost.ToString(), "[::1]:25");
  EXPECT_EQ(global.smtp_hello, "1");
  EXPECT_EQ(global.smtp_auth_password.file, "/etc/tocsin/pw");
  EXPECT_FALSE(global.smtp_require_tls);
  EXPECT_EQ(global.smtp_force_implicit_tls, false);
  EXPECT_EQ(global.slack_api_url.value.Reveal(), "https://hooks.slack.com/x%20y");
  EXPECT_EQ(global.opsgenie_api_key.value.Reveal(), "k");
  EXPECT_EQ(global.evaluation_interval, std::chrono::seconds(15));
  EXPECT_EQ(global.query_offset, std::chrono::seconds(5));
  EXPECT_EQ(global.external_labels, (std::map<std::string, std::string>{{"cluster", "1"}}));
}

TEST(Load, HasDefaults) {
  for (const char* global : {"", "global:\n", "global: {}\n", "global: {resolve_timeout: }\n",
                             "global: {evaluation_interval: 0s}\n"}) {
    const auto config = Load(global + std::string(kRoute));
    EXPECT_EQ(config->global.resolve_timeout, std::chrono::minutes(5));
    EXPECT_EQ(*config->global.http_config, HttpClientConfig());
    EXPECT_EQ(config->global.smtp_hello, "localhost");
    EXPECT_TRUE(config->global.smtp_require_tls);
    EXPECT_EQ(config->global.evaluation_interval, std::chrono::minutes(1));
    EXPECT_EQ(config->rules.resend_delay, std::chrono::minutes(1));
    EXPECT_EQ(config->limits.label_value_bytes, 64U * 1024U);
    EXPECT_EQ(config->path, "/etc/tocsin/tocsin.yml");
    EXPECT_EQ(config->receivers[0].labels.at("name"), "r");
  }
}

TEST(Load, ChecksGlobalSettings) {
  ExpectErrors(
      {
          {"http_config: }", "1:10: http_config must not be empty"},
          {"resolve_timeout: -1m}", "1:27: resolve_timeout: not a valid duration string: \"-1m\""},
          {"resolve_timeout: 10}", "1:27: resolve_timeout: not a valid duration string: \"10\""},
          {"smtp_smarthost: 'h:'}", "1:26: address \"h:\": port cannot be empty"},
          {"smtp_smarthost: '::1:25'}", "1:26: address ::1:25: too many colons in address"},
          {"smtp_smarthost: '[::1:25'}", "1:26: address [::1:25: missing ']' in address"},
          {"smtp_smarthost: '[::1]'}", "1:26: address [::1]: missing port in address"},
          {"smtp_require_tls: 'yes'}",
           "1:28: smtp_require_tls: must be true or false, not \"yes\""},
          {"webex_api_url: ftp://x}", "1:25: webex_api_url: unsupported scheme \"ftp\" for URL"},
          {"slack_api_url: 'https://bot:pa#ss@h/'}",
           "1:25: slack_api_url: invalid port after host"},
          {"jira_api_url: 'http:///x'}", "1:24: jira_api_url: missing host for URL"},
          {"slack_api_url: [x]}", "1:25: \"slack_api_url\" must be a URL, not a list"},
          {"slack_app_token: a, slack_app_token_file: b}",
           "1:30: at most one of slack_app_token & slack_app_token_file must be configured"},
          {"slack_api_url_file: b, slack_api_url: http://a}",
           "1:33: at most one of slack_api_url & slack_api_url_file must be configured"},
          {"smtp_auth_password: a, smtp_auth_password_file: b}",
           "1:33: at most one of smtp_auth_password & smtp_auth_password_file must be configured"},
          {"smtp_auth_secret: a, smtp_auth_secret_file: b}",
           "1:31: at most one of smtp_auth_secret & smtp_auth_secret_file must be configured"},
          {"opsgenie_api_key: a, opsgenie_api_key_file: b}",
           "1:31: at most one of opsgenie_api_key & opsgenie_api_key_file must be configured"},
          {"rocketchat_token_id: a, rocketchat_token_id_file: b}",
           "1:34: at most one of rocketchat_token_id & rocketchat_token_id_file must be "
           "configured"},
          {"mattermost_webhook_url: http://a, mattermost_webhook_url_file: b}",
           "1:44: at most one of mattermost_webhook_url & mattermost_webhook_url_file must be "
           "configured"},
          {"slack_app_token: a, slack_api_url: http://b}",
           "1:45: at most one of slack_app_token/slack_app_token_file & "
           "slack_api_url/slack_api_url_file must be configured"},
          {"slack_app_token: a, slack_api_url_file: b}",
           "1:50: at most one of slack_app_token/slack_app_token_file & "
           "slack_api_url/slack_api_url_file must be configured"},
          {"query_offset: 1s, rule_query_offset: 1s}",
           "1:28: at most one of query_offset & rule_query_offset must be configured"},
          {"external_labels: {'': x}}", "1:27: \"\" is not a valid label name"},
      },
      "global: {", "\n" + std::string(kRoute));
  Load("global: {slack_app_token: a, slack_api_url: 'https://slack.com/api/chat.postMessage'}\n" +
       std::string(kRoute));
}

TEST(Load, ChecksHttpConfig) {
  ExpectErrors(
      {
          {"foo: 1}", "1:24: unknown key \"foo\" in http_config"},
          {"bearer_token: a, bearer_token_file: b}",
           "1:41: at most one of bearer_token & bearer_token_file must be configured"},
          {"bearer_token: a, authorization: {credentials: b}}",
           "1:38: authorization is not compatible with bearer_token & bearer_token_file"},
          {"bearer_token: a, basic_auth: {username: b}}",
           "1:38: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be "
           "configured"},
          {"basic_auth: {username: a}, authorization: {credentials: b}}",
           "1:23: at most one of basic_auth, oauth2 & authorization must be configured"},
          {"basic_auth: {password: a, password_file: b}}",
           "1:65: at most one of basic_auth password, password_file & password_ref must be "
           "configured"},
          {"basic_auth: {password_ref: a}}", "1:37: \"password_ref\" is not supported yet"},
          {"authorization: {type: ' Basic '}}",
           "1:46: authorization type cannot be set to \"basic\", use \"basic_auth\" instead"},
          {"authorization: {credentials: a, credentials_file: b}}",
           "1:74: at most one of authorization credentials & credentials_file must be configured"},
          {"oauth2: {token_url: 'http://t'}}", "1:32: oauth2 client_id must be configured"},
          {"oauth2: {client_id: a}}", "1:32: oauth2 token_url must be configured"},
          {"oauth2: {client_id: a, token_url: t}}",
           "1:58: token_url: unsupported scheme \"\" for URL"},
          {"oauth2: {client_id: a, token_url: 'http://t', grant_type: "
           "urn:ietf:params:oauth:grant-type:jwt-bearer}}",
           "1:32: oauth2 client_certificate_key must be configured for the grant type jwt-bearer"},
          {"oauth2: {client_id: a, token_url: 'http://t', grant_type: password}}",
           "1:82: unknown grant_type \"password\""},
          {"oauth2: {client_id: a, token_url: 'http://t', signature_algorithm: none}}",
           "1:91: valid signature algorithms are RS256, RS384 and RS512"},
          {"oauth2: {client_id: a, token_url: 'http://t', claims: [a]}}",
           "1:78: claims must be a mapping, not a list"},
          {"oauth2: {client_id: a, token_url: 'http://t', client_certificate_key: a, "
           "client_certificate_key_file: b}}",
           "1:126: at most one of oauth2 client_certificate_key, client_certificate_key_file & "
           "client_certificate_key_ref must be configured"},
          {"tls_config: {ca: a, ca_file: b}}",
           "1:53: at most one of ca, ca_file & ca_ref must be configured"},
          {"tls_config: {cert_file: a}}",
           "1:36: exactly one of key or key_file must be configured when a client certificate is "
           "configured"},
          {"tls_config: {key_file: a}}",
           "1:36: exactly one of cert or cert_file must be configured when a client key is "
           "configured"},
          {"tls_config: {min_version: TLS9}}", "1:50: unknown TLS version: \"TLS9\""},
          {"tls_config: {min_version: TLS12, max_version: TLS11}}",
           "1:70: max_version is below min_version"},
          {"no_proxy: a}", "1:34: if no_proxy is configured, proxy_url must also be configured"},
          {"proxy_url: 'http://p', proxy_from_environment: true}",
           "1:35: if proxy_from_environment is configured, proxy_url must not be configured"},
          {"no_proxy: a, proxy_from_environment: true}",
           "1:34: if proxy_from_environment is configured, no_proxy must not be configured"},
          {"proxy_connect_header: {A: [b]}}",
           "1:46: if proxy_connect_header is configured, proxy_url or proxy_from_environment must "
           "also be configured"},
          {"proxy_url: 'p:1'}", "1:35: proxy_url: unsupported scheme for URL"},
          {"http_headers: {authorization: {values: [a]}}}",
           "1:39: setting header \"authorization\" is not allowed"},
          {"http_headers: {X-A: {value: a}}}",
           "1:45: unknown key \"value\"; did you mean \"values\"?"},
      },
      "global: {http_config: {", "}\n" + std::string(kRoute));
}

TEST(Load, ReadsHttpConfig) {
  const auto config = Load(
      "global:\n"
      "  http_config:\n"
      "    oauth2:\n"
      "      client_id: c\n"
      "      client_secret_file: s\n"
      "      token_url: http://t/\n"
      "      scopes: [a, b]\n"
      "      endpoint_params: {p: 1}\n"
      "      tls_config: {server_name: n}\n"
      "    proxy_url: http://u:p@proxy:3128\n"
      "    no_proxy: a,b\n"
      "    proxy_connect_header: {X-A: [s, t]}\n"
      "    http_headers: {X-B: {values: [v], secrets: [s], files: [f]}}\n" +
      std::string(kRoute));
  const HttpClientConfig& http = *config->global.http_config;
  ASSERT_TRUE(http.oauth2);
  EXPECT_EQ(http.oauth2->client_secret_file, "/etc/tocsin/s");
  EXPECT_EQ(http.oauth2->scopes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(http.oauth2->endpoint_params.at("p"), "1");
  EXPECT_EQ(http.oauth2->tls.server_name, "n");
  EXPECT_EQ(http.proxy.url.Reveal(), "http://u:p@proxy:3128");
  EXPECT_EQ(http.proxy.connect_header.at("X-A"), (std::vector<Secret>{Secret("s"), Secret("t")}));
  EXPECT_EQ(http.http_headers.at("X-B").files, std::vector<std::string>{"/etc/tocsin/f"});
  EXPECT_EQ(http.http_headers.at("X-B").secrets, std::vector<Secret>{Secret("s")});
}

TEST(Load, ReadsDatasources) {
  const auto config =
      Load(std::string(kRoute) +
           "datasources:\n"
           "- url: http://u:p@prom:9090/?token=t#top\n"
           "- name: mimir\n"
           "  url: https://mimir/prometheus\n"
           "  external_url: https://grafana/\n"
           "  timeout: 1m\n"
           "  method: GET\n"
           "  max_concurrency: 3\n"
           "  query_language: metricsql\n"
           "  partial_response_strategy: WARN\n"
           "  params: {dedup: true, 'extra_label[]': [a, b]}\n"
           "  headers: {X-Scope-OrgID: 5}\n"
           "  basic_auth: {username: u, password_file: pw}\n"
           "rule_files: ['rules/*.yml', /abs/x.yml]\n"
           "rules: {resend_delay: 30s, on_no_data: alert, for_outage_tolerance: 2h}\n"
           "limits: {labels_per_alert: 5, label_value_bytes: 1KB, "
           "request_body_bytes: 2MB, alerts_per_alertname: 6, silences: 7, "
           "silence_bytes: 3KB, annotations_per_alert: 8, "
           "annotation_value_bytes: 4KB}\n"
           "templates: ['../t/*.tmpl']\n");
  ASSERT_EQ(config->datasources.size(), 2U);
  const DatasourceConfig& first = config->datasources[0];
  EXPECT_EQ(first.name, "default");
  EXPECT_EQ(first.url, "http://u:p@prom:9090?token=t");
  EXPECT_EQ(first.external_url, "http://prom:9090");  // People must not see password and token.
  EXPECT_EQ(first.timeout, std::chrono::seconds(30));
  EXPECT_EQ(first.max_concurrency, 20);
  EXPECT_FALSE(first.use_get);
  const DatasourceConfig& second = config->datasources[1];
  EXPECT_EQ(second.external_url, "https://grafana");
  EXPECT_TRUE(second.use_get);
  EXPECT_TRUE(second.partial_answers);
  EXPECT_FALSE(first.partial_answers);
  EXPECT_EQ(second.max_concurrency, 3);
  EXPECT_EQ(first.query_language, QueryLanguage::kPromql);
  EXPECT_EQ(second.query_language, QueryLanguage::kMetricsql);
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(second.params,
            (Pairs{{"dedup", "true"}, {"extra_label[]", "a"}, {"extra_label[]", "b"}}));
  EXPECT_EQ(second.headers, (Pairs{{"X-Scope-OrgID", "5"}}));
  EXPECT_EQ(second.http_config->basic_auth->password_file, "/etc/tocsin/pw");
  EXPECT_EQ(config->rule_files,
            (std::vector<std::string>{"/etc/tocsin/rules/*.yml", "/abs/x.yml"}));
  EXPECT_EQ(config->templates, std::vector<std::string>{"/etc/t/*.tmpl"});
  EXPECT_EQ(config->rules.resend_delay, std::chrono::seconds(30));
  EXPECT_EQ(config->rules.on_no_data, OnNoData::kAlert);
  EXPECT_EQ(config->rules.for_outage_tolerance, std::chrono::hours(2));
  EXPECT_EQ(config->limits.labels_per_alert, 5U);
  EXPECT_EQ(config->limits.label_value_bytes, 1024U);
  EXPECT_EQ(config->limits.annotations_per_alert, 8U);
  EXPECT_EQ(config->limits.annotation_value_bytes, 4096U);
  EXPECT_EQ(config->limits.alerts_per_alertname, 6U);
  EXPECT_EQ(config->limits.silences, 7U);
  EXPECT_EQ(config->limits.silence_bytes, 3072U);
  EXPECT_EQ(config->limits.request_body_bytes, 2U * 1024U * 1024U);
}

TEST(Load, ChecksDatasources) {
  ExpectErrors(
      {
          {"datasources: [{}]", "3:15: a datasource needs a url"},
          {"datasources: [{url: ftp://x}]", "3:21: url: unsupported scheme \"ftp\" for URL"},
          {"datasources: [{url: http://a, external_url: 'http://b/?x=y'}]",
           "3:45: external_url cannot have a query: links are appended to it"},
          {"datasources: [{url: http://a}, {url: http://b}]",
           "3:32: datasource name \"default\" is not unique"},
          {"datasources: [{url: http://a, method: PUT}]",
           "3:39: method must be POST or GET, not \"PUT\""},
          {"datasources: [{url: http://a, query_language: sql}]",
           "3:47: query_language must be promql, promql_experimental or metricsql, not \"sql\""},
          {"datasources: [{url: http://a, max_concurrency: 0}]",
           "3:48: max_concurrency must be at least 1"},
          {"datasources: [{url: http://a, max_concurrency: 1025}]",
           "3:48: max_concurrency must be at most 1024"},
          {"datasources: [{url: http://a, partial_response_strategy: hold}]",
           "3:58: partial_response_strategy must be abort or warn, not \"hold\""},
          {"datasources: [{url: http://a, max_concurrency: x}]",
           "3:48: max_concurrency: not a whole number: \"x\""},
          {"datasources: [{url: http://a, timeout: 0}]", "3:40: timeout cannot be zero"},
          {"datasources: [{url: http://a, timeout: 61m}]",
           "3:40: timeout must be at most 1h: a group waits for its queries"},
          {"datasources: [{url: http://a, urll: b}]",
           "3:31: unknown key \"urll\"; did you mean \"url\"?"},
          {"datasources: [{url: http://a, bearer_token: a, authorization: {credentials: b}}]",
           "3:45: authorization is not compatible with bearer_token & bearer_token_file"},
          {"datasources: [{url: http://a, params: {a: {b: c}}}]",
           "3:43: params: a value must be a string or a list of strings, not a mapping"},
          {"rule_files: [x]", "3:13: rule_files needs a datasource to evaluate the rules against"},
          {"limits: {label_value_bytes: 5XB}",
           "3:29: label_value_bytes: not a size: \"5XB\" (a number with B, KB, MB, GB or TB)"},
          {"limits: {label_value_bytes: 99999999999TB}",
           "3:29: label_value_bytes: size out of range: \"99999999999TB\""},
          {"limits: {labels_per_alert: -1}", "3:28: labels_per_alert: number out of range: \"-1\""},
      },
      kRoute);
  Load(std::string(kRoute) + "rule_files: []\n");
}

TEST(Load, ReadsFiles) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("tocsin-load-test-" + std::to_string(::getpid()));
  std::filesystem::create_directories(directory);
  const std::string path = (directory / "tocsin.yml").string();
  std::ofstream(path) << kRoute << "templates: [a.tmpl]\n";
  const LoadResult result = LoadFile(path);
  ASSERT_NE(result.config, nullptr) << result.diagnostics.ToString();
  EXPECT_EQ(result.config->templates, std::vector<std::string>{(directory / "a.tmpl").string()});
  EXPECT_NE(result.config->hash, 0U);
  EXPECT_EQ(LoadFile(directory.string()).diagnostics.ToString(),
            directory.string() + ": cannot read: Is a directory\n");
  EXPECT_EQ(LoadFile("/nowhere/x").diagnostics.ToString(),
            "/nowhere/x: cannot open: No such file or directory\n");
  EXPECT_EQ(LoadFile("/dev/zero").diagnostics.ToString(),
            "/dev/zero: larger than 16777216 bytes, the limit\n");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace tocsin::config
