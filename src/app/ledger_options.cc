#include "app/ledger_options.h"

#include "app/version.h"
#include "base/log.h"

#include <filesystem>

namespace tocsin::app {
namespace {

void LogLedgerEvent(bool good, const std::string& what) {
  log::Write(good ? log::Level::kInfo : log::Level::kError, "History",
             {{"component", "history"}, {"what", what}});
}

}  // namespace

std::string HistoryPath(const ServeOptions& options) {
  return (std::filesystem::path(options.storage_path) / "history.db").string();
}

history::Limits HistoryLimits(const config::Config& config) {
  return {config.history.retention, config.history.max_size};
}

history::Ledger::Options LedgerOptions(const ServeOptions& options, const config::Config& config,
                                       const Clock* clock) {
  history::Ledger::Options ledger;
  ledger.path = HistoryPath(options);
  ledger.clock = clock;
  ledger.version = kVersion;
  ledger.limits = HistoryLimits(config);
  ledger.observe = LogLedgerEvent;
  return ledger;
}

}  // namespace tocsin::app
