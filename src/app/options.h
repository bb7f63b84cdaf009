#pragma once

// The command line: Alertmanager's flags under their own names (flag_table.h), and our commands.

#include "app/check.h"
#include "app/history_commands.h"
#include "app/metric_features.h"
#include "app/ruler_flags.h"
#include "app/template_render.h"
#include "base/log.h"
#include "base/time.h"
#include "model/matcher.h"
#include "model/regex.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::app {

struct ServeOptions {
  std::string config_file;  // Default: tocsin.yml, else alertmanager.yml. Empty: there is none.
  RulerFlags ruler;
  std::string storage_path;

  std::vector<std::string> listen_addresses;
  bool systemd_sockets = false;  // In place of listen_addresses.
  std::string web_config_file;
  std::string external_url;                     // No slash at the end. Empty: http://HOSTNAME:PORT.
  std::string route_prefix;                     // `/alerts` as in a URL; empty: none.
  int get_concurrency = 0;                      // 0 or less: the API's default.
  Duration web_timeout{};                       // 0: none.
  std::optional<model::Regex> trusted_origins;  // Of pages that may write as ours do.

  Duration data_retention{};
  Duration maintenance_interval{};
  Duration alerts_gc_interval{};
  Duration dispatch_start_delay{};
  // 0: none. Where the configuration has a limit of its own, that one counts.
  std::uint64_t alerts_per_alertname = 0;
  std::uint64_t silences_max = 0;
  std::uint64_t silence_bytes_max = 0;

  std::string cluster_listen_address;  // Empty: no cluster to show.
  std::string cluster_advertise_address;
  std::string cluster_peer_name;
  std::vector<std::string> cluster_peers;  // Not obeyed.

  model::MatcherSyntax matcher_syntax = model::MatcherSyntax::kFallback;
  MetricFeatures metric_features;
  std::vector<std::string> without_effect;  // What was given and sets nothing here.
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kLogfmt;
  bool log_silences = false;
};

struct CommandLine {
  enum class Command { kServe, kCheck, kTemplateRender, kHistory, kVersion, kExit };
  Command command = Command::kServe;
  int exit_status = 0;  // kExit: help was printed, or the usage was wrong.
  ServeOptions serve;
  CheckOptions check;
  TemplateRenderOptions template_render;
  HistoryCommandOptions history;
};

// Prints help and errors itself. Exit status 0 for help, 2 for wrong usage.
CommandLine ParseCommandLine(int argc, char** argv);

}  // namespace tocsin::app
