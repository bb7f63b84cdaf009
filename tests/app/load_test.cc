#include "app/load.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace tocsin::app {
namespace {

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-load-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~LoadTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  // Without the folder's name.
  std::string Lines(const config::Diagnostics& diagnostics) {
    std::string text = diagnostics.ToString();
    for (std::size_t at; (at = text.find(folder_ + "/")) != std::string::npos;) {
      text.erase(at, folder_.size() + 1);
    }
    return text;
  }

  std::string folder_;
};

constexpr const char* kConfig = R"(
datasources: [{url: "http://localhost:9090"}]
rule_files: [rules*.yml]
templates: [extra.tmpl]
route: {receiver: team}
receivers:
- name: team
  slack_configs:
  - {api_url: "http://localhost/x", text: '{{ template "extra" . }}'}
  webhook_configs:
  - {url: "http://localhost/y"}
)";

TEST_F(LoadTest, BuildsAGenerationOutOfEverythingThatIsNamed) {
  Write("rules.yml", "groups: [{name: g, rules: [{alert: A, expr: up}]}]");
  Write("extra.tmpl", "{{ define \"extra\" }}hello{{ end }}");
  const Loaded loaded = LoadConfiguration(Write("tocsin.yml", kConfig));
  ASSERT_FALSE(loaded.diagnostics.HasErrors()) << loaded.diagnostics.ToString();
  EXPECT_EQ(loaded.generation.receivers, std::vector<std::string>{"team"});
  ASSERT_EQ(loaded.generation.integrations.size(), 2u);
  EXPECT_EQ(loaded.generation.integrations[0]->id().ToString(), "team/webhook[0]");
  EXPECT_EQ(loaded.generation.integrations[1]->id().ToString(), "team/slack[0]");
  EXPECT_EQ(loaded.generation.groups.size(), 1u);
}

TEST_F(LoadTest, ReportsTheErrorsOfAllFilesAtOnceInTheirOrder) {
  Write("rules.yml",
        "groups:\n- name: g\n  rules:\n"
        "  - alert: A\n    expr: up\n    annotations: {x: '{{ $nosuch }}'}\n");
  Write("rules2.yml", "groups:\n- name: h\n  datasource: nowhere\n  rules: []\n");
  Write("extra.tmpl", "{{ define \"other\" }}{{ end }}");
  const Loaded loaded = LoadConfiguration(
      Write("tocsin.yml",
            std::string(kConfig) + "  - {url: 'ftp://localhost', max_alert: 3}\nlimit: {}\n"));
  const std::string lines = Lines(loaded.diagnostics);
  const auto at = [&](const char* text) { return lines.find(text); };
  const char* const expected[] = {"rules.yml:6:",
                                  "undefined variable \"$nosuch\"",
                                  "rules2.yml:2:",
                                  "undefined datasource",
                                  "tocsin.yml:12:",
                                  "did you mean \"max_alerts\"",
                                  "tocsin.yml:13:1: unknown key \"limit\""};
  std::size_t last = 0;
  for (const char* text : expected) {
    ASSERT_NE(at(text), std::string::npos) << text << " is not in\n" << lines;
    EXPECT_GE(at(text), last) << lines;
    last = at(text);
  }
}

TEST_F(LoadTest, AReceiverThatNoRouteHasKeepsNobodyFromBeingPaged) {
  Write("rules.yml", "groups: []");
  Write("extra.tmpl", "{{ define \"extra\" }}hello{{ end }}");
  const Loaded loaded = LoadConfiguration(Write("tocsin.yml", std::string(kConfig) + R"(
- name: spare
  slack_configs:
  - {api_url: "http://localhost/x", title: '{{ nofunc . }}'}
)"));
  ASSERT_FALSE(loaded.diagnostics.HasErrors()) << loaded.diagnostics.ToString();
  EXPECT_NE(Lines(loaded.diagnostics).find("(no route has this receiver)"), std::string::npos)
      << Lines(loaded.diagnostics);
  EXPECT_EQ(loaded.generation.receivers.size(), 2u);
  EXPECT_EQ(loaded.generation.integrations.size(), 2u);
}

TEST_F(LoadTest, OpensTheTlsFilesOfEveryBlock) {
  Write("broken.pem", "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n");
  ASSERT_EQ(mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  const Loaded loaded = LoadConfiguration(Write("tocsin.yml", R"(
global:
  http_config: {tls_config: {ca_file: absent.pem}}
  smtp_tls_config:
    cert_file: pipe
    key_file: absent.key
route: {receiver: team}
receivers:
- name: team
  webhook_configs:
  - url: http://localhost/y
    http_config:
      oauth2: {client_id: a, token_url: "http://localhost", tls_config: {ca: nonsense}}
  email_configs:
  - {to: a@b, from: c@d, smarthost: "h:25", tls_config: {ca_file: broken.pem}}
datasources:
- {url: "http://localhost:9090", tls_config: {ca_file: .}}
)"));
  EXPECT_EQ(Lines(loaded.diagnostics),
            "tocsin.yml:3:39: ca_file: read absent.pem: No such file or directory\n"
            "tocsin.yml:5:16: cert_file: read pipe: not a regular file\n"
            "tocsin.yml:6:15: key_file: read absent.key: No such file or directory\n"
            "tocsin.yml:13:78: ca: no certificate in PEM form\n"
            "tocsin.yml:15:67: ca_file: no certificate in PEM form\n"
            "tocsin.yml:17:56: ca_file: read : not a regular file\n");
}

TEST_F(LoadTest, ReadsExpressionsInTheLanguageOfTheirDatasource) {
  Write("a.rules", R"(groups:
- {name: first, rules: [{alert: A, expr: rate(x) default 0}]}
- {name: other, datasource: prom, rules: [{alert: B, expr: rate(x) default 0}]}
)");
  const Loaded loaded = LoadConfiguration(Write("tocsin.yml", R"(
route: {receiver: team}
receivers: [{name: team}]
datasources:
- {name: vm, url: "http://localhost:8428", query_language: metricsql}
- {name: prom, url: "http://localhost:9090"}
rule_files: [a.rules]
)"));
  EXPECT_EQ(Lines(loaded.diagnostics),
            "a.rules:2:50: warning: group \"first\", rule 1, \"A\": no PromQL, taken as MetricsQL "
            "without a check: 1:9: parse error: unexpected identifier \"default\"\n"
            "a.rules:3:68: group \"other\", rule 1, \"B\": could not parse expression: 1:9: parse "
            "error: unexpected identifier \"default\"\n");
}

// Alertmanager loads it, and leaves the label out when it renders it.
TEST_F(LoadTest, WarnsOfRouteLabelsThatDoNotCompile) {
  const Loaded loaded = LoadConfiguration(Write("tocsin.yml", R"(
route:
  receiver: team
  labels: {owner: x}
  routes:
  - labels: {good: '{{ .Receiver }}', bad: '{{ .Receiver }'}
receivers: [{name: team}]
)"));
  EXPECT_FALSE(loaded.diagnostics.HasErrors());
  EXPECT_EQ(Lines(loaded.diagnostics).substr(0, 66),
            "tocsin.yml:6:58: warning: route label \"bad\" is left out: template:")
      << Lines(loaded.diagnostics);
}

}  // namespace
}  // namespace tocsin::app
