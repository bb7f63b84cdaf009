#include "app/commands.h"

#include "app/version.h"

#include <cstdio>

namespace tocsin::app {

int RunVersion() {
  std::printf("tocsin, version %.*s (follows Alertmanager %.*s)\n",
              static_cast<int>(kVersion.size()), kVersion.data(),
              static_cast<int>(kAlertmanagerVersion.size()), kAlertmanagerVersion.data());
  return 0;
}

}  // namespace tocsin::app
