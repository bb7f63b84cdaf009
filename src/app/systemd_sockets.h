#pragma once

// Sockets that systemd has bound for us (sd_listen_fds(3)).

#include "base/result.h"

#include <vector>

namespace tocsin::app {

// Takes them over: the environment does not name them any more, and programs that we start do not
// get them. An error if there are none. Before threads start.
Result<std::vector<int>> TakeSystemdSockets();

}  // namespace tocsin::app
