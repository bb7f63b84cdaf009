#pragma once

// `tocsin explain` and `tocsin history`: they ask a server over HTTP, or read the history of one
// from its folder, whether it runs or not.

#include "model/matcher.h"

#include <string>
#include <utility>
#include <vector>

namespace tocsin::app {

// What both commands take.
struct HistoryCommandOptions {
  enum class Command { kExplain, kHistory };
  Command command = Command::kExplain;
  std::string url = "http://localhost:9093";
  std::string storage_path;     // Read there instead; empty: ask the server.
  std::string output = "text";  // Or json.
  std::string matchers;
  std::string at;                                       // kExplain
  std::string receiver, kind, from, to, limit, cursor;  // kHistory
  model::MatcherSyntax matcher_syntax = model::MatcherSyntax::kFallback;
};

// Prints the answer to standard output, what went wrong to standard error. The exit status: 0, 1 if
// there is no answer, 2 for wrong usage.
int RunHistoryCommand(const HistoryCommandOptions& options);

}  // namespace tocsin::app
