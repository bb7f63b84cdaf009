#include "app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace tocsin::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Parsed {
  CommandLine line;
  std::string output;
  std::string error;
};

Parsed ParseAndSay(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "tocsin");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Parsed parsed;
  parsed.line = ParseCommandLine(static_cast<int>(argv.size()), argv.data());
  parsed.output = testing::internal::GetCapturedStdout();
  parsed.error = testing::internal::GetCapturedStderr();
  return parsed;
}

CommandLine Parse(const std::vector<std::string>& arguments) {
  const Parsed parsed = ParseAndSay(arguments);
  EXPECT_EQ(parsed.error, "");
  return parsed.line;
}

// Alertmanager's flags, with its defaults.
const std::map<std::string, std::string> kAlertmanagersDefaults = {
    {"--storage.path", "data/"},
    {"--data.retention", "120h"},
    {"--data.maintenance-interval", "15m"},
    {"--silences.max-silences", "0"},
    {"--silences.max-silence-size-bytes", "0"},
    {"--alerts.gc-interval", "30m"},
    {"--alerts.per-alertname-limit", "0"},
    {"--dispatch.maintenance-interval", "30s"},
    {"--dispatch.start-delay", "0s"},
    {"--web.listen-address", ":9093"},
    {"--web.external-url", ""},
    {"--web.route-prefix", ""},
    {"--web.config.file", ""},
    {"--web.cors.origin", ""},
    {"--web.get-concurrency", "0"},
    {"--web.timeout", "0s"},
    {"--auto-gomemlimit.ratio", "0.9"},
    {"--cluster.listen-address", "0.0.0.0:9094"},
    {"--cluster.advertise-address", ""},
    {"--cluster.peer-name", ""},
    {"--cluster.peer-timeout", "15s"},
    {"--cluster.peers-resolve-timeout", "15s"},
    {"--cluster.gossip-interval", "200ms"},
    {"--cluster.pushpull-interval", "1m"},
    {"--cluster.tcp-timeout", "10s"},
    {"--cluster.probe-timeout", "500ms"},
    {"--cluster.probe-interval", "1s"},
    {"--cluster.settle-timeout", "1m"},
    {"--cluster.reconnect-interval", "10s"},
    {"--cluster.reconnect-timeout", "6h"},
    {"--cluster.tls-config", ""},
    {"--cluster.label", ""},
    {"--enable-feature", ""},
    {"--log.level", "info"},
    {"--log.format", "logfmt"},
};

TEST(CommandLine, TakesAllOfAlertmanagersFlags) {
  for (const auto& [flag, value] : kAlertmanagersDefaults) {
    EXPECT_EQ(Parse({flag + "=" + value}).command, CommandLine::Command::kServe) << flag;
    EXPECT_EQ(Parse({flag, value}).command, CommandLine::Command::kServe) << flag;
    EXPECT_THAT(Parse({flag + "=" + value}).serve.without_effect, IsEmpty())
        << flag << ": the default is nothing that somebody asked for";
  }
  for (const std::string flag : {"web.systemd-socket", "log.silences",
                                 "cluster.allow-insecure-public-advertise-address-discovery"}) {
    EXPECT_EQ(Parse({"--" + flag}).command, CommandLine::Command::kServe) << flag;
    EXPECT_EQ(Parse({"--no-" + flag}).command, CommandLine::Command::kServe) << flag;
  }
  EXPECT_EQ(Parse({"--cluster.peer=a:1", "--cluster.peer=b:1"}).command,
            CommandLine::Command::kServe);
}

