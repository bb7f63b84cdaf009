#pragma once

// The commands that run and end. Each returns the process's exit status.

namespace tocsin::app {

int RunVersion();

}  // namespace tocsin::app
