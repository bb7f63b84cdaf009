#pragma once

// The commands that run and end. Each returns the process's exit status.

#include "app/options.h"

namespace tocsin::app {

// 0 if all files are good, 1 if one is not. Errors go to standard error, one line each with its
// place.
int RunCheck(const CheckOptions& options);
int RunVersion();

}  // namespace tocsin::app