TEST(CommandLine, PassesOnWhatItIsGiven) {
  const ServeOptions serve =
      Parse({"--config.file=am.yml",
             "--storage.path=/data",
             "--web.listen-address=:1",
             "--web.listen-address",
             "127.0.0.1:2",
             "--data.retention=1w2d",
             "--data.maintenance-interval=1m",
             "--dispatch.start-delay=1m30s",
             "--alerts.gc-interval=2m",
             "--alerts.per-alertname-limit=5",
             "--silences.max-silences=6",
             "--silences.max-silence-size-bytes=7",
             "--log.level=DEBUG",
             "--log.format=json",
             "--log.silences",
             "--web.config.file=web.yml",
             "--web.cors.origin=https?://karma",
             "--web.get-concurrency=3",
             "--web.timeout=10s",
             "--web.systemd-socket",
             "--cluster.listen-address=:9",
             "--cluster.advertise-address=10.0.0.1:9",
             "--cluster.peer-name=me",
             "--cluster.peer=a:1",
             "--cluster.peer=b:1",
             "--enable-feature=classic-mode,event-recorder,receiver-name-in-metrics",
             "--cluster.label=x"})
          .serve;
  EXPECT_EQ(serve.config_file, "am.yml");
  EXPECT_EQ(serve.storage_path, "/data");
  EXPECT_THAT(serve.listen_addresses, ElementsAre(":1", "127.0.0.1:2"));
  EXPECT_EQ(serve.data_retention, std::chrono::days(9));
  EXPECT_EQ(serve.dispatch_start_delay, std::chrono::seconds(90));
  EXPECT_EQ(serve.maintenance_interval, std::chrono::minutes(1));
  EXPECT_EQ(serve.alerts_gc_interval, std::chrono::minutes(2));
  EXPECT_EQ(serve.alerts_per_alertname, 5U);
  EXPECT_EQ(serve.silences_max, 6U);
  EXPECT_EQ(serve.silence_bytes_max, 7U);
  EXPECT_EQ(serve.log_level, log::Level::kDebug);
  EXPECT_EQ(serve.log_format, log::Format::kJson);
  EXPECT_TRUE(serve.log_silences);
  EXPECT_EQ(serve.web_config_file, "web.yml");
  EXPECT_EQ(serve.trusted_origins.value().pattern(), "https?://karma");
  EXPECT_EQ(serve.get_concurrency, 3);
  EXPECT_EQ(serve.web_timeout, std::chrono::seconds(10));
  EXPECT_TRUE(serve.systemd_sockets);
  EXPECT_EQ(serve.cluster_listen_address, ":9");
  EXPECT_EQ(serve.cluster_advertise_address, "10.0.0.1:9");
  EXPECT_EQ(serve.cluster_peer_name, "me");
  EXPECT_THAT(serve.cluster_peers, ElementsAre("a:1", "b:1"));
  EXPECT_EQ(serve.matcher_syntax, model::MatcherSyntax::kClassic);
  EXPECT_TRUE(serve.metric_features.receiver_names);
  EXPECT_FALSE(serve.metric_features.alert_names);
  EXPECT_THAT(serve.without_effect,
              ElementsAre("--cluster.label", "--enable-feature=event-recorder"));
}

TEST(CommandLine, HasAlertmanagersDefaults) {
  const ServeOptions serve = Parse({}).serve;
  EXPECT_EQ(serve.config_file, "alertmanager.yml") << "there is no tocsin.yml here";
  EXPECT_EQ(serve.storage_path, "data/");
  EXPECT_THAT(serve.listen_addresses, ElementsAre(":9093"));
  EXPECT_EQ(serve.data_retention, std::chrono::hours(120));
  EXPECT_EQ(serve.maintenance_interval, std::chrono::minutes(15));
  EXPECT_EQ(serve.alerts_gc_interval, std::chrono::minutes(30));
  EXPECT_EQ(serve.web_timeout, Duration::zero());
  EXPECT_EQ(serve.cluster_listen_address, "0.0.0.0:9094");
  EXPECT_EQ(serve.matcher_syntax, model::MatcherSyntax::kFallback);
  EXPECT_EQ(serve.route_prefix, "");
  EXPECT_THAT(serve.without_effect, IsEmpty());
}

TEST(CommandLine, AnEmptyValueIsOne) {
  const CommandLine line = Parse({"--cluster.listen-address=", "--storage.path=x"});
  EXPECT_EQ(line.serve.cluster_listen_address, "");
  EXPECT_EQ(line.serve.storage_path, "x");
  // Who has no cluster need not have intervals for it.
  EXPECT_EQ(Parse({"--cluster.listen-address=", "--cluster.gossip-interval=0s"}).command,
            CommandLine::Command::kServe);
}

TEST(CommandLine, TheRoutePrefixIsThePathOfTheExternalUrl) {
  const struct {
    std::vector<std::string> arguments;
    const char* external_url;
    const char* prefix;
  } cases[] = {
      {{}, "", ""},
      {{"--web.external-url=https://x/"}, "https://x", ""},
      {{"--web.external-url=https://x:1/a/b//"}, "https://x:1/a/b", "/a/b"},
      {{"--web.external-url=http://x/a b"}, "http://x/a%20b", "/a%20b"},
      {{"--web.external-url=http://x/a", "--web.route-prefix=/"}, "http://x/a", ""},
      {{"--web.external-url=http://x/a", "--web.route-prefix="}, "http://x/a", "/a"},
      {{"--web.external-url=http://x/a", "--web.route-prefix=b/"}, "http://x/a", "/b"},
      {{"--web.route-prefix=//c"}, "", "/c"},
  };
  for (const auto& c : cases) {
    const CommandLine line = Parse(c.arguments);
    EXPECT_EQ(line.serve.external_url, c.external_url);
    EXPECT_EQ(line.serve.route_prefix, c.prefix) << c.external_url;
  }
}

