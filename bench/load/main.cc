// The load side of bench/compare: see commands.h. Prints one JSON object.
//
//   bench_load alerts|silences|read|fake [--flag value]...

#include "bench/load/commands.h"

#include <cstdio>
#include <string_view>

namespace {

using Command = tocsin::Result<std::string> (*)(const tocsin::load::Flags&);

Command Named(std::string_view name) {
  if (name == "alerts") return tocsin::load::PostAlerts;
  if (name == "silences") return tocsin::load::PostSilences;
  if (name == "read") return tocsin::load::Read;
  if (name == "fake") return tocsin::load::ServeFake;
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const Command command = argc < 2 ? nullptr : Named(argv[1]);
  if (command == nullptr) {
    std::fputs("usage: bench_load alerts|silences|read|fake [--flag value]...\n", stderr);
    return 2;
  }
  const auto flags = tocsin::load::Flags::Parse(argc - 2, argv + 2);
  const auto result = flags ? command(*flags) : tl::unexpected(flags.error());
  if (!result) {
    std::fprintf(stderr, "bench_load: %s\n", result.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", result->c_str());
  return 0;
}
