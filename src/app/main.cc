// The program: one of the commands, or the server.

#include "app/check.h"
#include "app/commands.h"
#include "app/history_commands.h"
#include "app/options.h"
#include "app/server.h"
#include "app/template_render.h"

#include <cstdio>

// How jemalloc asks the system for memory; it reads this before main. What request bodies leave is
// given back within a second, and few threads allocate at a time: each arena keeps what its threads
// have freed. So does what is large, the body of a long answer: pages that another one left a
// moment ago need not be made and zeroed again, which was a third of the time that it took.
extern "C" const char* malloc_conf;  // NOLINT(readability-identifier-naming): jemalloc's name.
const char* malloc_conf =
    "narenas:2,oversize_threshold:0,dirty_decay_ms:500,background_thread:true";

int main(int argc, char** argv) {
  using tocsin::app::CommandLine;
  const CommandLine line = tocsin::app::ParseCommandLine(argc, argv);
  switch (line.command) {
    case CommandLine::Command::kExit:
      return line.exit_status;
    case CommandLine::Command::kVersion:
      return tocsin::app::RunVersion();
    case CommandLine::Command::kCheck:
      return tocsin::app::RunCheck(line.check, stdout, stderr);
    case CommandLine::Command::kTemplateRender:
      return tocsin::app::RunTemplateRender(line.template_render, stdout, stderr);
    case CommandLine::Command::kHistory:
      return tocsin::app::RunHistoryCommand(line.history);
    case CommandLine::Command::kServe:
      return tocsin::app::RunServer(line.serve);
  }
  return 2;
}