TEST(CommandLine, KnowsItsCommands) {
  EXPECT_EQ(Parse({"version"}).command, CommandLine::Command::kVersion);
  EXPECT_EQ(Parse({"--version"}).command, CommandLine::Command::kVersion);
  const CommandLine check = Parse({"check", "a.yml", "b.rules"});
  EXPECT_EQ(check.command, CommandLine::Command::kCheck);
  EXPECT_THAT(check.check.files, ElementsAre("a.yml", "b.rules"));
}

TEST(CommandLine, WrongUsageEndsWithTwoAndSaysWhatIsWrong) {
  const struct {
    std::vector<std::string> arguments;
    const char* error;
  } cases[] = {
      {{"--no.such.flag"}, "unknown flag --no.such.flag, try"},
      {{"--web.external-uri=x"},
       "unknown flag --web.external-uri; did you mean --web.external-url?"},
      {{"--cluster.pear", "x"}, "did you mean --cluster.peer?"},
      {{"check"}, "required"},
      {{"check", "a.yml", "--strict"}, "unknown flag --strict"},
      {{"frobnicate"}, "unknown command frobnicate"},
      {{"--data.retention=5"}, "--data.retention: "},
      {{"--data.retention=-1s"}, "--data.retention: must not be negative"},
      {{"--data.retention=0s"}, "--data.retention: must be positive"},
      {{"--cluster.gossip-interval=0s"}, "--cluster.gossip-interval: must be positive"},
      {{"--cluster.listen-address=nonsense"}, "--cluster.listen-address: "},
      {{"--web.cors.origin=("}, "--web.cors.origin: error parsing regexp: missing closing )"},
      {{"--web.get-concurrency=many"}, "--web.get-concurrency: not a number: \"many\""},
      {{"--auto-gomemlimit.ratio=1.5"}, "--auto-gomemlimit.ratio: must be above 0 and at most 1"},
      {{"--log.level=loud"}, "--log.level: must be debug, info, warn or error, not \"loud\""},
      {{"--log.format=xml"}, "--log.format: must be logfmt or json, not \"xml\""},
      {{"--enable-feature=magic"}, "unknown option 'magic' for --enable-feature"},
      {{"--enable-feature=classic-mode,utf8-strict-mode"},
       "cannot have both classic and UTF-8 modes enabled"},
      {{"--web.external-url=ftp://x"}, "--web.external-url: unsupported scheme \"ftp\" for URL"},
      {{"--web.external-url=alerts.example.org"}, "--web.external-url: unsupported scheme"},
      {{"--web.external-url=http://"}, "--web.external-url: missing host for URL"},
      {{"--web.external-url=http:///a"}, "--web.external-url: missing host for URL"},
      {{"--web.external-url=http://x/?a"}, "--web.external-url: must have neither query"},
      {{"--web.route-prefix=/a?b"}, "--web.route-prefix: not the path of a URL"},
      {{"--web.route-prefix=/a%zz"}, "--web.route-prefix: not the path of a URL"},
      {{"--storage.path=a", "--storage.path=b"}, "--storage.path"},
      {{"--log.silences=maybe"}, "--log.silences: takes no value, not \"maybe\""},
      {{"--log.silences", "--no-log.silences"}, "--log.silences: cannot be repeated"},
  };
  for (const auto& c : cases) {
    const Parsed parsed = ParseAndSay(c.arguments);
    EXPECT_EQ(parsed.line.command, CommandLine::Command::kExit) << c.arguments[0];
    EXPECT_EQ(parsed.line.exit_status, 2) << c.arguments[0];
    EXPECT_THAT(parsed.error, HasSubstr(c.error));
    EXPECT_THAT(parsed.error, HasSubstr("tocsin: error: "));
  }
}

TEST(CommandLine, HelpNamesAllFlags) {
  const Parsed help = ParseAndSay({"--help"});
  EXPECT_EQ(help.line.command, CommandLine::Command::kExit);
  EXPECT_EQ(help.line.exit_status, 0);
  EXPECT_EQ(ParseAndSay({"-h"}).output, help.output);
  EXPECT_THAT(help.output, HasSubstr("--config.file"));
  for (const auto& [flag, value] : kAlertmanagersDefaults) {
    EXPECT_THAT(help.output, HasSubstr("  " + flag + " "));
  }
}

}  // namespace
}  // namespace tocsin::app
