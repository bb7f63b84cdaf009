#include "app/commands.h"

#include "app/load.h"
#include "app/version.h"

#include <cstdio>

namespace tocsin::app {

int RunCheck(const CheckOptions& options) {
  bool failed = false;
  for (const std::string& file : options.files) {
    const config::Diagnostics diagnostics = CheckFile(file, {options.matcher_syntax});
    std::fputs(diagnostics.ForTerminal().c_str(), stderr);
    if (diagnostics.HasErrors()) {
      failed = true;
      std::printf("%s: %zu error(s)\n", file.c_str(), diagnostics.error_count());
    } else {
      std::printf("%s: ok\n", file.c_str());
    }
  }
  return failed ? 1 : 0;
}

int RunVersion() {
  std::printf("tocsin, version %.*s (follows Alertmanager %.*s)\n",
              static_cast<int>(kVersion.size()), kVersion.data(),
              static_cast<int>(kAlertmanagerVersion.size()), kAlertmanagerVersion.data());
  return 0;
}

}  // namespace tocsin::app
