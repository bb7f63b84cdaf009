#pragma once

// How the server keeps its history: where, how much, and who hears of its troubles.

#include "app/options.h"
#include "base/clock.h"
#include "config/config.h"
#include "history/ledger.h"

#include <string>

namespace tocsin::app {

// history.db beside the rest of the state.
std::string HistoryPath(const ServeOptions& options);
history::Limits HistoryLimits(const config::Config& config);
// `clock` outlives the ledger.
history::Ledger::Options LedgerOptions(const ServeOptions& options, const config::Config& config,
                                       const Clock* clock);

}  // namespace tocsin::app
