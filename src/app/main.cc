// The program: one of the commands, or the server.

#include "app/allocator.h"
#include "app/check.h"
#include "app/commands.h"
#include "app/history_commands.h"
#include "app/options.h"
#include "app/server.h"
#include "app/template_render.h"

#include <cstdio>

int main(int argc, char** argv) {
  using tocsin::app::CommandLine;
  tocsin::app::ConfigureAllocator();
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
