#include "app/options.h"

#include "base/duration.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <map>

namespace tocsin::app {
namespace {

constexpr int kWrongUsage = 2;

void AddDuration(CLI::App* app, const std::string& name, Duration* target,
                 const std::string& help) {
  app->add_option_function<std::string>(
         name,
         [target, name](const std::string& text) {
           const Result<Duration> parsed = ParseGoDuration(text);
           if (!parsed) throw CLI::ValidationError(name, parsed.error().message);
           if (*parsed <= Duration::zero()) throw CLI::ValidationError(name, "must be positive");
           *target = *parsed;
         },
         help)
      ->type_name("DURATION")
      ->default_str(FormatGoDuration(*target));
}

void AddServeFlags(CLI::App* app, ServeOptions* options) {
  app->add_option("--config.file", options->config_file,
                  "Configuration file (default: tocsin.yml, else alertmanager.yml)");
  app->add_option("--storage.path", options->storage_path, "Folder for what must survive")
      ->capture_default_str();
  app->add_option("--web.listen-address", options->listen_addresses,
                  "Address to serve on; may be given more than once")
      ->take_all()
      ->expected(1)
      ->capture_default_str();
  app->add_option("--web.external-url", options->external_url,
                  "URL under which people reach this server; links in messages point there");
  AddDuration(app, "--data.retention", &options->data_retention,
              "How long to remember what was announced");
  AddDuration(app, "--alerts.gc-interval", &options->alerts_gc_interval,
              "How often ended alerts are forgotten");
  const std::map<std::string, log::Level> levels = {{"debug", log::Level::kDebug},
                                                    {"info", log::Level::kInfo},
                                                    {"warn", log::Level::kWarn},
                                                    {"error", log::Level::kError}};
  app->add_option("--log.level", options->log_level, "debug, info, warn or error (default: info)")
      ->transform(CLI::CheckedTransformer(levels).description(""));
  const std::map<std::string, log::Format> formats = {{"logfmt", log::Format::kLogfmt},
                                                      {"json", log::Format::kJson}};
  app->add_option("--log.format", options->log_format, "logfmt or json (default: logfmt)")
      ->transform(CLI::CheckedTransformer(formats).description(""));
}

std::string DefaultConfigFile() {
  std::error_code ignored;
  return std::filesystem::exists("tocsin.yml", ignored) ? "tocsin.yml" : "alertmanager.yml";
}

}  // namespace

CommandLine ParseCommandLine(int argc, char** argv) {
  CommandLine line;
  CLI::App app("tocsin: from an alert rule to a page. Without a command it serves.", "tocsin");
  AddServeFlags(&app, &line.serve);
  bool version = false;
  app.add_flag("--version", version, "Print the version");
  CLI::App* check = app.add_subcommand(
      "check", "Say what is wrong with configuration or rule files; exit status 1 if anything is");
  check->add_option("files", line.check.files, "Files")->required();
  CLI::App* version_command = app.add_subcommand("version", "Print the version");
  app.require_subcommand(0, 1);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.command = CommandLine::Command::kExit;
    line.exit_status = app.exit(error) == 0 ? 0 : kWrongUsage;
    return line;
  }
  if (version || version_command->parsed()) line.command = CommandLine::Command::kVersion;
  if (check->parsed()) line.command = CommandLine::Command::kCheck;
  if (line.serve.config_file.empty()) line.serve.config_file = DefaultConfigFile();
  return line;
}

}  // namespace tocsin::app
