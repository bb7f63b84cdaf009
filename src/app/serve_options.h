#pragma once

// From flags as they were given to what the server is told. Pure but for the default configuration
// file, which is the one that is there.

#include "app/flag_table.h"
#include "app/options.h"

namespace tocsin::app {

// Precondition: CheckFlags found nothing.
Result<ServeOptions> ReadServeOptions(const FlagValues& given);

}  // namespace tocsin::app
