#include "app/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::app {
namespace {

CommandLine Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "tocsin");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  CommandLine line = ParseCommandLine(static_cast<int>(argv.size()), argv.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return line;
}

TEST(CommandLine, ServesWithAlertmanagersFlags) {
  const CommandLine line =
      Parse({"--config.file=am.yml", "--storage.path=/data", "--web.listen-address=:1",
             "--web.listen-address=127.0.0.1:2", "--data.retention=1h30m", "--log.level=debug",
             "--log.format=json", "--web.external-url=https://x/"});
  EXPECT_EQ(line.command, CommandLine::Command::kServe);
  EXPECT_EQ(line.serve.config_file, "am.yml");
  EXPECT_EQ(line.serve.storage_path, "/data");
  EXPECT_EQ(line.serve.listen_addresses, (std::vector<std::string>{":1", "127.0.0.1:2"}));
  EXPECT_EQ(line.serve.data_retention, std::chrono::minutes(90));
  EXPECT_EQ(line.serve.log_level, log::Level::kDebug);
  EXPECT_EQ(line.serve.log_format, log::Format::kJson);
}

TEST(CommandLine, HasAlertmanagersDefaults) {
  const CommandLine line = Parse({});
  EXPECT_EQ(line.serve.listen_addresses, std::vector<std::string>{":9093"});
  EXPECT_EQ(line.serve.data_retention, std::chrono::hours(120));
  EXPECT_EQ(line.serve.alerts_gc_interval, std::chrono::minutes(30));
  EXPECT_EQ(line.serve.config_file, "alertmanager.yml") << "there is no tocsin.yml here";
}

TEST(CommandLine, KnowsItsCommands) {
  EXPECT_EQ(Parse({"version"}).command, CommandLine::Command::kVersion);
  EXPECT_EQ(Parse({"--version"}).command, CommandLine::Command::kVersion);
  const CommandLine check = Parse({"check", "a.yml", "b.rules"});
  EXPECT_EQ(check.command, CommandLine::Command::kCheck);
  EXPECT_EQ(check.check.files, (std::vector<std::string>{"a.yml", "b.rules"}));
}

TEST(CommandLine, WrongUsageEndsWithTwoAndHelpWithZero) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"--no.such.flag"},
                                             {"check"},
                                             {"--data.retention=5"},
                                             {"--data.retention=-1s"},
                                             {"--log.level=loud"},
                                             {"frobnicate"}}) {
    const CommandLine line = Parse(wrong);
    EXPECT_EQ(line.command, CommandLine::Command::kExit) << wrong[0];
    EXPECT_EQ(line.exit_status, 2) << wrong[0];
  }
  const CommandLine help = Parse({"--help"});
  EXPECT_EQ(help.command, CommandLine::Command::kExit);
  EXPECT_EQ(help.exit_status, 0);
}

}  // namespace
}  // namespace tocsin::app
