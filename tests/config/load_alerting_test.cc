#include "config/config.h"
#include "config/target_groups.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::config {
namespace {

constexpr std::string_view kBefore = "route: {receiver: r}\nreceivers: [{name: r}]\n";

LoadResult Load(const std::string& text) {
  return LoadText(std::string(kBefore) + text, "/etc/t.yml");
}

TEST(LoadAlerting, ReadsWhatPrometheusReads) {
  const LoadResult result = Load(R"(
alerting:
  alert_relabel_configs: [{action: labeldrop, regex: replica}]
  alertmanagers:
  - static_configs: [{targets: ['a:9093', 'b:9093'], labels: {zone: x}}]
  - scheme: https
    path_prefix: /am
    timeout: 5s
    api_version: v2
    basic_auth: {username: u, password: p}
    tls_config: {insecure_skip_verify: true}
    file_sd_configs: [{files: ['am/*.json', /x.yml], refresh_interval: 1m}]
    dns_sd_configs:
    - names: [_am._tcp.example.org]
    - {names: [am.example.org], type: a, port: 9093, refresh_interval: 10s}
    relabel_configs: [{source_labels: [__address__], action: keep}]
    alert_relabel_configs: [{action: labeldrop, regex: x}]
)");
  ASSERT_EQ(result.diagnostics.ToString(), "");
  const AlertingConfig& alerting = result.config->alerting;
  EXPECT_EQ(alerting.alert_relabel_configs.size(), 1U);
  ASSERT_EQ(alerting.alertmanagers.size(), 2U);
  const AlertmanagerConfig& first = alerting.alertmanagers[0];
  EXPECT_EQ(first.scheme, "http");
  EXPECT_EQ(first.timeout, std::chrono::seconds(10));
  EXPECT_EQ(first.static_configs,
            (std::vector<TargetGroup>{{{"a:9093", "b:9093"}, {{"zone", "x"}}}}));
  const AlertmanagerConfig& second = alerting.alertmanagers[1];
  EXPECT_EQ(second.path_prefix, "/am");
  EXPECT_EQ(second.http_config->basic_auth->username, "u");
  EXPECT_TRUE(second.http_config->tls.insecure_skip_verify);
  EXPECT_EQ(second.file_sd_configs.at(0).files,
            (std::vector<std::string>{"/etc/am/*.json", "/x.yml"}));
  EXPECT_EQ(second.file_sd_configs.at(0).refresh_interval, std::chrono::minutes(1));
  EXPECT_EQ(second.dns_sd_configs.at(0).type, DnsDiscovery::Type::kSrv);
  EXPECT_EQ(second.dns_sd_configs.at(1).type, DnsDiscovery::Type::kA);
  EXPECT_EQ(second.dns_sd_configs.at(1).port, 9093);
  EXPECT_EQ(second.relabel_configs.size(), 1U);
  EXPECT_EQ(second.alert_relabel_configs.size(), 1U);
}

TEST(LoadAlerting, SaysWhatIsWrong) {
  const struct {
    const char* alertmanager;
    const char* want;
  } cases[] = {
      {"scheme: ftp", "3:37: scheme must be http or https, not \"ftp\""},
      {"api_version: v1",
       "3:42: expected Alertmanager api version to be one of [v2] but got \"v1\""},
      {"timeout: 0s", "3:38: timeout cannot be zero"},
      {"static_configs: [{targets: ['http://a:9093']}]",
       "3:56: \"http://a:9093\" is not a valid hostname"},
      {"file_sd_configs: [{files: [x.txt]}]",
       "3:55: path name \"/etc/x.txt\" is not valid for file discovery: it must end in .json, .yml "
       "or .yaml"},
      {"dns_sd_configs: [{names: [x], type: A}]",
       "3:46: a port is required in DNS-SD configs for all record types except SRV"},
      {"dns_sd_configs: [{names: [x], type: TXT}]", "3:65: invalid DNS-SD records type \"TXT\""},
      {"consul_sd_configs: [{}]", "3:29: \"consul_sd_configs\" is not supported yet"},
  };
  for (const auto& c : cases) {
    const std::string text = "alerting: {alertmanagers: [{" + std::string(c.alertmanager) + "}]}\n";
    EXPECT_EQ(Load(text).diagnostics.ToString(), "/etc/t.yml:" + std::string(c.want) + "\n")
        << text;
  }
}

TEST(ReadTargetFile, TakesJsonAndYaml) {
  const std::vector<TargetGroup> want = {{{"a:1"}, {{"x", "y"}}}, {{"b:1", "c:1"}, {}}};
  for (const char* text :
       {R"([{"targets": ["a:1"], "labels": {"x": "y"}}, {"targets": ["b:1", "c:1"]}])",
        "- targets: ['a:1']\n  labels: {x: y}\n- targets: ['b:1', 'c:1']\n"}) {
    Diagnostics diagnostics;
    EXPECT_EQ(ReadTargetFile(text, "f", &diagnostics), want) << text;
    EXPECT_EQ(diagnostics.ToString(), "");
  }
}

TEST(ReadTargetFile, SaysWhatIsWrong) {
  Diagnostics diagnostics;
  ReadTargetFile("{a: b}", "f", &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "f:1:1: a file of targets must be a list, not a mapping\n");
}

}  // namespace
}  // namespace tocsin::config
