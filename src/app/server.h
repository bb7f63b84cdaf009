#pragma once

// The server: wires every part in one straight line, serves until SIGTERM or SIGINT, reloads on
// SIGHUP.

#include "app/options.h"

namespace tocsin::app {

// Returns the exit status: 0 after an orderly stop, 1 if the start failed (the log says why).
int RunServer(const ServeOptions& options);

}  // namespace tocsin::app
