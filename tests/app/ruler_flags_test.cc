#include "app/ruler_flags.h"

#include "app/load.h"
#include "app/options.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace tocsin::app {
namespace {

CommandLine Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "tocsin");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data());
}

class RulerFlagsTest : public testing::Test {
 protected:
  RulerFlagsTest()
      : before_(std::filesystem::current_path()),
        folder_(std::filesystem::temp_directory_path() /
                ("tocsin-ruler-flags-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
    Write("a.rules", "groups: [{name: g, rules: [{alert: A, expr: up}]}]\n");
  }
  ~RulerFlagsTest() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  const std::filesystem::path before_, folder_;
};

TEST_F(RulerFlagsTest, MakeARulerWithoutAConfigurationFile) {
  const ServeOptions options =
      Parse({"--datasource.url=http://p:9090/", "--datasource.url=http://q", "--rules.file=*.rules",
             "--notifier.url=https://u:pw@am:9093/prefix/", "--notifier.url=http://am2",
             "--remote-write.url=http://p:9090/api/v1/write", "--evaluation-interval=15s",
             "--rules.resend-delay=0s", "--rules.max-start-delay=5s",
             "--rules.alert.for-outage-tolerance=2h", "--rules.alert.for-grace-period=1m"})
          .serve;
  EXPECT_EQ(options.config_file, "");
  const Loaded loaded = LoadConfiguration(options.config_file, {}, options.ruler);
  ASSERT_EQ(loaded.diagnostics.ToString(), "");
  const config::Config& config = *loaded.generation.config;
  EXPECT_TRUE(config.only_rules);
  ASSERT_EQ(config.datasources.size(), 2U);
  EXPECT_EQ(config.datasources[0].name, "default");
  EXPECT_EQ(config.datasources[0].url, "http://p:9090");
  EXPECT_EQ(config.datasources[0].external_url, "http://p:9090");
  EXPECT_EQ(config.datasources[1].name, "default-2");
  ASSERT_EQ(config.alerting.alertmanagers.size(), 2U);
  const config::AlertmanagerConfig& am = config.alerting.alertmanagers[0];
  EXPECT_EQ(am.scheme, "https");
  EXPECT_EQ(am.path_prefix, "/prefix/");
  EXPECT_EQ(am.static_configs.at(0).targets, std::vector<std::string>{"u:pw@am:9093"});
  EXPECT_EQ(config.alerting.alertmanagers[1].static_configs.at(0).targets,
            std::vector<std::string>{"am2"});
  ASSERT_EQ(config.remote_write.size(), 1U);
  EXPECT_EQ(config.remote_write[0].datasource, "default");
  EXPECT_EQ(config.remote_write[0].name.size(), 6U);
  EXPECT_EQ(config.global.evaluation_interval, std::chrono::seconds(15));
  EXPECT_EQ(config.rules.resend_delay, Duration::zero());
  const rules::RulerOptions& ruler_options = loaded.generation.ruler_options;
  EXPECT_EQ(ruler_options.max_start_delay, std::chrono::seconds(5));
  EXPECT_EQ(ruler_options.for_restore->outage_tolerance, std::chrono::hours(2));
  EXPECT_EQ(ruler_options.for_restore->grace_period, std::chrono::minutes(1));
  EXPECT_EQ(loaded.generation.groups.size(), 1U);
}

TEST_F(RulerFlagsTest, AddToAConfigurationFile) {
  Write("tocsin.yml",
        "route: {receiver: r}\nreceivers: [{name: r}]\n"
        "datasources: [{url: http://file}]\nremote_write: [{url: http://w}]\n"
        "global: {evaluation_interval: 30s}\nrules: {resend_delay: 2m}\n");
  const ServeOptions options =
      Parse({"--datasource.url=http://flag", "--rules.file=*.rules"}).serve;
  EXPECT_EQ(options.config_file, "tocsin.yml");
  const Loaded loaded = LoadConfiguration(options.config_file, {}, options.ruler);
  ASSERT_EQ(loaded.diagnostics.ToString(), "");
  const config::Config& config = *loaded.generation.config;
  EXPECT_FALSE(config.only_rules);
  EXPECT_EQ(config.datasources.at(0).url, "http://file");
  EXPECT_EQ(config.datasources.at(1).name, "default-2");
  EXPECT_EQ(config.remote_write.at(0).datasource, "default");
  EXPECT_EQ(config.global.evaluation_interval, std::chrono::seconds(30));
  EXPECT_EQ(config.rules.resend_delay, std::chrono::minutes(2));
  EXPECT_EQ(loaded.generation.groups.size(), 1U);
}

TEST_F(RulerFlagsTest, ServeTheFilesThatNeedThem) {
  Write("tocsin.yml", "route: {receiver: r}\nreceivers: [{name: r}]\nrule_files: ['*.rules']\n");
  const RulerFlags flags = Parse({"--datasource.url=http://flag"}).serve.ruler;
  EXPECT_EQ(LoadConfiguration("tocsin.yml", {}, flags).diagnostics.ToString(), "");
  EXPECT_EQ(LoadConfiguration("tocsin.yml").diagnostics.ToString(),
            "tocsin.yml:3:13: rule_files needs a datasource to evaluate the rules against\n");
}

TEST_F(RulerFlagsTest, AreNotEnoughWithoutOneAnother) {
  const auto problem = [](const std::vector<std::string>& arguments) {
    const ServeOptions options = Parse(arguments).serve;
    return LoadConfiguration(options.config_file, {}, options.ruler).diagnostics.ToString();
  };
  EXPECT_EQ(problem({"--datasource.url=http://p"}).find("alertmanager.yml: "), 0U);
  EXPECT_EQ(problem({"--rules.file=x"}), "--rules.file needs a datasource\n");
  Write("tocsin.yml", "route: {receiver: r}\nreceivers: [{name: r}]\n");
  const RulerFlags flags = Parse({"--rules.file=*.rules"}).serve.ruler;
  EXPECT_EQ(LoadConfiguration("tocsin.yml", {}, flags).diagnostics.ToString(),
            "tocsin.yml: --rules.file needs a datasource\n");
}

TEST_F(RulerFlagsTest, TakeDurationsAsAllFlagsDo) {
  const ServeOptions options =
      Parse({"--datasource.url=http://p:9090", "--rules.file=*.rules", "--evaluation-interval=1d",
             "--rules.resend-delay=1w", "--rules.alert.for-outage-tolerance=1h0m0.5s"})
          .serve;
  EXPECT_EQ(options.ruler.evaluation_interval, std::chrono::hours(24));
  EXPECT_EQ(options.ruler.resend_delay, std::chrono::hours(24 * 7));
  EXPECT_EQ(options.ruler.for_outage_tolerance, std::chrono::milliseconds(3600500));
}

TEST_F(RulerFlagsTest, MustBeUrls) {
  EXPECT_EQ(Parse({"--datasource.url=p:9090"}).exit_status, 2);
  EXPECT_EQ(Parse({"--notifier.url=ftp://x"}).exit_status, 2);
  EXPECT_EQ(Parse({"--evaluation-interval=0s"}).exit_status, 2);
}

}  // namespace
}  // namespace tocsin::app
