#pragma once

// The command line: Alertmanager's flags under their own names, and our commands.

#include "base/log.h"
#include "base/time.h"

#include <string>
#include <vector>

namespace tocsin::app {

struct ServeOptions {
  std::string config_file;  // Default: tocsin.yml, else alertmanager.yml.
  std::string storage_path = "data/";
  std::vector<std::string> listen_addresses = {":9093"};
  std::string external_url;  // Default: http://HOSTNAME:PORT of the first listener.
  Duration data_retention = std::chrono::hours(120);
  Duration alerts_gc_interval = std::chrono::minutes(30);
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kLogfmt;
};

struct CheckOptions {
  std::vector<std::string> files;
};

struct CommandLine {
  enum class Command { kServe, kCheck, kVersion, kExit };
  Command command = Command::kServe;
  int exit_status = 0;  // kExit: help was printed, or the usage was wrong.
  ServeOptions serve;
  CheckOptions check;
};

// Prints help and errors itself. Exit status 0 for help, 2 for wrong usage.
CommandLine ParseCommandLine(int argc, char** argv);

}  // namespace tocsin::app
